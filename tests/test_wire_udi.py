"""Device identifiers: what labels of each issuer say, and that a label that is wrong says nothing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hcfin.testing import assert_never_raises
from hcfin.wire.udi import Carrier, check_character, check_digit, parse
from hcfin.wire.udi_writer import text_of

GTIN = "09506000134352"
FULL = Carrier("GS1", GTIN, "A1", "S7", "2025-01-02", "2027-01-31")


def hibcc(body: str) -> str:
    return body + check_character(body)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"(01){GTIN}(11)250102(17)270131(10)A1(21)S7", FULL),
        (f"(01) {GTIN} (11) 250102 (17) 270131 (10) A1 (21) S7", FULL),
        (f"01{GTIN}112501021727013110A1\x1d21S7", FULL),
        (f"\x1d01{GTIN}112501021727013110A1\x1d21S7\x1d", FULL),
        (f"]d201{GTIN}112501021727013110A1\x1d21S7", FULL),
        (f"]C121S7\x1d10A1\x1d17270131\x1d1125010201{GTIN}", FULL),
        (f"(01){GTIN}(10)A(1)B(240)X-9(30)12", Carrier("GS1", GTIN, "A(1)B")),
        (f"(01){GTIN}(17)270200", Carrier("GS1", GTIN, expires="2027-02")),
        (f"(01){GTIN}(11)991231", Carrier("GS1", GTIN, manufactured="1999-12-31")),
        (GTIN, Carrier("GS1", GTIN)),
        ("9506000134352", Carrier("GS1", GTIN)),
        ("036000291452", Carrier("GS1", "00036000291452")),
        ("96385074", Carrier("GS1", "00000096385074")),
        ("+A99912345/$$52001510X3/16D20111212/S77DE1G45-",
         Carrier("HIBCC", "A99912345", "10X3", "77DE1G45", "2011-12-12", "2020-01-15")),
        (hibcc("+A999B1"), Carrier("HIBCC", "A999B1")),
        (f"*{hibcc('+A999B1')}*", Carrier("HIBCC", "A999B1")),
        (hibcc("+A999B1/$LOT-1"), Carrier("HIBCC", "A999B1", "LOT-1")),
        (hibcc("+A999B1/$+SER.1"), Carrier("HIBCC", "A999B1", serial="SER.1")),
        (hibcc("+A999B1/$$0127L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01")),
        (hibcc("+A999B1/$$2013127L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/$$3270131L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/$$427013112L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/$$62703112L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/$$7L1"), Carrier("HIBCC", "A999B1", "L1")),
        (hibcc("+A999B1/$$+7S1"), Carrier("HIBCC", "A999B1", serial="S1")),
        (hibcc("+A999B1/$$+3270131S1"), Carrier("HIBCC", "A999B1", serial="S1", expires="2027-01-31")),
        (hibcc("+A999B1/$$8053270131L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/$$9000053270131L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/27031L1"), Carrier("HIBCC", "A999B1", "L1", expires="2027-01-31")),
        (hibcc("+A999B1/16D20250102/14D20270131/Q5"),
         Carrier("HIBCC", "A999B1", manufactured="2025-01-02", expires="2027-01-31")),
        ("=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123",
         Carrier("ICCBBA", "A9999XYZ100T0944", "000000000000XYZ123", "000025", "2013-02-01", "2014-02-01",
                 "A99971312345600")),
        ("=+06000=/A9999XYZ100T0944=,000025", Carrier("ICCBBA", "A9999XYZ100T0944", serial="000025")),
        ("=)1234567890&)ABCDEFGHIJ", Carrier("ICCBBA", "1234567890", "ABCDEFGHIJ")),
        ("=/A9999XYZ100T0944=>998365", Carrier("ICCBBA", "A9999XYZ100T0944", expires="1998-12-31")),
    ],
)  # fmt: skip
def test_labels_of_each_issuer(text: str, said: Carrier) -> None:
    assert parse(text) == said
    assert parse(f"  {text}\n") == said


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "TESTPERSON", "123", "12345678", "09506000134353", "٠٩٥٠٦٠٠٠١٣٤٣٥٢", "()", "(01)", "(99)",
        "(01)0950600013435", "(10)A1(17)270131", f"(01){GTIN}(01){GTIN}", f"X(01){GTIN}", f"(01){GTIN}(10)",
        f"(01){GTIN}(17)270230", f"(01){GTIN}(17)271301", f"(01){GTIN}(17)27013", f"(01){GTIN}(17)2701XX",
        f"(01){GTIN}(17)271300", f"(01){GTIN}(10){'A' * 21}", f"(01){GTIN}(10)Ä", f"(01){GTIN}(10)A 1",
        f"(01){GTIN}(11)000000",
        f"01{GTIN}0", f"01{GTIN}xx", f"01{GTIN}17", f"01{GTIN}10", f"01{GTIN}(10)A1", "0" * 201,
        "+", "*", "**", "+A", "+A999B1?", hibcc("+A999B1")[:-1] + "*", hibcc("+9999B1"), hibcc("+A999BX"),
        hibcc("+A999B1/$$3270230L1"), hibcc("+A999B1/$$32701"), hibcc("+A999B1/$$4270131"),
        hibcc("+A999B1/$$8X53270131"), hibcc("+A999B1/27366L1"), hibcc("+A999B1/2703"), hibcc("+A999B1/$$X"),
        hibcc("+A999B1/$L+1"), hibcc("+A999B1/X1"), hibcc("+A999B1/QX"), hibcc("+A999B1/14D2027"),
        hibcc("+A999B1/14D20270230"), hibcc("+A999B1/$+S1/S2"), hibcc("+A999B1/$L1/$L2"),
        hibcc("+A999B1/27000L1"),
        "=", "=/", "=/SHORT", "=,000025", "=/A9999XYZ100T0944=/A9999XYZ100T0944", "=/A9999XYZ100T0944X",
        "=/A9999XYZ100T0944=>014366", "=/A9999XYZ100T0944=>01A032", "=/A9999-YZ100T0944",
    ],
)  # fmt: skip
def test_what_is_no_label_says_nothing(text: str) -> None:
    assert parse(text) is None


def test_a_blank_at_the_end_is_a_check_character_that_is_easily_lost() -> None:
    texts = (f"+A9{one}{other}B1" for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for other in "GHIJKLMNOPQ")
    body = next(text for text in texts if check_character(text) == " ")
    said = Carrier("HIBCC", body[1:])
    assert parse(body) == parse(body + " ") == parse(f"*{body}_*") == said


@pytest.mark.parametrize("text", [f"(01){GTIN}(10)A1", GTIN, hibcc("+A999B1/$LOT1")])
def test_every_other_digit_is_noticed(text: str) -> None:
    """A check digit finds each single wrong digit of a GTIN, a check character each of a HIBCC label."""
    end = text.find("(10)") if "(10)" in text else len(text)
    for place in range(end):
        if text[place].isdigit() and not text.startswith("(01", max(place - 2, 0)):
            other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
            assert parse(other) is None, place


_DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2079, 12, 31)).map(str)
_NUMBERS = st.text("ABCXYZ0189-.", max_size=18)


@st.composite
def carriers(draw: st.DrawFn) -> Carrier:
    issuer = draw(st.sampled_from(["GS1", "HIBCC", "ICCBBA"]))
    days = st.just("") | _DAYS
    if issuer == "ICCBBA":
        fixed = {size: st.text("ABC0189", min_size=size, max_size=size) for size in (6, 15, 16, 18)}
        lot, serial, donation = (draw(st.just("") | fixed[size]) for size in (18, 6, 15))
        return Carrier("ICCBBA", draw(fixed[16]), lot, serial, draw(days), draw(days), donation)
    if issuer == "HIBCC":
        device = f"H{draw(st.text('AB09', min_size=4, max_size=21))}1"
    else:
        digits = draw(st.text("0123456789", min_size=13, max_size=13))
        device = digits + check_digit(digits)
    return Carrier(issuer, device, draw(_NUMBERS), draw(_NUMBERS), draw(days), draw(days))


@given(carriers())
def test_what_is_written_is_read_the_same(carrier: Carrier) -> None:
    assert parse(text_of(carrier)) == carrier


@pytest.mark.parametrize("carrier", [Carrier(""), Carrier("GS1", "1"), Carrier("HIBCC", "A999B1", "lot")])
def test_what_no_label_can_say_is_refused(carrier: Carrier) -> None:
    with pytest.raises(ValueError, match="no text"):
        text_of(carrier)


_LABELS = st.text("()0127+$/=,>}&A9SD*] \x1d")


@given(
    st.text()
    | _LABELS
    | _LABELS.map(lambda text: f"(01){GTIN}{text}")
    | _LABELS.map(lambda text: f"01{GTIN}{text}")
)
@example("=+00000")
def test_any_text_is_read_or_not(text: str) -> None:
    said = assert_never_raises(parse, text)
    assert said is None or said.device
