"""Synthetic 837s of any size, in balance: invented people, test identifiers, the mix of a real feed.

    python benchmarks/generate_837.py 10 /tmp/10mb.837                   # megabytes, path; professional
    python benchmarks/generate_837.py 10 /tmp/10mb.837 --institutional

Professional claims of two to four lines, some of a dependent, some secondary with what the first payer did
about each line; or institutional ones with codes, value codes and revenue lines. Charges are drawn at random,
so that hardly an amount repeats, which is harder on a reader than a real feed is.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from generate import cents

CLAIMS_PER_SET = 300
_DAYS = [f"{date(2024, 10, 1) + timedelta(days=day):%Y%m%d}" for day in range(92)]
_CODES = ("99213", "80053", "93306", "36415")
_REVENUE = (("0120", 60_000), ("0250", 9_000), ("0300", 12_000), ("0450", 40_000))
VERSIONS = {False: "005010X222A1", True: "005010X223A2"}


def envelope(version: str) -> tuple[str, str]:
    return (
        "ISA*00*          *00*          *ZZ*TESTHOSPITAL   *ZZ*TESTPAYER      *250115*0900*^*00501"
        "*000000001*0*T*:",
        f"GS*HC*TESTHOSPITAL*TESTPAYER*20250115*0900*1*X*{version}",
    )


class ClaimFeed:
    """Writes claims with the levels above them. The billing provider is level 1."""

    def __init__(self, seed: int, *, institutional: bool = False) -> None:
        self.random = random.Random(seed)
        self.institutional = institutional
        self.number = 0
        self.level = 1

    def set_begins(self) -> list[str]:
        self.level = 1
        return [
            "HL*1**20*1",
            "PRV*BI*PXC*207Q00000X",
            "NM1*85*2*TEST HOSPITAL*****XX*1234567893",
            "N3*1 MAIN STREET",
            "N4*ANYTOWN*AK*891110001",
            "REF*EI*123456789",
        ]

    def claim(self) -> list[str]:
        """Segments of one claim, its subscriber's and its patient's before it."""
        self.number += 1
        n = self.number
        day = _DAYS[n * 7 % 90]
        dependent = n % 4 == 0
        self.level += 1
        subscriber = self.level
        secondary = not self.institutional and n % 5 == 0
        rows = [
            f"HL*{subscriber}*1*22*{dependent:d}",
            f"SBR*{'S' if secondary else 'P'}*{'' if dependent else '18'}*GROUP{n % 97:04d}******CI",
            *self._person("IL", n, "19700102"),
            "NM1*PR*2*TEST PAYER*****PI*TESTPAYER01",
        ]
        if dependent:
            self.level += 1
            rows += [f"HL*{self.level}*{subscriber}*23*0", "PAT*19", *self._person("QC", n + 1, "20100304")]
        charges = self._charges()
        made = self._stay(n, day, charges) if self.institutional else self._visit(n, day, charges, secondary)
        return rows + made

    def _person(self, role: str, n: int, born: str) -> list[str]:
        number = f"MI*TEST{n:08d}" if role == "IL" else ""
        name = f"NM1*{role}*1*TESTPERSON{n % 997}*SAM****{number}".rstrip("*")
        return [name, f"N3*{n % 900 + 1} SAMPLE STREET", "N4*ANYTOWN*AK*89111", f"DMG*D8*{born}*F"]

    def _charges(self) -> list[int]:
        if self.institutional:
            return [self.random.randrange(price // 2, price * 2) for _, price in _REVENUE]
        return [self.random.randrange(5_000, 60_000) for _ in range(self.random.randrange(2, 5))]

    def _visit(self, n: int, day: str, charges: list[int], secondary: bool) -> list[str]:
        rows = [
            f"CLM*ACCT-{n:07d}*{cents(sum(charges))}***11:B:1*Y*A*Y*Y",
            "HI*ABK:J209*ABF:I10*ABF:E119",
            "NM1*82*1*TESTDOCTOR*PAT****XX*1234567893",
            "PRV*PE*PXC*207R00000X",
        ]
        paid = [charged * 6 // 10 for charged in charges]
        if secondary:
            rows += [
                "SBR*P*18*******MB",
                f"AMT*D*{cents(sum(paid))}",
                "OI***Y***Y",
                f"NM1*IL*1*TESTPERSON{n % 997}*SAM****MI*TEST{n:08d}",
                "NM1*PR*2*TEST MEDICARE*****PI*TESTMAC01",
            ]
        for nth, charged in enumerate(charges, start=1):
            code = _CODES[nth - 1]
            rows += [
                f"LX*{nth}",
                f"SV1*HC:{code}{':25' if nth == 1 else ''}*{cents(charged)}*UN*1***1:2",
                f"DTP*472*D8*{day}",
                f"REF*6R*{n}L{nth}",
            ]
            if secondary:
                rows += [
                    f"SVD*TESTMAC01*{cents(paid[nth - 1])}*HC:{code}**1",
                    f"CAS*CO*45*{cents(charged - paid[nth - 1])}",
                    f"DTP*573*D8*{_DAYS[91]}",
                ]
        return rows

    def _stay(self, n: int, day: str, charges: list[int]) -> list[str]:
        rows = [
            f"CLM*ACCT-{n:07d}*{cents(sum(charges))}***11:A:1**A*Y*Y",
            "DTP*096*TM*1130",
            f"DTP*434*RD8*{day}-{day}",
            f"DTP*435*DT*{day}0915",
            "CL1*1*7*01",
            f"REF*EA*MR{n:08d}",
            "HI*ABK:I214:::::::Y",
            "HI*ABJ:R079",
            "HI*DR:280",
            "HI*ABF:E119:::::::Y*ABF:I10:::::::N",
            f"HI*BBR:02703DZ:D8:{day}",
            "HI*BE:80:::3*BE:A2:::1632",
            "NM1*71*1*TESTDOCTOR*PAT****XX*1234567893",
        ]
        for nth, charged in enumerate(charges, start=1):
            revenue = _REVENUE[nth - 1][0]
            procedure = f"HC:{_CODES[nth - 1]}" if nth > 1 else ""
            rows += [
                f"LX*{nth}",
                f"SV2*{revenue}*{procedure}*{cents(charged)}*UN*1",
                f"DTP*472*D8*{day}",
            ]
        return rows


def transaction_set(number: int, feed: ClaimFeed, claims: Iterable[list[str]]) -> Iterator[str]:
    """Segments of one set; `claims` are made after the set has begun."""
    version = VERSIONS[feed.institutional]
    header = [
        f"ST*837*{number:04d}*{version}",
        f"BHT*0019*00*BATCH{number:06d}*20250115*0900*CH",
        "NM1*41*2*TEST HOSPITAL*****46*TESTSENDER",
        "PER*IC*EDI HELP*TE*8005550100",
        "NM1*40*2*TEST PAYER*****46*TESTPAYER01",
        *feed.set_begins(),
    ]
    count = len(header)
    yield from header
    for rows in claims:
        count += len(rows)
        yield from rows
    yield f"SE*{count + 1}*{number:04d}"


def write(path: Path, megabytes: float, *, institutional: bool = False, seed: int = 1) -> int:
    """Write a file of about that many megabytes (10^6 bytes); the number of its claims."""
    feed = ClaimFeed(seed, institutional=institutional)
    wanted = int(megabytes * 1_000_000)
    with path.open("w", encoding="ascii", newline="") as stream:

        def put(segments: Iterable[str]) -> int:
            return stream.write("".join(f"{segment}~\n" for segment in segments))

        size = put(envelope(VERSIONS[institutional]))
        number = 0
        while size < wanted:
            number += 1
            left = max(1, min(CLAIMS_PER_SET, (wanted - size) // 500))
            size += put(transaction_set(number, feed, (feed.claim() for _ in range(left))))
        put((f"GE*{number}*1", "IEA*1*000000001"))
    return feed.number


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("megabytes", type=float)
    parser.add_argument("path", type=Path)
    parser.add_argument("--institutional", action="store_true", help="837I instead of 837P.")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.path, options.megabytes, institutional=options.institutional, seed=options.seed)


if __name__ == "__main__":
    main()
