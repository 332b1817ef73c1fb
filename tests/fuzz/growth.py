"""Cost beside size: inputs that are one thing again and again, at two sizes.

    python tests/fuzz/growth.py                         # CPU seconds of every family, 25 KB and 100 KB
    python tests/fuzz/growth.py n3 claims --size 200000
    python tests/fuzz/growth.py --measure memory        # megabytes of a stream
    python tests/fuzz/growth.py --measure steps         # instructions of Python, as the test counts them

Exit status 1 where a family grows faster than its size, or takes longer than the bound.
"""

from __future__ import annotations

import io
import json
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from types import FrameType

import click

sys.path.insert(0, str(Path(__file__).parent.parent))

import hcfin
from fuzz import ordeal

_ISA = (
    "ISA*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   "
    "*250115*0900*^*00501*000000001*0*T*:~"
)
_GS = "GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1~"
_TOP = "BPR*H*0*C*NON************20250116~TRN*1*T1*1512345678~DTM*405*20250115~"
_PARTIES = "N1*PR*TEST PAYER~N1*PE*TEST HOSPITAL*XX*1234567893~"
_HEADER = f"{_ISA}{_GS}ST*835*0001~{_TOP}{_PARTIES}"
_CLAIM = "CLP*ZZPHIQX1*1*0*0**12*ZZPHIQX1~"
_LINE = "SVC*HC:99213*0*0~"
_GS_CLAIMS = "GS*HC*TESTHOSPITAL*TESTPAYER*20250115*0900*1*X*005010X222A1~"
_LEVELS = (
    "HL*1**20*1~NM1*85*2*TEST HOSPITAL*****XX*1234567893~"
    "HL*2*1*22*0~SBR*P*18~NM1*IL*1*ZZPHIQX1~NM1*PR*2*TEST PAYER*****PI*1~"
)
_SUBMISSION = f"{_ISA}{_GS_CLAIMS}ST*837*0001*005010X222A1~BHT*0019*00*1*20250115~{_LEVELS}"
_BILL = "CLM*ZZPHIQX1*0***11:B:1~"
_OTHER_PAYER = "SBR*S*18~NM1*PR*2*TEST PAYER*****PI*1~"
_TRAILER = "SE*1*0001~GE*1*1~IEA*1*000000001~"
_SHORT_ISA = "ISA" + "*" * 16 + ":~"
_MSH = "MSH|^~\\&|A|B|C|D|20250115||DFT^P03|M1|P|2.5.1\r"
_PID = "PID|1||ZZPHIQX1^^^B^MR||ZZPHIQX^ANNA|||||||||||||ZZPHIQXA1\rPV1|1|O\r"
_DFT = _MSH + _PID
_ROW = "FT1|{n}|T{n}||20250115|20250116|CG|99213^X^C4|||1|100.00&USD|100.00&USD\r"
_TOO_LITTLE = 0.1  # seconds that say nothing about growth

Family = Callable[[int], bytes]


