"""Hypothesis strategies of registration: accounts and merges.

Strategy: what is drawn is what a feed can say, so that it may be written as a message and read again: the
first identifier is the patient's own, insurances stand in the order in which they pay, amounts in the order
of their fields. The people do not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from hcfin.billing.account import Account, AccountMerge, MergeLevel
from hcfin.standards.hl7v2.account_adt import CHANGES
from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, Parts, days, details

__all__ = ["MERGE_LEVELS", "accounts", "merges"]

MERGE_LEVELS: tuple[MergeLevel, ...] = ("patient", "account", "visit")
"""Levels of merges that can be asked for."""

_once = lru_cache(maxsize=256)
_FACILITY = "TESTFAC"
_LARGEST = 9_999_999
_EVENTS = ("A01", "A03", "A04", "A08", "A11", "A13", "A14", "A60", "P01", "P02", "P05", "P06", "P12", "P12")
_MERGING = {"patient": ("A40", "A34", "A18"), "account": ("A41", "A35"), "visit": ("A42", "A45")}
_AUTHORITIES = ("TESTHOSP", "STATE", "")
_BALANCES = ("bad_debt_transfer", "bad_debt_recovery", "balance", "charges", "adjustments", "payments")
_LIMITS = ("deductible", "policy_limit", "room_rate_semi_private", "room_rate_private")
_FURTHER = ("room_coverage PRI", "policy_amount MAJ")
_GROUPED = (
    *("outlier_cost", "outlier_reimbursement", "monetary_amount", "relative_discount"),
    *("basic_charge", "total_charge", "discount"),
)


@_once
def _texts() -> st.SearchStrategy[str]:
    """Identifiers, some with the delimiters of HL7 inside."""
    hostile = st.text("AB01|^~\\&# ", min_size=1, max_size=8).map(str.strip).filter(bool)
    return st.one_of(words.plain_identifiers(10), words.identifiers(), hostile)


@_once
def _moments() -> st.SearchStrategy[str]:
    return st.sampled_from(words.MOMENTS)


def _codes(*known: str) -> st.SearchStrategy[str]:
    return st.sampled_from(known)


@_once
def _identifier(*types: str) -> Parts:
    return st.fixed_dictionaries(
        {"value": _texts(), "authority": st.sampled_from(_AUTHORITIES), "type": st.sampled_from((*types, ""))}
    )


def _identifiers(*types: str) -> st.SearchStrategy[list[Data]]:
    return st.lists(_identifier(*types), min_size=1, max_size=3, unique_by=lambda one: str(one["value"]))


@_once
def _amounts(feed: Feed, names: tuple[str, ...]) -> st.SearchStrategy[list[Data]]:
    """Some of the amounts, in the order of their fields."""
    money = st.integers(-_LARGEST, _LARGEST).map(feed.money)
    one = st.tuples(st.sampled_from(names), money)
    found = st.lists(one, min_size=1, max_size=3, unique_by=lambda pair: pair[0])
    return found.map(
        lambda pairs: [
            {"qualifier": name, "amount": amount}
            for name, amount in sorted(pairs, key=lambda pair: names.index(pair[0]))
        ]
    )


@_once
def _persons(role: str) -> Parts:
    named = st.fixed_dictionaries(
        {"last_name": words.names(words.FAMILY_NAMES)},
        optional={
            "first_name": words.names(words.GIVEN_NAMES),
            "middle_name": words.names(("Q", "X")),
            "suffix": _codes("JR", "III"),
            "prefix": _codes("DR"),
            "birth_date": st.dates(date(1930, 1, 1), date(2018, 12, 31)),
            "sex": _codes("F", "M", "U"),
        },
    )
    street = st.lists(words.names(("1 NOWHERE STREET", "SUITE ZERO")), min_size=1, max_size=2)
    place = details(
        address=street, city=words.names(("SAMPLETOWN",)), state=_codes("ZZ"), country=_codes("USA")
    )
    return st.builds(lambda own, at: {"role": role, "entity": "1", **own, **at}, named, place)


@_once
def _providers(role: str) -> Parts:
    numbered = st.sampled_from([{"id_qualifier": "XX", "id": number} for number in words.PROVIDERS])
    named = st.fixed_dictionaries(
        {"name": words.names(words.FAMILY_NAMES)}, optional={"first_name": words.names(words.GIVEN_NAMES)}
    )
    return st.builds(lambda one, name: {"role": role, "entity": "1", **one, **name}, numbered, named)


@_once
def _encounters(feed: Feed) -> Parts:
    one_class = st.fixed_dictionaries({"code": _codes("MC", "SP", "CO")}, optional={"effective": _moments()})
    place = st.fixed_dictionaries({"point_of_care": _codes("3WEST", "ER")}, optional={"room": _texts()})
    attending = st.lists(_providers("71"), min_size=1, max_size=1)
    found = details(
        set_id=_codes("1"),
        place=place,
        admission_type=_codes("E", "R"),
        preadmission=_identifier("AN"),
        hospital_service=_codes("MED", "SUR"),
        admission_source=_codes("7"),
        patient_type=_codes("IP", "OP"),
        financial_classes=st.lists(one_class, min_size=1, max_size=2),
        disposition=_codes("01", "20"),
        account_status=_codes("A"),
        admitted=_moments(),
        discharged=_moments(),
        alternate_visit=_identifier("VN"),
        episode=_identifier(),
        providers=attending,
        amounts=_amounts(feed, _BALANCES),
    )
    return st.builds(lambda own, more: {"patient_class": own, **more}, _codes("I", "O", "E"), found)


@_once
def _guarantors(feed: Feed) -> Parts:
    person = st.fixed_dictionaries({"person": _persons("QD")})
    organization = st.fixed_dictionaries({"organization": words.names(words.PLANS)})
    more = details(
        identifiers=_identifiers("PI"),
        type=_codes("P", "O"),
        relationship=_codes("SEL", "SPO"),
        begin=days(),
        end=days(),
        priority=_codes("1"),
        financial_class=_codes("SP"),
        amounts=_amounts(feed, ("household_income",)),
    )
    return st.builds(lambda one, rest: {**one, **rest}, st.one_of(person, organization), more)


@_once
def _coverages(feed: Feed) -> Parts:
    plan = st.fixed_dictionaries({"code": _codes("PPO", "MCARE"), "text": words.names(words.PLANS)})

    def insured(name: str, number: str, more: Data) -> Data:
        payer = {"name": name, "id": number}
        return {"payer": payer, "payer_ids": [{"value": number}], **more}

    more = details(
        plan=plan,
        group_number=_texts(),
        group_name=_texts(),
        effective=days(),
        expires=days(),
        authorization=_texts(),
        plan_type=_codes("HMO"),
        insured=_persons("IL"),
        relationship=_codes("SEL", "SPO"),
        assignment=_codes("Y"),
        coordination=_codes("CO", "IN"),
        policy_number=_texts(),
        coverage_type=_codes("B", "RX"),
        insured_ids=_identifiers("MI"),
        external_ids=_identifiers("NH"),
        medicare_number=_texts(),
        medicaid_number=_texts(),
        payer_number=words.plain_identifiers(6),
        subscriber_number=_texts(),
        member_number=_texts(),
        patient_relationship=_codes("01", "18"),
        certifications=st.lists(_texts(), min_size=1, max_size=2),
        amounts=_amounts(feed, (*_LIMITS, *_FURTHER)),
    )
    return st.builds(insured, words.names(words.PLANS), words.plain_identifiers(6), more)


@_once
def _coded(*codes: str) -> Parts:
    """A diagnosis or procedure, as far as both are alike."""
    return st.fixed_dictionaries(
        {"code": st.sampled_from(codes), "system": _codes("I10", "C4", "")},
        optional={"text": _texts(), "set_id": _codes("1", "2"), "priority": _codes("1", "2")},
    )


@_once
def _coding(feed: Feed) -> Parts:
    """Everything that an account is coded with."""
    poa = details(present_on_admission=_codes("Y", "N"), day=_moments(), type=_codes("A", "W", "F"))
    diagnosis = st.builds(lambda one, more: {**one, **more}, _coded("R07.9", "I21.4"), poa)
    performed = details(
        performed=_moments(), type=_codes("D"), modifiers=st.lists(_codes("26", "59"), min_size=1, max_size=2)
    )
    procedure = st.builds(lambda one, more: {**one, **more}, _coded("93000", "93458"), performed)
    grouping = st.builds(
        lambda code, more: {"code": code, **more},
        _codes("313", "282"),
        details(
            assigned=_moments(),
            approved=_codes("Y"),
            outlier_type=_codes("D", "C"),
            payer=_codes("MCARE"),
            amounts=_amounts(feed, _GROUPED),
        ),
    )
    accident = st.builds(
        lambda occurred, more: {"occurred": occurred, **more},
        _moments(),
        details(code=_codes("01"), location=_texts(), state=_codes("ZZ"), job_related=_codes("Y", "N")),
    )
    return details(
        diagnoses=st.lists(diagnosis, min_size=1, max_size=3),
        procedures=st.lists(procedure, min_size=1, max_size=2),
        grouping=grouping,
        accident=accident,
        codes=_claim_codes(feed),
    )


@_once
def _claim_codes(feed: Feed) -> st.SearchStrategy[list[Data]]:
    money = st.integers(0, _LARGEST).map(feed.money)
    value = st.builds(
        lambda code, amount: {"qualifier": "BE", "code": code, "amount": amount}, _codes("01", "80"), money
    )
    condition = st.builds(lambda code: {"qualifier": "BG", "code": code}, _codes("02", "C5"))
    occurrence = st.builds(
        lambda code, day: {"qualifier": "BH", "code": code, "first": day}, _codes("11", "A1"), days()
    )
    span = st.builds(
        lambda code, day, length: {
            "qualifier": "BI",
            "code": code,
            "first": day,
            "last": day + timedelta(days=length),
        },
        _codes("72", "74"),
        days(),
        st.integers(0, 30),
    )
    found = st.lists(st.one_of(value, condition, occurrence, span), min_size=1, max_size=4)
    return found.map(lambda codes: sorted(codes, key=lambda code: str(code["qualifier"])))


@st.composite
def accounts(
    draw: st.DrawFn,
    *,
    currency: str = "USD",
    account: str | None = None,
    events: Sequence[str] = _EVENTS,
) -> Account:
    """An `Account` as ADT and BAR tell it: with or without a visit, guarantors, insurances, coding.

    Insurances stand in their turn. Amounts are told and never posted. `account` is its number; `events` are
    those to choose from (A01, A08, P12 …). In P12 each diagnosis and procedure says what to do.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(accounts(events=["A03"]))
    ... def a_discharge_is_told(account):
    ...     assert account.change == "discharged"
    >>> a_discharge_is_told()
    """
    feed = Feed(currency, _texts())
    event = draw(st.sampled_from(tuple(events)))
    found = draw(_identifiers("MR", "PI"))
    coverages = [
        {**draw(_coverages(feed)), "set_id": str(turn), "priority": str(turn)}
        for turn in range(1, draw(st.integers(0, 3)) + 1)
    ]
    data: Data = {
        "currency": currency,
        "event": event,
        "change": CHANGES.get(event, "told"),
        "occurred": draw(_moments()),
        "facility": _FACILITY,
        "account": account or draw(_texts()),
        "account_authority": draw(st.sampled_from(_AUTHORITIES)),
        "patient_id": found[0]["value"],
        "identifiers": found,
        "coverages": coverages,
        "guarantors": draw(st.lists(_guarantors(feed), max_size=2)),
        **draw(_coding(feed)),
        **draw(details(patient=_persons("QC"))),
    }
    if draw(st.booleans()):
        data["encounter"] = draw(_encounters(feed))
        data["visit"] = draw(st.one_of(_texts(), st.just("")))
        if "disposition" not in data["encounter"] and draw(words.rarely()):
            data["cleared"] = ["PV1-36"]
    if event == "P12":
        data["mode"] = "action_code"
        for one in (*data.get("diagnoses", ()), *data.get("procedures", ())):
            one.update(id=draw(words.plain_identifiers(6)), action=draw(st.sampled_from("ADU")))
    return Account.build(data)


@st.composite
def merges(draw: st.DrawFn, *, levels: Sequence[str] = MERGE_LEVELS, currency: str = "USD") -> AccountMerge:
    """An `AccountMerge` that names both sides of its level: what ends, and what survives.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(merges(levels=["account"]))
    ... def both_are_named(merge):
    ...     assert merge.prior_account and merge.account and merge.prior_account != merge.account
    >>> both_are_named()
    """
    level = draw(st.sampled_from(tuple(levels)))
    numbers = st.lists(_texts(), min_size=2, max_size=2, unique=True)
    ends, survives = draw(numbers)
    ending, surviving = ({"value": one, "authority": "TESTHOSP", "type": "MR"} for one in (ends, survives))
    data: dict[str, Any] = {
        "currency": currency,
        "event": draw(st.sampled_from(_MERGING[level])),
        "level": level,
        "occurred": draw(_moments()),
        "facility": _FACILITY,
        "prior_patient": ends,
        "prior_identifiers": [ending],
        "patient_id": survives,
        "identifiers": [surviving],
        **draw(details(prior=_prior())),
    }
    data["prior_account"], data["account"] = draw(numbers)
    if level == "visit" or draw(st.booleans()):
        data["prior_visit"], data["visit"] = draw(numbers)
    return AccountMerge.build(data)


@_once
def _prior() -> Parts:
    return st.fixed_dictionaries(
        {"last_name": words.names(words.FAMILY_NAMES), "role": st.just("QC"), "entity": st.just("1")},
        optional={"first_name": words.names(words.GIVEN_NAMES)},
    )
