"""The books: the user's accounting policy as plain data, between the two waists.

`load(layers)` merges layered TOML over hcfin's defaults, checks everything that can be checked before any
money is seen, and remembers for every rule the layer and line where it is written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from importlib.resources import files
from typing import Any

from pydantic import Field, PrivateAttr

from hcfin.books.chart import Account, Entity, account_of, entity_of, owner_of
from hcfin.books.dimensions import Dimension, dimensions_of
from hcfin.books.payers import Overrides, Payer, PayerClass, payer_of
from hcfin.books.periods import BookingDate, Periods, booking_date
from hcfin.books.policy import Policy
from hcfin.books.rules import (
    AdjustmentFacts,
    Category,
    Decision,
    Posting,
    ProviderRule,
    Rule,
    Treatment,
    decide,
    decide_by_code,
)
from hcfin.books.supply import SupplyPolicy
from hcfin.books.tables import TableReader
from hcfin.books.transactions import TransactionPolicy, WriteOffRule
from hcfin.codes import layer as code_layer
from hcfin.codes import line_of, table
from hcfin.finance.base import RuleRef
from hcfin.model import Model
from hcfin.overlay import Layer, Overlay, Place

Path = tuple[str | int, ...]
"""Where a value stands in books: the names of tables, and numbers in lists."""

CLEARING = "cash.remit_clearing"
"""The technical role through which every remittance posts and which it leaves at zero."""


class Books(Model):
    """An accounting policy. Make it with `hcfin.load_books`; it never changes afterwards."""

    name: str = Field(default="", description="Whose books these are, for people.")
    policy: Policy = Field(default=Policy(), description="What an accountant may want different.")
    periods: Periods = Field(default=Periods(), description="Which accounting periods are closed.")
    entities: dict[str, Entity] = Field(default={}, description="Legal entities, by your own short name.")
    payer_classes: dict[str, PayerClass] = Field(
        default={}, description="Classes of payers; where any is named, no other may be used."
    )
    payers: dict[str, Payer] = Field(default={}, description="Payers, by your own short name.")
    financial_classes: dict[str, str] = Field(
        default={}, description="Financial class of charges, by the site's table, to payer class."
    )
    chart: dict[str, Account] = Field(default={}, description="Role to account.")
    dimensions: dict[str, Dimension] = Field(default={}, description="What lines are analysed by.")
    payments: dict[str, Posting] = Field(default={}, description="Payment method to cash role.")
    postings: dict[str, Posting] = Field(default={}, description="Fixed steps to roles.")
    transactions: TransactionPolicy = Field(
        default=TransactionPolicy(), description="What an accountant may want different of transactions."
    )
    supply: SupplyPolicy = Field(
        default=SupplyPolicy(), description="What an accountant may want different of supplies."
    )
    channels: dict[str, Posting] = Field(
        default={}, description="Where payments come in and refunds go out: gateway, lockbox, drawer, bank."
    )
    buckets: dict[str, Posting] = Field(
        default={}, description="Who owes a balance: patient, payer, agency, patient_plan, unbilled."
    )
    write_offs: dict[str, WriteOffRule] = Field(default={}, description="Why balances are given up.")
    write_off_codes: dict[str, str] = Field(
        default={}, description="The site's own code of a write-off to its reason."
    )
    allowances: dict[str, str] = Field(
        default={}, description="Role that is written off to, and its allowance; see allowance_method."
    )
    treatments: dict[str, Treatment] = Field(default={}, description="What an adjustment may mean.")
    categories: dict[str, Category] = Field(
        default={},
        description="Category of a FHIR adjudication, or category/local with the payer's own code, to what "
        "it is taken for.",
    )
    provider_adjustments: dict[str, ProviderRule] = Field(default={}, description="Overrides by code.")
    rules: tuple[Rule, ...] = Field(default=(), description="Asked in order, before the table of codes.")
    erp: dict[str, dict[str, Any]] = Field(default={}, description="Settings of targets; books ignore them.")

    _source: Overlay | None = PrivateAttr(default=None)
    _refs: dict[Path, RuleRef] = PrivateAttr(default_factory=dict)
    _over: tuple[tuple[Path, Overrides], ...] = PrivateAttr(default=())
    _of_payers: dict[str, Books] = PrivateAttr(default_factory=dict)

    def attach(self, source: Overlay) -> None:
        """Remember where the books were written."""
        self._source = source

    def __repr__(self) -> str:
        return f"Books({self.name!r}, entities={list(self.entities)}, payers={len(self.payers)})"

    # Look-ups

    def entity(self, identifiers: Collection[str]) -> str | None:
        """The entity of a payee, by its identifiers."""
        return entity_of(self.entities, identifiers)

    def owner(self, identifier: str) -> str | None:
        """The entity that lists an identifier; no catch-all takes it."""
        return owner_of(self.entities, identifier)

    def payer(self, identifiers: Collection[str], name: str) -> str | None:
        """The payer, by its identifiers or name."""
        return payer_of(self.payers, identifiers, name)

    def written_off_to(self, role: str) -> str:
        """The role that an adjustment debits: its own, or the allowance that was set up for it."""
        return self.allowances.get(role, role) if self.policy.allowance_method == "perpetual" else role

    def role_of(self, treatment: Treatment, *, forwarded: bool = False) -> str | None:
        """Where a treatment puts an adjustment; None where it stays open. `forwarded`: the claim went on to a
        next payer."""
        if self.policy.denial_final_auto and treatment.role_final:
            return self.written_off_to(treatment.role_final)
        if forwarded and treatment.role_forwarded:
            return treatment.role_forwarded
        return self.written_off_to(treatment.role) if treatment.role else None

    def account(self, role: str, entity: str) -> str | None:
        """The account of a role in an entity."""
        return account_of(self.chart, self.entities, role, entity)

    def booking_date(self, day: date, entity: str | None = None) -> BookingDate | None:
        """The date to book on, given what is closed for the entity."""
        own = self.entities[entity].periods if entity is not None else None
        return booking_date(own or self.periods, day)

    def for_payer(self, payer: str) -> Books:
        """The books for the remittances of a payer: these, with what its class and the payer itself set."""
        found = self._of_payers.get(payer)
        if found is None:
            found = self._of_payers[payer] = self._overridden(payer)
        return found

    def _overridden(self, payer: str) -> Books:
        own = self.payers[payer]
        over: list[tuple[Path, Overrides]] = [(("payers", payer), own)]
        if own.payer_class in self.payer_classes:
            over.append((("payer_classes", own.payer_class), self.payer_classes[own.payer_class]))
        used = tuple((path, one) for path, one in over if one.any_set)
        if not used:
            return self
        policy, treatments, rules = self.policy, dict(self.treatments), self.rules
        provider_adjustments, categories = dict(self.provider_adjustments), dict(self.categories)
        for _, one in reversed(used):  # the payer's own count more than its class's
            policy = policy.changed(_set(one.policy))
            for name, treatment in one.treatments.items():
                treatments[name] = treatments.get(name, Treatment()).model_copy(update=_set(treatment))
            provider_adjustments.update(one.provider_adjustments)
            categories.update(one.categories)
            rules = one.rules + rules
        made = self.model_copy(
            update={
                "policy": policy,
                "treatments": treatments,
                "provider_adjustments": provider_adjustments,
                "categories": categories,
                "rules": rules,
            }
        )
        made._over = used
        return made

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Books:
        """The same books with other values, not checked again."""
        made = super().model_copy(update=update, deep=deep)
        # What was worked out from the values of these books does not hold for the copy.
        for name in ("placed_rules", "rules_in_force", "selectors"):
            made.__dict__.pop(name, None)
        made._refs, made._of_payers = {}, {}
        return made

    def where(self, path: Path) -> Path:
        """The path under which a value of these books is written: the payer's own, its class's or the common
        one."""
        if path[0] == "rules" and len(path) > 1:
            number = int(path[1])
            for prefix, one in self._over:
                if number < len(one.rules):
                    return (*prefix, "rules", number, *path[2:])
                number -= len(one.rules)
            return ("rules", number, *path[2:])
        for prefix, _ in self._over:
            if self._source is not None and self._source.holds((*prefix, *path)):
                return (*prefix, *path)
        return path

    def dimensions_of(
        self, role: str, fields: Mapping[str, str]
    ) -> tuple[tuple[tuple[str, str], ...], str | None]:
        """The dimensions of a line and the first required one that has no value."""
        return dimensions_of(self.dimensions, role, fields)

    def decide(
        self, facts: AdjustmentFacts, *, opposite: bool = False, listed: Decision | None = None
    ) -> Decision:
        """The treatment of an adjustment: user rules, hcfin's rules, what is listed, by default the table of
        codes."""
        return decide(self.rules_in_force, facts, opposite=opposite, listed=listed)

    def decide_by_code(self, group: str, reason: str) -> Decision:
        """The treatment of the table of codes alone."""
        return decide_by_code(group, reason)

    def category(self, reason: str) -> tuple[Category, Decision] | None:
        """What stands in the place of a group and reason code: `discount`, or `discount/local` with the
        payer's own code, which counts first; None where the books list neither."""
        for name in (reason, reason.partition("/")[0]):
            found = self.categories.get(name)
            if found is not None:
                ref = self.rule_ref(f"category-{name}", "categories", name)
                return found, Decision(found.treatment, "", ref)
        return None

    def provider_rule(self, code: str) -> tuple[ProviderRule, RuleRef] | None:
        """Where a provider adjustment goes: the books' own row, else the table's; None where neither knows it
        or a person must decide."""
        own = self.provider_adjustments.get(code)
        if own:
            return own, self.rule_ref(f"PLB-{code}", "provider_adjustments", code)
        row = table("plb").get(code)
        if row is None or row["disposition"] == "suspense":
            return None
        switched = row["role_switched"] if row["switch"] in self.policy.in_force else ""
        rule = ProviderRule(
            role_positive=switched or row["role_positive"],
            role_negative=switched or row["role_negative"],
            reference=row["reference"],
        )
        return rule, RuleRef(id=f"PLB-{code}", layer=code_layer("plb"), line=row.line)

    def posting(self, step: str) -> tuple[str, RuleRef]:
        """The role of a fixed step, and where that is written."""
        return self.postings[step].role, self.rule_ref(step, "postings", step)

    def channel(self, name: str) -> tuple[str, RuleRef]:
        """The cash role of a channel, and where that is written."""
        return self.channels[name].role, self.rule_ref(f"channel_{name}", "channels", name)

    def bucket(self, name: str) -> tuple[str, RuleRef]:
        """The receivable of a bucket, and where that is written."""
        return self.buckets[name].role, self.rule_ref(f"bucket_{name}", "buckets", name)

    def write_off(self, reason: str, *, medicare: bool = False) -> tuple[str, RuleRef]:
        """What a write-off debits, an allowance where one is kept for it, and where that is written."""
        rule = self.write_offs[reason]
        role = rule.role_medicare if medicare and rule.role_medicare else rule.role
        used = self.written_off_to(role)
        if used == rule.role and rule.allowance and self.policy.allowance_method == "perpetual":
            used = rule.allowance
        return used, self.rule_ref(f"write_off_{reason}", "write_offs", reason)

    def payment(self, method: str) -> tuple[str, RuleRef] | None:
        """The cash role of a payment method; None where no money is announced by it."""
        found = self.payments.get(method)
        return (found.role, self.rule_ref(f"payment-{method}", "payments", method)) if found else None

    def rule_ref(self, name: str, *path: str | int) -> RuleRef:
        """Where a rule is written."""
        known = self._refs.get(path)
        if known is None:
            place = self._source.place(self.where(path)) if self._source else Place("books", 1)
            known = self._refs[path] = RuleRef(id=name, layer=place.layer, line=place.line)
        return known

    def rule_text(self, ref: RuleRef) -> str:
        """The line of the books or code table that a rule stands on; empty where it is not known."""
        if ref.layer.startswith("codes/"):
            return line_of(ref.layer.removeprefix("codes/").removesuffix(".csv"), ref.line)
        return self._source.excerpt(Place(ref.layer, ref.line)) if self._source else ""

    @cached_property
    def selectors(self) -> tuple[str, ...]:
        """The fields that some dimension comes from."""
        return tuple(sorted({dimension.source for dimension in self.dimensions.values()}))

    @cached_property
    def placed_rules(self) -> tuple[tuple[Rule, RuleRef], ...]:
        """The rules in the order in which they are asked, each with its place."""
        return tuple(
            (rule, self.rule_ref(rule.id, "rules", number)) for number, rule in enumerate(self.rules)
        )

    @cached_property
    def rules_in_force(self) -> tuple[tuple[Rule, RuleRef], ...]:
        """Those of them whose switches are in force."""
        in_force = self.policy.in_force
        return tuple(
            (rule, ref)
            for rule, ref in self.placed_rules
            if not rule.when.policy or in_force.intersection(rule.when.policy)
        )


def builtin(name: str) -> Layer:
    """A layer that hcfin ships: `default.toml` or `example.toml`."""
    return Layer(name, (files("hcfin.books") / name).read_text(encoding="utf-8"))


def load(layers: Sequence[Layer], tables: TableReader | None = None) -> Books:
    """Books from layers over hcfin's defaults, checked; `tables` reads the CSV files that they name.

    Raises `BooksError` with every problem found.
    """
    from hcfin.books.checks import checked

    return checked((builtin("default.toml"), *layers), tables)


def _set(model: Model) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.model_fields_set}
