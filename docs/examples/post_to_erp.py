"""Post remittances to an ERP: a posting loop over a caller's transport; as a command, to Tryton.

    python post_to_erp.py --books example --books mine.toml --books tryton.toml \\
        http://127.0.0.1:8000/demo FILE...

Where the ERP takes the same document twice, as Tryton does, each payload is looked up before it is sent, and
again before it is sent a second time. Only what nobody knows the end of is tried again, under the same id.
What depends on something that was not posted waits. Prints one line for each payload; ends with 1 if one is
not in the books.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import hcfin
from hcfin import discover
from hcfin.erp import Payload, Target
from hcfin.finance.base import Document
from hcfin.finance.master import MasterData
from hcfin.issues import PARTIAL, Issue
from hcfin.reconcile import SupplyLedger
from hcfin.wire.json import dumps
from tryton_client import Key, Tryton
from tryton_requests import Record, Requests, Send, StoppedError, brought, requests_of, there

POSTED, ALREADY, PENDING, REFUSED, UNKNOWN, WAITS, TWICE, DIFFERS, UNSOUND = (
    "posted", "already posted", "to be approved", "refused", "unknown", "waits", "there twice", "differs",
    "unsound",
)  # fmt: skip
IN_THE_BOOKS = (POSTED, ALREADY)


@dataclass
class Report:
    """What became of each payload, by its id."""

    outcomes: dict[str, str] = field(default_factory=dict)
    issues: dict[str, tuple[Issue, ...]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything is in the books."""
        return all(outcome in IN_THE_BOOKS for outcome in self.outcomes.values())

    def counted(self) -> Counter[str]:
        """How many payloads ended how."""
        return Counter(self.outcomes.values())


def post_all(payloads: Iterable[Payload], send: Send, *, attempts: int = 4, pause: float = 1.0) -> Report:
    """Post payloads in their order. What depends on one that did not get into the books waits.

    A dependency that is not among the payloads was posted before. `pause` doubles from attempt to attempt.
    """
    report, session = Report(), _Session()
    for payload in payloads:
        before = [report.outcomes.get(one, ALREADY) for one in payload.depends_on]
        # A document that is posted with other amounts was made by other books, perhaps in the other mode:
        # whatever comes after it could be in there already.
        stopped = DIFFERS in report.outcomes.values()
        if stopped or any(outcome not in (*IN_THE_BOOKS, PENDING) for outcome in before):
            report.outcomes[payload.external_id] = WAITS
            continue
        target: Target = discover.load("hcfin.erp", payload.target, "TARGET")
        if target.capabilities.dedupes:
            once = (_create if payload.method == "POST" else _upsert)(payload, target, send)
        else:
            once = _look_and_post(requests_of(payload, send), session)
        outcome, issues = _retried(once, attempts, pause)
        report.outcomes[payload.external_id] = outcome
        report.issues[payload.external_id] = issues
    return report


def _retried(once: Callable[[], str], attempts: int, pause: float) -> tuple[str, tuple[Issue, ...]]:
    """The outcome of one payload; again only where nobody knows what became of it."""
    for attempt in range(1, attempts + 1):
        try:
            return once(), ()
        except StoppedError as stopped:
            if not stopped.retryable:
                return REFUSED, stopped.issues
            if attempt == attempts:
                return UNKNOWN, stopped.issues
        time.sleep(pause * 2 ** (attempt - 1))
    raise AssertionError("the last attempt returns")


def _upsert(payload: Payload, target: Target, send: Send) -> Callable[[], str]:
    """Send: the ERP knows the id, so a second time is the first."""

    def once() -> str:
        _taken(target, *send(payload.method, payload.path, dumps(payload.body, numbers="number")))
        return PENDING if payload.post_step else POSTED

    return once


def _create(payload: Payload, target: Target, send: Send) -> Callable[[], str]:
    """Look, and send what is not there: a record that others are made of is never sent over itself."""
    sent = False

    def once() -> str:
        nonlocal sent
        status, text = send("GET", payload.lookup, "")
        if status != 404:
            _taken(target, status, text)
            outcome = POSTED if sent else ALREADY
        else:
            sent = True
            _taken(target, *send(payload.method, payload.path, dumps(payload.body, numbers="number")))
            outcome = POSTED
        return PENDING if payload.post_step and outcome == POSTED else outcome

    return once


def _taken(target: Target, status: int, text: str) -> None:
    """Raises `StoppedError` unless the ERP did what it was asked."""
    issues = target.explain_response(status, text)
    if issues:
        raise StoppedError(issues)


