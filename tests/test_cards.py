"""Law 8: what reads like the number of a payment card is refused, and shown nowhere."""

from __future__ import annotations

import pytest

import hcfin
from hcfin.privacy import MASK, holds_card_number, shown
from test_translation import BOOKS, CONTEXT, R2

# Published test numbers of the networks.
CARDS = [
    "4111111111111111",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "6200000000000005",
]


@pytest.mark.parametrize("number", CARDS)
def test_card_numbers(number: str) -> None:
    assert holds_card_number(number)
    assert holds_card_number(f"VCC {number[:4]}-{number[4:8]} {number[8:]}")
    assert shown(number) == MASK
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not holds_card_number(wrong), "the check digit is part of it"
    assert not holds_card_number("9" + number), "part of a longer number"


@pytest.mark.parametrize("number", ["021000021234567", "EFT0310", "25015000000101", "1512345678", ""])
def test_other_numbers(number: str) -> None:
    """Traces of the automated clearing house begin with a routing number; claim numbers with a year."""
    assert not holds_card_number(number)


@pytest.mark.parametrize("place", ["EFT0310", "EXAMPLE MAC A", "1512345678", "EXAMPLE GENERAL HOSPITAL"])
def test_a_remittance_that_is_identified_by_a_card_is_refused(place: str) -> None:
    data = R2.read_bytes().replace(place.encode(), CARDS[0].encode())
    result = hcfin.translate(data, BOOKS, to="netsuite", context=CONTEXT)
    assert result.status == "rejected"
    assert "PAN_DETECTED" in {issue.code for issue in result.issues}
    assert CARDS[0] not in result.to_json()


def test_a_card_in_a_reference_becomes_a_token() -> None:
    data = R2.read_bytes().replace(b"WO:24350000000901", f"WO:{CARDS[0]}".encode())
    result = hcfin.translate(data, BOOKS, to="netsuite", context=CONTEXT)
    assert result.status == "ok"
    assert CARDS[0] not in result.to_json()
