"""What facts may carry besides the money: parties, dates, identifiers, told amounts.

Everything here is a strategy of plain dicts for `Model.build`; absent optional fields are left out, so
that a failing example shrinks to the fields that matter. Strategies are made once for each feed: making
them anew for every draw costs more than drawing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.billing.base import Node
from hcfin.billing.provider_summary import ProviderSupplement, ProviderTotals
from hcfin.money import Amount, Quantity, minor_units
from hcfin.testing import vocabulary as words

_once = lru_cache(maxsize=256)

Data = dict[str, Any]
Parts = st.SearchStrategy[Data]


def from_minor(minor: int, currency: str) -> Decimal:
    """An amount of so many minor units (cents), at the scale of the currency."""
    return Decimal(minor).scaleb(-minor_units(currency))


@dataclass(frozen=True)
class Feed:
    """What all facts of one remittance share: the currency, and where patient identifiers come from."""

    currency: str
    text: st.SearchStrategy[str]

    def money(self, minor: int) -> Decimal:
        """An amount of so many minor units."""
        return from_minor(minor, self.currency)


@_once
def days() -> st.SearchStrategy[date]:
    """Dates on which a claim may have been served or paid."""
    return st.dates(date(2019, 1, 1), date(2027, 12, 31))


def details(**optional: st.SearchStrategy[Any]) -> Parts:
    """None of the optional fields, or any selection of them."""
    return st.one_of(st.just({}), st.fixed_dictionaries({}, optional=optional))


@_once
def references(feed: Feed, *qualifiers: str) -> st.SearchStrategy[list[Data]]:
    """One or two further identifiers."""
    one = st.fixed_dictionaries({"qualifier": st.sampled_from(qualifiers), "value": feed.text})
    return st.lists(one, min_size=1, max_size=2)


@_once
def dates(*qualifiers: str) -> st.SearchStrategy[list[Data]]:
    """One or two dates of different kinds."""
    one = st.fixed_dictionaries({"qualifier": st.sampled_from(qualifiers), "day": days()})
    return st.lists(one, min_size=1, max_size=2, unique_by=lambda entry: str(entry["qualifier"]))


@_once
def told_amounts(feed: Feed, sign: int, *qualifiers: str) -> st.SearchStrategy[list[Data]]:
    """One or two amounts that are told and never posted."""
    money = st.integers(0, 999_999).map(lambda minor: feed.money(sign * minor))
    one = st.fixed_dictionaries({"qualifier": st.sampled_from(qualifiers), "amount": money})
    return st.lists(one, min_size=1, max_size=2)


@_once
def told_quantities(*qualifiers: str) -> st.SearchStrategy[list[Data]]:
    """One quantity that is told and never posted."""
    one = st.fixed_dictionaries({"qualifier": st.sampled_from(qualifiers), "quantity": quantities()})
    return st.lists(one, min_size=1, max_size=1)


@_once
def quantities() -> st.SearchStrategy[Decimal]:
    """Positive quantities with up to three places."""
    whole = st.integers(1, 999).map(Decimal)
    return st.one_of(whole, st.integers(1, 9_999).map(lambda n: Decimal(n).scaleb(-3)))


@_once
def remarks() -> st.SearchStrategy[list[str]]:
    """Remark codes, no more than a claim's segment has room for."""
    return st.lists(st.sampled_from(words.REMARKS), min_size=1, max_size=5, unique=True)


@_once
def contacts(feed: Feed, *functions: str) -> st.SearchStrategy[list[Data]]:
    """One or two contacts with up to three numbers each."""
    number = st.fixed_dictionaries(
        {"qualifier": st.sampled_from(("TE", "FX", "EM", "UR", "EX")), "number": feed.text}
    )
    one = st.fixed_dictionaries(
        {"function": st.sampled_from(functions)},
        optional={
            "name": words.names(("EXAMPLE HELP DESK", "NOBODY IN PARTICULAR")),
            "numbers": st.lists(number, min_size=1, max_size=3),
        },
    )
    return st.lists(one, min_size=1, max_size=2)


@_once
def bank_accounts(feed: Feed) -> Parts:
    """A bank account; the routing number is no bank's."""
    return st.fixed_dictionaries(
        {
            "routing_qualifier": st.sampled_from(("01", "04")),
            "routing_number": st.just("000000000"),
            "account_qualifier": st.sampled_from(("DA", "SG")),
            "account_number": feed.text,
        }
    )