@dataclass
class _Session:
    """The company that the user works for: the records of one are seen at a time."""

    company: int | None = None


def _look_and_post(requests: Requests, session: _Session) -> Callable[[], str]:
    """Look, bring in, post, look again."""
    sent = False

    def once() -> str:
        nonlocal sent
        if requests.company is not None and requests.company != session.company:
            requests.work_for(requests.company)
            session.company = requests.company
        records = requests.found()
        if len(records) == 1 and records[0]["state"] == "draft":
            # A draft of an earlier attempt, perhaps from other books: what is posted is what we send.
            requests.delete(records[0]["id"])
            records = []
        if not records:
            sent = True
            requests.bring_in()
            records = requests.found()
        if len(records) == 1 and not requests.is_done(records[0]):
            sent = True
            requests.go_on(records[0])
            records = requests.found()
        if len(records) != 1:
            # Somebody else posts the same, or took away what we sent.
            return TWICE if records else UNKNOWN
        if requests.waits(records[0]):
            return PENDING
        return _checked(records[0], requests, POSTED if sent else ALREADY)

    return once


def _checked(record: Record, requests: Requests, outcome: str) -> str:
    """The outcome, unless what is posted is something else."""
    # Tryton on SQLite posts what does not balance; its lines then stay drafts.
    if any(line.get("state", "valid") != "valid" for line in record["lines"]):
        return UNSOUND
    return outcome if brought(requests) == there(record) else DIFFERS


def documents_of(
    paths: Iterable[str],
    books: hcfin.books.Books,
    context: hcfin.Context,
    master: MasterData | None = None,
) -> list[Document]:
    """What the files book, in the order of its dates; problems go to standard error.

    With master data an order is known to the receipts and invoices of the files after it.
    """
    found: list[Document] = []
    orders = SupplyLedger()
    for path in paths:
        posting = hcfin.post(
            hcfin.read(path), books, context=context, master=master, known_supply=orders if master else None
        )
        orders.learn_postings([posting])
        for issue in posting.issues:
            if issue.disposition in PARTIAL:
                print(f"{path}: {issue}", file=sys.stderr)
        found += posting.documents
    return sorted(found, key=lambda document: document.gl_date)


def chosen_documents(
    about: str, arguments: list[str] | None
) -> tuple[argparse.Namespace, hcfin.books.Books, list[Document]]:
    """What the command line asks for: the options, the books, and what the files book."""
    options = argparse.ArgumentParser(description=about.splitlines()[0])
    options.add_argument("base", help="address of the database, as http://127.0.0.1:8000/demo")
    options.add_argument(
        "files", nargs="+", help="remittances, or orders, receipts and invoices of suppliers"
    )
    options.add_argument("--master", help="folder or TOML file of master data, or `example`")
    options.add_argument("--books", action="append", default=[], help="layer of the books; repeat for more")
    options.add_argument("--key-file", help="your keys; without it the published demo keys are used")
    chosen = options.parse_args(arguments)
    books = hcfin.load_books(*chosen.books)
    keys = hcfin.load_keys(chosen.key_file) if chosen.key_file else hcfin.DEMO_KEYS
    master = hcfin.load_master_data(chosen.master) if chosen.master else None
    return chosen, books, documents_of(chosen.files, books, hcfin.Context(keys=keys), master)


def _said(issue: Issue) -> str:
    """An issue in short: its code, and what it is about."""
    values = dict(issue.values)
    return " ".join([issue.code, *(f"{name}={values[name]}" for name in ("record", "row") if name in values)])


def main(arguments: list[str] | None = None) -> int:
    """Run as a command."""
    chosen, books, documents = chosen_documents(__doc__ or "", arguments)
    rendering = hcfin.render(documents, "tryton", settings=books.erp.get("tryton"))
    for issue in rendering.issues:
        if issue.severity != "info":
            print(issue, file=sys.stderr)
    key = os.environ.get("TRYTON_KEY")  # of a user application, for payloads with `api = "rest"`
    session = Key(chosen.base, key) if key else Tryton(chosen.base, os.environ.get("TRYTON_USER", "admin"))
    report = post_all(rendering.payloads, session.send)
    for external_id, outcome in report.outcomes.items():
        print(" ".join((external_id, outcome, *map(_said, report.issues.get(external_id, ())))))
    return 0 if report.complete else 1


if __name__ == "__main__":
    sys.exit(main())
