"""What can be wrong with books, found before any money is seen and said with file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from string import Formatter

from pydantic import ValidationError

from hcfin.books import CLEARING, Books, Path
from hcfin.books.category_checks import NEVER_POSTED, category_problems
from hcfin.books.medicare_checks import bad_debt_problems, medicare_problems
from hcfin.books.period_checks import period_problems
from hcfin.books.policy import Policy
from hcfin.books.selectors import refused, selectors
from hcfin.books.shape import shape_problems
from hcfin.books.supply import STEPS as SUPPLY_STEPS
from hcfin.books.supply_checks import supply_problems
from hcfin.books.tables import TableReader, read_tables
from hcfin.books.told import Told
from hcfin.books.transaction_checks import (
    transaction_problems,
    transaction_roles,
    transaction_roles_named,
)
from hcfin.books.transactions import STEPS as TRANSACTION_STEPS
from hcfin.codes import table
from hcfin.errors import BooksError
from hcfin.issues import Disposition, IssueKind, whole_catalogue
from hcfin.overlay import Layer, near, overlay

_WRITTEN_OFF, _ALLOWANCE = "revenue.adjustment.", "ar.allowance."
_LISTING = ("CO", "PR", "OA", "PI", "negative")
_ISSUE_VALUES = {"group", "reason", "amount"}
AFFILIATE_STEPS = ("due_from_affiliate", "due_to_affiliate", "affiliate_recoup")
BILL_STEPS = {
    "billed_to_payer": ("charge_feed", "claim_837"),
    "billed_to_patient": ("charge_feed", "claim_837"),
    "unbilled": ("charge_feed",),
    "charged": ("charge_feed",),
    "charged_by_claim": ("claim_837",),
}
"""Steps of bills, with the sources of charges that take them."""
EXPECTED_STEPS = ("expected_deduction", "expected_allowance")
STEPS = (
    "claim_settled",
    *BILL_STEPS,
    *EXPECTED_STEPS,
    "suspended_receipt",
    "suspended_takeback",
    "suspended_provider_adjustment",
    "suspended_payment",
    "capitation_ahead",
    "cost_report_penalty",
    *AFFILIATE_STEPS,
    "patient_to_next_payer",
    "interest_beyond_prior",
    "takeback_of_claim",
    *TRANSACTION_STEPS,
    *SUPPLY_STEPS,
)


def checked(layers: Sequence[Layer], tables: TableReader | None = None) -> Books:
    """Merge, validate and check layers. Raises `BooksError`."""
    source = overlay(layers)
    unread = list(read_tables(source, tables))
    if unread:
        raise BooksError(unread)
    try:
        books = Books.model_validate(source.data)
    except ValidationError as error:
        problems = list(shape_problems(source, error))
    else:
        books.attach(source)
        # What a payer sets for itself is checked as part of the books that its remittances are posted by.
        used = (books, *(books.for_payer(payer) for payer in books.payers))
        problems = [
            problem
            for one in _distinct(used)
            for check in _CHECKS
            for problem in check(one, Told(one, source))
        ]
    if problems:
        raise BooksError(list(dict.fromkeys(problems)))
    return books


def _distinct(books: Iterable[Books]) -> list[Books]:
    """Each of the books once: most payers have no others than the common ones."""
    return list({id(one): one for one in books}.values())


def _role_problems(books: Books, source: Told) -> Iterator[str]:
    roles = table("roles")
    for path, role in _roles_named(books):
        if role not in roles:
            meant = near(role, roles)
            remedy = f"Did you mean {meant!r}?" if meant else "See the list of roles in the documentation."
            yield source.problem(path, f"there is no role {role!r}", remedy)
    for path, role in (*_roles_of_treatments(books), *roles_used(books)):
        if role == CLEARING:
            yield source.problem(
                path, f"role {CLEARING!r} is not for rules: it must end at zero", "Name another role."
            )
    for kind in ("entities", "payers"):
        if not getattr(books, kind):
            one = "entity" if kind == "entities" else "payer"
            yield source.problem((), f"the books name no {one}", f"Add a table [{kind}.<name>].")


def _account_problems(books: Books, source: Told) -> Iterator[str]:
    roles = table("roles")
    used: dict[str, Path] = {CLEARING: ("chart",)}
    for path, role in roles_used(books):
        used.setdefault(role, path)
    for entity in books.entities:
        for role, path in used.items():
            if role in roles and books.account(role, entity) is None:
                yield source.problem(
                    path,
                    f"role {role!r} may be posted, but has no account in entity {entity!r}",
                    f'Add "{role}" = "<account>" to [chart] or [entities.{entity}.chart].',
                )


def _roles_named(books: Books) -> Iterator[tuple[Path, str]]:
    for role in books.chart:
        yield ("chart", role), role
    for name, entity in books.entities.items():
        for role in entity.chart:
            yield ("entities", name, "chart", role), role
    for role, allowance in books.allowances.items():
        yield ("allowances", role), role
        yield ("allowances", role), allowance
    yield from _roles_of_treatments(books)
    yield from transaction_roles_named(books)
    yield from roles_used(books)


def roles_used(books: Books) -> Iterator[tuple[Path, str]]:
    """Every role that posting may use, with the place that brings it in."""
    alone = len(books.entities) == 1
    for name, step in books.postings.items():
        if not (alone and name in AFFILIATE_STEPS) and _step_in_force(books, name):
            yield ("postings", name), step.role
    for method, step in books.payments.items():
        yield ("payments", method), step.role
    in_force = _treatments_in_force(books)
    for path, role in _roles_of_treatments(books):
        if path[1] in in_force:
            yield path, books.written_off_to(role)
    for code in sorted({*table("plb"), *books.provider_adjustments}):
        found = books.provider_rule(code)
        for role in (found[0].role_positive, found[0].role_negative) if found else ():
            yield ("provider_adjustments", code), role
    yield from transaction_roles(books)


def _step_in_force(books: Books, step: str) -> bool:
    """Whether the policy lets a step be taken; most always are."""
    policy = books.policy
    if step in TRANSACTION_STEPS:
        return books.transactions.takes(step)
    if step in SUPPLY_STEPS:
        return books.supply.takes(step)
    if step in EXPECTED_STEPS:
        return policy.expected_net and policy.charge_source != "none"
    return policy.charge_source in BILL_STEPS.get(step, (policy.charge_source,))


def _roles_of_treatments(books: Books) -> Iterator[tuple[Path, str]]:
    for name, treatment in books.treatments.items():
        for field in ("role", "role_forwarded", "role_final"):
            role = getattr(treatment, field)
            if role:
                yield ("treatments", name, field), role


def _treatments_in_force(books: Books) -> set[str]:
    """Treatments that a code or a rule in force may give."""
    listed = {row[name] for row in table("carc").values() for name in _LISTING}
    categories = {category.treatment for category in books.categories.values()}
    return listed.union(categories, (rule.treatment for rule, _ in books.rules_in_force))


def _policy_problems(books: Books, source: Told) -> Iterator[str]:
    takers = {
        "entities": [name for name, entity in books.entities.items() if entity.catch_all],
        "payers": [name for name, payer in books.payers.items() if payer.catch_all],
    }
    for kind, names in takers.items():
        if len(names) > 1:
            yield source.problem(
                (kind, names[1]), f"a second catch-all in [{kind}]", "Keep catch_all in one of them."
            )
    for step in STEPS:
        if step not in books.postings:
            yield source.problem(("postings",), f"step {step!r} is missing", "Keep hcfin's default.")
    roles = table("roles")
    for name, dimension in books.dimensions.items():
        if dimension.source not in selectors():
            yield source.problem(("dimensions", name, "from"), *_no_selector(dimension.source))
        for pattern in dimension.on:
            if not any(dimension.applies_to(role) for role in roles if _covers(pattern, role)):
                meant = near(pattern, _patterns(roles) if pattern.endswith(".*") else roles)
                remedy = f"Did you mean {meant!r}?" if meant else "Name a role, or `revenue.*` for all below."
                yield source.problem(("dimensions", name, "on"), f"no role is {pattern!r}", remedy)


def _no_selector(source: str) -> tuple[str, str]:
    if source in refused():
        told = f"{source!r} is patient data and never reaches a document"
        return told, "Take another field; see the list of selectors in the documentation."
    meant = near(source, selectors())
    remedy = f"Did you mean {meant!r}?" if meant else "See the list of selectors in the documentation."
    return f"there is no field {source!r}", remedy


def _patterns(roles: Iterable[str]) -> set[str]:
    """Every pattern that stands for some roles."""
    words = [role.split(".") for role in roles]
    return {".".join(part[:length]) + ".*" for part in words for length in range(1, len(part))}


def _covers(pattern: str, role: str) -> bool:
    return role == pattern or (pattern.endswith(".*") and role.startswith(pattern[:-1]))


def _allowance_problems(books: Books, source: Told) -> Iterator[str]:
    if books.policy.expected_net and books.policy.allowance_method == "perpetual":
        yield source.problem(
            ("policy", "allowance_method"),
            "expected_net and perpetual allowances would both use up what is expected of a bill",
            'Choose one: expected_net = false, or allowance_method = "auto_reverse".',
        )
    for role, allowance in books.allowances.items():
        if not (role.startswith(_WRITTEN_OFF) and allowance.startswith(_ALLOWANCE)):
            yield source.problem(
                ("allowances", role),
                f"{role!r} is not written off to {allowance!r}",
                f"Name a role {_WRITTEN_OFF}*, and one {_ALLOWANCE}* for it.",
            )


def _treatment_problems(books: Books, source: Told) -> Iterator[str]:
    for name in NEVER_POSTED:
        treatment = books.treatments.get(name)
        for field in ("role", "role_forwarded", "role_final"):
            if treatment and getattr(treatment, field):
                yield source.problem(
                    ("treatments", name, field),
                    f"treatment {name!r} is never posted and takes no role",
                    "Write a rule with another treatment for what you want posted.",
                )
    kinds = whole_catalogue()
    for name, treatment in books.treatments.items():
        posts = treatment.role is not None
        if treatment.issue is not None and not _tellable(kinds.get(treatment.issue), posts):
            known = sorted(code for code, kind in kinds.items() if _tellable(kind, posts))
            about = "is posted" if posts else "stays open"
            yield source.problem(
                ("treatments", name, "issue"),
                f"{treatment.issue!r} is not an issue about an adjustment that {about}",
                f"Known: {', '.join(known)}.",
            )


def _tellable(kind: IssueKind | None, posts: bool) -> bool:
    """Whether an issue tells of an adjustment with nothing but its group, reason and amount, and does not
    contradict what happens to it."""
    fitting = {Disposition.WARN, Disposition.NOTE} if posts else {Disposition.KEEP_OPEN, Disposition.WARN}
    if kind is None or kind.disposition not in fitting:
        return False
    values = {name for _, name, _, _ in Formatter().parse(kind.message) if name}
    return "group" in values and values <= _ISSUE_VALUES


def _rule_problems(books: Books, source: Told) -> Iterator[str]:
    known = {
        "treatment": set(books.treatments),
        "payer": set(books.payers),
        "payer class": {payer.payer_class for payer in books.payers.values()},
        "listed treatment": {row[name] for row in table("carc").values() for name in _LISTING} - {""},
        "mark": {row["policy"] for row in table("carc").values()} - {""},
        "switch": Policy.nameable(),
    }
    for name, payer in books.payers.items() if books.payer_classes else ():
        if payer.payer_class not in books.payer_classes:
            meant = near(payer.payer_class, books.payer_classes)
            remedy = f"Did you mean {meant!r}?" if meant else f"Add [payer_classes.{payer.payer_class}]."
            path: Path = ("payers", name, "class")
            yield source.problem(path, f"there is no payer class {payer.payer_class!r}", remedy)
    for code, name in books.financial_classes.items() if books.payer_classes else ():
        if name not in books.payer_classes:
            meant = near(name, books.payer_classes)
            remedy = f"Did you mean {meant!r}?" if meant else f"Add [payer_classes.{name}]."
            yield source.problem(("financial_classes", code), f"there is no payer class {name!r}", remedy)
    for number, rule in enumerate(books.rules):
        when: Path = ("rules", number, "when")
        named: list[tuple[str, Path, tuple[str, ...]]] = [
            ("treatment", ("rules", number, "treatment"), (rule.treatment,)),
            ("payer", (*when, "payer"), rule.when.payer),
            ("payer class", (*when, "payer_class"), rule.when.payer_class),
            ("listed treatment", (*when, "listed"), rule.when.listed),
            ("mark", (*when, "marked"), rule.when.marked),
            ("switch", (*when, "policy"), rule.when.policy),
        ]
        for kind, path, values in named:
            for value in values:
                if value not in known[kind]:
                    meant = near(value, known[kind])
                    remedy = (
                        f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(sorted(known[kind]))}."
                    )
                    yield source.problem(path, f"there is no {kind} {value!r}", remedy)


_CHECKS = (
    _role_problems,
    _account_problems,
    _policy_problems,
    _allowance_problems,
    _treatment_problems,
    _rule_problems,
    period_problems,
    medicare_problems,
    bad_debt_problems,
    category_problems,
    transaction_problems,
    supply_problems,
)
