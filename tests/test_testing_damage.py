"""Damage without hypothesis: every kind, on anything, the same for the same seed."""

from __future__ import annotations

from random import Random

import pytest

import cases
import claim_cases
from hcfin.standards.x12 import STANDARD
from hcfin.testing.damage_file import File, RandomChoices
from hcfin.testing.damage_kinds import HL7_KINDS, KINDS, damaged, mutated

FILE = (cases.FIXTURES / "x12" / "remittance_835" / "rich" / "input.edi").read_bytes()
CLAIMS = STANDARD.write(claim_cases.institutional(), {})
OF_CLAIMS = {"wrong_level"}
"""Kinds that need what only claims have."""
ODD = (b"", b"~", b"*", b"ISA", b"\x00\xff", b"A*B", b"ISA*" * 40, FILE[:200], FILE.replace(b"~", b"\n"))


MESSAGE = (
    b"MSH|^~\\&|TESTAPP|TESTFAC|||20250115||DFT^P03|M1|P|2.5.1|||||USA|8859/1\rEVN|P03|20250115\r"
    b"PID|1||TEST1^^^TESTFAC^MR||TESTPERSON^ANNA\rPV1|1|I\r"
    b"FT1|1|T1||20250115||CG|99213^VISIT^C4|||1|100.00&USD|100.00\rPR1|1||99213\rIN1|1|P1|P1|TESTPAYER\r"
)


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - reproducible, not secret


def choices(seed: int) -> RandomChoices:
    return RandomChoices(seeded(seed))


@pytest.mark.parametrize("label", KINDS)
@pytest.mark.parametrize("file", [FILE, CLAIMS], ids=["835", "837"])
def test_every_kind_damages_a_file_and_survives_anything(file: bytes, label: str) -> None:
    changed = [damaged(file, label, choices(seed)) for seed in range(30)]
    assert any(result != file for result in changed) == (file == CLAIMS or label not in OF_CLAIMS)
    assert changed == [damaged(file, label, choices(seed)) for seed in range(30)]
    for data in ODD:
        for seed in range(5):
            assert isinstance(damaged(data, label, choices(seed)), bytes)


@pytest.mark.parametrize("label", HL7_KINDS)
def test_every_kind_damages_a_message_and_survives_anything(label: str) -> None:
    changed = [damaged(MESSAGE, label, choices(seed)) for seed in range(30)]
    assert any(result != MESSAGE for result in changed)
    assert changed == [damaged(MESSAGE, label, choices(seed)) for seed in range(30)]
    for data in (*ODD, b"MSH", b"MSH|", b"MSH|^~\\&", MESSAGE.replace(b"\r", b"\n"), MESSAGE[:90]):
        for seed in range(5):
            assert isinstance(damaged(data, label, choices(seed)), bytes)


def test_messages_are_cut_at_their_own_delimiters() -> None:
    for end in (b"\r", b"\n", b"\r\n"):
        file = File(b"\x0b" + MESSAGE.translate(bytes.maketrans(b"|", b"#")).replace(b"\r", end))
        assert file.hl7
        assert [file.name(n) for n in range(4)] == [b"MSH", b"EVN", b"PID", b"PV1"]
        assert [element.strip() for element in file.elements(3)] == [b"PV1", b"1", b"I"]
    assert not File(FILE).hl7


def test_messages_get_the_damages_of_messages() -> None:
    labels = {label for seed in range(300) for label in mutated(MESSAGE, seeded(seed), 1)[0]}
    assert "odd_amount" in labels
    assert "encoding_characters" in labels
    assert not labels & {"drop_isa", "wrong_level"}
    assert labels <= set(HL7_KINDS)
    assert not {label for seed in range(300) for label in mutated(FILE, seeded(seed), 1)[0]} & {"odd_amount"}


def test_a_block_of_messages_is_a_row_a_patient_a_message_or_a_batch() -> None:
    names = b"BHS MSH PID FT1 PR1 FT1 IN1 IN2 MSH PID FT1 BTS"
    start = b"".join(name + b"|^~\\&\r" for name in names.split())
    dropped = {damaged(start, "drop_block", choices(seed)) for seed in range(200)}
    shown = {one.replace(b"|^~\\&\r", b" ") for one in dropped}
    assert b"" in shown, "the batch"
    assert b"BHS MSH PID FT1 BTS " in shown, "the first message"
    assert b"BHS MSH PID FT1 IN1 IN2 MSH PID FT1 BTS " in shown, "the first row"
    assert b"BHS MSH PID FT1 PR1 FT1 MSH PID FT1 BTS " in shown, "the insurance"


