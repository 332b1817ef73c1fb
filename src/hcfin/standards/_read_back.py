"""Where two facts differ: the proof of what a standard wrote is that reading it says the same."""

from __future__ import annotations

from collections.abc import Iterable

from hcfin.model import Model


def difference(before: object, after: object, derived: Iterable[str] = ()) -> str | None:
    """The path of the first field that is not the same; None where all are. `derived` are fields of the fact
    itself that are the reader's to make."""
    parts: list[tuple[str, object, object]]
    if isinstance(before, Model) and type(before) is type(after):
        names = [name for name in type(before).model_fields if name not in {*Model.POSITIONS, *derived}]
        parts = [(name, getattr(before, name), getattr(after, name)) for name in names]
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        parts = [(str(n), *pair) for n, pair in enumerate(zip(before, after, strict=True), start=1)]
    else:
        return None if before == after else ""
    for name, first, second in parts:
        path = difference(first, second)
        if path is not None:
            return f"{name}.{path}" if path else name
    return None
