"""What mutations of HL7 start from: messages of every kind that carries money, with planted patient data, in
many delimiters, line ends, frames and batches."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from random import Random

from fuzz.ordeal import ROOT, SEEDS, SENTINEL

KEPT = 2048
_LONGEST_FILE = 6_000
_ID = f"{SENTINEL}ID"
"""Identifiers have more letters than control ids that are shown."""
_KINDS = [
    *(
        "DFT^P03",
        "DFT^P03",
        "DFT^P03^DFT_P03",
        "DFT^P11",
        "ORU^R01",
        "ORM^O01",
        "ADT^A01",
        "ADT^A03",
        "ADT^A04",
    ),
    *("ADT^A08", "ADT^A11", "ADT^A28", "ADT^A40", "BAR^P01", "BAR^P02", "BAR^P05", "BAR^P12"),
    *("MFN^M04", "SIU^S12"),
]
_VERSIONS = ("2.1", "2.3", "2.3.1", "2.5", "2.5.1", "2.5.1", "2.6", "2.7", "2.8", "2.9")
_CODES = ("CG", "CG", "CG", "CD", "PY", "AJ", "CO", "XX", "CG^Charge^HL70017")
_DELIMITERS = ("|^~\\&", "|^~\\&", "|^~\\&", "|^~\\&", "#!@%*", "$^~\\&", "|~^\\&")
_ENDS = ("\r", "\r", "\r", "\n", "\r\n")


@cache
def _files() -> tuple[bytes, ...]:
    """Small fixtures and seeds."""
    paths: list[Path] = sorted(ROOT.glob("fixtures/**/input.hl7")) + sorted(SEEDS.glob("*.hl7"))
    return tuple(data for data in map(Path.read_bytes, paths) if len(data) <= _LONGEST_FILE)


@lru_cache(KEPT)
def original(number: int) -> bytes:
    """The file of that number, always the same: of four, three are generated, one is a fixture or seed."""
    random = Random(number)  # noqa: S311 - reproducible, not secret
    return random.choice(_files()) if number % 4 == 3 else generated(random)


def generated(random: Random) -> bytes:
    """One to four messages, perhaps of one account, perhaps in a batch."""
    count = random.choice((1, 1, 1, 2, 4))
    account = random.randrange(100)
    rows = [_message(random, number, account) for number in range(1, count + 1)]
    if random.random() < 0.2:
        rows = [["BHS|^~\\&|TESTAPP"], *rows, [f"BTS|{count}"]]
    if random.random() < 0.1:
        rows = [["FHS|^~\\&|TESTAPP"], *rows, ["FTS|1"]]
    end = random.choice(_ENDS)
    delimiters = str.maketrans("|^~\\&", random.choice(_DELIMITERS))
    texts = ["".join(f"{row}{end}" for row in message).translate(delimiters) for message in rows]
    framed = random.random() < 0.2
    return "".join(f"\x0b{text}\x1c\r" if framed else text for text in texts).encode()


def _message(random: Random, number: int, account: int) -> list[str]:
    kind = random.choice(_KINDS)
    header = (
        f"MSH|^~\\&|TESTAPP|TESTFAC|HCFIN|TESTFAC|202501150900{number:02d}||{kind}|M{number}|P"
        f"|{random.choice(_VERSIONS)}"
    )
    event = kind.split("^")[1]
    rows = [header + random.choice(("", "|||||USA", "|||||CAN|8859/1")), f"EVN|{event}|20250115090000"]
    if kind.startswith("MFN"):
        entries = range(random.randint(1, 3))
        return [header, "MFI|CDM|TESTAPP|UPD", *(row for n in entries for row in _price(random, n))]
    rows.append(
        f"PID|1||{_ID}{account}^^^TESTFAC^MR~9{account}^^^SSA^SS||{SENTINEL}^ANNA||19700101|F|||1 TEST"
        f" ST^^TESTTOWN^OH^44444|||||||{_ID}A{account}^^^TESTFAC^AN"
    )
    if kind == "ADT^A40":
        return [*rows, f"MRG|{_ID}8^^^TESTFAC^MR||{_ID}A8"]
    if random.random() < 0.8:
        rows.append(
            f"PV1|1|{random.choice('IOE')}|ED^1^A||||1234567893^TESTDOC^ANNA||||||||||||{_ID}V{account}"
        )
    behind = _insured(random)
    if kind[:3] in ("DFT", "ORU", "ORM"):
        count = 1 + min(11, int(random.expovariate(0.5)))
        charges = [row for n in range(1, 1 + count) for row in _row(random, n)]
        if kind[:3] != "DFT":
            charges = ["ORC|NW", "OBR|1|||X", *charges]
        return [*rows, *behind, *charges] if random.random() < 0.3 else [*rows, *charges, *behind]
    return [*rows, *behind]


def _row(random: Random, n: int) -> list[str]:
    amount = f"{random.randrange(100_000) / 100:.2f}"
    shown = random.choice((amount, f"{amount}&USD", f"{amount}^USD", f"-{amount}", ""))
    quantity = random.choice(("1", "1", "2", "-1", ""))
    unit = random.choice((amount, "", f"{amount}&USD^UP"))
    rows = [
        f"FT1|{n}|T{n}||2025011{n % 10}|20250120|{random.choice(_CODES)}|99213^TEST VISIT^C4|TEST||{quantity}"
        f"|{shown}|{unit}|0450^ER|P1|||||I10^X^I10|1234567893^TESTDOC|||||99213^^C4|25~59"
    ]
    if random.random() < 0.3:
        rows.append(f"NTE|1||{SENTINEL} note \\.br\\ more")
    if random.random() < 0.3:
        rows.append("PR1|1||99213^X^C4||20250115")
    if random.random() < 0.2:
        rows.append(f"ZF2|{n}|2||||{amount}|0|{amount}")
    return rows


def _insured(random: Random) -> list[str]:
    rows = []
    if random.random() < 0.5:
        rows.append("DG1|1||I10^X^I10|||F")
    if random.random() < 0.3:
        rows.append(f"GT1|1||{SENTINEL}^SAM||1 TEST ST^^TESTTOWN^OH^44444|||||SEL")
    for n in range(random.choice((0, 1, 1, 2))):
        rows.append(
            f"IN1|{n + 1}|P{n}^TEST PLAN|P{n}^^^^NIIP|TEST PAYER|PO BOX 1||||||20250101||||{SENTINEL}^ANNA"
            f"|SEL||||||{n + 1}||||||||||||||{_ID}P{n}"
        )
        if random.random() < 0.5:
            rows.append(f"IN2|1|{_ID}1")
    return rows


def _price(random: Random, n: int) -> list[str]:
    code = f"C{n}^TEST ITEM^L"
    return [
        f"MFE|{random.choice(('MAD', 'MUP', 'MDL'))}||20250101|{code}",
        f"CDM|{code}||TEST ITEM",
        f"PRC|{code}||||{random.randrange(100_000) / 100:.2f}&USD",
    ]
