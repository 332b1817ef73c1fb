"""What targets are sent, as their ERPs would book it: one form for all, so that each law is written once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hcfin.erp import Payload
from hcfin.finance.base import Document
from tryton_rows import rows_of

Pairs = tuple[tuple[str, str], ...]
Sums = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Entry:
    """A line that the ERP books; debits are positive."""

    account: str
    amount: Decimal
    party: str = ""
    dimensions: Pairs = ()
    pointer: str = ""


@dataclass(frozen=True)
class Sent:
    """One payload. `key` is what it must balance by; `size` how many lines it has; `texts` by their field."""

    payload: Payload
    key: str
    entries: tuple[Entry, ...]
    size: int
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Spoken:
    """How a target is spoken to in the laws: its settings, how its payloads book, how long its texts may be.

    `patients` is the party that stands for them, `split` the record that is sent in parts.
    """

    target: str
    settings: Mapping[str, Any]
    booked: Callable[[Payload], Sent]
    limits: Mapping[str, int]
    patients: str
    split: str


# --- NetSuite

CLASS = {"payer_class": "class", "turn": "department"}


def _names(body: Mapping[str, Any]) -> Pairs:
    found = ((name, body.get(place, {}).get("externalId", "")) for name, place in CLASS.items())
    return tuple((name, value) for name, value in found if value)


def _reference(body: Mapping[str, Any], name: str) -> str:
    return str(body.get(name, {}).get("externalId", ""))


def _journal(body: Mapping[str, Any]) -> Iterator[Entry]:
    for place, item in enumerate(body["line"]["items"]):
        amount = item.get("debit", Decimal(0)) - item.get("credit", Decimal(0))
        yield Entry(
            _reference(item, "account"), amount, _reference(item, "entity"), _names(item),
            f"/line/items/{place}",
        )  # fmt: skip


def _payment(body: Mapping[str, Any]) -> Iterator[Entry]:
    yield Entry(_reference(body, "account"), body["payment"], pointer="/account")
    customer = _reference(body, "customer")
    yield Entry(_reference(body, "arAcct"), -body["payment"], customer, _names(body), "/arAcct")


def _bill(body: Mapping[str, Any], side: int) -> Iterator[Entry]:
    items = body["item"]["items"]
    whole = sum((item["amount"] for item in items), Decimal(0))
    customer = _reference(body, "entity")
    yield Entry(_reference(body, "account"), side * whole, customer, _names(body), "/account")
    for place, item in enumerate(items):
        yield Entry(
            _reference(item, "item"), -side * item["amount"], "", _names(item), f"/item/items/{place}"
        )


_RECORDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Entry]]] = {
    "journalEntry": _journal,
    "customerPayment": _payment,
    "invoice": lambda body: _bill(body, 1),
    "creditMemo": lambda body: _bill(body, -1),
}


def netsuite_books(payload: Payload) -> Sent:
    """Per subsidiary. An item books at the account of the same name, as the settings of these tests say."""
    body = payload.body
    lists = [body[name]["items"] for name in ("line", "item", "apply") if name in body]
    lines = [item for name in ("line", "item") if name in body for item in body[name]["items"]]
    texts = {name: (str(body[name]),) for name in ("memo", "otherRefNum", "checkNumber") if name in body}
    texts["externalId"] = (body["externalId"], payload.external_id)
    for name in ("memo", "description"):
        texts[f"line {name}"] = tuple(line[name] for line in lines if name in line)
    return Sent(
        payload,
        _reference(body, "subsidiary"),
        tuple(_RECORDS[payload.record](body)),
        max(map(len, lists)),
        texts,
    )


# --- Tryton


def tryton_books(payload: Payload) -> Sent:
    """Per move. The values of a dimension have its name in front."""
    entries: list[Entry] = []
    rows = rows_of(payload)
    at = "/data" if "data" in payload.body else "/params/1"
    for place, row in enumerate(rows):
        if "lines/account" in row:
            amount = Decimal(row["lines/debit"]) - Decimal(row["lines/credit"])
            entries.append(
                Entry(row["lines/account"], amount, row.get("lines/party", ""), (), f"{at}/{place}")
            )
        if "lines/analytic_lines/account" in row:
            name, _, value = row["lines/analytic_lines/account"].partition("/")
            sides = (Decimal(row[f"lines/analytic_lines/{side}"]) for side in ("debit", "credit"))
            debit, credit = sides
            assert debit - credit == entries[-1].amount, "an analytic line is its line, once for each tree"
            entries[-1] = Entry(
                *(getattr(entries[-1], one) for one in ("account", "amount", "party")),
                (*entries[-1].dimensions, (name, value)),
                entries[-1].pointer,
            )
    texts = {
        "description": tuple(row["description"] for row in rows if "description" in row),
        "line description": tuple(row["lines/description"] for row in rows if "lines/account" in row),
    }
    return Sent(payload, rows[0]["company"], tuple(entries), len(entries), texts)


# --- what both are compared with


def sums_of(entries: Iterable[Entry], with_party: Collection[str]) -> Sums:
    """By account and party where the account has parties, and by account and dimension; in cents."""
    sums: Sums = Counter()
    for entry in entries:
        cents = int(entry.amount * 100)
        sums["account", entry.account, entry.party if entry.account in with_party else ""] += cents
        for name, value in entry.dimensions:
            sums["dimension", entry.account, name, value] += cents
    return Counter({key: cents for key, cents in sums.items() if cents})


def entries_of(documents: Iterable[Document], patients: str, others: str) -> Iterator[Entry]:
    """What documents book, in the same form. Patients are one party, and so is nobody."""
    for line in (line for one in documents for line in one.gl_lines):
        party = line.party.token if line.party else others
        if line.party and line.party.kind == "patient":
            party = patients
        yield Entry(
            line.account, line.amount if line.side == "debit" else -line.amount, party, line.dimensions
        )


def base_id(external_id: str, ids: Collection[str]) -> str:
    """The document of a payload: its own id, or that before the number of the part."""
    return external_id if external_id in ids else re.sub(r"-[0-9]+$", "", external_id)
