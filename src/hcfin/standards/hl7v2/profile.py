"""The user's knowledge of one HL7 v2 feed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field

from hcfin.billing.payment import Bucket, Channel, WriteOffReason
from hcfin.billing.supply import SupplyChange
from hcfin.model import Model

Kind = Literal["charge", "credit", "payment", "adjustment", "co_payment", "ignore"]
Route = Literal["charge", "usage", "payment", "ignore"]

_T = TypeVar("_T")

ANY = "*"
"""The key that stands for every code without a row of its own."""


class TransactionType(Model):
    """What a code of FT1-6 means."""

    kind: Kind = Field(description="What such a row is.")
    sign: Literal["as_sent", "magnitude", "account"] = Field(
        default="as_sent",
        description="`as_sent`: a minus turns the row around. `magnitude`: only the code has a direction. "
        "`account`: a minus takes from the account, whatever the code, so that payments have one.",
    )


class Adjustment(Model):
    """What an adjustment is, by its code in FT1-7: a write-off, or a transfer between who owes."""

    write_off: WriteOffReason = Field(default="", description="Why the balance is given up.")
    bucket: Bucket = Field(default="patient", description="Of a write-off: who owed the balance.")
    transfer_from: Bucket | None = Field(default=None, description="Of a transfer: who owed the balance.")
    transfer_to: Bucket | None = Field(default=None, description="Of a transfer: who owes it now.")


class Tender(Model):
    """How a payment was made, by its code in FT1-7."""

    method: str = Field(default="", description="How: `cash`, `check`, `card`, `ach` …")
    channel: Channel = Field(default="lockbox", description="Where the money came in.")
    payer: Literal["patient", "payer"] = Field(default="patient", description="Who pays.")
    gateway: str = Field(default="", description="Which gateway, where the channel is one.")


# HL7 table 0017. Of credits, payments and co-payments feeds send the amount with a minus or without.
_TABLE_0017 = {
    "CG": {"kind": "charge"},
    "CD": {"kind": "credit", "sign": "magnitude"},
    "PY": {"kind": "payment", "sign": "magnitude"},
    "AJ": {"kind": "adjustment"},
    "CO": {"kind": "co_payment", "sign": "magnitude"},
}


def _with_table_0017(given: Any) -> Any:
    """The rows of a feed over those of HL7, setting by setting."""
    if not isinstance(given, dict):
        return given
    rows = {
        code: {**row, **given[code]} if _is_table(given.get(code)) else row
        for code, row in _TABLE_0017.items()
    }
    return {**rows, **{code: row for code, row in given.items() if code not in rows or not _is_table(row)}}


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


class IdentifierChoice(Model):
    """Which of several identifiers is meant: by the order of `kinds`, then of `authorities`."""

    kinds: tuple[str, ...] = Field(default=(), description="Type codes (CX.5), the best one first.")
    authorities: tuple[str, ...] = Field(
        default=(), description="Assigning authorities (CX.4), the best one first."
    )


class Routing(Model):
    """What the FT1 rows of a message are, by who sends it."""

    sender: str = Field(default="", description="MSH-3, first component; empty for every sender.")
    facility: str = Field(default="", description="MSH-4, first component; empty for every facility.")
    message: str = Field(default="", description="`DFT^P03` or `DFT`; empty for every message.")
    route: Route = Field(description="What the rows are.")


class Profile(Model):
    """Settings of one HL7 v2 feed, layered like the books but separate from them."""

    name: str = Field(default="", description="Which feed this is, for people.")
    currency: str = Field(
        default="USD",
        pattern=r"^[A-Z]{3}$",
        description="Currency where neither the amount nor the country in MSH-17 says one.",
    )
    zone: str = Field(
        default="",
        pattern=r"^([+-][0-9]{4})?$",
        description="Offset of the sender's local time (`-0500`); empty leaves times local.",
    )
    implied_decimals: bool = Field(
        default=False, description="Whether amounts without a decimal point are in cents: 28530 is 285.30."
    )
    transaction_types: Annotated[dict[str, TransactionType], BeforeValidator(_with_table_0017)] = Field(
        default={},
        validate_default=True,
        description="What the codes of FT1-6 mean, over HL7 table 0017; `*` is every other code.",
    )
    adjustments: dict[str, Adjustment] = Field(
        default={}, description="What adjustments are, by their code in FT1-7; `*` is every other code."
    )
    tenders: dict[str, Tender] = Field(
        default={}, description="How payments were made, by their code in FT1-7; `*` is every other code."
    )
    account: tuple[str, ...] = Field(
        default=("PID-18", "PV1-19", "PV1-50", "PID-3"),
        description="Where the account number stands; the first field that has one counts.",
    )
    identifiers: dict[str, IdentifierChoice] = Field(
        default={}, description="By field (`PID-3`, `PV1-7`, `FT1-20`): which of several is meant."
    )
    date_formats: tuple[str, ...] = Field(
        default=(), description="Other forms of dates that the feed uses, such as `MM/DD/YYYY`."
    )
    encoding: str = Field(
        default="cp1252",
        description="Character set of text that is neither what MSH-18 says nor UTF-8: a Python codec.",
    )
    segments: dict[str, str] = Field(
        default={},
        description="What fields of local segments are, such as `ZF2-6` = `amount`.",
    )
    routing: tuple[Routing, ...] = Field(
        default=(), description="What FT1 rows are; the first that fits counts."
    )
    supply_changes: dict[str, SupplyChange] = Field(
        default={},
        description="What became of a supply, by the field named `change` or else the code of FT1-6, where "
        "it is not used up (CG) or returned (CD); `*` is every other code.",
    )
    supply_code: Literal["item", "charge_code"] = Field(
        default="item", description="What FT1-7 is where FT1s are the use of supplies."
    )
    case: tuple[str, ...] = Field(
        default=(),
        description="Where the case that supplies are for stands; the first field that has one counts.",
    )
    mode: Literal["snapshot", "action_code"] = Field(
        default="snapshot",
        description="Whether repeated segments replace what was known, or say themselves what to do with it.",
    )

    def transaction_type(self, code: str) -> TransactionType | None:
        """What a code of FT1-6 means in this feed; None where nobody said.

        >>> Profile().transaction_type("CD")
        TransactionType(kind='credit', sign='magnitude')
        >>> Profile(transaction_types={"*": {"kind": "credit"}}).transaction_type("R").kind
        'credit'
        """
        return _row(self.transaction_types, code)

    def adjustment(self, code: str) -> Adjustment | None:
        """What an adjustment of that code is; None where nobody said."""
        return _row(self.adjustments, code)

    def supply_change(self, code: str) -> SupplyChange | None:
        """What became of a supply by that code; None where nobody said."""
        return _row(self.supply_changes, code)

    def tender(self, code: str) -> Tender | None:
        """How a payment of that code was made; None where nobody said."""
        return _row(self.tenders, code)


def _row(rows: dict[str, _T], code: str) -> _T | None:
    return rows.get(code) or rows.get(code.upper()) or rows.get(ANY)
