"""What a controller wants to see of books: every rule with its place, rules that nothing can reach, and every
role that may be posted with its account in every entity.

Strategy: a rule is out of reach where each case that its conditions allow is taken by a rule before it. Its
cases are the combinations of the values that it names; a condition that it leaves open, but an earlier rule
asks for, is split into all values that it can have. Where there are too many combinations to try, the rule
counts as reachable: what is told is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from hcfin.books import Books
from hcfin.books.checks import roles_used
from hcfin.books.rules import Rule, When
from hcfin.codes import table
from hcfin.finance.base import RuleRef

_CASES = 20_000
_LEVELS = ("claim", "line")
_MEDICARE_FILING = frozenset({"MA", "MB"})

_Value = str | bool | None  # None: any value that no condition names
_Case = Mapping[str, _Value]


@dataclass(frozen=True, slots=True)
class RuleReview:
    """A rule, where it stands, and why nothing reaches it; empty where something does."""

    ref: RuleRef
    conditions: str
    treatment: str
    unreachable: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            **self.ref.model_dump(),
            "conditions": self.conditions,
            "treatment": self.treatment,
            "unreachable": self.unreachable or None,
        }


@dataclass(frozen=True, slots=True)
class RoleReview:
    """A role that may be posted, the setting that brings it in, and its account in each entity."""

    role: str
    because: str
    accounts: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {"role": self.role, "because": self.because, "accounts": dict(self.accounts)}


@dataclass(frozen=True, slots=True)
class BooksReview:
    """Books that loaded, as a controller reads them."""

    name: str
    entities: int
    payers: int
    accounts: int
    rules: tuple[RuleReview, ...]
    roles: tuple[RoleReview, ...]

    @property
    def unreachable(self) -> tuple[RuleReview, ...]:
        """Rules that never decide anything."""
        return tuple(rule for rule in self.rules if rule.unreachable)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "name": self.name,
            "rules": [rule.to_dict() for rule in self.rules],
            "roles": [role.to_dict() for role in self.roles],
        }

    def __str__(self) -> str:
        found = f"{len(self.unreachable)} out of reach" if self.unreachable else "nothing wrong"
        return (
            f"{self.name or 'books'}: {self.entities} entities, {self.payers} payers, "
            f"{self.accounts} accounts, {len(self.rules)} rules: {found}"
        )


def review(books: Books) -> BooksReview:
    """Review books.

    >>> from hcfin.books import builtin, load
    >>> str(review(load([builtin("example.toml")])))
    'Example books: 1 entities, 1 payers, 62 accounts, 11 rules: nothing wrong'
    """
    return BooksReview(
        name=books.name,
        entities=len(books.entities),
        payers=len(books.payers),
        accounts=len(books.chart),
        rules=tuple(_rules(books)),
        roles=tuple(_roles(books)),
    )


def _roles(books: Books) -> Iterator[RoleReview]:
    order = table("roles")
    used: dict[str, str] = {}
    for one in (books, *(books.for_payer(payer) for payer in books.payers)):
        for path, role in roles_used(one):
            used.setdefault(role, ".".join(str(part) for part in one.where(path)))
    for role in sorted(used, key=lambda name: order[name].line):
        accounts = ((entity, books.account(role, entity) or "") for entity in books.entities)
        yield RoleReview(role, used[role], tuple(accounts))


def _rules(books: Books) -> Iterator[RuleReview]:
    for kind, name, payers in _owners(books):
        overrides = (books.payers if kind == "payers" else books.payer_classes)[name]
        asked: list[Rule] = []
        for number, given in enumerate(overrides.rules):
            rule = given.model_copy(update={"when": _of(given.when, payers)})
            why = "no payer is of this class" if not payers else ""
            if given.when.payer and not rule.when.payer:
                why = "its conditions contradict one another"
            why = why or _out_of_reach(books, rule, asked)
            if all(_in_force(books.for_payer(payer), given) for payer in payers):
                asked.append(rule)
            conditions = f"{kind}.{name}: {conditions_text(given.when)}"
            ref = books.rule_ref(given.id, kind, name, "rules", number)
            yield RuleReview(ref, conditions, given.treatment, why)
    # A rule whose switch is off neither takes cases nor counts as out of reach: the switch may be turned on.
    earlier: list[Rule] = []
    for rule, ref in books.placed_rules:
        why = _out_of_reach(books, rule, earlier)
        if _in_force(books, rule):
            earlier.append(rule)
        yield RuleReview(ref, conditions_text(rule.when), rule.treatment, why)


def _in_force(books: Books, rule: Rule) -> bool:
    return not rule.when.policy or bool(books.policy.in_force.intersection(rule.when.policy))


def _owners(books: Books) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Who has rules of its own, the first asked first, and the payers that they are for."""
    for name, payer in books.payers.items():
        if payer.rules:
            yield "payers", name, (name,)
    for name, group in books.payer_classes.items():
        if group.rules:
            members = (key for key, payer in books.payers.items() if payer.payer_class == name)
            yield "payer_classes", name, tuple(members)


