"""What receivers say of files (TA1, 999, 997) and claims (277CA, 277), read into facts."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

import cases
import hcfin
from hcfin.billing.claim_status import ClaimStatus, StatusCode, claim_outcome
from hcfin.billing.file_status import FileStatus, file_outcome
from hcfin.billing.reading import Reading
from hcfin.cli.commands import hcfin as command
from hcfin.codes import table
from hcfin.posting import Outcome, post
from hcfin.standards.x12 import claim_status_277, file_status_999
from test_x12_content import changed, read, rows_of, said

CLAIMS = cases.FIXTURES / "x12" / "claim_status_277"
FILES = cases.FIXTURES / "x12" / "file_status_999"
WHOLE = [CLAIMS / "acknowledgment", CLAIMS / "response", FILES / "partial", FILES / "functional_997"]
BOOKS = hcfin.load_books()
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)


def reading_of(case: Path) -> Reading:
    return cases.reading_of(case)


def claims_of(case: Path) -> list[ClaimStatus]:
    return [fact for fact in reading_of(case) if isinstance(fact, ClaimStatus) and fact.level == "claim"]


# Claims


def test_a_claim_acknowledgment() -> None:
    first, second, third = claims_of(CLAIMS / "acknowledgment")
    assert (first.account, first.outcome, first.charged) == ("ACCT-0001", "accepted", Decimal("1000.00"))
    assert (first.payer_claim_number, first.clearinghouse_number) == ("25069000000101", "CH0001")
    assert first.provider is not None
    assert first.provider.id == "1234567893"
    assert (first.source.id, first.receiver.id) == ("99001", "TESTHOSPITAL")
    assert (first.dates[0].first, first.dates[0].last) == (date(2025, 3, 1), date(2025, 3, 3))
    assert second.rejected
    assert [(code.category, code.status, code.entity) for code in second.codes()] == [
        ("A7", "562", "85"),
        ("A8", "496", "85"),
        ("A6", "21", "QC"),
    ]
    assert second.lines[0].number == "LINE-1"
    assert third.outcome == "not_found"


def test_a_response_has_amounts_and_names_the_account_by_its_own_reference() -> None:
    first, denied, pending, asked = claims_of(CLAIMS / "response")
    assert (first.trace, first.account) == ("TRACE-1", "ACCT-0001")
    assert (first.charged, first.paid, first.outcome) == (Decimal("1000.00"), Decimal("640.00"), "finalized")
    assert (first.reports[0].trace, first.reports[0].paid_on) == ("EFT0308", date(2025, 3, 8))
    assert [line.paid for line in first.lines] == [Decimal("400.00"), Decimal("240.00")]
    # A denial is adjudicated: it is no rejection, and no issue says so.
    assert (denied.outcome, denied.rejected) == ("finalized", False)
    assert denied.subscriber is not None
    assert denied.patient is not None
    assert (pending.outcome, pending.codes()[0].code_list) == ("pending", "RX")
    assert (asked.outcome, asked.account) == ("requested", "ACCT-0007")
    assert reading_of(CLAIMS / "response").issues == ()


def test_levels_above_the_claims_are_told_too() -> None:
    facts = [fact for fact in reading_of(CLAIMS / "acknowledgment") if isinstance(fact, ClaimStatus)]
    assert [fact.level for fact in facts] == ["source", "receiver", "provider", *["claim"] * 3]
    receiver = facts[1]
    assert (receiver.trace, receiver.account) == ("BATCH-0309", "")
    assert {told.qualifier: told.amount for told in receiver.amounts} == {
        "YU": Decimal("1000.00"),
        "YY": Decimal("650.00"),
    }


def test_a_rejection_is_no_denial_and_says_that_the_filing_limit_runs() -> None:
    (issue,) = (one for one in reading_of(CLAIMS / "acknowledgment").issues if one.code == "CLAIM_REJECTED")
    assert (issue.severity, issue.owner, issue.disposition) == ("warning", "revenue cycle", "keep_open")
    assert "no denial" in issue.message
    assert "filing limit" in issue.message
    assert dict(issue.values) == {"category": "A7", "status": "562", "entity": "85"}
    assert issue.origin is not None
    assert (issue.origin.element, issue.origin.loop) == ("STC01-1", "2200D")


def test_the_second_and_third_composite_have_their_own_places() -> None:
    reading = reading_of(CLAIMS / "acknowledgment")
    codes = claims_of(CLAIMS / "acknowledgment")[1].codes()
    assert [reading.place(code, "status").element for code in codes] == ["STC01-2", "STC10-2", "STC11-2"]


@pytest.mark.parametrize(
    ("category", "outcome"),
    [
        *((code, "accepted") for code in ("A0", "A1", "A2", "A5")),
        *((code, "rejected") for code in ("A3", "A6", "A7", "A8")),
        *(
            ("A4", "not_found"),
            ("P1", "pending"),
            ("F2", "finalized"),
            ("R4", "requested"),
            ("E1", "not_answered"),
        ),
        *(("", "unknown"), ("ZZ", "unknown"), ("X0", "unknown")),
    ],
)
def test_what_a_category_means_is_data(category: str, outcome: str) -> None:
    assert claim_outcome([StatusCode(category=category)]) == outcome


def test_the_worst_status_decides() -> None:
    assert claim_outcome([StatusCode(category=one) for one in ("A2", "P1", "A3", "ZZ")]) == "rejected"
    assert claim_outcome([StatusCode(category=one) for one in ("ZZ", "F1")]) == "finalized"
    assert claim_outcome([]) == "unknown"


def test_outcomes_of_the_tables_are_those_of_the_models() -> None:
    for name, model in (("claim_status_category", ClaimStatus), ("file_status", FileStatus)):
        allowed = set(model.model_fields["outcome"].annotation.__args__)  # type: ignore[union-attr]
        assert {row["outcome"] for row in table(name).values()} <= allowed


def test_amounts_end_as_informational_and_nothing_is_booked() -> None:
    reading = reading_of(CLAIMS / "response")
    posting = post(reading, BOOKS, context=CONTEXT)
    assert not posting.documents
    assert {(end.outcome, end.rule) for end in posting.dispositions} == {
        (Outcome.INFORMATIONAL, "never_posted")
    }
    told = Counter(amount for fact in claims_of(CLAIMS / "response") for _, _, amount in fact.told_amounts())
    assert Counter(end.amount for end in posting.dispositions) == told
    assert told[Decimal("640.00")] == 1
    assert (
        hcfin.translate(CLAIMS / "response" / "input.edi", BOOKS, to="netsuite", context=CONTEXT).status
        == "ok"
    )


# Files


def files_of(case: Path) -> list[FileStatus]:
    return [fact for fact in reading_of(case) if isinstance(fact, FileStatus)]


def test_an_implementation_acknowledgment() -> None:
    facts = files_of(FILES / "partial")
    assert [(fact.level, fact.code, fact.outcome) for fact in facts] == [
        ("interchange", "A", "accepted"),
        ("interchange", "E", "accepted_with_errors"),
        ("set", "A", "accepted"),
        ("set", "E", "accepted_with_errors"),
        ("set", "R", "rejected"),
        ("group", "P", "partially_accepted"),
        ("group", "R", "rejected"),
    ]
    with_errors = facts[3]
    assert (with_errors.accepted, with_errors.rejected) == (True, False)
    first, second = with_errors.errors
    assert (first.segment, first.position, first.loop, first.segment_code) == ("CLM", 22, "2300", "8")
    assert (first.element, first.component, first.element_code, first.bad_data) == (5, 3, "7", "X")
    assert [context.name for context in second.contexts] == ["CLM01", "SITUATIONAL TRIGGER"]
    assert (facts[5].sets_included, facts[5].sets_received, facts[5].sets_accepted) == (3, 3, 2)


def test_a_997_is_the_same_in_other_words() -> None:
    refused, flawed, group = files_of(FILES / "functional_997")
    assert (refused.outcome, flawed.outcome, group.outcome) == (
        *("rejected", "accepted_with_errors", "partially_accepted"),
    )
    assert refused.errors[0].element_code == "7"
    assert (flawed.errors[0].element, flawed.errors[0].component) == (2, 1)


def test_an_interchange_without_groups() -> None:
    reading = reading_of(FILES / "interchange")
    (fact,) = files_of(FILES / "interchange")
    assert (fact.interchange_control, fact.interchange_date, fact.interchange_time) == (
        *("000000019", date(2025, 3, 9), "1300"),
    )
    assert (fact.outcome, fact.error_codes) == ("rejected", ("018",))
    assert [issue.code for issue in reading.issues] == ["FILE_REJECTED"]
    assert reading.units[0].envelope["sender"] == "TESTPAYER"


@pytest.mark.parametrize("code", ["A", "E", "P", "R", "M", "W", "X", "", "Q", "a"])
def test_what_a_code_says_of_a_file(code: str) -> None:
    meaning = {"A": "accepted", "E": "accepted_with_errors", "P": "partially_accepted"}
    expected = meaning.get(code, "rejected" if code and code in "RMWX" else "unknown")
    assert file_outcome(code) == expected


# Summary


def test_units() -> None:
    def units(case: Path) -> list[tuple[str, str, dict[str, object]]]:
        return [(unit.kind, unit.control, unit.summary) for unit in reading_of(case).units]

    ((kind, control, summary),) = units(CLAIMS / "acknowledgment")
    assert (kind, control) == ("277CA", "CA-0310")
    assert summary == {
        "claims": 3,
        "accepted": 1,
        "rejected": 1,
        "outcomes": {"accepted": 1, "not_found": 1, "rejected": 1},
        "charged": "1650.00",
        "paid": "0.00",
        "charged_rejected": "400.00",
    }
    ((kind, _, summary),) = units(CLAIMS / "response")
    assert (kind, summary["claims"], summary["charged"], summary["paid"]) == ("277", 4, "1300.00", "640.00")
    kinds = [(kind, control) for kind, control, _ in units(FILES / "partial")]
    assert kinds == [("TA1", "000000017"), ("TA1", "000000018"), ("999", "17"), ("999", "18")]
    assert units(FILES / "partial")[2][2] == {
        "group": "HC",
        "code": "P",
        "sets": 3,
        "accepted": 2,
        "rejected": 1,
        "errors": 4,
    }
    assert units(FILES / "functional_997")[0][0] == "997"


def test_the_commands_read_and_count_them() -> None:
    path = str(CLAIMS / "acknowledgment" / "input.edi")
    done = CliRunner().invoke(command, ["summary", path])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["units"][0]["rejected"] == 1
    assert json.loads(done.stdout)["issues"] == {"warning": 2}
    done = CliRunner().invoke(command, ["read", path])
    accounts = [fact.get("account") for fact in json.loads(done.stdout)["facts"]]
    assert accounts == [None, None, None, "ACCT-0001", "ACCT-0002", "ACCT-0003"]
    assert CliRunner().invoke(command, ["summary", str(CLAIMS / "response" / "input.edi")]).exit_code == 0


# Content: what coverage calls carried is carried, and what it calls counted is not


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_coverage_is_true(case: Path) -> None:
    rows = rows_of((case / "input.edi").read_bytes())
    before = said(rows)
    for at, row in enumerate(rows):
        if row[0] in ("ISA", "GS", "ST", "SE", "GE", "IEA", "HL"):
            continue
        for position, element in enumerate(row[1:], start=1):
            if not element:
                continue
            other = changed(rows, at, {position: f"{element}X"})
            places = read("~".join("*".join(one) for one in [*rows, [""]]).encode()).coverage
            wanted = any(place.endswith(f".{row[0]}{position:02d}") for place in places.counted)
            if row[0] == "NM1" and position in (1, 2, 4):
                continue  # says who it is; of an organisation counted, of a person carried: see below
            assert (said(other) == before) == wanted, (at + 1, row[0], position)


def test_the_names_of_an_organisation_are_counted_but_for_its_name() -> None:
    coverage = reading_of(CLAIMS / "response").coverage
    assert {"2100A.NM102", "2100B.NM102", "2100B.NM104"} <= set(coverage.counted)
    assert {"2100C.NM102", "2100C.NM104", "2100D.NM104", "2100E.NM104"} <= set(coverage.carried)


def test_every_position_that_is_said_to_be_carried_stands_in_a_fixture() -> None:
    for carried, folder in ((claim_status_277.CARRIED, CLAIMS), (file_status_999.CARRIED, FILES)):
        seen = {
            place.partition(".")[2]
            for case in sorted(folder.iterdir())
            for place in reading_of(case).coverage.carried
        }
        wanted = {f"{name}{n:02d}" for name, positions in carried.items() for n in positions}
        # What nobody has been seen to send: prefixes of persons, codes beyond what AK5 knows, more contacts.
        rare = {"NM106", *(f"PER{n:02d}" for n in range(5, 9)), *(f"AK5{n:02d}" for n in range(3, 7))}
        assert wanted - seen <= rare, wanted - seen


def test_levels_hang_together_by_their_numbers_and_not_by_their_order() -> None:
    rows = rows_of((CLAIMS / "acknowledgment" / "input.edi").read_bytes())
    start = next(at for at, row in enumerate(rows) if row[:2] == ["HL", "6"])
    end = next(at for at, row in enumerate(rows) if row[0] == "SE")
    other = [
        ["HL", "70", "2", "19", "1"],
        ["NM1", "85", "2", "OTHER CLINIC", "", "", "", "", "XX", "1999999992"],
    ]
    # Another provider stands before the last claim, which still names the first one as its parent.
    rows = [*rows[:start], *other, *rows[start:end], *rows[end:]]
    last = read("~".join("*".join(row) for row in [*rows, [""]]).encode()).facts[-1]
    assert isinstance(last, ClaimStatus)
    assert last.provider is not None
    assert last.provider.id == "1234567893"
