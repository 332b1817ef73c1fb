"""Facts to rows: one object a line, every value that is not at its default. What cannot be said so that it is
read back the same is refused."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from hcfin.billing.base import Fact
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.reading import collect
from hcfin.billing.registration import Coding
from hcfin.errors import HcfinError
from hcfin.limits import Limits
from hcfin.standards.rows.profile import Profile
from hcfin.standards.rows.reader import read
from hcfin.standards.rows.shape import AMOUNTS, CURRENCY, KINDS, keys
from hcfin.standards.rows.supply_writer import SUPPLY_KINDS, coding_row, supply_rows
from hcfin.wire.json import dumps

_KIND_OF = {model: kind for kind, model in KINDS.items()}


def write(facts: Iterable[Fact]) -> bytes:
    """The facts as rows. Raises `HcfinError` where the row shape cannot say them."""
    given = tuple(facts)
    rows = []
    for fact in given:
        if isinstance(fact, AccountTransaction):
            rows.append(dumps(_row(fact)) + "\n")
        elif type(fact) in SUPPLY_KINDS:
            rows += [dumps(row) + "\n" for row in supply_rows(fact)]
        else:
            raise HcfinError(f"rows have no {type(fact).__name__}")
    data = "".join(rows).encode("utf-8")
    if given and collect(read(BytesIO(data), Profile(), Limits())).facts != given:
        raise HcfinError("rows cannot say these facts so that they are read back the same")
    return data


def _row(fact: AccountTransaction) -> dict[str, Any]:
    kind = _KIND_OF[type(fact)]
    row: dict[str, Any] = {"kind": kind}
    for name in keys(kind):
        value = getattr(fact, name)
        if isinstance(value, Coding):
            value = coding_row(value)
        needed = name in AMOUNTS or name == CURRENCY or type(fact).model_fields[name].is_required()
        if needed or value != type(fact).model_fields[name].default:
            row[name] = value
    return {name: value for name, value in row.items() if value is not None}
