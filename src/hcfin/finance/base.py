"""What all finance documents share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from hcfin.finance import SCHEMA
from hcfin.identity import content_hash
from hcfin.model import Model, trusted
from hcfin.money import Amount
from hcfin.origin import Origin

Side = Literal["debit", "credit"]


def _pairs(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, dict) else value


Pairs = Annotated[
    tuple[tuple[str, str], ...],
    BeforeValidator(_pairs),
    PlainSerializer(dict, when_used="json"),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
"""Names and values, sorted by name; an object in JSON."""
ORIGINS_KEPT = 20


class Party(Model):
    """Who a line is about. Payers go by their name in the books, patients by a token."""

    kind: Literal["payer", "patient", "supplier", "affiliate"] = Field(description="Kind of party.")
    token: str = Field(description="Name of the payer in the books, or a token.")


class RuleRef(Model):
    """The rule that decided a line, and where it is written."""

    id: str = Field(description="Name of the rule.")
    layer: str = Field(description="File of the books or code list that holds it.")
    line: int = Field(description="Line in that file, 1 for the first.")


class SourceRef(Model):
    """The place of one source amount of a line."""

    standard: str = Field(description="Standard of the source, or `facts`.")
    at: int = Field(description="Ordinal of the segment in its file.")
    segment: str = Field(default="", description="Name of the segment.")
    element: str = Field(default="", description="Element in the standard's notation.")
    loop: str = Field(default="", description="Loop of the guide.")
    unit: str = Field(default="", description="Control numbers of the enclosing envelopes.")
    offset: int | None = Field(default=None, description="Byte offset of the segment.")

    POSITIONS = frozenset()

    @classmethod
    def of(cls, origin: Origin) -> SourceRef:
        """The place of an origin; the two have the same fields."""
        # Not validated: each line has up to twenty, and they would cost more than the rest of the document.
        return trusted(
            cls,
            {
                "standard": origin.standard,
                "at": origin.at,
                "segment": origin.segment,
                "element": origin.element,
                "loop": origin.loop,
                "unit": origin.unit,
                "offset": origin.offset,
            },
        )


class Origins(Model):
    """The places that a line sums up: the first twenty, how many there are, and a digest of all."""

    first: tuple[SourceRef, ...] = Field(max_length=ORIGINS_KEPT, description="The first of them.")
    count: int = Field(ge=1, description="How many there are.")
    digest: str = Field(description="Digest over all of them, in order.")


class GlLine(Model):
    """One line that the ERP books: one side, a positive amount."""

    n: int = Field(ge=1, description="Number of the line in its document.")
    role: str = Field(description="Logical account.")
    account: str = Field(description="Account of the chart.")
    side: Side = Field(description="debit or credit.")
    amount: Amount = Field(description="Positive amount at the currency's scale.")
    currency: str = Field(description="ISO 4217 currency.")
    party: Party | None = Field(default=None, description="Who the line is about.")
    dimensions: Pairs = Field(default=(), description="Dimension values.")
    tags: Pairs = Field(default=(), description="Sub-ledger facts.")
    rule: RuleRef = Field(description="The rule that decided the line.")
    origins: Origins = Field(description="Where its amounts came from.")

    @model_validator(mode="after")
    def _positive(self) -> GlLine:
        if self.amount <= 0:
            raise PydanticCustomError("amount_positive", "A line's amount must be positive")
        return self


class Document(Model):
    """A finance document. `gl_lines` is what the ERP books on accepting it; a memo books nothing."""

    schema_version: str = Field(default=SCHEMA, alias="schema", description="Document schema version.")
    kind: str = Field(description="Kind of document.")
    id: str = Field(description="Deterministic id from the business key, 20 characters.")
    content_hash: str = Field(description="SHA-256 over the content without origins.")
    entity: str = Field(description="Legal entity, as named in the books.")
    currency: str = Field(description="ISO 4217 currency of all amounts.")
    gl_date: date = Field(description="Date to book on.")
    period: str = Field(description="Accounting period: YYYY-MM, or its name in a fiscal calendar.")
    original_period: str | None = Field(default=None, description="Period before it was re-dated.")
    settlement_date: date | None = Field(default=None, description="When the money moves.")
    source: str = Field(description="Business key of the source, readable.")
    depends_on: tuple[str, ...] = Field(default=(), description="Ids to post before this one.")
    reverses: str | None = Field(default=None, description="Id of the document that this one reverses.")
    memo: bool = Field(default=False, description="True: the journal already carries it; not for posting.")
    gl_lines: tuple[GlLine, ...] = Field(default=(), description="What the ERP books.")

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    def totals(self) -> dict[Side, Decimal]:
        """Sum of each side."""
        sums: dict[Side, Decimal] = {"debit": Decimal(0), "credit": Decimal(0)}
        for line in self.gl_lines:
            sums[line.side] += line.amount
        return sums

    def check_lines(self) -> None:
        """Refuse lines that do not balance, are in another currency or are not numbered from 1."""
        sums = self.totals()
        if sums["debit"] != sums["credit"]:
            raise PydanticCustomError("unbalanced", "Debits and credits differ")
        if any(line.currency != self.currency for line in self.gl_lines):
            raise PydanticCustomError("currency", "A line has another currency than its entry")
        if [line.n for line in self.gl_lines] != list(range(1, len(self.gl_lines) + 1)):
            raise PydanticCustomError("numbering", "Lines are not numbered from 1")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, amounts as text at the currency's scale."""
        return self.model_dump(mode="json", exclude_none=True)


def hash_of(data: dict[str, Any]) -> str:
    """The content hash of a document's fields: everything but ids and origins."""
    kept = {key: value for key, value in data.items() if key not in {"id", "content_hash"}}
    kept["gl_lines"] = [
        {key: value for key, value in line.items() if key not in {"origins", "n"}}
        for line in data.get("gl_lines", ())
    ]
    return content_hash(kept)


_STATED = frozenset({"original_period", "settlement_date", "gl_lines"})


def hashed_content(document: Document) -> dict[str, Any]:
    """What the `content_hash` of a document is the SHA-256 of, as canonical JSON.

    Optional fields that hold nothing are left out, as when the document was made.
    """
    data = document.model_dump(mode="json", by_alias=True)
    fields = type(document).model_fields
    kept = {
        name: value
        for name, value in data.items()
        if name not in {"schema", "id", "content_hash"}
        and (name in _STATED or name == "kind" or getattr(document, name) != fields[name].get_default())
    }
    kept["gl_lines"] = [
        {
            name: [list(pair) for pair in value.items()] if name in {"dimensions", "tags"} else value
            for name, value in line.items()
            if name not in {"origins", "n"}
        }
        for line in data["gl_lines"]
    ]
    return kept
