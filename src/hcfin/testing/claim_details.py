"""What claims may carry besides the money: codes, dates, identifiers, by type of claim.

Strategies of plain dicts for `Model.build`, as in `details`; codes stand in the order of the guides.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from hypothesis import strategies as st

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.testing import vocabulary as words
from hcfin.testing.claim_parties import many_providers, persons
from hcfin.testing.details import (
    Data,
    Feed,
    Parts,
    days,
    details,
    figures,
    quantities,
    references,
    remarks,
    told_amounts,
    told_quantities,
)

_once = lru_cache(maxsize=256)


class ClaimForm(NamedTuple):
    """What claims of one type use."""

    facility: tuple[str, ...]
    facility_qualifier: str
    procedures: tuple[tuple[str, str], ...]
    dates: tuple[str, ...]
    amounts: tuple[str, ...]
    providers: tuple[str, ...]
    line_dates: tuple[str, ...]
    line_amounts: tuple[str, ...]
    line_providers: tuple[str, ...]


FORMS = {
    "professional": ClaimForm(
        ("11", "22", "02"),
        "B",
        (("HC", "99213"), ("HC", "J1100"), ("WK", "TEST1")),
        ("431", "439", "454"),
        ("F5",),
        ("DN", "82", "77", "DQ", "PW", "45"),
        ("472", "463", "304"),
        ("T", "F4"),
        ("82", "77", "DQ", "DK", "DN"),
    ),
    "institutional": ClaimForm(
        ("13", "11", "83"),
        "A",
        (("HC", "99284"), ("HC", "70450"), ("HP", "TEST1")),
        ("434", "435", "050"),
        ("F3",),
        ("71", "72", "ZZ", "82", "77", "DN"),
        ("472",),
        ("GT", "N8"),
        ("72", "ZZ", "82", "DN"),
    ),
    "dental": ClaimForm(
        ("11", "22"),
        "B",
        (("AD", "D0120"), ("AD", "D2740")),
        ("472", "452", "439"),
        ("F5",),
        ("DN", "82", "77", "DQ", "DD"),
        ("472", "441", "452"),
        ("T",),
        ("82", "DD", "DQ", "77"),
    ),
}
"""By type of claim."""


# Codes and dates


@st.composite
def _period(draw: st.DrawFn) -> tuple[date, date]:
    first = draw(days())
    return first, first + timedelta(days=draw(st.integers(0, 9)))


@_once
def periods(*qualifiers: str) -> st.SearchStrategy[list[Data]]:
    """One or two dates, or periods, of different kinds."""
    kind = st.sampled_from(qualifiers)
    one_day = st.fixed_dictionaries({"qualifier": kind, "first": days()})
    several = st.builds(
        lambda qualifier, both: {"qualifier": qualifier, "first": both[0], "last": both[1]}, kind, _period()
    )
    found = st.one_of(one_day, several)
    return st.lists(found, min_size=1, max_size=2, unique_by=lambda entry: str(entry["qualifier"]))


@_once
def _diagnosis(*qualifiers: str) -> Parts:
    return st.fixed_dictionaries(
        {"qualifier": st.sampled_from(qualifiers), "code": st.sampled_from(("Z0000", "I639", "S52501A"))}
    )


@_once
def codes(feed: Feed, claim_type: str) -> st.SearchStrategy[list[Data]]:
    """Diagnoses and, on an institutional claim, procedures, occurrences, conditions and values."""
    if claim_type != "institutional":
        principal, others = _diagnosis("ABK"), st.lists(_diagnosis("ABF"), max_size=3)
        further: Any = (
            st.lists(_listed("BG", "05", "17"), max_size=2) if claim_type == "professional" else st.just([])
        )
        return st.builds(lambda one, two, three: [one, *two, *three], principal, others, further)
    return st.builds(
        lambda *parts: [code for part in parts for code in part],
        _present(_diagnosis("ABK")).map(lambda one: [one]),
        st.lists(_diagnosis("ABJ"), max_size=1),
        st.lists(_diagnosis("APR"), max_size=2),
        st.lists(_present(_diagnosis("ABN")), max_size=1),
        st.one_of(
            st.lists(_present(_diagnosis("ABF")), max_size=3),
            st.lists(_present(_diagnosis("ABF")), min_size=13, max_size=13),
        ),
        st.lists(_dated(_diagnosis("BBR")), max_size=1),
        st.lists(_dated(_diagnosis("BBQ")), max_size=2),
        st.lists(_spanned(_listed("BI", "70", "74")), max_size=1),
        st.lists(_dated(_listed("BH", "11", "A1")), max_size=2),
        st.lists(_valued(feed, _listed("BE", "80", "A1", "FC")), max_size=2),
        st.lists(_listed("BG", "09", "C5"), max_size=2),
    )


@_once
def _listed(qualifier: str, *known: str) -> Parts:
    return st.fixed_dictionaries({"qualifier": st.just(qualifier), "code": st.sampled_from(known)})


def _present(code: Parts) -> Parts:
    told = details(present_on_admission=st.sampled_from(("Y", "N", "U", "W")))
    return st.builds(lambda one, more: {**one, **more}, code, told)


def _dated(code: Parts) -> Parts:
    return st.builds(lambda one, day: {**one, "first": day}, code, days())


def _spanned(code: Parts) -> Parts:
    return st.builds(lambda one, both: {**one, "first": both[0], "last": both[1]}, code, _period())


def _valued(feed: Feed, code: Parts) -> Parts:
    return st.builds(lambda one, minor: {**one, "amount": feed.money(minor)}, code, st.integers(0, 999_999))


# Claims and lines


@_once
def of_claim(feed: Feed, claim_type: str) -> Parts:
    """The optional fields of a claim."""
    form = FORMS[claim_type]
    billed = details(
        provider_signature=st.sampled_from(("Y", "N")),
        assignment=st.sampled_from(("A", "B", "C")),
        benefits_assigned=st.sampled_from(("Y", "N", "W")),
        release=st.sampled_from(("I", "Y")),
        signature_source=st.just("P"),
        related_causes=st.lists(st.sampled_from(("AA", "EM", "OA")), min_size=1, max_size=3, unique=True),
        accident_state=st.sampled_from(("ZZ", "NY")),
        accident_country=st.sampled_from(("CA", "MX")),
        special_program=st.sampled_from(("02", "03")),
        delay_reason=st.sampled_from(("1", "11")),
        contract_type=st.sampled_from(("01", "02", "05")),
        contract_amount=st.integers(0, 999_999).map(feed.money),
    )
    institutional = {
        "admission_hour": st.sampled_from(("0000", "0930")),
        "discharge_hour": st.sampled_from(("1100", "2359")),
        "admission_type": st.sampled_from(("1", "3")),
        "admission_source": st.sampled_from(("1", "7")),
        "patient_status": st.sampled_from(("01", "30")),
        "drg": st.sampled_from(("000", "470", "999")),
    }
    own: dict[str, Any] = {
        "professional": {},
        "institutional": institutional,
        "dental": {"predetermination": st.just("PB")},
    }[claim_type]
    named = details(
        **own,
        providers=many_providers(feed, *form.providers),
        codes=codes(feed, claim_type),
        dates=periods(*form.dates),
        references=references(feed, "EA", "G1", "9F", "D9"),
        amounts=told_amounts(feed, 1, *form.amounts),
        quantities=told_quantities("CA", "NA"),
        notes=st.lists(feed.text, min_size=1, max_size=2),
    )
    return st.builds(lambda first, second: {**first, **second}, billed, named)


@_once
def of_line(feed: Feed, claim_type: str) -> Parts:
    """The optional fields of a service line."""
    form = FORMS[claim_type]
    own: dict[str, Any]
    pointers = st.lists(st.sampled_from(("1", "2", "3", "4")), min_size=1, max_size=4, unique=True)
    if claim_type == "institutional":
        own = {
            "revenue_code": st.sampled_from(("0250", "0450", "0300")),
            "noncovered": st.integers(0, 999_999).map(feed.money),
        }
    else:
        own = {"facility_type": st.sampled_from(form.facility), "diagnosis_pointers": pointers}
    if claim_type == "professional":
        own["emergency"] = st.just("Y")
    if claim_type == "dental":
        own["oral_cavity"] = st.lists(st.sampled_from(("10", "20")), min_size=1, max_size=2, unique=True)
        own["teeth"] = st.lists(st.sampled_from(("3", "14", "A")), min_size=1, max_size=2, unique=True)
    else:
        own["unit_basis"] = st.sampled_from(("UN", "MJ", "DA"))
        own["drugs"] = st.lists(drugs(), min_size=1, max_size=2)
    return details(
        procedure=procedures(feed, claim_type),
        units=quantities(),
        **own,
        dates=periods(*form.line_dates),
        references=references(feed, "6R", "9F", "XZ"),
        amounts=told_amounts(feed, 1, *form.line_amounts),
        quantities=told_quantities("PT", "FL"),
        notes=st.lists(feed.text, min_size=1, max_size=2),
        providers=many_providers(feed, *form.line_providers),
    )


@_once
def procedures(feed: Feed, claim_type: str) -> Parts:
    """A service: a code, perhaps with modifiers and a description."""
    more = details(
        modifiers=st.lists(st.sampled_from(("25", "59", "RT", "GA")), min_size=1, max_size=4),
        description=feed.text,
    )
    coded = st.sampled_from(FORMS[claim_type].procedures)
    return st.builds(lambda code, rest: {"qualifier": code[0], "code": code[1], **rest}, coded, more)


@_once
def drugs() -> Parts:
    """A drug that no one makes."""
    return st.fixed_dictionaries(
        {"qualifier": st.just("N4"), "code": st.sampled_from(("00000000000", "00000000001"))},
        optional={"quantity": quantities(), "unit": st.sampled_from(("F2", "ME", "ML", "UN"))},
    )


# Coverage


@_once
def of_insurance(feed: Feed) -> Parts:
    """What SBR says of a payer, its turn and the relationship apart."""
    return details(
        group_number=feed.text,
        group_name=words.names(words.PLANS),
        insurance_type=st.sampled_from(("12", "47")),
        filing_indicator=st.sampled_from(("12", "MA", "MB", "MC", "CI")),
    )


@_once
def of_other_payer(feed: Feed, claim_type: str, adjudicated: bool) -> Parts:
    """The optional fields of another payer; what it has done only where it has."""
    known = details(
        relationship=st.sampled_from(("18", "01", "19")),
        benefits_assigned=st.sampled_from(("Y", "N")),
        release=st.sampled_from(("I", "Y")),
        insured=persons(feed, "IL"),
        providers=many_providers(feed, *FORMS[claim_type].providers[:3]),
    )
    if not adjudicated:
        return known
    stay = {"inpatient": figures(feed, 1, InpatientAdjudication)} if claim_type == "institutional" else {}
    done = details(
        **stay,
        outpatient=figures(feed, 1, OutpatientAdjudication),
        remarks=remarks(),
        adjudicated=days(),
        amounts=told_amounts(feed, 1, "EAF", "A8"),
        references=references(feed, "F8", "T4"),
    )
    return st.builds(lambda first, second: {**first, **second}, known, done)


@_once
def of_adjudication(feed: Feed, claim_type: str) -> Parts:
    """The optional fields of what another payer did about a line."""
    return details(
        procedure=procedures(feed, claim_type),
        revenue_code=st.sampled_from(("0250", "0450")),
        units=quantities(),
        bundled_line=st.sampled_from(("1", "2")),
        day=days(),
        remaining=st.integers(0, 999_999).map(feed.money),
    )
