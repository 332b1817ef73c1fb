"""Where a value came from: precise enough to open the file at that place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a value.

    `standard` is `x12`, `hl7v2`, `fhir` or `facts` (built in Python, no wire source). `unit` holds the
    control numbers of the enclosing envelopes. `at` is the ordinal of the segment in the file, 1 for the
    first; `element` is the element in the standard's notation (`CLP04`); `offset` is the byte offset.
    """

    standard: str
    at: int
    segment: str = ""
    element: str = ""
    loop: str = ""
    unit: str = ""
    offset: int | None = None

    def __str__(self) -> str:
        where = f"segment {self.at}"
        if self.element or self.segment:
            where += f" {self.element or self.segment}"
        detail = [part for part in (f"loop {self.loop}" if self.loop else "", self.unit) if part]
        if self.offset is not None:
            detail.append(f"byte {self.offset}")
        return f"{where} ({', '.join(detail)})" if detail else where

    def to_dict(self) -> dict[str, object]:
        """JSON-ready form; empty parts are left out."""
        data: dict[str, object] = {"standard": self.standard, "at": self.at}
        for name in ("segment", "element", "loop", "unit", "offset"):
            value = getattr(self, name)
            if value not in ("", None):
                data[name] = value
        return data
