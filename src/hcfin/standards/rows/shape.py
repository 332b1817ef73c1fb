"""The row shape: the keys of each kind of row, taken from the facts that rows become."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from hcfin.billing.payment import (
    IDENTIFYING,
    AccountTransaction,
    Dispute,
    Payment,
    Payout,
    Refund,
    Transfer,
    WriteOff,
)

KINDS: dict[str, type[AccountTransaction]] = {
    "payment": Payment,
    "payout": Payout,
    "refund": Refund,
    "dispute": Dispute,
    "write_off": WriteOff,
    "transfer": Transfer,
}
CODING = ("code", "text", "system")
MOMENTS = frozenset({"occurred", "posted"})
AMOUNTS = frozenset({"amount", "fee"})
CURRENCY = "currency"


class Key(NamedTuple):
    """A key of the row shape: what it is, which values it may have (any, where none are listed), whether it
    must be there, whether it says which transaction, account or money is meant, and whether it is a list."""

    name: str
    description: str
    values: tuple[str, ...]
    required: bool
    identifying: bool
    many: bool = False


@cache
def keys(kind: str) -> dict[str, Key]:
    """The keys of a kind of row, in the order of its fact; beside them `kind`."""
    found = {CURRENCY: Key(CURRENCY, "ISO 4217 currency of all amounts.", (), False, False)}
    for name, field in KINDS[kind].model_fields.items():
        extra: Any = field.json_schema_extra or {}
        if extra.get("source", {}).get("rows"):
            values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
            text = (field.description or "").partition(" HL7V2 ")[0].partition(" ROWS ")[0]
            # A payout may be a fee alone; all others are an amount.
            required = field.is_required() or (name == "amount" and kind != "payout")
            many = get_origin(field.annotation) is tuple
            found[name] = Key(name, text, tuple(values), required, name in IDENTIFYING, many)
    return found


@cache
def words() -> frozenset[str]:
    """Every value of a closed list, and every kind: these and codes may be shown."""
    return frozenset(KINDS) | {
        value for kind in KINDS for key in keys(kind).values() for value in key.values if value
    }