def figures(feed: Feed, sign: int, kind: type[Node]) -> Parts:
    """Some or all of the figures of a node that holds nothing else, such as `InpatientAdjudication`."""
    told = {
        name: _figure(feed, sign, field.annotation)
        for name, field in kind.model_fields.items()
        if name not in kind.POSITIONS
    }
    chosen = st.lists(st.sampled_from(sorted(told)), min_size=1, max_size=3, unique=True)
    some = chosen.flatmap(lambda names: st.fixed_dictionaries({name: told[name] for name in names}))
    return st.one_of(some, st.fixed_dictionaries(told))


def _figure(feed: Feed, sign: int, annotation: Any) -> st.SearchStrategy[Any]:
    if annotation == Amount | None:
        return st.integers(0, 999_999).map(lambda minor: feed.money(sign * minor))
    if annotation == Quantity | None:
        return quantities()
    return days() if annotation == date | None else words.plain_identifiers()


@_once
def organizations(feed: Feed, known: tuple[str, ...], qualifier: str, *further: str) -> Parts:
    """A payer or payee: always a name, mostly an identifier."""
    identified: Parts = st.one_of(
        st.fixed_dictionaries({"id_qualifier": st.just(qualifier), "id": st.sampled_from(words.PROVIDERS)}),
        st.fixed_dictionaries({"id_qualifier": st.just("FI"), "id": words.plain_identifiers(9)}),
        st.just({}),
    )
    more = details(
        address=st.lists(words.names(("1 NOWHERE STREET", "SUITE ZERO")), min_size=1, max_size=2),
        city=words.names(("SAMPLETOWN", "FICTIVILLE")),
        state=st.sampled_from(("ZZ", "NY", "PR")),
        postal_code=st.sampled_from(("00000", "000000000")),
        country=st.sampled_from(("CA", "MX")),
        subdivision=st.sampled_from(("ON", "BC")),
        contacts=contacts(feed, "CX", "BL", "IC"),
        references=references(feed, *further),
    )
    return st.builds(
        lambda name, own, rest: {"name": name, **own, **rest}, words.names(known), identified, more
    )


@_once
def people(feed: Feed) -> st.SearchStrategy[list[Data]]:
    """The patient, and perhaps others of the claim."""
    patient = _individual(feed, "QC", "1", ("MI", "MR"))
    others = st.one_of(
        _individual(feed, "IL", "1", ("MI", "34")),
        _individual(feed, "74", "1", ("C",)),
        _individual(feed, "82", "1", ("XX", "FI")),
        _individual(feed, "TT", "2", ("PI", "XV")),
    )
    return st.builds(lambda first, rest: [first, *rest], patient, st.lists(others, max_size=2))


@_once
def _individual(feed: Feed, role: str, entity: str, qualifiers: tuple[str, ...]) -> Parts:
    named = details(
        last_name=words.names(words.FAMILY_NAMES if entity == "1" else words.PLANS),
        first_name=words.names(words.GIVEN_NAMES),
        middle_name=words.names(("Q", "X")),
        prefix=st.sampled_from(("DR", "PROF")),
        suffix=st.sampled_from(("JR", "III")),
    )
    identified: Parts = st.one_of(
        st.fixed_dictionaries({"id_qualifier": st.sampled_from(qualifiers), "id": feed.text}), st.just({})
    )
    return st.builds(lambda name, own: {"role": role, "entity": entity, **name, **own}, named, identified)


@_once
def procedures(feed: Feed) -> Parts:
    """A service: a code of some system, perhaps with modifiers and a description."""
    coded = st.sampled_from(
        (
            ("HC", "99213"),
            ("HC", "J1100"),
            ("HC", "80053"),
            ("AD", "D0120"),
            ("NU", "0450"),
            ("N4", "00000000000"),
        )
    )
    more = details(
        modifiers=st.lists(st.sampled_from(("25", "59", "RT", "GA")), min_size=1, max_size=4),
        description=feed.text,
    )
    return st.builds(lambda code, rest: {"qualifier": code[0], "code": code[1], **rest}, coded, more)


