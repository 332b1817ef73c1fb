"""Post remittances to Tryton: a posting loop over a caller's transport.

    python post_to_erp.py --books example --books mine.toml --books tryton.toml \\
        http://127.0.0.1:8000/demo FILE...

Each payload is looked up before it is sent, and again before it is sent a second time, because Tryton takes
the same document twice. Only what nobody knows the end of is tried again, under the same id. What depends on
something that was not posted waits. Prints one line for each payload; ends with 1 if one is not in the books.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import hcfin
from hcfin.erp import Payload
from hcfin.erp.tryton import PLACE_OF_IDS, explain_response
from hcfin.finance.base import Document
from hcfin.issues import PARTIAL, Issue
from tryton_client import Tryton

Send = Callable[[str, str, str], tuple[int, str]]
"""(HTTP method, path below the database, body) to (status, text); status 0 where no answer came."""

POSTED, ALREADY, REFUSED, UNKNOWN, WAITS, TWICE, DIFFERS, UNSOUND = (
    "posted", "already posted", "refused", "unknown", "waits", "there twice", "differs", "unsound",
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


class StoppedError(Exception):
    """Tryton refused a call, or nobody knows what became of it."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        super().__init__(", ".join(issue.code for issue in issues))
        self.issues = issues

    @property
    def retryable(self) -> bool:
        """Whether the same call may be made again: nobody knows whether the first one did anything."""
        return all(issue.code == "ERP_UNAVAILABLE" for issue in self.issues)


def post_all(payloads: Iterable[Payload], send: Send, *, attempts: int = 4, pause: float = 1.0) -> Report:
    """Post payloads in their order. What depends on one that did not get into the books waits.

    A dependency that is not among the payloads was posted before. `pause` doubles from attempt to attempt.
    """
    report = Report()
    company = None
    for payload in payloads:
        before = [report.outcomes.get(one, ALREADY) for one in payload.depends_on]
        # A document that is posted with other amounts was made by other books, perhaps in the other mode:
        # whatever comes after it could be in there already.
        stopped = DIFFERS in report.outcomes.values()
        if stopped or any(outcome not in IN_THE_BOOKS for outcome in before):
            report.outcomes[payload.external_id] = WAITS
            continue
        try:
            wanted = _context(payload).get("company", company)
            if wanted != company:
                # A user sees the records of one company at a time.
                _call(send, "model.res.user.set_preferences", {"company": wanted}, {})
                company = wanted
            outcome, issues = _post(payload, send, attempts, pause)
        except StoppedError as stopped:
            outcome, issues = (UNKNOWN if stopped.retryable else REFUSED), stopped.issues
        report.outcomes[payload.external_id] = outcome
        report.issues[payload.external_id] = issues
    return report


def _post(payload: Payload, send: Send, attempts: int, pause: float) -> tuple[str, tuple[Issue, ...]]:
    sent = False
    for attempt in range(1, attempts + 1):
        try:
            moves = _moves(payload, send)
            if len(moves) > 1:
                return TWICE, ()
            if moves and moves[0]["state"] == "posted":
                return _checked(moves[0], payload, POSTED if sent else ALREADY), ()
            if moves:
                # A draft of an earlier attempt, perhaps from other books: what is posted is what we send.
                _call(send, "model.account.move.delete", [moves[0]["id"]], _context(payload))
            sent = True
            _exchange(send, payload.method, payload.path, json.dumps(payload.body))
            (move,) = _moves(payload, send)
            step = json.loads(payload.post_step)
            step["params"] = [[move["id"]] if one == PLACE_OF_IDS else one for one in step["params"]]
            _exchange(send, "POST", payload.path, json.dumps(step))
        except StoppedError as stopped:
            if not stopped.retryable:
                return REFUSED, stopped.issues
            if attempt == attempts:
                return UNKNOWN, stopped.issues
            time.sleep(pause * 2 ** (attempt - 1))
            continue
        (move,) = _moves(payload, send)
        return _checked(move, payload, POSTED), ()
    raise AssertionError("the last attempt returns")


def _checked(move: dict[str, Any], payload: Payload, outcome: str) -> str:
    """The outcome, unless what is posted is something else."""
    # Tryton on SQLite posts what does not balance; its lines then stay drafts.
    if any(line["state"] != "valid" for line in move["lines."]):
        return UNSOUND
    fields, rows, _ = payload.body["params"]
    sides = [fields.index(f"lines/{side}") for side in ("debit", "credit")]
    sent = [[Decimal(row[side]) for side in sides] for row in rows if row[sides[0]]]
    there = [[Decimal(line[side]["decimal"]) for side in ("debit", "credit")] for line in move["lines."]]
    return outcome if sorted(sent) == sorted(there) else DIFFERS


def _context(payload: Payload) -> dict[str, Any]:
    context: dict[str, Any] = json.loads(payload.lookup)["params"][-1]
    return context


def _moves(payload: Payload, send: Send) -> list[dict[str, Any]]:
    """The moves that carry the document's id."""
    found: list[dict[str, Any]] = _exchange(send, "POST", payload.path, payload.lookup)
    return found


def _call(send: Send, method: str, *params: Any) -> Any:
    return _exchange(send, "POST", "/rpc/", json.dumps({"id": 1, "method": method, "params": params}))


def _exchange(send: Send, method: str, path: str, body: str) -> Any:
    """The result of one call. Raises `StoppedError`."""
    status, text = send(method, path, body)
    issues = explain_response(status, text)
    if issues:
        raise StoppedError(issues)
    return json.loads(text)["result"]


def documents_of(paths: Iterable[str], books: hcfin.books.Books, context: hcfin.Context) -> list[Document]:
    """What the files book, in the order of its dates; problems go to standard error."""
    found: list[Document] = []
    for path in paths:
        posting = hcfin.post(hcfin.read(path), books, context=context)
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
    options.add_argument("files", nargs="+", help="remittances")
    options.add_argument("--books", action="append", default=[], help="layer of the books; repeat for more")
    options.add_argument("--key-file", help="your keys; without it the published demo keys are used")
    chosen = options.parse_args(arguments)
    books = hcfin.load_books(*chosen.books)
    keys = hcfin.load_keys(chosen.key_file) if chosen.key_file else hcfin.DEMO_KEYS
    return chosen, books, documents_of(chosen.files, books, hcfin.Context(keys=keys))


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
    report = post_all(rendering.payloads, Tryton(chosen.base, os.environ.get("TRYTON_USER", "admin")).send)
    for external_id, outcome in report.outcomes.items():
        print(" ".join((external_id, outcome, *map(_said, report.issues.get(external_id, ())))))
    return 0 if report.complete else 1


if __name__ == "__main__":
    sys.exit(main())
