"""The standard `rows`: JSON rows of billing platforms and gateways to facts, and back."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.payment import Payment, Payout
from hcfin.billing.reading import Reading, Unit, collect
from hcfin.cli.commands import hcfin as command
from hcfin.errors import BooksError, HcfinError
from hcfin.limits import Limits
from hcfin.standards.rows import STANDARD
from hcfin.standards.rows.profile import Profile
from hcfin.testing import assert_never_raises, assert_no_phi, plant, transactions
from hcfin.translation import standard_of

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
BOOKS = hcfin.load_books("example")
WORKED = cases.FIXTURES / "rows" / "transactions" / "worked_5_7" / "input.ndjson"
GOOD = {"kind": "payment", "id": "P1", "account": "ACCT-1", "amount": "10.00", "occurred": "2025-03-10"}


def read(*rows: Any, profile: Any = None, **limits: int) -> Reading:
    data = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    return hcfin.read(data, standard="rows", profile=profile, limits=Limits(**limits))


def codes(reading: Reading) -> list[str]:
    return [issue.code for issue in reading.issues]


# What it takes for rows


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"kind": "payment"', "rows"),
        (b'\xef\xbb\xbf [ {"id": 1, "kind":"write_off"', "rows"),
        (b'[{"reporting_category": "charge"', "rows"),
        (b'{"amount": 1', "rows"),
        (b'{"resourceType": "Claim", "kind": "payment"', None),
        (b'[{"resourceType": "Bundle", "amount": 1', None),
        (b'{"x": 1}', None),
        (b"[1, 2]", None),
        (b"", None),
    ],
)
def test_what_rows_look_like(head: bytes, expected: str | None) -> None:
    assert standard_of(head) == expected or (expected is None and standard_of(head) != "rows")


def test_summary_counts_and_sums_by_kind() -> None:
    done = CliRunner().invoke(command, ["summary", str(WORKED)])
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert told["standard"] == "rows"
    assert told["issues"] == {}
    assert told["units"] == [
        {
            "kind": "rows",
            "control": "",
            "rows": 7,
            "kinds": {
                "payment": {"USD": {"count": 1, "amount": "250.00"}},
                "payout": {"USD": {"count": 2, "amount": "-22.55", "fee": "7.55"}},
                "refund": {"USD": {"count": 2, "amount": "100.00"}},
                "dispute": {"USD": {"count": 2, "amount": "400.00", "fee": "15.00"}},
            },
        }
    ]


def test_the_worked_example_from_its_rows() -> None:
    posting = hcfin.post(hcfin.read(WORKED), BOOKS, context=CONTEXT)
    assert not posting.issues
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for document in posting.documents:
        for line in document.gl_lines:
            sums[line.role] += line.amount if line.side == "debit" else -line.amount
    assert sums["cash.merchant_clearing"] == 0
    assert sums["cash.bank"] == Decimal("-22.55")
    origin = posting.documents[1].gl_lines[0].origins.first[0]
    assert (origin.standard, origin.at, origin.element) == ("rows", 2, "/amount")
    assert origin.offset == WORKED.read_bytes().index(b'{"kind": "payout"')


def test_the_report_of_a_gateway_leaves_its_clearing_at_zero() -> None:
    case = WORKED.parent.parent / "gateway_report"
    reading = cases.reading_of(case)
    assert codes(reading) == ["ROW_KIND_UNKNOWN"], "what no category is named for is told, not guessed"
    posting = hcfin.post(reading, BOOKS, context=CONTEXT)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for document in posting.documents:
        for line in document.gl_lines:
            sums[line.role] += line.amount if line.side == "debit" else -line.amount
    assert sums["cash.merchant_clearing"] == 0
    # As the report itself says: what was paid out and drawn, and all that the gateway kept.
    assert sums["cash.bank"] == Decimal("242.45") - Decimal("17.00")
    assert sums["expense.merchant_fee"] == Decimal("7.55") + Decimal("2.00")
    assert sums["expense.chargeback_fee"] == Decimal("15.00")


# Values


def test_amounts_are_exact_as_text_or_number() -> None:
    reading = read({**GOOD, "amount": "0.1"}, json.dumps(GOOD).replace('"10.00"', "0.10"))
    assert [fact.amount for fact in reading.facts] == [Decimal("0.10")] * 2
    for told in ("1e2", "1E+999999999", "٣", "1_0", "0x1", "", "--1", " 1"):
        assert codes(read({**GOOD, "amount": told})) == ["ROW_AMOUNT_INVALID"]
    for told in ("1e2", "1E+999999999", "-1e-5"):
        assert codes(read(json.dumps(GOOD).replace('"10.00"', told))) == ["ROW_AMOUNT_INVALID"]
    for told in (True, [1], {"x": 1}):
        found = codes(read({**GOOD, "amount": told}))
        assert found[0] == ("ROW_AMOUNT_MISSING" if isinstance(told, dict) else "ROW_AMOUNT_INVALID")
    assert codes(read({**GOOD, "amount": "10.5", "currency": "JPY"})) == ["ROW_AMOUNT_SCALE"]
    assert read({**GOOD, "amount": "10", "currency": "JPY"}).facts[0].amount == Decimal(10)


def test_an_amount_that_cannot_be_read_is_not_booked() -> None:
    posting = hcfin.post(read(GOOD, {**GOOD, "id": "P2", "amount": "ten"}), BOOKS, context=CONTEXT)
    assert [issue.code for issue in posting.issues] == ["TRANSACTION_UNREADABLE"]
    assert len(posting.documents) == 1
    fee = read({"kind": "payout", "amount": "1.00", "fee": "x", "occurred": "2025-03-10"})
    assert fee.facts[0].unreadable == ("fee",)


def test_a_payout_may_be_a_fee_alone() -> None:
    (payout,) = read({"kind": "payout", "id": "F1", "fee": "2.00"}).facts
    assert isinstance(payout, Payout)
    assert (payout.amount, payout.fee, payout.unreadable) == (Decimal(0), Decimal("2.00"), ())


def test_a_code_is_a_text_or_an_object() -> None:
    plain, rich, none = read(
        {**GOOD, "code": "SB01"},
        {**GOOD, "code": {"code": "SB01", "text": "SMALL", "system": "L"}},
        {**GOOD, "code": None},
    ).facts
    assert (plain.code.code, rich.code.text, rich.code.system, none.code.code) == ("SB01", "SMALL", "L", "")
    assert codes(read({**GOOD, "code": {"name": "SB01"}})) == ["ROW_KEY_UNKNOWN"]
    assert codes(read({**GOOD, "code": True})) == ["ROW_VALUE_INVALID"]


def test_paths_that_meet_are_refused() -> None:
    assert codes(read({**GOOD, "code": {"text": "a"}, "code.text": "b"})) == ["ROW_KEY_REPEATED"]
    profile = Profile(columns={"value": "amount"})
    assert codes(read({**GOOD, "value": "9.00"}, profile=profile)) == ["ROW_KEY_REPEATED"]


def test_a_bad_row_costs_that_row() -> None:
    reading = read(GOOD, "nonsense", {**GOOD, "id": "P3"})
    assert [fact.id for fact in reading.facts] == ["P1", "P3"]
    assert [(issue.code, issue.origin.at if issue.origin else 0) for issue in reading.issues] == [
        ("ROW_INVALID", 2)
    ]


def test_the_number_of_a_card_is_left_out() -> None:
    card = "4111 1111 1111 1111"
    (fact,) = read({**GOOD, "method": f"card {card}"}).facts
    assert isinstance(fact, Payment)
    assert (fact.method, fact.unreadable) == ("", ()), "words beside the money hold up nothing"
    (fact,) = read({**GOOD, "account": card}).facts
    assert (fact.account, fact.unreadable) == ("", ("account",))


def test_moments_keep_their_precision() -> None:
    for told in ("2025", "2025-03", "2025-03-10", "2025-03-10T08:15:30.5-06:00", "2025-03-10 08:15Z", ""):
        (fact,) = read({**GOOD, "occurred": told}).facts
        assert fact.occurred == told
    for told in ("03/10/2025", "2025-13-45", "yesterday", "2025-03-10 4111 1111 1111 1111", True, ["2025"]):
        reading = read({**GOOD, "occurred": told})
        assert codes(reading) == ["ROW_MOMENT_INVALID"], told


def test_so_many_issues_are_told() -> None:
    assert codes(read("x", "y", "z", max_issues=1)) == ["ROW_INVALID", "ROWS_TOO_MANY_ISSUES"]


def test_an_unknown_key_is_told_once_and_always_counted() -> None:
    reading = read({**GOOD, "clerk": "X"}, {**GOOD, "id": "P2", "clerk": "Y"}, {**GOOD, "desk": 1})
    assert codes(reading) == ["ROW_KEY_UNKNOWN"] * 2
    assert reading.coverage.counted["row.?"] == 3
    assert reading.coverage.carried["row.amount"] == 3
    assert not codes(read({**GOOD, "clerk": {"name": "X"}}, profile=Profile(ignored=("clerk.*",))))
    many = read(*({**GOOD, f"k{n}": 1} for n in range(1200)), max_issues=2000)
    assert len(many.issues) >= 1200


def test_amounts_of_other_keys_are_no_amount_of_the_row() -> None:
    reading = read({**GOOD, "fee": "7.55"})
    assert codes(reading) == ["ROW_KEY_UNKNOWN"], "a payment has no fee"


# Profiles


def test_defaults_of_a_profile() -> None:
    profile = Profile(currency="EUR", facility="MAIN", gateway="stripe")
    card, cash = read({**GOOD, "channel": "gateway"}, {**GOOD, "channel": "drawer"}, profile=profile).facts
    assert isinstance(card, Payment)
    assert isinstance(cash, Payment)
    assert (card.currency, card.facility, card.gateway) == ("EUR", "MAIN", "stripe")
    assert cash.gateway == ""
    told = read(
        {**GOOD, "facility": "NORTH", "channel": "gateway", "gateway": "adyen"}, profile=profile
    ).facts[0]
    assert (told.facility, told.gateway) == ("NORTH", "adyen")


def test_minor_units_and_seconds() -> None:
    profile = Profile(minor_units=True, unix_moments=True, utc_offset="-06:00")
    row = json.dumps({**GOOD, "occurred": 0, "amount": 0})
    (fact,) = read(
        row.replace('"occurred": 0', '"occurred": 1741046400').replace(": 0", ": -1205"), profile=profile
    )
    assert (fact.occurred, fact.amount) == ("2025-03-03T18:00:00-06:00", Decimal("-12.05"))
    east = Profile(unix_moments=True, utc_offset="+05:30")
    (fact,) = read({**GOOD, "occurred": 1741046400}, profile=east)
    assert fact.occurred == "2025-03-04T05:30:00+05:30"
    assert codes(read({**GOOD, "amount": "12.05"}, profile=profile)) == ["ROW_AMOUNT_INVALID"]
    yen = read({**GOOD, "amount": 1205, "currency": "JPY"}, profile=profile).facts[0]
    assert yen.amount == Decimal(1205)


def test_errors_of_profiles_say_where(tmp_path: Path) -> None:
    path = tmp_path / "feed.toml"
    path.write_text('curency = "USD"\n', encoding="utf-8")
    with pytest.raises(BooksError, match=r"feed\.toml:1: unknown setting .curency."):
        hcfin.load_profile("rows", path)
    with pytest.raises(HcfinError):
        Profile(utc_offset="CST")
    with pytest.raises(HcfinError):
        Profile(categories={"charge": ({"kind": "nosuch"},)})


def test_a_category_may_become_nothing() -> None:
    profile = Profile(category="type", categories={"note": ()}, columns={"id": "id"})
    reading = read({"type": "note", "id": "N1"}, profile=profile)
    assert (reading.facts, codes(reading)) == ((), [])
    assert reading.units[0].summary == {"rows": 1, "kinds": {}}


# The way back


def test_places_and_excerpts() -> None:
    reading = read(GOOD, {**GOOD, "account": "ACCT-2", "method": "card", "code": {"code": "X"}})
    assert str(reading.place(reading.facts[1], "amount")).startswith("segment 2 /amount (byte ")
    assert reading.trail.excerpt(2) == (
        '{"kind":"payment","id":"•","account":"•","amount":"10.00","occurred":"•","method":"•","code":"•"}'
    )
    assert reading.trail.excerpt(9) == ""
    assert reading.origin(9).offset is None
    assert read("x").trail.excerpt(1) == ""
    # A stream knows what it has just read, and forgets the rest.
    data = "\n".join(json.dumps({**GOOD, "id": f"P{n}"}) for n in range(200)).encode()
    stream = STANDARD.read(BytesIO(data), None, Limits(), False)
    for event in stream.events:
        if not isinstance(event, Unit):
            assert stream.trail.excerpt(event.at), "while it is taken"
    assert stream.trail.excerpt(1) == ""
    # A row that could not be cut out leaves its place empty.
    long = read({**GOOD, "description": "X" * 500}, GOOD, max_segment_bytes=300)
    assert [long.trail.excerpt(n) != "" for n in (1, 2)] == [False, True]


def test_memory_does_not_grow_with_the_file() -> None:
    import tracemalloc

    line = (json.dumps(GOOD) + "\n").encode()

    class Endless:
        left = 40_000

        def read(self, size: int) -> bytes:
            count = min(self.left, max(1, size // len(line)))
            self.left -= count
            return line * count

    stream = STANDARD.read(Endless(), None, Limits(), False)  # type: ignore[arg-type]
    tracemalloc.start()
    assert sum(1 for _ in stream.events) == 40_001
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


# Laws


@given(st.lists(transactions(), max_size=6))
def test_what_is_written_is_read_back(facts: list[Any]) -> None:
    written = hcfin.write(facts, "rows")
    again = hcfin.read(written, standard="rows")
    assert again.facts == tuple(facts)
    assert not again.issues or not facts
    as_array = b"[" + b",".join(written.splitlines()) + b"]"
    assert collect(STANDARD.read(BytesIO(as_array), None, Limits(), True)).facts == tuple(facts)


def test_what_rows_cannot_say_is_refused() -> None:
    (remittance, *_) = hcfin.read(cases.FIXTURES / "x12/remittance_835/worked_r2/input.edi").facts
    with pytest.raises(HcfinError, match="rows have no"):
        hcfin.write([remittance], "rows")
    for over in ({"unreadable": ("amount",)}, {"account": "4111111111111111"}, {"occurred": "yesterday"}):
        with pytest.raises(HcfinError, match="read back the same"):
            hcfin.write([Payment.build({"amount": Decimal("1.00"), **over})], "rows")
    assert hcfin.write([], "rows") == b""


VALUES = (
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["payment", "1.00", "issued"])
)
ROWS = st.dictionaries(
    st.sampled_from([*GOOD, "code", "fee", "state", "currency", "channel", "reverses"]) | st.text(),
    VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.text(), VALUES, max_size=2),
)


@given(
    st.binary() | st.lists(ROWS).map(lambda rows: "\n".join(map(json.dumps, rows)).encode()), st.booleans()
)
def test_any_bytes_end_in_facts_or_issues(data: bytes, array: bool) -> None:
    for given_ in (data, b"[" + data.replace(b"\n", b",") + b"]") if array else (data,):
        reading = assert_never_raises(lambda one: hcfin.read(one, standard="rows"), given_)
        assert reading.facts or reading.issues
        for fact in reading.facts:
            assert type(fact).build(fact.model_dump()) == fact
        posting = hcfin.post(reading, BOOKS, context=CONTEXT)
        ends = len(posting.dispositions)
        assert ends == sum(1 + ("fee" in type(fact).model_fields) for fact in reading.facts)
        assert STANDARD.check(given_) == reading.issues


@given(st.lists(transactions(), min_size=1, max_size=4))
def test_no_patient_data_gets_out(facts: list[Any]) -> None:
    planted, sentinels = plant(facts)
    # A moment must name a day; the day on which it is booked is that of posting.
    days = {"occurred": "1901-02-04", "posted": "2025-03-11"}
    rows = hcfin.write([fact.model_copy(update=days) for fact in planted], "rows")
    reading = hcfin.read(rows + b'{"kind": "ZZPHI9", "account": "ZZPHI9"}\n', standard="rows")
    result = hcfin.translate(rows, BOOKS, to="netsuite", context=CONTEXT, standard="rows")
    outputs = {
        "issues": [str(issue) for issue in (*reading.issues, *result.issues)],
        "translation": result.to_json(),
        "repr": [repr(fact) for fact in reading.facts],
        "units": str(reading.units),
        "coverage": str(reading.coverage),
    }
    assert_no_phi(outputs, [*sentinels, "ZZPHI9", "1901-02-04"])
