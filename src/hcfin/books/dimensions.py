"""Dimensions: what a line is analysed by, taken from fields of the fact."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ConfigDict, Field

from hcfin.model import Model


class Dimension(Model):
    """A dimension: the field that it comes from, the roles that carry it, and a table of values."""

    source: str = Field(alias="from", description="Field of the fact; see the list of selectors.")
    on: tuple[str, ...] = Field(description="Roles that carry it; `revenue.*` means all below.")
    required: bool = Field(default=False, description="Whether a line without it may be booked.")
    values: dict[str, str] = Field(default={}, description="Field value to dimension value; empty: as it is.")
    table: str | None = Field(default=None, description="CSV file beside the books with further values.")
    column: str | None = Field(default=None, description="Column of the table to use, if not the second.")
    default: str | None = Field(default=None, description="Value where the table has none.")

    model_config = ConfigDict(populate_by_name=True)

    def applies_to(self, role: str) -> bool:
        """Whether lines of a role carry this dimension."""
        return any(
            role == pattern or (pattern.endswith(".*") and role.startswith(pattern[:-1]))
            for pattern in self.on
        )

    def value(self, fields: Mapping[str, str]) -> str | None:
        """The value for a fact's fields; None where there is none."""
        found = fields.get(self.source, "")
        if self.values or self.table:
            return self.values.get(found, self.default)
        return found or self.default


def dimensions_of(
    dimensions: Mapping[str, Dimension], role: str, fields: Mapping[str, str]
) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """The dimensions of a line, sorted, and the name of the first required one that has no value."""
    found, missing = [], None
    for name, dimension in sorted(dimensions.items()):
        if not dimension.applies_to(role):
            continue
        value = dimension.value(fields)
        if value is not None:
            found.append((name, value))
        elif dimension.required and missing is None:
            missing = name
    return tuple(found), missing
