"""Synthetic charge messages (DFT^P03): invented people, test identifiers, the size of a real feed's.

    python benchmarks/generate_hl7.py 1000 /tmp/dft.hl7             # messages, path; five charges each
    python benchmarks/generate_hl7.py 1 /tmp/big.hl7 --charges 2000

A message has some 3,900 bytes in seventeen segments: header, event, patient, two visits, five charges with
two procedures, two diagnoses, guarantor and two insurances. Charges are drawn from a price list of 400 items,
as those of a hospital are. Transactions are all different; patients are, too, or `--each` says how many
messages of a stay each has.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from generate import cents

_DAYS = [f"{date(2024, 10, 1) + timedelta(days=day):%Y%m%d}" for day in range(92)]
_GIVEN = ("ANNA", "SAM", "LEE", "KIM", "ALEX", "ROBIN")
_FILLER = "^^^^^^NPI&2.16.840.1.113883.4.6&ISO^L^^^NPI"


class MessageFeed:
    """Writes messages, each with its own patient, account and transactions."""

    def __init__(self, seed: int, each: int = 1) -> None:
        self.random = random.Random(seed)
        self.each = each
        self.admitted, self.given = "", ""
        self.number = 0
        self.row = 0
        self.items = [
            (f"C{n:05}^TEST ITEM {n:03} OF THE PRICE LIST^CDM", self.random.randrange(500, 250_000))
            for n in range(400)
        ]

    def message(self, charges: int = 5) -> list[str]:
        """Segments of one message."""
        self.number += 1
        choose = self.random.choice
        day = choose(_DAYS)
        n, nth = divmod(self.number - 1, self.each)
        if nth == 0:
            self.admitted, self.given = day, choose(_GIVEN)
        n += 1
        person = f"TESTPERSON{n}^{self.given}^Q"
        address = f"{n} MAIN STREET^APT {n % 90}^ANYTOWN^AK^891110001^USA^H"
        head = [
            f"MSH|^~\\&|TESTBILLING|TESTHOSPITAL|HCFIN|TESTHOSPITAL|{day}090000-0500||DFT^P03^DFT_P03|MSG{self.number:08}|P"
            "|2.5.1|||AL|NE|USA",
            f"EVN|P03|{day}090000-0500|||TESTUSER^TESTPERSON^KIM|{day}085500",
            f"PID|1||TEST{n:07}^^^TESTHOSPITAL&2.16.840.1.113883.19&ISO^MR~{n:09}^^^USSSA&2.16.840&ISO^SS||{person}"
            f"||19700101|F||2106-3^White^HL70005|{address}||5550100^PRN^PH|||M^Married^HL70002|NON"
            f"|ACCT{n:07}^^^TESTHOSPITAL^AN||||||||||||N",
            f"PV1|1|O|ED^1^A^TESTHOSPITAL^^^MAIN^2|E|||1234567893^TESTDOCTOR^KIM{_FILLER}|||MED||||1|||"
            f"1234567893^TESTDOCTOR^KIM{_FILLER}|OUT|V{n:07}^^^TESTHOSPITAL^VN|COM||||||||||||||||01"
            f"||||||||{self.admitted}080000|",
            f"PV2|||^TEST REASON OF THE VISIT|||||{self.admitted}||1||||||||||||N||||||||||N",
        ]
        rows = [self._row(place, day) for place in range(1, charges + 1)]
        for place in (1, 3):
            if place < len(rows):
                rows[place] += f"\rPR1|1||{99213 + place}^OFFICE VISIT OF A TEST^C4||{day}090000|D|15"
        admitted = self.admitted
        behind = [
            f"DG1|1||I10^ESSENTIAL HYPERTENSION OF A TEST^I10||{admitted}|F|||||||||1"
            "|1234567893^TESTDOCTOR^KIM",
            f"DG1|2||E119^DIABETES OF A TEST^I10||{admitted}|F|||||||||2|1234567893^TESTDOCTOR^KIM",
            f"GT1|1|G{n:07}^^^TESTHOSPITAL^PI|{person}||{address}|5550100^PRN^PH||19700101|F|P/F|SEL^SELF^HL70063",
        ]
        for place, payer in ((1, "TEST PAYER ONE"), (2, "TEST PAYER TWO")):
            behind.append(
                f"IN1|{place}|PLAN{place}^{payer} PLAN^L|PAY{place}^^^TESTHOSPITAL^NIIP|{payer}|PO BOX"
                f" {place}^^ANYTOWN^AK^891110001|||GRP{place}||||20240101|20241231||HMO|{person}"
                f"|SEL^SELF^HL70063|19700101|{address}|Y|CO|{place}||||||||||||||POL{n:07}{place}|||||||F|{address}"
            )
        return [*head, *rows, *behind]

    def _row(self, place: int, day: str) -> str:
        self.row += 1
        code, price = self.random.choice(self.items)
        quantity = self.random.choice((1, 1, 1, 2, 3))
        return (
            f"FT1|{place}|T{self.row:09}||{day}090000|{day}|CG|{code}|||{quantity}"
            f"|{cents(price * quantity)}&USD|{cents(price)}&USD|0450^EMERGENCY ROOM^L|PLAN1|"
            f"|ED^1^A^TESTHOSPITAL|||I10^ESSENTIAL HYPERTENSION OF A TEST^I10"
            f"|1234567893^TESTDOCTOR^KIM{_FILLER}|1234567893^TESTDOCTOR^KIM"
            f"||F{self.row:08}^TESTLAB||99213^OFFICE VISIT OF A TEST^C4|25^^C4"
        )


def texts(count: int, charges: int = 5, seed: int = 1, each: int = 1) -> Iterator[str]:
    feed = MessageFeed(seed, each)
    for _ in range(count):
        yield "".join(f"{segment}\r" for segment in feed.message(charges))


def write(path: Path, count: int, charges: int = 5, each: int = 1) -> int:
    """Write a file; gives the number of charges in it."""
    with path.open("w", encoding="ascii", newline="") as stream:
        stream.writelines(texts(count, charges, each=each))
    return count * charges


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("messages", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--charges", type=int, default=5, help="Of each message.")
    parser.add_argument("--each", type=int, default=1, help="Messages of each patient.")
    options = parser.parse_args()
    print(f"{write(options.path, options.messages, options.charges, options.each)} charges in {options.path}")


if __name__ == "__main__":
    main()
