"""Hypothesis strategies of X12: whole files with the facts that they say, and texts that attack a syntax."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.testing import vocabulary as words
from hcfin.testing.claim_strategies import claims
from hcfin.testing.strategies import remittances

# A separator of X12, of HL7 v2, of CSV or of a spreadsheet; line ends; what a log or a terminal obeys.
_HOSTILE = (
    *"~*:^|\\&,;>'\"<%{}@+-\t",
    "\r",
    "\n",
    "\r\n",
    "\x1c",
    "\x1d",
    "\x00",
    "\x1b[31m",
    "=cmd()",
    "\\.br\\",
    "]]>",
    "\u2028",
    "\u202e",
    "\ufeff",
    "~SE*1*0001~",
)

_REMITTANCE_SEGMENTS = (
    *("ISA", "GS", "ST*835", "ST", "SE", "GE", "IEA", "XX"),
    *("BPR", "TRN", "CUR", "N1*PR", "N1*PE", "N1", "N3", "N4", "REF", "DTM", "PLB"),
    *("LX", "TS2", "TS3", "CLP", "SVC", "CAS", "NM1", "MIA", "MOA", "LQ", "AMT", "QTY", "PER", "RDM"),
)
_CLAIM_SEGMENTS = (
    *(
        "ISA",
        "GS",
        "ST*837",
        "ST",
        "SE",
        "GE",
        "IEA",
        "XX",
        "BHT",
        "HL",
        "HL*1**20",
        "HL*2*1*22",
        "HL*3*2*23",
    ),
    *("NM1*41", "NM1*85", "NM1*IL", "NM1*QC", "NM1*PR", "NM1*82", "NM1", "N3", "N4", "REF", "PER", "DMG"),
    *("PRV", "CUR", "SBR", "PAT", "CLM", "DTP", "CL1", "CN1", "AMT", "NTE", "HI", "OI", "MIA", "MOA", "CAS"),
    *("LX", "SV1", "SV2", "SV3", "TOO", "QTY", "LIN", "CTP", "SVD", "PWK", "K3"),
)
_SEGMENTS = {"835": _REMITTANCE_SEGMENTS, "837": _CLAIM_SEGMENTS}
_VALUES = (
    *(
        "1",
        "22",
        "835",
        "PR",
        "CO",
        "45",
        "405",
        "JPY",
        "KWD",
        "HC:99213:25",
        "RD8",
        "20250101-20250105",
        "ABK:Z0000",
        "11:B:1",
        "WO:1:2",
        "20250101",
        "20251399",
    ),
    *("", "100", "-5.5", "1.234", "9999999999999999.99", "1E9", "١", "é", "\x00"),
)


def delimiter_hostile_text(max_pieces: int = 6) -> st.SearchStrategy[str]:
    """Texts that mean something to some syntax, among letters and names in several scripts.

    Unlike the identifiers of `claim_payments` they may hold control characters and blanks at the ends: a
    writer escapes or refuses them, and nothing else. Never empty.

    >>> from hypothesis import find
    >>> find(delimiter_hostile_text(), lambda text: "\\r" in text and "~" in text)
    '~\\r'
    """
    pieces = st.one_of(
        st.sampled_from(_HOSTILE),
        st.sampled_from((*words.FAMILY_NAMES, *words.GIVEN_NAMES, "A", " ")),
        st.characters(codec="utf-8"),
    )
    return st.lists(pieces, min_size=1, max_size=max_pieces).map("".join)


def x12_segments(max_segments: int = 20, *, kind: str = "835") -> st.SearchStrategy[bytes]:
    """Segments of an 835 (or 837) in any order, with values that fit nowhere: syntax without sense.

    What a reader must survive; put an ISA in front to have it read with its delimiters.

    >>> from hypothesis import find
    >>> find(x12_segments(), lambda data: b"CLP" in data)
    b'CLP~'
    """
    value = st.one_of(st.sampled_from(_VALUES), st.text(max_size=3))
    segment = st.builds(
        lambda name, values: "*".join((name, *values)),
        st.sampled_from(_SEGMENTS[kind]),
        st.lists(value, max_size=8),
    )
    return st.lists(segment, max_size=max_segments).map(
        lambda segments: "~".join([*segments, ""]).encode("utf-8", "surrogatepass")
    )


@st.composite
def x12_835(
    draw: st.DrawFn,
    /,
    *,
    max_remittances: int = 1,
    identity: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[bytes, tuple[Fact, ...]]:
    """A whole 835 file and the facts that reading it must give, in order.

    `identity` is the control data of `write`; `options` are those of `remittances`, so `text=` plants
    identifiers. One transaction set for each remittance.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(x12_835(max_claims=2))
    ... def a_file_begins_with_isa(file):
    ...     data, facts = file
    ...     assert data.startswith(b"ISA")
    >>> a_file_begins_with_isa()
    """
    from hcfin.standards.x12.writing import write

    options = {"summaries": True, **options}
    sets = draw(st.lists(remittances(**options), min_size=1, max_size=max_remittances))
    facts = tuple(_distinct(sets))
    return write(facts, identity or {}), facts


@st.composite
def x12_837(
    draw: st.DrawFn,
    /,
    *,
    max_submissions: int = 1,
    identity: Mapping[str, str] | None = None,
    **options: Any,
) -> tuple[bytes, tuple[Fact, ...]]:
    """A whole file of 837s (P, I or D) and the facts that reading it must give, in order.

    `identity` is the control data of `write`; `options` are those of `claims`. One transaction set for each
    submission.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5)
    ... @given(x12_837(max_claims=2, claim_types=["dental"]))
    ... def it_states_its_guide(file):
    ...     data, facts = file
    ...     assert b"005010X224A2" in data
    >>> it_states_its_guide()
    """
    from hcfin.standards.x12.writing import write

    sets = draw(st.lists(claims(**options), min_size=1, max_size=max_submissions))
    facts = tuple(_distinct(sets))
    return write(facts, identity or {}), facts


def _distinct(sets: Iterable[tuple[Fact, ...]]) -> Iterable[Fact]:
    """The facts of several sets, those whose headers have the same name told apart as a reader does."""
    seen: Counter[str] = Counter()
    for facts in sets:
        header = facts[0]
        if not isinstance(header, Remittance | ClaimSubmission):
            continue
        seen[header.ref] += 1
        nth = seen[header.ref]
        ref = header.ref if nth == 1 else f"{header.ref}#{nth}"
        yield header.model_copy(update={"ref": ref})
        for fact in facts[1:]:
            if isinstance(fact, Claim):
                yield fact.model_copy(update={"submission": ref})
            elif isinstance(fact, ClaimPayment | ProviderSummary):
                yield fact.model_copy(update={"remittance": ref})
            else:
                yield fact
