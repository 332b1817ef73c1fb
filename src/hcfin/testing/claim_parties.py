"""Whom claims name: payers, senders, insured and patients, providers. Strategies of plain dicts."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from hcfin.testing import vocabulary as words
from hcfin.testing.details import Data, Feed, Parts, contacts, details, references

_once = lru_cache(maxsize=256)


@_once
def _street(feed: Feed) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "address": st.lists(words.names(("1 NOWHERE STREET", "SUITE ZERO")), min_size=1, max_size=2),
        "city": words.names(("SAMPLETOWN", "FICTIVILLE")),
        "state": st.sampled_from(("ZZ", "NY", "PR")),
        "postal_code": st.sampled_from(("00000", "000000000")),
        "country": st.sampled_from(("CA", "MX")),
    }


@_once
def organizations(feed: Feed, known: tuple[str, ...], qualifier: str, *further: str) -> Parts:
    """A payer: a name, an identifier, and perhaps where it is."""
    named = st.fixed_dictionaries(
        {"name": words.names(known), "id_qualifier": st.just(qualifier), "id": words.plain_identifiers(10)}
    )
    places = {**_street(feed), "subdivision": st.sampled_from(("ON", "BC"))}
    more = details(**places, **({"references": references(feed, *further)} if further else {}))
    return st.builds(lambda own, rest: {**own, **rest}, named, more)


@_once
def senders(feed: Feed) -> Parts:
    """Who sends or receives claims; contacts come with `contact`."""
    return st.fixed_dictionaries(
        {"name": words.names(words.CLINICS), "id_qualifier": st.just("46"), "id": words.plain_identifiers(10)}
    )


@_once
def persons(feed: Feed, role: str) -> Parts:
    """An insured or a patient."""
    named = details(
        last_name=words.names(words.FAMILY_NAMES),
        first_name=words.names(words.GIVEN_NAMES),
        middle_name=words.names(("Q", "X")),
        prefix=st.sampled_from(("DR", "PROF")),
        suffix=st.sampled_from(("JR", "III")),
    )
    known = details(
        birth_date=st.dates(date(1930, 1, 1), date(2018, 12, 31)),
        sex=st.sampled_from(("F", "M", "U")),
        **_street(feed),
        references=references(feed, "SY", "Y4"),
    )
    identified: Parts = st.one_of(
        st.fixed_dictionaries({"id_qualifier": st.sampled_from(("MI", "II")), "id": feed.text}), st.just({})
    )
    return st.builds(
        lambda name, own, rest: {"role": role, "entity": "1", **name, **own, **rest}, named, identified, known
    )


@_once
def providers(feed: Feed, *roles: str, entities: tuple[str, ...] = ("1", "2")) -> Parts:
    """A provider of a claim or a line, or whoever bills or is paid."""
    base = st.fixed_dictionaries(
        {
            "role": st.sampled_from(roles),
            "entity": st.sampled_from(entities),
            "name": words.names((*words.CLINICS, *words.FAMILY_NAMES)),
        }
    )
    identified: Parts = st.one_of(
        st.fixed_dictionaries({"id_qualifier": st.just("XX"), "id": st.sampled_from(words.PROVIDERS)}),
        st.just({}),
    )
    more = details(
        first_name=words.names(words.GIVEN_NAMES),
        middle_name=words.names(("Q", "X")),
        suffix=st.sampled_from(("JR", "III")),
        taxonomy=st.sampled_from(("000X00000X", "111X00000X")),
        **_street(feed),
        references=references(feed, "EI", "0B", "G2"),
        contacts=contacts(feed, "IC"),
    )
    return st.builds(lambda one, own, rest: {**one, **own, **rest}, base, identified, more)


@_once
def many_providers(feed: Feed, *roles: str) -> st.SearchStrategy[list[Data]]:
    """One to three providers."""
    return st.lists(providers(feed, *roles), min_size=1, max_size=3)


@_once
def pay_to(feed: Feed) -> st.SearchStrategy[list[Data]]:
    """Another address, or another payee, of the billing provider."""
    found = providers(feed, "87", "PE", entities=("2",))
    return st.lists(found, min_size=1, max_size=2, unique_by=lambda one: str(one["role"]))