def _of(when: When, payers: tuple[str, ...]) -> When:
    """The conditions, for some payers alone."""
    kept = tuple(payer for payer in payers if not when.payer or payer in when.payer)
    return when.model_copy(update={"payer": kept})


def conditions_text(when: When) -> str:
    """Conditions in one line.

    >>> conditions_text(When(group=("CO",), claim_paid=False))
    'group CO, claim_paid false'
    """
    told = []
    for name in type(when).model_fields:
        value = getattr(when, name)
        if isinstance(value, tuple) and value:
            told.append(f"{name} {' '.join(value)}")
        elif isinstance(value, bool):
            told.append(f"{name} {str(value).lower()}")
    return ", ".join(told) or "always"


def _out_of_reach(books: Books, rule: Rule, earlier: Sequence[Rule]) -> str:
    decided = _decided_before(rule.when)
    if decided:
        return decided
    cases = _cases(books, rule.when, earlier)
    if cases is None:
        return ""
    takers: dict[str, None] = {}
    possible = False
    for case in cases:
        if not _possible(books, rule.when, case):
            continue
        possible = True
        taker = next((other for other in earlier if _takes(books, other.when, case)), None)
        if taker is None:
            return ""
        takers[taker.id] = None
    if not possible:
        return "its conditions contradict one another"
    return f"{' and '.join(takers)} before it {'takes' if len(takers) == 1 else 'take'} all of its cases"


def _decided_before(when: When) -> str:
    """What is settled before any rule is asked; see the order of decisions in `hcfin.posting`."""
    statuses = table("claim_status")
    if when.reason and set(when.reason) <= {"23"}:
        return "reason 23 is decided before any rule"
    if when.reason and set(when.reason) <= {"101"}:
        return "a claim with reason 101 is a predetermination; no rule is asked"
    if when.group and set(when.group) <= {"CR"}:
        return "a claim with group CR is suspended; no rule is asked"
    if when.status and all(
        status not in statuses or statuses[status]["effect"] != "post" for status in when.status
    ):
        return "claims of this status are not posted; no rule is asked"
    guards = {code for code, row in table("rarc").items() if row["effect"] == "billing_guard"}
    if when.group == ("PR",) and when.remark and set(when.remark) <= guards:
        return "this remark forbids billing the patient; it is decided before any rule"
    return ""


def _cases(books: Books, when: When, earlier: Sequence[Rule]) -> Iterator[_Case] | None:
    """Every combination of values that the conditions allow; None where there are too many."""
    asked = {name for rule in earlier for name in _named(rule.when)} | set(_named(when))
    if asked & {"payer_class", "medicare"}:
        asked |= {"payer", "filing_indicator"}  # these decide the class and the flag
    choices: dict[str, tuple[_Value, ...]] = {}
    for name in sorted(asked - {"payer_class"}):
        own = getattr(when, name)
        others = {value for rule in earlier for value in _values(rule.when, name)}
        choices[name] = _choices(books, name, own, others)
    if prod(len(values) for values in choices.values()) > _CASES:
        return None
    return (dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


def _choices(books: Books, name: str, own: Any, others: set[str]) -> tuple[_Value, ...]:
    if isinstance(own, tuple) and own:
        return own
    if isinstance(own, bool):
        return (own,)
    if own is None:
        return (True, False)
    if name == "payer":
        return tuple(books.payers)
    if name == "level":
        return _LEVELS
    if name == "filing_indicator":
        others = others | _MEDICARE_FILING
    if name == "remark":
        # A claim may have several remarks: one that another rule names says nothing of this one.
        return (None,)
    return (*sorted(others), None)


def _named(when: When) -> Iterator[str]:
    for name in type(when).model_fields:
        if name != "policy" and getattr(when, name) not in ((), None):
            yield name


def _values(when: When, name: str) -> tuple[str, ...]:
    value = getattr(when, name)
    return value if isinstance(value, tuple) else ()


def _class(books: Books, case: _Case) -> str:
    return books.payers[str(case["payer"])].payer_class if case.get("payer") in books.payers else ""


def _possible(books: Books, when: When, case: _Case) -> bool:
    """Whether a claim can be like that: the payer's class and what makes it Medicare agree."""
    if when.payer_class and _class(books, case) not in when.payer_class:
        return False
    if "medicare" not in case:
        return True
    medicare = _class(books, case) == "medicare" or case["filing_indicator"] in _MEDICARE_FILING
    return case["medicare"] == medicare


def _takes(books: Books, when: When, case: _Case) -> bool:
    """Whether conditions hold for a case for certain."""
    for name in _named(when):
        wanted = getattr(when, name)
        value = _class(books, case) if name == "payer_class" else case.get(name)
        if value is None or (value not in wanted if isinstance(wanted, tuple) else value != wanted):
            return False
    return True
