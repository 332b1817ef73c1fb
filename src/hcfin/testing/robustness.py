"""Thirty-two small 835s as payers send them, each with what it says: run any reader on them.

    for case in robustness_cases():
        claims = my_reader(case.data)
        assert [claim.paid for claim in claims] == [claim.paid for claim in case.claims]

Strategy: one balanced file of two claims, and a small change for each case. Counts and sums follow a change,
except where they are what the case is about: each file has one oddity and no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a file."""

    NONE = "none"
    """Nothing. Who complains is wrong."""
    FORM = "form"
    """Written otherwise than X12 says, while nothing is lost. To be read; it may be told."""
    CONTENT = "content"
    """Something is missing, wrong or not balanced. To be read as far as it goes, and to be told."""


@dataclass(frozen=True)
class ExpectedClaim:
    """What the file says of a claim; an amount that is not a number in the file is None.

    `adjustments` are (group, reason, amount) of the claim and of its lines, in file order.
    """

    id: str
    charged: Decimal | None
    paid: Decimal | None
    adjustments: tuple[tuple[str, str, Decimal], ...]


@dataclass(frozen=True)
class RobustnessCase:
    """A file and what a reader should make of it.

    `payments` are BPR02, one for each transaction set; `provider_adjustments` are the amounts of PLB,
    positive where they reduce the payment.
    """

    name: str
    about: str
    fault: Fault
    data: bytes
    claims: tuple[ExpectedClaim, ...]
    payments: tuple[Decimal, ...]
    provider_adjustments: tuple[Decimal, ...]


_Segments = tuple[str, ...]

_FIRST = (
    "CLP*ACCT-0001*1*200*132*33*12*TESTCLAIM01*11*1",
    "NM1*QC*1*TESTPERSON*SAM****MI*TEST00000001",
    "DTM*232*20250102",
    "SVC*HC:99213*120*72**1",
    "DTM*472*20250102",
    "CAS*CO*45*30",
    "CAS*PR*2*18",
    "REF*6R*LINE1",
    "AMT*B6*90",
    "SVC*HC:80053*80*60**1",
    "DTM*472*20250102",
    "CAS*CO*45*5",
    "CAS*PR*2*15",
    "REF*6R*LINE2",
    "AMT*B6*75",
)
_SECOND = (
    "CLP*ACCT-0002*1*350.5*240.25*30*12*TESTCLAIM02*11*1",
    "NM1*QC*1*TESTPERSON*ALEX****MI*TEST00000002",
    "DTM*232*20250103",
    "SVC*HC:93306*350.5*240.25**1",
    "DTM*472*20250103",
    "CAS*CO*45*80.25",
    "CAS*PR*3*30",
    "AMT*B6*270.25",
)
_REVERSAL = (
    "CLP*ACCT-0001*22*-200*-132**12*TESTCLAIM01*11*1",
    "NM1*QC*1*TESTPERSON*SAM****MI*TEST00000001",
    "DTM*232*20250102",
    "SVC*HC:99213*-120*-72**1",
    "DTM*472*20250102",
    "CAS*CO*45*-30",
    "CAS*PR*2*-18",
    "SVC*HC:80053*-80*-60**1",
    "DTM*472*20250102",
    "CAS*CO*45*-5",
    "CAS*PR*2*-15",
)
_WITHOUT_LINES = (
    "CLP*ACCT-0002*1*900*640**12*TESTCLAIM02*11*1",
    "CAS*CO*45*260",
    "NM1*QC*1*TESTPERSON*ALEX****MI*TEST00000002",
    "DTM*232*20250103",
)
_SIX_ADJUSTMENTS = (
    *_SECOND[:3],
    "SVC*HC:93306*350.5*240.25**3**6",
    "DTM*472*20250103",
    "CAS*CO*45*60.25*1*253*4.75*1*16*5*1*29*5*1*50*1.25*1*96*4*1",
    *_SECOND[6:],
)
_ODD_AMOUNTS = (
    "CLP*ACCT-0002*1*64.10*38.60*.5*12*TESTCLAIM02*11*1",
    *_SECOND[1:3],
    "SVC*HC:99213*64.10*38.60**1",
    "DTM*472*20250103",
    "CAS*CO*45*25.",
    "CAS*PR*3*.5",
    "AMT*B6*39.1",
)
_PLB = "PLB*1234567893*20251231*L6*-1.25*WO:TESTCLAIM00*20"


