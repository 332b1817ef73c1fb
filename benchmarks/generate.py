"""Balanced synthetic 835s of any size: invented people, test identifiers, the mix of a real feed.

    python benchmarks/generate.py 10 /tmp/10mb.835            # megabytes, path
    python benchmarks/generate.py 100 /tmp/one.835 --one-set  # all claims in one transaction set
    python benchmarks/generate.py 10 /tmp/10mb.835 --no-newlines --price-list 400
    python benchmarks/generate.py 10 /tmp/10mb.837p --kind 837P  # or 837I: see generate_837.py

Two-line professional claims, institutional ones with claim adjustments and MIA, denials with MOA, reversals
with corrections, secondary claims with several adjustments per CAS; provider adjustments in each set.
Services lie on any of ninety days. Charges are drawn at random, so that hardly an amount repeats, which is
harder on a reader than a real feed is, where charges come from a price list.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

CLAIMS_PER_SET = 300
_INTEREST = 327
_DAYS = [f"{date(2024, 10, 1) + timedelta(days=day):%Y%m%d}" for day in range(92)]
ENVELOPE = (
    "ISA*00*          *00*          *ZZ*TESTPAYER      *ZZ*TESTHOSPITAL   *250115*0900*^*00501"
    "*000000001*0*T*:",
    "GS*HP*TESTPAYER*TESTHOSPITAL*20250115*0900*1*X*005010X221A1",
)


def cents(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


class Feed:
    """Writes claims and keeps the sums that must balance. `prices`: how many there are; None for any."""

    def __init__(self, seed: int, prices: int | None = None) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self.prices = prices
        self.lists: dict[tuple[int, int], list[int]] = {}

    def _charge(self, low: int, high: int) -> int:
        if self.prices is None:
            return self.random.randrange(low, high)
        if (low, high) not in self.lists:
            self.lists[low, high] = [self.random.randrange(low, high) for _ in range(self.prices)]
        return self.random.choice(self.lists[low, high])

    def _day(self, after: int = 0) -> str:
        return _DAYS[self.number * 7 % 90 + after]

    def claim(self) -> tuple[list[str], int]:
        """Segments of one claim (or a reversal with its correction) and what it pays."""
        self.number += 1
        kind = self.number % 6
        maker = (self._professional, self._professional, self._institutional, self._denial, self._reversal,
                 self._secondary)[kind]  # fmt: skip
        return maker()

    def _head(self, status: str, charged: int, paid: int, patient: int, indicator: str) -> list[str]:
        n = self.number
        share = cents(patient) if patient else ""
        return [
            f"CLP*ACCT-{n:07d}*{status}*{cents(charged)}*{cents(paid)}*{share}*{indicator}*{n:014d}*11*1",
        ]

    def _people(self, *remarks: str) -> list[str]:
        n = self.number
        return [
            f"NM1*QC*1*TESTPERSON{n % 997}*SAM****MI*TEST{n:08d}",
            "NM1*82*1*TESTDOCTOR*PAT****XX*1234567893",
            *remarks,
            f"DTM*232*{self._day()}",
            f"DTM*233*{self._day(1)}",
        ]

    def _line(
        self, code: str, charged: int, allowed: int, patient: int, reason: str = "45"
    ) -> tuple[list[str], int]:
        paid = allowed - patient
        rows = [f"SVC*HC:{code}*{cents(charged)}*{cents(paid)}**1", f"DTM*472*{self._day()}"]
        if charged != allowed:
            rows.append(f"CAS*CO*45*{cents(charged - allowed)}")
        if patient:
            rows.append(f"CAS*PR*2*{cents(patient)}")
        rows += [f"REF*6R*{self.number}", f"AMT*B6*{cents(allowed)}"]
        return rows, paid

    def _professional(self) -> tuple[list[str], int]:
        charges = [self._charge(5_000, 60_000) for _ in range(2)]
        rows, paid, patient = [], 0, 0
        for code, charged in zip(("99213", "80053"), charges, strict=True):
            allowed = charged * 6 // 10
            share = allowed // 5
            made, got = self._line(code, charged, allowed, share)
            rows += made
            paid += got
            patient += share
        head = self._head("1", sum(charges), paid, patient, "12")
        return head + self._people() + rows, paid

    def _institutional(self) -> tuple[list[str], int]:
        charged = self._charge(500_000, 5_000_000)
        contractual, sequestration = charged * 7 // 10, charged // 100
        paid = charged - contractual - sequestration
        head = self._head("1", charged, paid, 0, "MA")
        cas = f"CAS*CO*45*{cents(contractual)}**253*{cents(sequestration)}"
        mia = f"MIA*0***{cents(paid)}*MA01***************MA07"
        return [head[0], cas, *self._people(mia), f"AMT*AU*{cents(charged)}"], paid

    def _denial(self) -> tuple[list[str], int]:
        charged = self._charge(5_000, 60_000)
        head = self._head("1", charged, 0, 0, "MB")
        rows = [
            f"SVC*HC:93306*{cents(charged)}*0**0",
            f"DTM*472*{self._day()}",
            f"CAS*CO*16*{cents(charged)}",
            "LQ*HE*MA130",
        ]
        return [*head, *self._people("MOA***MA01*MA130"), *rows], 0

    def _reversal(self) -> tuple[list[str], int]:
        charged = self._charge(5_000, 60_000)
        allowed = charged // 2
        first, paid = self._line("70553", charged, allowed, 0)
        first = [
            row.replace(cents(charged), cents(-charged)).replace(cents(allowed), cents(-allowed))
            for row in first
        ]
        first = [
            f"CAS*CO*45*{cents(allowed - charged)}" if row.startswith("CAS*CO") else row for row in first
        ]
        second, again = self._line("70553", charged, allowed - 100, 100)
        reversal = self._head("22", -charged, -paid, 0, "12") + self._people() + first
        correction = self._head("1", charged, again, 100, "12") + self._people() + second
        return reversal + correction, again - paid

    def _secondary(self) -> tuple[list[str], int]:
        rows, total, paid_total = [], 0, 0
        for code in ("99214", "85025", "36415", "80061"):
            charged = self._charge(5_000, 30_000)
            prior, contractual = charged * 7 // 10, charged // 10
            paid = charged - prior - contractual
            rows += [
                f"SVC*HC:{code}*{cents(charged)}*{cents(paid)}**1",
                f"DTM*472*{self._day()}",
                f"CAS*OA*23*{cents(prior - 50)}**23*0.50*1",
                f"CAS*CO*45*{cents(contractual)}",
                f"AMT*B6*{cents(paid)}",
            ]
            total += charged
            paid_total += paid
        return self._head("2", total, paid_total, 0, "12") + self._people() + rows, paid_total


def transaction_set(number: int, made: list[tuple[list[str], int]], *, contact: bool = True) -> Iterator[str]:
    """Segments of one balanced set of claims that `Feed.claim` made; BPR before them sums them up."""
    paid = sum(amount for _, amount in made)
    interest, recovery = -_INTEREST, min(12_000, max(paid, 0))
    payment = paid - interest - recovery
    forward = min(payment, 0)
    payment -= forward
    header = [
        f"ST*835*{number:04d}",
        f"BPR*{'I' if payment else 'H'}*{cents(payment)}*C*{'ACH' if payment else 'NON'}"
        + ("*CCP*01*999999992*DA*123456*1512345678**01*999988880*DA*98765*20250116" if payment
           else "************20250116"),
        f"TRN*1*TRACE{number:07d}*1512345678",
        "DTM*405*20250115",
        "N1*PR*TEST PAYER",
        "N3*1 MAIN STREET",
        "N4*ANYTOWN*AK*89111",
        "PER*BL*EDI HELP*TE*8005550100",
        "N1*PE*TEST HOSPITAL*XX*1234567893",
        "REF*TJ*123456789",
        "LX*1",
    ]  # fmt: skip
    first = made[0][0]
    period = next(n for n, row in enumerate(first) if row.startswith("DTM*233"))
    first.insert(period + 1, f"AMT*I*{cents(_INTEREST)}")
    if not contact:
        header = [row for row in header if not row.startswith("PER")]
    count = len(header)
    yield from header
    for rows, _ in made:
        count += len(rows)
        yield from rows
    pairs = f"L6*{cents(interest)}" + (f"*WO:{number:014d}*{cents(recovery)}" if recovery else "")
    pairs += f"*FB:TRACE{number:07d}*{cents(forward)}" if forward else ""
    yield f"PLB*1234567893*20251231*{pairs}"
    yield f"SE*{count + 2}*{number:04d}"


def write(
    path: Path,
    megabytes: float,
    *,
    one_set: bool = False,
    newlines: bool = True,
    prices: int | None = None,
    contact: bool = True,
    seed: int = 1,
) -> int:
    """Write a file of about that many megabytes (10^6 bytes); the number of its claims.

    Without `contact` no set names the payer's technical contact, which one reader refuses.
    """
    feed = Feed(seed, prices)
    wanted = int(megabytes * 1_000_000)
    end = "~\n" if newlines else "~"
    with path.open("w", encoding="ascii", newline="") as stream:

        def put(segments: Iterable[str]) -> int:
            return stream.write("".join(f"{segment}{end}" for segment in segments))

        size = put(ENVELOPE)
        number = claims = 0
        while size < wanted:
            number += 1
            made: list[tuple[list[str], int]] = []  # segments of a claim, what it pays
            total = size
            while len(made) < CLAIMS_PER_SET if not one_set else total < wanted:
                rows, paid = feed.claim()
                total += sum(map(len, rows)) + len(end) * len(rows)
                made.append((rows, paid))
            size += put(transaction_set(number, made, contact=contact))
            claims += sum(row.startswith("CLP") for rows, _ in made for row in rows)
        put((f"GE*{number}*1", "IEA*1*000000001"))
    return claims


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("megabytes", type=float)
    parser.add_argument("path", type=Path)
    parser.add_argument("--kind", choices=("835", "837P", "837I"), default="835")
    parser.add_argument("--one-set", action="store_true", help="All claims in one transaction set.")
    parser.add_argument("--no-newlines", action="store_true", help="No line break after the terminator.")
    parser.add_argument(
        "--price-list", type=int, metavar="N", help="Charges of 835s are of N prices of each kind."
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.kind != "835":
        # Here, because only a script has its own folder on the path.
        import generate_837

        if options.one_set or options.no_newlines or options.price_list:
            parser.error("--one-set, --no-newlines and --price-list are of 835s")
        institutional = options.kind == "837I"
        generate_837.write(options.path, options.megabytes, institutional=institutional, seed=options.seed)
        return
    write(
        options.path,
        options.megabytes,
        one_set=options.one_set,
        newlines=not options.no_newlines,
        prices=options.price_list,
        seed=options.seed,
    )


if __name__ == "__main__":
    main()
