"""One fact of supplies while it is worked out: whose books it is in, which items and suppliers it means, what
is booked for it, and where its amounts end.

Strategy: a fact is booked whole or not at all. Whatever stands in the way is raised as `Held` where it is
found, and caught in one place; nothing is booked before everything has been asked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar, cast

from hcfin.billing.base import Fact, Node
from hcfin.billing.party import Organization
from hcfin.billing.supply import SupplyItem
from hcfin.books.periods import BookingDate
from hcfin.finance.base import Document, Pairs, hashed_content
from hcfin.finance.journal import JournalEntry
from hcfin.finance.known_supply import Noted
from hcfin.finance.master import Item, ItemReference, Supplier
from hcfin.finance.supplied import Supplied, supply_source
from hcfin.finance.supply_memory import SupplyMemory
from hcfin.identity import content_hash, document_id, token
from hcfin.issues import PolicyText
from hcfin.posting.draft import ISSUE, Destination, Draft, Finding
from hcfin.posting.ends import Ends
from hcfin.posting.entry import Entry, Line, Unmapped
from hcfin.posting.result import Move, Outcome, Place, Posting
from hcfin.posting.run import Run
from hcfin.posting.settling import booked_on, foreign
from hcfin.posting.supply_digest import said
from hcfin.posting.supply_parts import Booking, Counted, Dropped, Ground, Held, party
from hcfin.posting.supply_units import exact, per_unit
from hcfin.posting.told import amounts
from hcfin.privacy import holds_card_number

__all__ = ["Booking", "Counted", "Dropped", "Ground", "Held", "SupplyWork", "party"]

_DocumentT = TypeVar("_DocumentT", bound=Document)


class SupplyWork(ABC):
    """What all facts of supplies are asked. Each kind has its own `work`."""

    def __init__(self, fact: Fact, run: Run, memory: SupplyMemory) -> None:
        self.fact = fact
        self.run = run
        self.memory = memory
        self.books = run.books
        self.policy = run.books.supply
        self.ends = Ends(run.locator)
        self.issues: list[Finding] = []
        self.documents: list[Document] = []
        self.noted: list[Noted] = []
        self.moves: list[Move] = []
        self.amounts = tuple(amounts(fact))
        self.ended: set[tuple[int, str]] = set()
        self.kept: dict[tuple[int, str], str] = {}
        self.told_as = "never_posted"
        self._learned = 0, 0
        self.touched: tuple[str, Ground] | None = None
        """The supplier of whom something came that invoices may wait for."""

    def post(self) -> Posting:
        """Its documents, issues and notes, and the end of each of its amounts."""
        try:
            self.check()
            self.work()
            self.learned()
            self.after()
        except Held as held:
            self.documents.clear()
            self.noted.clear()
            self.issues.append(held.finding)
            self._ended(Outcome.KEPT_OPEN, held.finding[0].code)
        except Dropped as dropped:
            self.learned()
            self._ended(Outcome.INFORMATIONAL, dropped.rule)
        else:
            self._ended(Outcome.INFORMATIONAL, self.told_as)
        self.ends.release()
        return Posting(
            tuple(self.documents),
            tuple(self.run.locator.located(*finding) for finding in self.issues),
            self.ends.all() if self.run.dispositions else (),
            tuple(self.moves) if self.run.moves else (),
            tuple(self.noted),
        )

    @abstractmethod
    def work(self) -> None:
        """Book the fact. Raises `Held` and `Dropped`."""

    def after(self) -> None:  # noqa: B027 - most kinds have nothing that follows
        """What follows from what is known now. Raises nothing."""

    def learned(self) -> None:
        """What was made and noted so far is known to what follows."""
        documents, noted = self._learned
        self.memory.learn(self.documents[documents:], self.noted[noted:])
        self._learned = len(self.documents), len(self.noted)

    def _ended(self, outcome: Outcome, rule: str) -> None:
        for node, name, amount in self.amounts:
            if (id(node), name) in self.ended:
                continue
            code = self.kept.get((id(node), name))
            if code:
                self.ends.add(node, name, amount, Outcome.KEPT_OPEN, code)
            elif outcome is Outcome.INFORMATIONAL and not amount:
                self.ends.add(node, name, amount, outcome, "zero")
            else:
                self.ends.add(node, name, amount, outcome, rule)

    # What is asked

    def hold(self, code: str, node: Node, name: str, /, **values: Any) -> Held:
        """Why nothing is booked."""
        return Held(ISSUE(code, **values), node, name)

    def tell(self, code: str, node: Node, name: str, /, **values: Any) -> None:
        """Something to be known, and no reason to hold anything."""
        self.issues.append((ISSUE(code, **values), node, name))

    def check(self) -> None:
        """What every fact must be: expected, readable, without a card number among its numbers."""
        if self.policy.source == "none":
            raise self.hold("SUPPLY_NOT_EXPECTED", self.fact, "kind")
        nodes = (self.fact, *getattr(self.fact, "lines", ()))
        if self.fact.unreadable:
            raise self.hold("SUPPLY_UNREADABLE", self.fact, "kind")
        for node in nodes:
            for name in ("number", "id", "order", "corrects", "contract", "order_line"):
                value = getattr(node, name, "")
                if value and holds_card_number(value):
                    raise self.hold("SUPPLY_CARD_NUMBER", node, name)

    def ground(
        self, identifiers: Iterable[str], days: Iterable[date | None], currency: str | None = None
    ) -> Ground:
        """The entity of the first that owns one of the identifiers, the date to book on, the currency."""
        entity = self.entity(identifiers)
        used = currency or self.books.entities[entity].currency
        other = foreign(self.books, entity, used, "SUPPLY")
        if other is not None:
            raise Held(other, self.fact, "currency")
        day = self.run.context.posting_date or next((one for one in days if one is not None), None)
        booking, told = booked_on(self.books, entity, day, "SUPPLY")
        for issue in (told,) if told else ():
            if booking is None:
                raise Held(issue, self.fact, "kind")
            self.issues.append((issue, self.fact, "kind"))
        return Ground(entity, cast(BookingDate, booking), used)

    def entity(self, identifiers: Iterable[str]) -> str:
        """The entity that one of the identifiers is of."""
        entity = self.books.entity([one for one in identifiers if one])
        if entity is None:
            raise self.hold("SUPPLY_ENTITY_UNKNOWN", self.fact, "facility")
        return entity

    def item(self, told: SupplyItem, node: Node, facility: str, supplier: str = "") -> Item:
        """The item of the ERP."""
        reference = ItemReference(
            facility, told.code, told.device, supplier, told.supplier_code, told.manufacturer_code
        )
        found = self.run.master.items.item(reference) if self.run.master.items else None
        if found is None:
            raise self.hold("ITEM_UNMAPPED", node, "item", item=told.code or told.supplier_code)
        return found

    def counted(
        self,
        item: Item,
        quantity: Decimal,
        unit: str,
        node: Node,
        fields: tuple[str, str] = ("quantity", "unit"),
    ) -> Counted:
        """A quantity of an item, which must be positive and exact in stock units. `fields` of the node say
        how many, and in what."""
        counts, measured = fields
        if quantity <= 0:
            raise self.hold("SUPPLY_QUANTITY", node, counts, quantity=quantity)
        each = per_unit(self.run.master.units, item, unit)
        if each is None:
            raise self.hold("UOM_MISMATCH", node, measured, unit=unit, stock=PolicyText(item.stock_unit))
        stock = exact(Fraction(quantity) * each)
        if stock is None:
            raise self.hold("UOM_INEXACT", node, measured, unit=unit, stock=PolicyText(item.stock_unit))
        return Counted(item, quantity, unit or item.stock_unit, each, stock)

    def supplier(self, told: Organization, node: Node) -> Supplier:
        """The supplier, which must be active."""
        return self._active(self._supplier(told.identifiers(), told.name), node, "supplier")

    def supplier_named(self, name: str, node: Node) -> Supplier:
        """The supplier of an item, by its name in the master data."""
        return self._active(self._supplier((name,), name) if name else None, node, "item")

    def _supplier(self, identifiers: tuple[str, ...], name: str) -> Supplier | None:
        suppliers = self.run.master.suppliers
        return suppliers.supplier(identifiers, name) if suppliers and (identifiers or name) else None

    def _active(self, found: Supplier | None, node: Node, name: str) -> Supplier:
        if found is None or not found.active:
            raise self.hold("SUPPLIER_UNKNOWN", node, name)
        return found

    def contract_price(self, supplier: str, item: Item, day: date) -> tuple[Fraction, str] | None:
        """What a contract says that one stock unit costs, and which one; None where none says it."""
        contracts = self.run.master.contracts
        found = contracts.contract_price(supplier, item.item, day) if contracts and supplier else None
        if found is None:
            return None
        each = per_unit(self.run.master.units, item, found.unit)
        return None if each is None else (Fraction(found.price) / each, found.contract)

    def once(self, own_id: str) -> str:
        """The digest of what the fact says; it must be new under this id."""
        digest = self.digest()
        earlier = self.memory.digest(own_id)
        if earlier == digest:
            self.tell("SUPPLY_REPEATED", self.fact, "kind")
            raise Dropped("SUPPLY_REPEATED")
        if earlier is not None:
            raise self.hold("SUPPLY_CONFLICT", self.fact, "kind")
        return digest

    def digest(self) -> str:
        """A keyed digest of what the fact says."""
        return document_id(self.run.keys, "supply", said(self.fact))

    def id(self, kind: str, *key: str) -> str:
        """The id of a document of this kind and business key."""
        return document_id(self.run.keys, kind, key)

    def numbered(self, number: str) -> str:
        """The number of an order, receipt, invoice or payment: without one nothing tells it from others."""
        if not number.strip():
            raise self.hold("SUPPLY_NUMBER_MISSING", self.fact, "kind")
        return number.strip()

    def case_token(self, case: str) -> str:
        """The token of a case; empty where there is none."""
        return token(self.run.keys, "case", case) if case.strip() else ""

    # What is booked

    def fields(
        self, item: Item | None, supplier: str, facility: str, location: str, department: str = ""
    ) -> Mapping[str, str]:
        """Fields that dimensions may come from: those of the fact, and of the item that is meant."""
        of_item = {"supply.item": "", "supply.category": "", "supply.method": ""}
        if item is not None:
            of_item = {
                "supply.item": item.item,
                "supply.category": item.category,
                "supply.method": item.method,
            }
        return {
            **dict(self.run.used("").supply(type(self.fact)).pairs(self.fact)),
            **of_item,
            "supply.supplier": supplier,
            "supply.facility": facility,
            "supply.location": location,
            "supply.department": department,
        }

    def to(
        self, step: str, fields: Mapping[str, str], supplier: str = "", tags: Mapping[str, str] | None = None
    ) -> Destination:
        """The role of a step of the books."""
        role, rule = self.books.posting(step)
        told: Pairs = tuple(sorted((name, value) for name, value in (tags or {}).items() if value))
        return Destination(role, rule, told, fields, party=supplier)

    def lines(self, booking: Booking, ground: Ground) -> list[Line]:
        """The lines that hold what is booked, numbered. Raises `Held` where one has no account or value."""
        entry = Entry(self.run.used("").line_keys, ground.entity, "", self.run.locator)
        lines = entry.resolve(booking.drafts)
        if isinstance(lines, Unmapped):
            raise self.hold(f"SUPPLY_{lines.code}", self.fact, "kind", **lines.values())
        entry.add(booking.drafts, lines)
        self._end(booking.drafts, lines, ground)
        return [line for group in entry.lines().values() for line in group]

    def _end(self, drafts: Sequence[Draft], lines: Sequence[Line], ground: Ground) -> None:
        told = {(id(node), name) for node, name, _ in self.amounts}
        own = [pair for pair in zip(drafts, lines, strict=True) if (id(pair[0][2]), pair[0][3]) in told]
        self.ends.posted([draft for draft, _ in own], [line for _, line in own])
        self.ended |= {(id(node), name) for (_, _, node, name), _ in own}
        for (_, amount, node, name), line in zip(drafts, lines, strict=True):
            key = line.key
            period, currency = ground.booking.period, ground.currency
            place = Place(key.entity, period, currency, key.role, key.account, key.dimensions)
            self.moves.append(Move(self.run.locator.place(node, name), place, amount, key.rule[0]))

    def placed(self, there: Destination, ground: Ground) -> tuple[str, Pairs]:
        """The account of a destination, and the dimensions of its lines; no account where there is none."""
        dimensions, _ = self.books.dimensions_of(there.role, {"entity": ground.entity, **there.fields})
        return self.books.account(there.role, ground.entity) or "", dimensions

    def journal(
        self, lines: Sequence[Line], own_id: str, ground: Ground, kind: str, digest: str
    ) -> JournalEntry:
        """A journal entry of these lines."""
        return self.document(JournalEntry, own_id, ground, kind, digest, lines)

    def document(
        self,
        model: type[_DocumentT],
        own_id: str,
        ground: Ground,
        kind: str,
        digest: str,
        booked: Sequence[Line] = (),
        **rest: Any,
    ) -> _DocumentT:
        """A document, with its content hash; its lines are told that they are part of it."""
        booking = ground.booking
        made = model.build(
            {
                "id": own_id,
                "content_hash": "",
                "entity": ground.entity,
                "currency": ground.currency,
                "gl_date": booking.gl_date.isoformat(),
                "period": booking.period,
                "original_period": booking.original_period,
                "source": supply_source(Supplied(kind, digest)),
                "gl_lines": tuple(line.to_dict(ground.currency) for line in booked),
                **rest,
            }
        )
        done = made.model_copy(update={"content_hash": content_hash(hashed_content(made))})
        for line in booked:
            line.document = done.id
        self.documents.append(done)
        return done

    def booked(
        self,
        model: type[Document],
        key: Sequence[str],
        ground: Ground,
        kind: str,
        digest: str,
        booked: Sequence[Line],
        **rest: Any,
    ) -> None:
        """A document that books its lines, or a memo beside a journal entry that does (`ap_mode`)."""
        own_id = self.id(model.model_fields["kind"].default, *key)
        if self.books.policy.ap_mode == "open_item" or not booked:
            self.document(model, own_id, ground, kind, digest, booked, **rest)
            return
        journal = self.id("journal_entry", *key)
        self.journal(booked, journal, ground, kind, digest)
        depends = (journal, *rest.pop("depends_on", ()))
        self.document(model, own_id, ground, kind, digest, memo=True, depends_on=depends, **rest)
