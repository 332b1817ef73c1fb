"""The model reference, the issue catalogue and the schemas are made from the code; stale ones fail the build.

`pytest --accept tests/test_generated_docs.py` rewrites them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

import cases
from conftest import ROOT
from hcfin import discover
from hcfin.billing import (
    account,
    adjudication,
    charge,
    claim,
    claim_status,
    facts,
    file_status,
    party,
    payment,
    provider_summary,
    purchase,
    registration,
    remittance,
    supply,
)
from hcfin.billing import base as billing_base
from hcfin.books.schema import json_schema as books_schema
from hcfin.books.selectors import described
from hcfin.finance import base as finance_base
from hcfin.finance import documents, journal, procurement, receivable
from hcfin.issues import whole_catalogue
from hcfin.model import is_phi
from hcfin.standards.rows.shape import KINDS as ROW_KINDS
from hcfin.standards.rows.shape import Key
from hcfin.standards.rows.shape import keys as row_keys
from hcfin.standards.rows.supply_shape import SUPPLIES, supply_keys

DOCS = ROOT / "docs"
WAISTS = {
    "Billing facts": (
        *(remittance, provider_summary, claim, claim_status, file_status),
        *(charge, payment, account, registration),
        *(supply, purchase),
        *(adjudication, party, billing_base),
    ),
    "Finance documents": (finance_base, journal, receivable, procurement),
}


def _models(module: object) -> Iterator[type[BaseModel]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__:
            yield value


def _model_reference() -> Iterator[str]:
    yield "# Model reference\n"
    yield "Made from the code; do not edit. Fields marked PHI are patient data, readable in facts alone."
    for title, modules in WAISTS.items():
        yield f"\n## {title}"
        for model in (model for module in modules for model in _models(module)):
            yield f"\n### {model.__name__}\n"
            yield f"{(model.__doc__ or '').strip().splitlines()[0]}\n"
            yield "| field | PHI | what it is |"
            yield "|---|---|---|"
            for name, field in model.model_fields.items():
                mark = "PHI" if is_phi(field) else ""
                yield f"| `{field.alias or name}` | {mark} | {field.description or ''} |"


def _issue_catalogue() -> Iterator[str]:
    yield "# Issues\n"
    yield "Made from the code; do not edit. What happens to the money is the disposition; `reject_set`,"
    yield "`suspend_claim` and `keep_open` make a translation `partial` or `rejected` (exit status 1).\n"
    yield "| code | severity | disposition | owner | retry | message | what to do |"
    yield "|---|---|---|---|---|---|---|"
    for kind in whole_catalogue().values():
        cells = (
            kind.code,
            kind.severity,
            kind.disposition,
            kind.owner,
            kind.retry,
            kind.message,
            kind.remedy,
        )
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def test_model_reference(expect) -> None:
    expect(DOCS / "model.md", "\n".join(_model_reference()) + "\n")


def test_issue_catalogue(expect) -> None:
    expect(DOCS / "issues.md", "\n".join(_issue_catalogue()) + "\n")


def _support() -> Iterator[str]:
    targets = [discover.load("hcfin.erp", name, "TARGET") for name in discover.names("hcfin.erp")]
    yield "| | " + " | ".join(target.name for target in targets) + " |"
    yield "|---" * (len(targets) + 1) + "|"
    known = [one.capabilities for one in targets]
    for kind in documents.KINDS:
        yield f"| {kind} | " + " | ".join("yes" if kind in can.documents else "no" for can in known) + " |"
    yield "| dedupes | " + " | ".join("yes" if can.dedupes else "no" for can in known) + " |"
    yield "| balances per | " + " | ".join(can.balances_per for can in known) + " |"
    yield "| lines in one, at most | " + " | ".join(str(can.max_lines or "no limit") for can in known) + " |"


def _settings_of(name: str) -> Iterator[str]:
    yield "| setting | default | what it is |"
    yield "|---|---|---|"
    for field, info in discover.load("hcfin.erp", name, "TARGET").settings.model_fields.items():
        yield f"| `{field}` | `{json.dumps(info.default)}` | {info.description} |"


def test_targets_are_described(expect) -> None:
    """The tables between the marks of docs/erp.md."""
    page = DOCS / "erp.md"
    text = page.read_text(encoding="utf-8")
    settings = ((name, _settings_of(name)) for name in ("netsuite", "tryton", "cxml", "x12_850"))
    for name, table in (("support", _support()), *settings):
        mark = f"<!-- made from the code: {name} -->\n"
        assert mark in text
        before, _, rest = text.partition(mark)
        text = before + mark + "\n".join(table) + "\n" + rest[rest.index("<!-- end -->") :]
    expect(page, text)


def _rows(names: Collection[str], keys_of: Callable[[str], dict[str, Key]]) -> Iterator[str]:
    kinds = {name: set(keys_of(name)) for name in names}
    shared = set.intersection(*kinds.values())
    yield "| key | kinds | values | what it is |"
    yield "|---|---|---|---|"
    yield f"| `kind` | all | {_words(tuple(names))} | What happened; must be there. |"
    for name in names:
        for key in keys_of(name).values():
            if key.name in shared and name != next(iter(names)):
                continue
            where = "all" if key.name in shared else name
            must = " Must be there." if key.required else ""
            yield f"| `{key.name}` | {where} | {_words(key.values)} | {key.description}{must} |"


def _words(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values if value)


@pytest.mark.parametrize(
    ("name", "mark", "kinds", "keys_of"),
    [("payments.md", "rows", ROW_KINDS, row_keys), ("rows.md", "supplies", SUPPLIES, supply_keys)],
)
def test_the_row_shape_is_described(expect, name: str, mark: str, kinds: Any, keys_of: Any) -> None:
    """The table between the marks of a page."""
    page = DOCS / name
    text = page.read_text(encoding="utf-8")
    line = f"<!-- made from the code: {mark} -->\n"
    before, _, rest = text.partition(line)
    assert rest
    expect(page, before + line + "\n".join(_rows(kinds, keys_of)) + "\n" + rest[rest.index("<!-- end -->") :])


def _selectors() -> Iterator[str]:
    yield "# Fields that a dimension may come from\n"
    yield "Made from the code; do not edit. For `from` in `[dimensions.<name>]` of the [books](books.md)."
    yield "Texts of facts that are patient data are refused. What does not look like a code counts as `•`.\n"
    yield "| selector | what it is |"
    yield "|---|---|"
    for name, text in described().items():
        yield f"| `{name}` | {text} |"


def test_selectors(expect) -> None:
    expect(DOCS / "selectors.md", "\n".join(_selectors()) + "\n")


def test_schemas_are_published(expect) -> None:
    expect(DOCS / "schema" / "facts-1.0.json", facts.json_schema())
    expect(DOCS / "schema" / "documents-1.0.json", documents.json_schema())
    expect(DOCS / "schema" / "books-1.0.json", books_schema())


@pytest.mark.parametrize("case", cases.folders("posting"), ids=cases.name_of)
def test_documents_fit_their_schema(case) -> None:
    validator = jsonschema.Draft202012Validator(documents.json_schema())
    for document in cases.documents_of(case):
        validator.validate(document.to_dict())


@pytest.mark.parametrize("case", cases.folders("posting"), ids=cases.name_of)
def test_facts_fit_their_schema(case) -> None:
    validator = jsonschema.Draft202012Validator(facts.json_schema())
    for fact in cases.facts_of(case):
        validator.validate(fact.model_dump(mode="json"))


def test_every_field_says_what_it_is() -> None:
    silent = [
        f"{model.__name__}.{name}"
        for modules in WAISTS.values()
        for module in modules
        for model in _models(module)
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert not silent
