"""The user's knowledge of one HL7 v2 feed."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hcfin.model import Model

Kind = Literal["charge", "credit", "payment", "adjustment", "co_payment", "ignore"]
Route = Literal["charge", "usage", "payment", "ignore"]


class TransactionType(Model):
    """What a code of FT1-6 means."""

    kind: Kind = Field(description="What such a row is.")
    sign: Literal["as_sent", "magnitude", "account"] = Field(
        default="as_sent",
        description="`as_sent`: a minus turns the row around. `magnitude`: only the code has a direction. "
        "`account`: a minus takes from the account, whatever the code, so that payments have one.",
    )


def _table_0017() -> dict[str, TransactionType]:
    return {
        "CG": TransactionType(kind="charge"),
        "CD": TransactionType(kind="credit", sign="magnitude"),
        "PY": TransactionType(kind="payment", sign="magnitude"),
        "AJ": TransactionType(kind="adjustment"),
        "CO": TransactionType(kind="co_payment", sign="magnitude"),
    }


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
    transaction_types: dict[str, TransactionType] = Field(
        default_factory=_table_0017, description="What the codes of FT1-6 mean; HL7 table 0017 by default."
    )
    account: tuple[str, ...] = Field(
        default=("PID-18", "PV1-19", "PV1-50", "PID-3"),
        description="Where the account number stands; the first field that has one counts.",
    )
    identifiers: dict[str, IdentifierChoice] = Field(
        default_factory=dict, description="By field (`PID-3`, `PV1-7`, `FT1-20`): which of several is meant."
    )
    date_formats: tuple[str, ...] = Field(
        default=(), description="Other forms of dates that the feed uses, such as `MM/DD/YYYY`."
    )
    encoding: str = Field(
        default="cp1252",
        description="Character set of text that is neither what MSH-18 says nor UTF-8: a Python codec.",
    )
    segments: dict[str, str] = Field(
        default_factory=dict,
        description="What fields of local segments are, such as `ZF2-6` = `amount`.",
    )
    routing: tuple[Routing, ...] = Field(
        default=(), description="What FT1 rows are; the first that fits counts."
    )
    mode: Literal["snapshot", "action_code"] = Field(
        default="snapshot",
        description="Whether repeated segments replace what was known, or say themselves what to do with it.",
    )