def test_damages_stand_on_top_of_one_another() -> None:
    labels, data = mutated(FILE, seeded(5), 8, most=1_000_000_000)
    assert len(labels) == 8
    assert set(labels) <= set(KINDS)
    assert data != FILE
    assert (labels, data) == mutated(FILE, seeded(5), 8, most=1_000_000_000)
    assert len({mutated(FILE, seeded(seed), 4)[1] for seed in range(200)}) > 190


def test_what_is_large_grows_no_further() -> None:
    assert mutated(FILE, seeded(1), 8, most=10) == ((), FILE)
    for seed in range(100):
        _, data = mutated(FILE, seeded(seed), 8, most=20_000)
        assert len(data) < 20_000 * 150


def test_a_block_is_a_claim_a_set_or_an_envelope() -> None:
    data = b"".join(name + b"*1~" for name in b"ISA GS ST LX CLP SVC CAS SVC CLP CAS SE ST SE GE IEA".split())
    dropped = {damaged(data, "drop_block", choices(seed)).replace(b"*1~", b" ") for seed in range(90)}
    assert b"" in dropped, "the interchange"
    assert b"ISA IEA " in dropped, "the group"
    assert b"ISA GS ST SE GE IEA " in dropped, "the first set"
    assert b"ISA GS ST LX CLP SVC CAS SVC CLP CAS SE GE IEA " in dropped, "the second set"
    assert b"ISA GS ST LX CLP CAS SE ST SE GE IEA " in dropped, "the first claim"
    assert b"ISA GS ST LX CLP SVC CAS SVC SE ST SE GE IEA " in dropped, "the second claim"
    assert b"ISA GS ST LX CLP SVC CLP CAS SE ST SE GE IEA " in dropped, "the first service line"


def test_a_block_of_claims_is_a_line_a_claim_a_level_or_a_set() -> None:
    names = b"GS ST HL HL CLM HI LX SV1 LX SV1 CLM LX SV1 HL CLM SE ST SE GE"
    data = b"".join(name + b"*1~" for name in names.split())
    dropped = {damaged(data, "drop_block", choices(seed)).replace(b"*1~", b" ") for seed in range(300)}
    assert b"" in dropped, "the group"
    assert b"GS ST SE GE " in dropped, "the first set"
    assert b"GS ST HL HL CLM HI LX SV1 LX SV1 CLM LX SV1 SE ST SE GE " in dropped, "the last level"
    assert b"GS ST HL HL CLM LX SV1 HL CLM SE ST SE GE " in dropped, "the first claim"
    assert b"GS ST HL HL CLM HI LX SV1 CLM LX SV1 HL CLM SE ST SE GE " in dropped, "a line"


def test_amounts_are_found_where_claims_have_them() -> None:
    data = b"CLM*A*100***11:B:1~LX*1~SV2*0450**77*UN*1~SVD*P*60~"
    damages = {damaged(data, "amount_letters", choices(seed)) for seed in range(200)}
    assert {b"CLM*A*NaN***11:B:1~", b"SV2*0450**NaN*UN*1~", b"SVD*P*NaN~"} == {
        segment + b"~" for file in damages for segment in file.split(b"~") if b"NaN" in segment
    }


def test_the_guides_of_claims_have_older_ones_too() -> None:
    old = damaged(CLAIMS, "old_version", choices(1))
    assert b"005010" not in old
    assert old.count(b"004010X096A1") == 2


def test_a_file_is_cut_at_its_own_delimiters() -> None:
    file = File(FILE.translate(bytes.maketrans(b"*~", b"|!")))
    assert file.element == b"|"
    assert file.terminator == b"!"
    assert file.name(0) == b"ISA"
    assert file.name(1) == b"GS", "a line break in front of a name is none of it"
    assert len(file.elements(0)) == 17
    assert file.named(choices(1), (b"NOSUCH",)) is None