@_once
def of_line(feed: Feed, sign: int) -> Parts:
    """The optional fields of a service line."""
    return details(
        revenue_code=st.sampled_from(("0250", "0450", "0001")),
        units=quantities(),
        submitted=procedures(feed),
        submitted_units=quantities(),
        dates=dates("472", "150", "151"),
        references=references(feed, "6R", "LU", "HPI"),
        amounts=told_amounts(feed, sign, "B6", "KH", "T"),
        quantities=told_quantities("ZK", "ZL"),
        remarks=remarks(),
        reject_codes=st.lists(st.sampled_from(words.REJECTS), min_size=1, max_size=2),
        other_codes=st.lists(
            st.fixed_dictionaries(
                {"qualifier": st.sampled_from(words.OTHER_LISTS), "code": words.plain_identifiers(5)}
            ),
            min_size=1,
            max_size=2,
        ),
    )


@_once
def of_claim(feed: Feed, sign: int) -> Parts:
    """The optional fields of a claim: what it was billed as, and whom and what it names."""
    billed = details(
        filing_indicator=st.sampled_from(("12", "MA", "MB", "MC", "CI", "HM", "ZZ")),
        payer_claim_number=feed.text,
        facility_type=st.sampled_from(("11", "13", "21")),
        frequency=st.sampled_from(("1", "7", "8")),
        patient_status=st.sampled_from(("01", "30")),
        drg=st.sampled_from(("000", "470", "999")),
        drg_weight=quantities(),
        discharge_fraction=st.sampled_from((Decimal("0.5"), Decimal(1))),
    )
    named = details(
        parties=people(feed),
        references=references(feed, "EA", "F8", "1L", "G1"),
        dates=dates("232", "233", "036", "050"),
        amounts=told_amounts(feed, sign, "AU", "I", "D8", "T"),
        quantities=told_quantities("CA", "CD", "NE"),
        contacts=contacts(feed, "CX"),
        inpatient=figures(feed, sign, InpatientAdjudication),
        outpatient=figures(feed, sign, OutpatientAdjudication),
        remarks=remarks(),
    )
    return st.builds(lambda first, second: {**first, **second}, billed, named)


@_once
def of_transaction(feed: Feed) -> Parts:
    """The optional fields of a remittance besides its parties and payment."""
    return details(
        references=references(feed, "EV", "F2"),
        dates=dates("009", "097"),
        delivery=st.fixed_dictionaries(
            {"method": st.sampled_from(("BM", "EM", "FT", "OL"))},
            optional={"name": words.names(words.CLINICS), "address": feed.text},
        ),
        trace_type=st.sampled_from(("2", "3")),
        payer_supplement=words.plain_identifiers(9),
        currency_entity=st.just("PE"),
        exchange_rate=quantities(),
    )


@_once
def summaries(feed: Feed) -> Parts:
    """What a payer sums up for a group of claims: one or both of its segments."""
    totals, supplement = figures(feed, 1, ProviderTotals), figures(feed, 1, ProviderSupplement)
    return st.one_of(
        st.fixed_dictionaries({"totals": totals}, optional={"supplement": supplement}),
        st.fixed_dictionaries({"supplement": supplement}),
    )


@_once
def payment_way(feed: Feed, pays: bool) -> Parts:
    """Handling, method, format and banks; a payment of nothing is a notification."""
    if not pays:
        return st.just({"handling": "H", "method": "NON"})
    by_transfer = st.fixed_dictionaries(
        {"handling": st.just("I"), "method": st.just("ACH")},
        optional={"payment_format": st.sampled_from(("CCP", "CTX"))},
    )
    banks = st.fixed_dictionaries(
        {"payer_account": bank_accounts(feed), "payee_account": bank_accounts(feed)},
        optional={
            "originator": words.plain_identifiers(10),
            "originator_supplement": words.plain_identifiers(9),
        },
    )
    return st.one_of(
        st.builds(lambda way, between: {**way, **between}, by_transfer, banks),
        by_transfer,
        st.sampled_from(({"handling": "C", "method": "CHK"}, {"handling": "I", "method": "FWT"})).map(dict),
    )


@_once
def payment_dates() -> Parts:
    """At least one of the two dates: without any, nothing can be posted."""
    return st.one_of(
        st.fixed_dictionaries({"payment_date": days()}, optional={"production_date": days()}),
        st.fixed_dictionaries({"production_date": days()}),
    )
