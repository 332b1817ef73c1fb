"""Balanced synthetic 837P and 837I of any size: invented people, test identifiers, the mix of a real feed.

    python benchmarks/generate.py 10 /tmp/10mb.837p --kind 837P
    python benchmarks/generate.py 100 /tmp/100mb.837i --kind 837I --one-set

Professional: two lines with modifiers, every third patient is not the subscriber, every fourth claim goes to
a second payer after the first has adjudicated its lines, every tenth has a drug, every twelfth replaces one.
Institutional: revenue lines, stays with a DRG, procedures, occurrences and values, visits without; every
fifth comes after Medicare, which adjudicated the claim. Line charges add up to the claim's, and so does what
the payer before has paid and adjusted.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

CLAIMS_PER_SET = 300
GUIDES = {"837P": "005010X222A1", "837I": "005010X223A2"}
_DAYS = [f"{date(2024, 10, 1) + timedelta(days=day):%Y%m%d}" for day in range(96)]
_PROCEDURES = ("99213:25", "99214", "80053", "85025", "36415", "93306:26", "70553:RT:59", "J1100")
_REVENUE = (("0250", ""), ("0300", "HC:80053"), ("0450", "HC:99284"), ("0360", "HC:70553"), ("0120", ""))


def cents(amount: int) -> str:
    """Cents as X12 wants them: no zeros at the end."""
    return f"{amount // 100}.{amount % 100:02d}".rstrip("0").rstrip(".")


def _header(kind: str, number: int) -> list[str]:
    return [
        f"ST*837*{number:04d}*{GUIDES[kind]}",
        f"BHT*0019*00*BATCH{number:07d}*20250115*0900*CH",
        "NM1*41*2*TEST BILLING SERVICE*****46*TESTSENDER",
        "PER*IC*EDI HELP*TE*8005550100",
        "NM1*40*2*TEST PAYER*****46*TESTRECEIVER",
        "HL*1**20*1",
        "PRV*BI*PXC*000X00000X",
        "NM1*85*2*TEST HOSPITAL*****XX*1234567893",
        "N3*1 MAIN STREET",
        "N4*ANYTOWN*AK*995010000",
        "REF*EI*123456789",
    ]


class Feed:
    """Writes claims, each with its levels of subscriber and patient. One for a file."""

    def __init__(self, seed: int, kind: str) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self._claim = {"837P": self._professional, "837I": self._institutional}[kind]

    def claim(self, level: int) -> tuple[list[str], int]:
        """The segments of a claim below HL 1, and the last level that it uses; `level` is the one before."""
        self.number += 1
        return self._claim(level)

    def _day(self, after: int = 0) -> str:
        return _DAYS[self.number * 7 % 90 + after]

    def _person(self, role: str, given: str) -> list[str]:
        n = self.number
        member = f"MI*TEST{n:08d}" if role == "IL" else ""
        name = f"NM1*{role}*1*TESTPERSON{n % 997}*{given}****{member}".rstrip("*")
        born = date(1940, 1, 1) + timedelta(days=n * 37 % 25_000)
        sex = "FM"[n % 2]
        return [name, "N3*2 NOWHERE STREET", "N4*ANYTOWN*AK*99501", f"DMG*D8*{born:%Y%m%d}*{sex}"]

    def _levels(self, level: int, turn: str, indicator: str, *, dependent: bool) -> tuple[list[str], int]:
        own = "" if dependent else "18"
        rows = [
            f"HL*{level + 1}*1*22*{int(dependent)}",
            f"SBR*{turn}*{own}*GROUP{self.number % 89}******{indicator}",
            *self._person("IL", "SAM"),
            "NM1*PR*2*TEST PAYER*****PI*TESTPAYER",
        ]
        if not dependent:
            return rows, level + 1
        rows += [f"HL*{level + 2}*{level + 1}*23*0", "PAT*19", *self._person("QC", "ALEX")]
        return rows, level + 2

    def _before(self, indicator: str, *adjudicated: str) -> list[str]:
        """Another payer that has done its part: its SBR, what it says of the claim, and who it is."""
        return [
            f"SBR*P*18*******{indicator}",
            *adjudicated,
            "OI***Y***Y",
            f"NM1*IL*1*TESTPERSON{self.number % 997}*SAM****MI*FIRST{self.number:08d}",
            "NM1*PR*2*TEST FIRST PAYER*****PI*FIRSTPAYER",
            f"REF*F8*FIRST{self.number:010d}",
        ]

    def _professional(self, level: int) -> tuple[list[str], int]:
        n = self.number
        second, replaces = n % 4 == 0, n % 12 == 0
        rows, last = self._levels(level, "S" if second else "P", "CI", dependent=n % 3 == 0)
        charges = [self.random.randrange(5_000, 60_000) for _ in range(2)]
        rows.append(f"CLM*ACCT-{n:07d}*{cents(sum(charges))}***11:B:{7 if replaces else 1}*Y*A*Y*Y")
        rows += [f"REF*F8*{n:014d}"] if replaces else []
        rows += [f"REF*D9*CLAIM{n:09d}", "HI*ABK:I639*ABF:I10*ABF:E119"]
        rows += ["NM1*82*1*TESTDOCTOR*PAT****XX*1234567893", "PRV*PE*PXC*000X00000X"]
        paid = [charged * 6 // 10 for charged in charges]
        if second:
            rows += self._before("MB", f"AMT*D*{cents(sum(paid))}")
        for line, charged in enumerate(charges, start=1):
            code = _PROCEDURES[(n + 3 * line) % len(_PROCEDURES)]
            rows += [f"LX*{line}", f"SV1*HC:{code}*{cents(charged)}*UN*1***1:2"]
            rows += [f"DTP*472*D8*{self._day()}", f"REF*6R*{n}-{line}"]
            if n % 10 == 0:
                rows += ["LIN**N4*00000000000", "CTP****2.5*ML"]
            if second:
                share, left = charged // 10, charged - paid[line - 1]
                told = f"SVD*FIRSTPAYER*{cents(paid[line - 1])}*HC:{code}**1"
                rows += [told, f"CAS*CO*45*{cents(left - share)}", f"CAS*PR*2*{cents(share)}"]
                rows.append(f"DTP*573*D8*{self._day(5)}")
        return rows, last

    def _institutional(self, level: int) -> tuple[list[str], int]:
        n = self.number
        second, stay = n % 5 == 0, n % 2 == 0
        rows, last = self._levels(level, "S" if second else "P", "MA", dependent=n % 7 == 0)
        charges = [self.random.randrange(10_000, 900_000) for _ in range(3 + n % 3)]
        total = sum(charges)
        rows.append(f"CLM*ACCT-{n:07d}*{cents(total)}***{'11' if stay else '13'}:A:1**A*Y*Y")
        rows.append(f"DTP*434*RD8*{self._day()}-{self._day(4 if stay else 0)}")
        rows += [f"DTP*435*DT*{self._day()}0900"] if stay else []
        rows += ["CL1*3*1*01", f"REF*EA*MRN{n:08d}", "HI*ABK:I639:::::::Y"]
        if stay:
            rows += ["HI*ABJ:I639", "HI*DR:064", "HI*ABF:I10:::::::Y*ABF:E119:::::::N"]
            rows += [f"HI*BBR:03CG3ZZ:D8:{self._day(1)}", f"HI*BH:11:D8:{self._day()}", "HI*BE:80:::4"]
        rows += ["HI*BG:09", "NM1*71*1*TESTDOCTOR*PAT****XX*1234567893", "PRV*AT*PXC*000X00000X"]
        if second:
            contractual, share = total * 3 // 10, total // 20
            adjusted = f"CAS*CO*45*{cents(contractual)}", f"CAS*PR*1*{cents(share)}"
            rows += self._before("MA", *adjusted, f"AMT*D*{cents(total - contractual - share)}")
        for line, charged in enumerate(charges, start=1):
            revenue, procedure = _REVENUE[(n + line) % len(_REVENUE)]
            rows += [f"LX*{line}", f"SV2*{revenue}*{procedure}*{cents(charged)}*UN*{1 + n % 4}"]
            rows += [f"DTP*472*D8*{self._day()}", f"REF*6R*{n}-{line}"]
        return rows, last


def envelope(kind: str) -> tuple[str, str]:
    """ISA and GS."""
    return (
        "ISA*00*          *00*          *ZZ*TESTHOSPITAL   *ZZ*TESTPAYER      *250115*0900*^*00501"
        "*000000001*0*T*:",
        f"GS*HC*TESTHOSPITAL*TESTPAYER*20250115*0900*1*X*{GUIDES[kind]}",
    )


def transaction_set(kind: str, number: int, feed: Feed, enough: Callable[[int, int], bool]) -> Iterator[str]:
    """Segments of one set. `enough` is asked before each claim, with the claims and characters so far."""
    header = _header(kind, number)
    count, size, level, claims = len(header), sum(map(len, header)), 1, 0
    yield from header
    while not enough(claims, size):
        rows, level = feed.claim(level)
        claims += 1
        count += len(rows)
        size += sum(map(len, rows))
        yield from rows
    yield f"SE*{count + 1}*{number:04d}"


def write(
    path: Path,
    megabytes: float,
    kind: str = "837P",
    *,
    one_set: bool = False,
    newlines: bool = True,
    seed: int = 1,
) -> int:
    """Write a file of about that many megabytes (10^6 bytes); the number of its claims."""
    feed = Feed(seed, kind)
    wanted = int(megabytes * 1_000_000)
    end = "~\n" if newlines else "~"
    with path.open("w", encoding="ascii", newline="") as stream:

        def put(segments: Iterable[str]) -> int:
            return sum(stream.write(segment + end) for segment in segments)

        size = put(envelope(kind))
        number = 0
        while size < wanted:
            number += 1
            before = size

            def enough(claims: int, written: int, before: int = before) -> bool:
                return before + written >= wanted if one_set else claims >= CLAIMS_PER_SET

            size += put(transaction_set(kind, number, feed, enough))
        put((f"GE*{number}*1", "IEA*1*000000001"))
    return feed.number