@dataclass(frozen=True)
class _File:
    """A file before it is written; `sets` are claims by set, by group and by interchange."""

    sets: tuple[tuple[tuple[tuple[_Segments, ...], ...], ...], ...] = ((((_FIRST, _SECOND),),),)
    summary: _Segments = ()
    contact: bool = True
    edits: tuple[tuple[str, str], ...] = ()

    def segments(self) -> Iterator[str]:
        trace = 0
        for interchange, groups in enumerate(self.sets, 1):
            yield (
                "ISA*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   *250115*0900*^*00501"
                f"*{interchange:09d}*0*T*:"
            )
            for group, sets in enumerate(groups, 1):
                yield f"GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*{group}*X*005010X221A1"
                for control, claims in enumerate(sets, 1):
                    trace += 1
                    rows = self._edited(self._set(trace, claims))
                    yield f"ST*835*{control:04d}"
                    yield from rows
                    yield f"SE*{len(rows) + 2}*{control:04d}"
                yield f"GE*{len(sets)}*{group}"
            yield f"IEA*{len(groups)}*{interchange:09d}"

    def _set(self, trace: int, claims: tuple[_Segments, ...]) -> Iterator[str]:
        paid = sum((Decimal(claim[0].split("*")[4]) for claim in claims), Decimal(0))
        kept = sum((Decimal(amount) for row in self.summary for amount in row.split("*")[4::2]), Decimal(0))
        yield (
            f"BPR*I*{(paid - kept).normalize():f}*C*ACH*CCP*01*999999992*DA*123456*1512345678**01*999988880"
            "*DA*98765*20250116"
        )
        yield f"TRN*1*TESTTRACE{trace:02d}*1512345678"
        yield "DTM*405*20250115"
        yield "N1*PR*TEST PAYER"
        yield "N3*1 MAIN STREET"
        yield "N4*ANYTOWN*AK*89111"
        yield "PER*BL*EDI HELP*TE*8005550100"
        yield "N1*PE*TEST HOSPITAL*XX*1234567893"
        yield "REF*TJ*123456789"
        yield "LX*1"
        for claim in claims:
            yield from claim
        yield from self.summary

    def _edited(self, rows: Iterable[str]) -> list[str]:
        """Each edit replaces its text once; what it puts in may be several segments."""
        text = "~".join(row for row in rows if self.contact or row[:3] != "PER")
        for old, new in self.edits:
            assert old in text
            text = text.replace(old, new, 1)
        return text.split("~")


def _of(*claims: _Segments) -> _File:
    return _File(sets=(((claims,),),))


def _edited(*edits: tuple[str, str]) -> _File:
    return _File(edits=edits)


# From segments to bytes: the oddities of writing.

_Writing = Callable[[list[str]], bytes]


def _plain(segments: Iterable[str], end: str = "~") -> bytes:
    return "".join(segment + end for segment in segments).encode()


def _ended(end: str) -> _Writing:
    return lambda segments: _plain(segments, end)


def _after(head: bytes) -> _Writing:
    return lambda segments: head + _plain(segments)


def _replaced(old: bytes, new: bytes) -> _Writing:
    return lambda segments: _plain(segments).replace(old, new)


def _wrapped(segments: list[str]) -> bytes:
    data = _plain(segments)
    return b"".join(data[n : n + 80] + b"\n" for n in range(0, len(data), 80))


def _unpadded(segments: list[str]) -> bytes:
    return _plain([re.sub(" +", "", segments[0]), *segments[1:]])


def _other_delimiters(segments: list[str]) -> bytes:
    return _plain((segment.translate(str.maketrans("*:^", "|>{")) for segment in segments), "!")


def _trailing_empty(segments: list[str]) -> bytes:
    return _plain(segment + "**" * (segment[:3] in ("SVC", "CAS")) for segment in segments)


def _old_version(segments: list[str]) -> bytes:
    data = _plain(segments).replace(b"*^*00501*", b"*U*00401*").replace(b"005010X221A1", b"004010X091A1")
    return data.replace(b"PER*BL*", b"PER*CX*")


_TWO_SETS = _File(sets=((((_FIRST,), (_SECOND,)),),))
_PROVIDER_ADJUSTMENTS = replace(_edited(("DTM*232*20250102", "DTM*232*20250102~AMT*I*1.25")), summary=(_PLB,))
_ACCENT = _edited(("TESTPERSON*SAM", "TESTPERSÓN*SAM"))

