"""What can be wrong with books, found before any money is seen and said with file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from hcfin.books import CLEARING, Books
from hcfin.books.rules import decide_by_code
from hcfin.codes import table
from hcfin.errors import BooksError
from hcfin.overlay import Layer, Overlay, near, overlay

_MEDICARE_SHARES = ("1", "2", "66")
_CONTRACTUAL = "revenue.adjustment.contractual"
STEPS = (
    "claim_settled",
    "suspended_receipt",
    "suspended_takeback",
    "suspended_provider_adjustment",
    "suspended_payment",
)


def checked(layers: Sequence[Layer]) -> Books:
    """Merge, validate and check layers. Raises `BooksError`."""
    source = overlay(layers)
    try:
        books = Books.model_validate(source.data)
    except ValidationError as error:
        problems = list(_shape_problems(source, error))
    else:
        books.attach(source)
        problems = [*_role_problems(books, source), *_policy_problems(books, source)]
    if problems:
        raise BooksError(problems)
    return books


def _shape_problems(source: Overlay, error: ValidationError) -> Iterator[str]:
    for entry in error.errors(include_url=False, include_context=False, include_input=False):
        path = tuple(entry["loc"])
        if entry["type"] == "extra_forbidden":
            yield source.problem(path, f"unknown setting {path[-1]!r}", _meant(source, path))
        elif entry["type"] == "missing":
            yield source.problem(path, f"{path[-1]!r} is missing", "Add it to this table.")
        else:
            name = ".".join(str(part) for part in path)
            yield source.problem(path, f"{name}: {entry['msg'].lower()}")


def _meant(source: Overlay, path: tuple[str | int, ...]) -> str:
    known: set[str] = set(Books.model_fields)
    if len(path) > 1:
        annotation = Books.model_fields[str(path[0])].annotation
        models = [annotation, *getattr(annotation, "__args__", ())]
        known = {
            field.alias or name
            for model in models
            if hasattr(model, "model_fields")
            for name, field in model.model_fields.items()
        }
    suggestion = near(str(path[-1]), known)
    return f"Did you mean {suggestion!r}?" if suggestion else f"Known: {', '.join(sorted(known))}."


def _role_problems(books: Books, source: Overlay) -> Iterator[str]:
    roles = table("roles")
    for path, role in _roles_named(books):
        if role not in roles:
            meant = near(role, roles)
            remedy = f"Did you mean {meant!r}?" if meant else "See the list of roles in the documentation."
            yield source.problem(path, f"there is no role {role!r}", remedy)
    if not books.entities:
        yield source.problem((), "the books name no entity", "Add an [entities.<name>] table.")
    if not books.payers:
        yield source.problem((), "the books name no payer", "Add a [payers.<name>] table.")
    for entity in books.entities:
        for path, role in _roles_reached(books):
            if role in roles and books.account(role, entity) is None:
                yield source.problem(
                    path,
                    f"role {role!r} may be posted, but has no account in entity {entity!r}",
                    f'Add "{role}" = "<account>" to [chart] or [entities.{entity}.chart].',
                )


def _roles_named(books: Books) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for role in books.chart:
        yield ("chart", role), role
    for name, entity in books.entities.items():
        for role in entity.chart:
            yield ("entities", name, "chart", role), role
    yield from _roles_reached(books)


def _roles_reached(books: Books) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every role that posting may use, each once, with the place that brings it in."""
    seen: set[str] = set()
    for path, role in _roles_used(books):
        if role not in seen:
            seen.add(role)
            yield path, role


def _roles_used(books: Books) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("chart",), CLEARING
    for name, step in books.postings.items():
        yield ("postings", name), step.role
    for method, step in books.payments.items():
        yield ("payments", method), step.role
    for name, treatment in books.treatments.items():
        for field in ("role", "role_forwarded", "role_final"):
            role = getattr(treatment, field)
            if role:
                yield ("treatments", name, field), role
    for code in sorted({*table("plb"), *books.provider_adjustments}):
        found = books.provider_rule(code)
        if found:
            for role in (found[0].role_positive, found[0].role_negative):
                yield ("provider_adjustments", code), role


def _policy_problems(books: Books, source: Overlay) -> Iterator[str]:
    for kind, rows in (("entities", books.entities), ("payers", books.payers)):
        takers = [name for name, row in rows.items() if row.catch_all]
        if len(takers) > 1:
            yield source.problem(
                (kind, takers[1]), f"a second catch-all in [{kind}]", "Keep catch_all in one of them."
            )
    for step in STEPS:
        if step not in books.postings:
            yield source.problem(("postings",), f"step {step!r} is missing", "Keep hcfin's default.")
    known = set(books.treatments)
    for number, rule in enumerate(books.rules):
        if rule.treatment not in known:
            meant = near(rule.treatment, known)
            yield source.problem(
                ("rules", number, "treatment"),
                f"there is no treatment {rule.treatment!r}",
                f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(sorted(known))}.",
            )
    yield from _medicare_problems(books, source)


def _medicare_problems(books: Books, source: Overlay) -> Iterator[str]:
    """Medicare deductible and coinsurance are never contractual (42 CFR 413.89(b)(1)(ii))."""
    contractual = {
        name
        for name, treatment in books.treatments.items()
        if _CONTRACTUAL in (treatment.role, treatment.role_forwarded, treatment.role_final)
    }
    for number, rule in enumerate(books.rules):
        when = rule.when
        reaches = (
            rule.treatment in contractual
            and when.medicare is not False
            and (not when.group or "PR" in when.group)
            and (not when.reason or set(when.reason) & set(_MEDICARE_SHARES))
        )
        if reaches:
            yield source.problem(
                ("rules", number),
                f"rule {rule.id!r} could make a Medicare deductible or coinsurance contractual",
                "Add medicare = false to its conditions; use the Medicare bad debt role instead.",
            )
    for reason in _MEDICARE_SHARES:
        treatment = decide_by_code("PR", reason).treatment
        if treatment in contractual:
            yield source.problem(
                ("treatments", treatment, "role"),
                f"treatment {treatment!r} would make a Medicare deductible or coinsurance contractual",
                "Give it another role.",
            )
