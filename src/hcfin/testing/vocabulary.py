"""The words that generated facts are made of: codes as payers use them, and people who do not exist."""

from __future__ import annotations

import string
from functools import lru_cache

from hypothesis import strategies as st

Code = tuple[str, str]
"""A claim adjustment: group and reason."""

EVERYDAY: tuple[Code, ...] = (
    ("CO", "45"),
    ("PR", "1"),
    ("PR", "2"),
    ("PR", "3"),
    ("CO", "253"),
    ("CO", "97"),
    ("PI", "131"),
)
DENIALS: tuple[Code, ...] = (("CO", "50"), ("CO", "16"), ("PR", "96"), ("CO", "29"), ("OA", "18"))
PREDETERMINED: tuple[Code, ...] = (("OA", "101"),)
UNKNOWN: tuple[Code, ...] = (("CO", "ZZ9"), ("PR", "ZZ8"), ("OA", "ZZ7"), ("ZZ", "45"))
PRIOR_PAYER: Code = ("OA", "23")
EXCESS: tuple[Code, ...] = (("OA", "94"), ("CO", "45"), ("CO", "144"))
"""Reasons that real files give with a negative amount: more was paid than was charged or allowed."""

REMARKS = ("N130", "M15", "MA01", "MA07", "N4", "N362")
REJECTS = ("70", "75", "M2")
"""Reject codes of pharmacies."""
OTHER_LISTS = ("AX", "ZZ")

PROVIDER_CODES = ("WO", "L6", "FB")
ODD_PROVIDER_CODES = ("72", "J1", "CS", "LE", "90", "ZZ")

PLANS = ("EXAMPLE HEALTH PLAN", "FICTIVE MUTUAL", "NOWHERE STATE MEDICAID", "ASSURANCE INVENTÉE")
CLINICS = ("IMAGINARY GENERAL HOSPITAL", "SAMPLE CLINIC", "NO SUCH PRACTICE, LLC", "CLÍNICA FICTICIA")
FAMILY_NAMES = ("TESTPERSON", "SAMPLE", "NOBODY", "O'EXAMPLE", "FICTICIO-NÚÑEZ", "ПРИМЕР", "例子")
GIVEN_NAMES = ("EXAMPLE", "IMAGINARY", "ANY", "ZOË-TEST", "虚構")

# National provider numbers with a right check digit that no one holds: real ones begin with 1 or 2 and
# are not runs of nines.
PROVIDERS = ("1999999992", "1999999984", "2999999990")

_IDENTIFIER = string.ascii_uppercase + string.digits
_HOSTILE_TO_X12 = "*:~^|"


@lru_cache
def identifiers(max_size: int = 12) -> st.SearchStrategy[str]:
    """Texts such as account, claim and member numbers, some with X12's own delimiters inside.

    Never empty, no control characters, no blanks at the ends: they survive X12 as they are.
    """
    return st.one_of(
        st.text(_IDENTIFIER, min_size=1, max_size=max_size),
        _kept(st.text(_IDENTIFIER + " -/.#" + _HOSTILE_TO_X12, min_size=1, max_size=max_size)),
    )


@lru_cache
def plain_identifiers(max_size: int = 12) -> st.SearchStrategy[str]:
    """Letters and digits only: trace numbers and identifiers of companies."""
    return st.text(_IDENTIFIER, min_size=1, max_size=max_size)


@lru_cache
def names(known: tuple[str, ...], max_size: int = 20) -> st.SearchStrategy[str]:
    """A known name, or any text that X12 can carry in UTF-8, delimiters included."""
    anything = st.characters(codec="utf-8", exclude_categories=("C", "Z"))
    mixed = st.sampled_from(_IDENTIFIER + " '" + _HOSTILE_TO_X12)
    return st.one_of(
        st.sampled_from(known),
        st.sampled_from(known),
        _kept(st.text(st.one_of(mixed, anything), min_size=1, max_size=max_size)),
    )


@lru_cache
def rarely() -> st.SearchStrategy[bool]:
    """True about one time in ten; shrinks to False."""
    return st.sampled_from((False,) * 9 + (True,))


MOMENTS = (
    *("2026", "2026-03", "2026-03-02", "2026-03-02T10", "2026-03-02T10:07", "2026-03-02T10:07:05"),
    *("2026-03-02T10:07:05.125", "2026-03-02T10:07:05-06:00", "2026-12-31T23:59+02:15"),
)
"""Moments as feeds tell them, to the year or to the millisecond."""


def _kept(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return texts.map(str.strip).filter(bool)