_Row = tuple[str, str, Fault, _File, _Writing]
_CASES: tuple[_Row, ...] = (
    ("clean", "the base: nothing odd", Fault.NONE, _File(), _plain),
    ("line_feed", "LF after the terminator", Fault.NONE, _File(), _ended("~\n")),
    ("carriage_return", "CRLF after the terminator", Fault.NONE, _File(), _ended("~\r\n")),
    ("newline_ends", "newline is the terminator", Fault.NONE, _File(), _ended("\n")),
    ("wrapped", "wrapped at 80 columns", Fault.FORM, _File(), _wrapped),
    ("byte_order_mark", "UTF-8 byte order mark", Fault.FORM, _File(), _after(b"\xef\xbb\xbf")),
    ("leading_blanks", "blanks and a line break before ISA", Fault.FORM, _File(), _after(b" \r\n  ")),
    ("unpadded_isa", "ISA not padded", Fault.FORM, _File(), _unpadded),
    (
        "two_interchanges",
        "two ISAs (4 claims)",
        Fault.NONE,
        _File(sets=((((_FIRST, _SECOND),),), (((_FIRST, _SECOND),),))),
        _plain,
    ),
    ("two_groups", "two GS", Fault.NONE, _File(sets=((((_FIRST,),), ((_SECOND,),)),)), _plain),
    ("two_sets", "two ST", Fault.NONE, _TWO_SETS, _plain),
    ("no_last_terminator", "no terminator at the end", Fault.FORM, _File(), lambda s: _plain(s)[:-1]),
    ("truncated", "cut before SE", Fault.CONTENT, _File(), lambda s: _plain(s[:-3])),
    ("wrong_count", "SE01 wrong", Fault.CONTENT, _File(), _replaced(b"~SE*", b"~SE*1")),
    ("latin_1", "Latin-1 letter", Fault.FORM, _ACCENT, lambda s: _plain(s).decode().encode("latin-1")),
    ("utf_8", "UTF-8 letter", Fault.NONE, _ACCENT, _plain),
    ("other_delimiters", "delimiters other than `* : ^ ~`", Fault.NONE, _File(), _other_delimiters),
    ("trailing_empty", "empty elements at the end of segments", Fault.FORM, _File(), _trailing_empty),
    ("unknown_segment", "unknown segment", Fault.CONTENT, _edited(("LINE2", "LINE2~ZZZ*1")), _plain),
    ("control_repeated", "ST02 twice", Fault.CONTENT, _TWO_SETS, _replaced(b"*0002~", b"*0001~")),
    ("no_lines", "claim without SVC", Fault.NONE, _of(_FIRST, _WITHOUT_LINES), _plain),
    ("six_adjustments", "CAS of six with quantities", Fault.NONE, _of(_FIRST, _SIX_ADJUSTMENTS), _plain),
    ("reversal", "reversal (22)", Fault.NONE, _of(_REVERSAL, _SECOND), _plain),
    ("line_unbalanced", "line does not balance", Fault.CONTENT, _edited(("CO*45*30", "CO*45*31")), _plain),
    ("payment_unbalanced", "BPR02 does not balance", Fault.CONTENT, _edited(("372.25", "373.25")), _plain),
    ("provider_adjustments", "PLB, balanced", Fault.NONE, _PROVIDER_ADJUSTMENTS, _plain),
    ("odd_amounts", "amounts `.5`, `25.`, `38.60`", Fault.FORM, _of(_FIRST, _ODD_AMOUNTS), _plain),
    ("letter_in_amount", "`2O0` for an amount", Fault.CONTENT, _edited(("1*200*132", "1*2O0*132")), _plain),
    (
        "second_payee",
        "second N1*PE in the set",
        Fault.CONTENT,
        _edited(("CLP*ACCT-0002", "N1*PE*TEST CLINIC*XX*1245319599~CLP*ACCT-0002")),
        _plain,
    ),
    (
        "isa_in_name",
        "ISA inside names",
        Fault.NONE,
        _edited(("PERSON*SAM", "ISAPERSON*ISA"), ("TEST H", "ISA H")),
        _plain,
    ),
    ("old_version", "004010X091A1", Fault.FORM, _File(), _old_version),
    ("blank_before_group", "blank before GS", Fault.FORM, _File(), _replaced(b"~GS*", b"~ GS*")),
)


def robustness_cases(*, contact: bool = True) -> tuple[RobustnessCase, ...]:
    """The cases, each with one oddity. Without `contact` they have no PER segment, which some readers refuse.

    >>> case = next(case for case in robustness_cases() if case.name == "truncated")
    >>> case.fault, [str(claim.paid) for claim in case.claims], b"~SE*" in case.data
    (<Fault.CONTENT: 'content'>, ['132', '240.25'], False)
    """
    return tuple(_case(row, contact) for row in _CASES)


def _case(row: _Row, contact: bool) -> RobustnessCase:
    name, about, fault, file, writing = row
    segments = list(replace(file, contact=contact).segments())
    split = [segment.split("*") for segment in segments]
    payments = tuple(Decimal(elements[2]) for elements in split if elements[0] == "BPR")
    plb = tuple(Decimal(amount) for elements in split if elements[0] == "PLB" for amount in elements[4::2])
    return RobustnessCase(name, about, fault, writing(segments), tuple(_claims(split)), payments, plb)


def _claims(split: list[list[str]]) -> Iterator[ExpectedClaim]:
    starts = [n for n, elements in enumerate(split) if elements[0] == "CLP"]
    for start, stop in zip(starts, [*starts[1:], len(split)], strict=True):
        clp = split[start]
        adjustments = [
            (cas[1], cas[n], Decimal(cas[n + 1]))
            for cas in split[start:stop]
            if cas[0] == "CAS"
            for n in range(2, len(cas) - 1, 3)
        ]
        yield ExpectedClaim(clp[1], _amount(clp[3]), _amount(clp[4]), tuple(adjustments))


def _amount(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"-?[0-9]*\.?[0-9]*", text) else None