def _repeated(before: str, unit: str, after: str = "") -> Family:
    return lambda size: (before + unit * (size // len(unit)) + after).encode("latin-1")


def _numbered(before: str, unit: str, after: str = "") -> Family:
    """The unit again and again, each time with another number in it."""

    def made(size: int) -> bytes:
        return (before + "".join(_up_to(size, (unit.format(n=n) for n in count(1)))) + after).encode(
            "latin-1"
        )

    return made


def _up_to(size: int, units: Iterator[str]) -> Iterator[str]:
    for unit in units:
        size -= len(unit)
        if size < 0:
            return
        yield unit


def _remarks_and_adjustments(group: str) -> Family:
    """Half the file is remark codes of a line, the other half adjustments of it, which cancel out."""

    def made(size: int) -> bytes:
        remarks = "".join(_up_to(size // 2, (f"LQ*HE*N{n}~" for n in count(1))))
        pair = f"CAS*{group}*1*1**2*1**3*1**1*-1**2*-1**3*-1~"
        return (_HEADER + _CLAIM + _LINE + remarks + pair * (size // 2 // len(pair)) + _TRAILER).encode()

    return made


def _payers_and_lines(size: int) -> bytes:
    """Half the file is other payers, the other half lines that each of them might have seen."""
    payers = "".join(_up_to(size // 2, (f"SBR*S~AMT*D*1~NM1*PR*2*A*****PI*{n}~" for n in count(1))))
    lines = "".join(_up_to(size // 2, (f"LX*{n}~SV1*HC:1*0~SVD*{n}*1*HC:1~" for n in count(1))))
    return (_SUBMISSION + _BILL + payers + lines + _TRAILER).encode()


FAMILIES: dict[str, Family] = {
    # Syntax
    "empty_segments": _repeated(_HEADER, "~", _TRAILER),
    "blank_lines": _repeated(_HEADER, "\n", _TRAILER),
    "blanks_before_isa": _repeated("", " \n", _HEADER + _TRAILER),
    "one_long_segment": _repeated(_HEADER + "NTE*", "X", "~" + _TRAILER),
    "one_segment_of_elements": _repeated(_HEADER + "REF", "*A", "~" + _TRAILER),
    "components": _repeated(_HEADER + _CLAIM + "SVC*HC", ":A", "*0*0~" + _TRAILER),
    "line_breaks_in_a_segment": _repeated(_HEADER + "NTE*", "A\n", "~" + _TRAILER),
    "wrapped_segments": _repeated(_HEADER + _CLAIM, "REF*6R*A\nB~", _TRAILER),
    "latin1": _repeated(_HEADER + _CLAIM, "REF*6R*\xe9~", _TRAILER),
    "terminator_missing": _repeated(_HEADER + _CLAIM, "REF*6R*A|"),
    "text_after": _repeated(_HEADER + _TRAILER, "NOT X12 "),
    "text_between": _repeated("", _HEADER + _TRAILER + "NOT X12 " * 50),
    # Envelopes
    "isa_unclosed": _repeated("", _SHORT_ISA),
    "isa_closed": _repeated("", _SHORT_ISA + "IEA~"),
    "isa_whole_closed": _repeated("", _ISA + "IEA*0*000000001~"),
    "isa_with_group": _repeated("", _ISA + "GS*HP~GE*0*1~IEA*1*000000001~"),
    "isa_delimiters_changing": _repeated("", _SHORT_ISA + _SHORT_ISA.replace("*", "|") + "IEA|~"),
    "isa_fragments": _repeated("", "ISA*00*  "),
    "isa_letters": _repeated(_HEADER, "ISA"),
    "isa_in_claim": _repeated(_HEADER + _CLAIM, "ISA*~"),
    "iea_in_values": _repeated(_HEADER + _CLAIM, "REF*6R*IEA*1~", _TRAILER),
    "st_without_isa": _repeated("", "ST*835*1~IEA~"),
    "st_unclosed": _repeated(_ISA + _GS, "ST*835*1~"),
    "st_and_se": _repeated(_ISA + _GS, "ST*835*1~SE*2*1~"),
    "st_other": _numbered(_ISA + _GS, "ST*270*{n}~BHT*0022~SE*3*{n}~"),
    "gs_unclosed": _repeated(_ISA, "GS*HP*A*B~"),
    "se_alone": _repeated(_ISA + _GS, "SE*1*1~"),
    # Header
    "n1": _repeated(_HEADER, "N1*ZZ*A~", _TRAILER),
    "n3": _repeated(_HEADER, "N3*A*B~", _TRAILER),
    "payee_ref": _numbered(_HEADER, "REF*TJ*{n}~", _TRAILER),
    "bpr": _repeated(_HEADER, "BPR*I*1~", _TRAILER),
    "cur": _repeated(_HEADER, "CUR*PR*USD~", _TRAILER),
    "lx": _repeated(_HEADER, "LX*1~", _TRAILER),
    "plb_zero": _repeated(_HEADER, "PLB*1*20251231*WO:A*0~", _TRAILER),
    "plb_pairs": _repeated(_HEADER, "PLB*1*20251231*WO:A*1*WO:B*-1~", _TRAILER),
    "plb_unknown": _repeated(_HEADER, "PLB*1*20251231*Z:A*1*Z:A*-1~", _TRAILER),
    "plb_unreadable": _repeated(_HEADER, "PLB*1*20251231*WO:A*X~", _TRAILER),
    # Claims
    "claims": _numbered(_HEADER, "CLP*ZZPHIQX{n}*1*10*0**12*A~CAS*CO*45*10~", _TRAILER),
    "claims_unbalanced": _numbered(_HEADER, "CLP*ZZPHIQX{n}*1*10*0**12*A~", _TRAILER),
    "claims_unreadable": _numbered(_HEADER, "CLP*ZZPHIQX{n}*1*X*Y**12*A~", _TRAILER),
    "claims_paid": _numbered(_HEADER, "CLP*ZZPHIQX{n}*1*1*1~CLP*ZZPHIQX{n}*22*-1*-1~", _TRAILER),
    "sets_same": _repeated(_ISA + _GS, f"ST*835*0001~{_TOP}{_PARTIES}{_CLAIM}SE*7*0001~"),
    "sets": _numbered(
        _ISA + _GS,
        "ST*835*{n}~BPR*H*0*C*NON************20250116~TRN*1*T{n}*1512345678~"
        + _PARTIES
        + _CLAIM
        + "SE*7*{n}~",
    ),
    "refs_in_a_claim": _repeated(_HEADER + _CLAIM, "REF*6R*A~", _TRAILER),
    "moa_in_a_claim": _numbered(_HEADER + _CLAIM, "MOA***A{n}*B*C*D*E~", _TRAILER),
    "mia_in_a_claim": _repeated(_HEADER + _CLAIM, "MIA*****MA01~", _TRAILER),
    "nm1_in_a_claim": _repeated(_HEADER + _CLAIM, "NM1*TT*2*TEST PAYER~", _TRAILER),
    "dtm_in_a_claim": _repeated(_HEADER + _CLAIM, "DTM*232*20259999~", _TRAILER),
    "amt_in_a_claim": _repeated(_HEADER + _CLAIM, "AMT*I*0~", _TRAILER),
    "cas_in_a_claim": _repeated(_HEADER + _CLAIM, "CAS*CO*45*1**45*-1~", _TRAILER),
    "cas_groups": _numbered(_HEADER + _CLAIM, "CAS*G{n}*45*0~", _TRAILER),
    "cas_reasons": _numbered(_HEADER + _CLAIM, "CAS*CO*R{n}*1**R{n}*-1~", _TRAILER),
    "cas_reversal_group": _repeated(_HEADER + _CLAIM, "CAS*CR*45*1**45*-1~", _TRAILER),
    "lines_unbalanced": _repeated(_HEADER + _CLAIM, "SVC*HC:1*1*0~SVC*HC:1*-1*0~", _TRAILER),
    "lines_unreadable": _repeated(_HEADER + _CLAIM, "SVC*HC:1*X*0~", _TRAILER),
    "lines": _repeated(_HEADER + _CLAIM, "SVC*HC:99213*0*0~DTM*472*20250101~", _TRAILER),
    "remarks_and_adjustments": _remarks_and_adjustments("CO"),
    "remarks_and_patient_shares": _remarks_and_adjustments("PR"),
    "segments_unknown": _numbered(_HEADER + _CLAIM, "X{n}*A~", _TRAILER),
    "segments_misplaced": _repeated(_HEADER, "SVC*HC:1*1*0~", _TRAILER),
    # Claims that are billed
    "submissions": _numbered(_ISA + _GS_CLAIMS, "ST*837*{n}~BHT*0019~SE*3*{n}~"),
    "submissions_same": _repeated(_ISA + _GS_CLAIMS, "ST*837*1~BHT*0019~SE*3*1~"),
    "levels": _numbered(_SUBMISSION, "HL*{n}*1*22*0~SBR*P*18~NM1*IL*1*ZZPHIQX{n}~", _TRAILER),
    "levels_waiting": _numbered(_SUBMISSION, "HL*{n}*1*22*1~", _TRAILER),
    "levels_of_nobody": _numbered(_SUBMISSION, "HL*{n}*X{n}*23*0~", _TRAILER),
    "levels_nested": _numbered(_SUBMISSION, "HL*{n}**20*1~HL*{n}*{n}*99*1~", _TRAILER),
    "providers_paid": _repeated(_SUBMISSION, "NM1*87*2*A~NM1*PE*2*B~", _TRAILER),
    "parties_switching": _repeated(
        f"{_ISA}{_GS_CLAIMS}ST*837*1~", "NM1*85*2*A~NM1*IL*1*ZZPHIQX1~" + _BILL, _TRAILER
    ),
    "bills": _numbered(_SUBMISSION, "CLM*ZZPHIQX{n}*1***11:B:1~LX*1~SV1*HC:99213*1*UN*1~", _TRAILER),
    "bills_unreadable": _numbered(_SUBMISSION, "CLM*ZZPHIQX{n}*X***11:B:1~LX*1~SV1*HC:1*X~", _TRAILER),
    "bill_lines": _numbered(_SUBMISSION + _BILL, "LX*{n}~SV1*HC:{n}*0*UN*1~DTP*472*D8*20250101~", _TRAILER),
    "bill_codes": _numbered(_SUBMISSION + _BILL, "HI*ABF:A{n}*ABF:B{n}:D8:20250101*BE:80:::{n}~", _TRAILER),
    "bill_references": _numbered(_SUBMISSION + _BILL, "REF*EA*A{n}~", _TRAILER),
    "bill_providers": _numbered(_SUBMISSION + _BILL, "NM1*82*1*A{n}~PRV*PE*PXC*A~REF*G2*{n}~", _TRAILER),
    "bill_other_payers": _numbered(_SUBMISSION + _BILL, "SBR*S~AMT*D*1~NM1*PR*2*A*****PI*{n}~", _TRAILER),
    "bill_adjudications": _repeated(
        _SUBMISSION + _BILL + _OTHER_PAYER + "LX*1~SV1*HC:1*0~", "SVD*1*1*HC:1~CAS*CO*45*-1~", _TRAILER
    ),
    "bill_adjudications_of_nobody": _numbered(
        _SUBMISSION + _BILL + "LX*1~SV1*HC:1*0~", "SVD*X{n}*1*HC:1~", _TRAILER
    ),
    "bill_payers_and_lines": _payers_and_lines,
    # Messages
    "messages": _numbered("", _DFT.replace("|M1|", "|M{n}|") + _ROW),
    "messages_same": _repeated("", _DFT + _ROW.format(n=1)),
    "messages_framed": _numbered("", "\x0b" + _DFT.replace("|M1|", "|M{n}|") + "\x1c\r"),
    "messages_not_read": _numbered("", "MSH|^~\\&|A|||||SIU^S12|M{n}|P|2.5\rNTE|1\r"),
    "headers_alone": _repeated("", "MSH|^~\\&\r"),
    "headers_short": _repeated("", "MSH|^\r"),
    "headers_of_other_delimiters": _repeated("", "MSH|^~\\&|A\rMSH#!@%*#A\r"),
    "headers_in_a_line": _repeated(_MSH.strip(), "MSH|^~\\&|"),
    "headers_that_are_none": _repeated(_DFT + "NTE|1||", "MSH"),
    "headers_of_text": _repeated(_DFT + "NTE|1||", "|MSH|^~\\&"),
    "batches": _repeated("", "BHS|^~\\&|A\rBTS|0\r"),
    "batches_unclosed": _repeated("", "FHS|^~\\&|A\rBHS|^~\\&|A\r"),
    "batches_of_messages": _numbered("", "BHS|^~\\&|A\rMSH|^~\\&|A|||||SIU^S12|M{n}\rBTS|2\r"),
    "trailers": _repeated(_DFT, "BTS|1\r"),
    "lines_that_are_no_segments": _repeated(_DFT + "NTE|1||", "A\n"),
    "lines_that_are_fields": _repeated(_DFT + "NTE|1||", "A|B\r"),
    "lines_of_blanks": _repeated(_DFT, " \r\n"),
    "frames": _repeated(_DFT, "\x1c\r\x0b"),
    "marks_behind": _repeated(_DFT, "\u00ef\u00bb\u00bf"),
    "marks_before": _repeated("", "\u00ef\u00bb\u00bf", _DFT),
    "text_before_messages": _repeated("", "NOT HL7 ", "\r" + _DFT),
    "one_long_field": _repeated(_DFT + "OBX|1|ED|||", "X", "\r"),
    "fields": _repeated(_DFT + "PV2", "|A", "\r"),
    "field_components": _repeated(_DFT + "FT1|1||||||", "A^", "\r"),
    "field_repetitions": _repeated(_DFT + "DG1|1|||||F\rFT1|1||||||X||||||||||||", "A~", "\r"),
    "field_subcomponents": _repeated(_DFT + "FT1|1||||||", "A&", "\r"),
    "identifiers": _numbered(_MSH + "PID|1||", "{n}^^^A^MR~", "\r"),
    "names": _repeated(_MSH + "PID|1||||", "ZZPHIQX^A~", "\r"),
    "escapes": _repeated(_DFT + "NTE|1||", "\\T\\", "\r"),
    "escapes_hexadecimal": _repeated(_DFT + "FT1|1||||||A^\\X", "41", "\\\r"),
    "escapes_unclosed": _repeated(_DFT + "FT1|1||||||A^", "\\Z", "\r"),
    "letters": _repeated(_DFT + "NTE|1||", "\xe9", "\r"),
    "rows": _numbered(_DFT, _ROW),
    "rows_unreadable": _repeated(_DFT, "FT1|1|||X||CG|||||X|X\r"),
    "rows_same": _repeated(_DFT, _ROW.format(n=1)),
    "rows_with_procedures": _numbered(_DFT, "FT1|{n}|||20250115||CG|1|||1|1.00\rPR1|1||1\rNTE|1||A\r"),
    "procedures_of_a_row": _numbered(_DFT + _ROW.format(n=1), "PR1|{n}||A{n}\r"),
    "notes_of_a_row": _repeated(_DFT + _ROW.format(n=1), "NTE|1||A\r"),
    "local_segments": _numbered(_DFT, "Z{n}|1\rZZ1|2\r"),
    "orders": _numbered(_MSH.replace("DFT^P03", "ORM^O01") + _PID, "ORC|NW\rOBR|{n}\r" + _ROW),
    "insurances": _numbered(_MSH.replace("DFT^P03", "ADT^A08") + _PID, "IN1|{n}|P{n}|P{n}\rIN2|1\r"),
    "diagnoses": _numbered(_MSH.replace("DFT^P03", "ADT^A08") + _PID, "DG1|{n}||I{n}^X^I10|||F\r"),
    "merges": _numbered(_MSH.replace("DFT^P03", "ADT^A40"), "PID|1||A{n}\rMRG|B{n}\r"),
    "prices": _numbered(_MSH.replace("DFT^P03", "MFN^M04"), "MFE|MAD||2025|C{n}\rCDM|C{n}\rPRC|C{n}||||1\r"),
}


@dataclass(frozen=True)
class Growth:
    """What one family costs at two sizes or more, and whether that is too much."""

    family: str
    costs: tuple[float, ...]
    ratio: float
    wrong: bool


def seconds(family: str, size: int) -> Growth:
    """CPU seconds of reading and translating: wrong above the bound, or eight times as much for four times
    the size (linear is four, quadratic is sixteen)."""

    def cost(data: bytes) -> float:
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            ordeal.work(data)
            best = min(best, time.process_time() - start)
            if best > 1:
                break
        return best

    small, large = (cost(FAMILIES[family](times * size)) for times in (1, 4))
    ratio = large / max(small, _TOO_LITTLE / 4)
    bound = ordeal.SECONDS * max(1.0, 4 * size / 100_000)
    return Growth(family, (small, large), ratio, (ratio > 8 and large > _TOO_LITTLE) or large > bound)


def steps(family: str, size: int) -> Growth:
    """Instructions of Python, which are the same on every machine: twice the increase of the size is twice
    the increase of the steps. What runs in C, such as joining tuples, is not seen."""

    def cost(data: bytes) -> float:
        total = 0

        def count_one(frame: FrameType, event: str, _: object) -> object:
            nonlocal total
            if event == "opcode":
                total += 1
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
            return count_one

        sys.settrace(count_one)
        try:
            ordeal.work(data)
        finally:
            sys.settrace(None)
        return total

    costs = tuple(cost(FAMILIES[family](times * size)) for times in (1, 2, 4))
    first, second = costs[1] - costs[0], costs[2] - costs[1]
    ratio = second / first if first > 0 else 0
    return Growth(family, costs, ratio, ratio > 2.5)


def memory(family: str, size: int) -> Growth:
    """Megabytes at the peak of taking a stream of facts without keeping them: the same at four times the
    size, but for a set or a claim that is all of the file."""

    def cost(data: bytes) -> float:
        stream = io.BytesIO(data)
        tracemalloc.start()
        for _ in hcfin.iter_facts(stream):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak / 1e6

    small, large = (cost(FAMILIES[family](times * size)) for times in (1, 4))
    return Growth(family, (small, large), large / small, large > 2 * small and large > 2)


MEASURES = {"seconds": (seconds, 25_000), "steps": (steps, 3_000), "memory": (memory, 200_000)}


@click.command(help=__doc__)
@click.argument("families", nargs=-1)
@click.option("--measure", type=click.Choice(list(MEASURES)), default="seconds")
@click.option("--size", type=click.IntRange(min=1000), help="Bytes of the smallest input.")
@click.option("--json", "as_json", is_flag=True, help="One object for each family.")
def main(families: tuple[str, ...], measure: str, size: int | None, as_json: bool) -> None:
    ordeal.prepare()
    ordeal.work(FAMILIES["claims"](2_000))  # imports and tables are paid before anything is measured
    grow, usual = MEASURES[measure]
    bad = False
    for family in families or tuple(FAMILIES):
        found = grow(family, size or usual)
        bad = bad or found.wrong
        if as_json:
            click.echo(json.dumps(asdict(found)))
        else:
            costs = " ".join(f"{cost:>11.3f}" for cost in found.costs)
            click.echo(f"{family:<28} {costs} {found.ratio:>7.1f}{'  <--' if found.wrong else ''}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
