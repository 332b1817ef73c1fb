"""What a payload for Tryton brings in, as tests compare it."""

from __future__ import annotations

from decimal import Decimal

from hcfin.erp import Payload


def rows_of(payload: Payload) -> list[dict[str, str]]:
    """The rows of an import by the names of their columns, without what is empty."""
    body = payload.body
    fields, rows = (body["fields_names"], body["data"]) if "data" in body else body["params"][:2]
    assert all(len(row) == len(fields) for row in rows)
    return [{name: value for name, value in zip(fields, row, strict=True) if value} for row in rows]


def sums_of(payload: Payload) -> tuple[Decimal, Decimal]:
    rows = rows_of(payload)
    return tuple(sum(Decimal(row.get(f"lines/{side}", "0")) for row in rows) for side in ("debit", "credit"))
