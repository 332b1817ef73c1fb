"""What Tryton answers, as issues. The texts are those that Tryton 8.0 gave to the tests of its day."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.erp.tryton import TARGET


def _refused(text: str, kind: str = "UserError") -> str:
    return json.dumps({"id": 1, "error": [kind, [text, "", None]]})


@pytest.mark.parametrize("body", ['{"id": 1, "result": null}', '{"id": 1, "result": 1}'])
def test_a_result_is_no_issue(body: str) -> None:
    assert TARGET.explain_response(200, body) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('To post move "(12)", you must balance all its lines debits and credits.', "ERP_UNBALANCED"),
        ('You cannot create a journal-period in closed period "2026-01".', "ERP_PERIOD_CLOSED"),
        (
            'The value "2026-01" for field "Period" in record "(1)" of "Account Move" is not valid according '
            "to its domain.",
            "ERP_PERIOD_CLOSED",
        ),
        (
            'To continue, you must reopen the period "2026-01" of company "Main" for the date "2026-01-31".',
            "ERP_PERIOD_CLOSED",
        ),
        (
            "Could not find relation for '999999' in \"Account\" at row 2 and column 6.",
            "ERP_REFERENCE_UNKNOWN",
        ),
        (
            'The value "9" for field "Account" in record "x" of "Account Move Line" is not valid '
            "according to its domain.",
            "ERP_REFERENCE_UNKNOWN",
        ),
        ('The value "9" for field "Account" in "Account Move Line" does not exist.', "ERP_REFERENCE_UNKNOWN"),
        ('You are not allowed to access "Account Move".', "ERP_REJECTED"),
        ("", "ERP_REJECTED"),
    ],
)
def test_refusals_come_with_status_200(text: str, expected: str) -> None:
    (issue,) = TARGET.explain_response(200, _refused(text))
    assert issue.code == expected
    assert dict(issue.values)["status"] == "200"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, _refused("x", "ConcurrencyException"), "ERP_UNAVAILABLE"),
        (200, "<html>Please sign in</html>", "ERP_UNAVAILABLE"),
        (200, "{}", "ERP_UNAVAILABLE"),
        (200, "[[]]", "ERP_UNAVAILABLE"),
        (200, '"1"', "ERP_UNAVAILABLE"),
        (200, '{"id": 1}', "ERP_UNAVAILABLE"),
        (200, '{"error": null}', "ERP_REJECTED"),
        (401, "", "ERP_REJECTED"),
        (403, "", "ERP_REJECTED"),
        (404, "", "ERP_REJECTED"),
        (409, "", "ERP_UNAVAILABLE"),
        (429, "", "ERP_UNAVAILABLE"),
        (500, "", "ERP_UNAVAILABLE"),
        (0, "", "ERP_UNAVAILABLE"),
    ],
)
def test_other_answers(status: int, body: str, expected: str) -> None:
    assert [issue.code for issue in TARGET.explain_response(status, body)] == [expected]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "1"),
        (200, "[]"),
        (200, '[{"__name__": "account.move", "id": 2, "state": "draft"}]'),
        (200, '{"__name__": "account.move", "id": 2, "rec_name": "2025-1"}'),
        (204, ""),
    ],
)
def test_what_rest_answers_is_no_issue(status: int, body: str) -> None:
    """How many were brought in; what was found; what was posted; nothing to say."""
    assert TARGET.explain_response(status, body) == ()


@pytest.mark.parametrize(
    ("text", "expected", "values"),
    [
        (
            "Could not find relation for '999999' in \"Account\" at row 1 and column 6.",
            "ERP_REFERENCE_UNKNOWN",
            {"record": "Account", "row": "0"},
        ),
        *(
            (
                f"Could not find relation for 'NO' in \"{record}\" at row 3 and column 7.",
                "ERP_REFERENCE_UNKNOWN",
                {"record": record, "row": "2"},
            )
            for record in ("Product", "Product Uom", "Stock Location", "Company Employee", "Party Address")
        ),
        ('To post move "(7)", you must balance all its lines debits and credits.', "ERP_UNBALANCED", {}),
        ('You cannot create a journal-period in closed period "2026-05".', "ERP_PERIOD_CLOSED", {}),
        ('You cannot modify posted move "2025-1".', "ERP_REJECTED", {}),
    ],
)
def test_refusals_of_rest_come_with_status_400(text: str, expected: str, values: dict[str, str]) -> None:
    body = json.dumps({"status": 400, "message": text, "description": ""})
    (issue,) = TARGET.explain_response(400, body)
    assert issue.code == expected
    assert dict(issue.values) == {"status": "400", "target": "tryton", **values}
    bad = "<!doctype html><title>400 Bad Request</title>"
    assert [one.code for one in TARGET.explain_response(400, bad)] == ["ERP_REJECTED"]


def test_the_place_is_shown_and_texts_never() -> None:
    text = "Could not find relation for 'DOE^JANE' in \"Party\" at row 3 and column 9."
    (issue,) = TARGET.explain_response(200, _refused(text))
    assert dict(issue.values) == {"record": "Party", "row": "2", "status": "200", "target": "tryton"}
    assert "DOE" not in repr(issue)
    (other,) = TARGET.explain_response(200, _refused('Could not find relation for x in "DOE" at row 3 and'))
    assert "DOE" not in repr(other)


@given(
    st.integers(-10, 700),
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["error", "result", "id", "__name__", "message", "description"]),
                inner,
                max_size=3,
            )
        ),
    ).map(json.dumps),
)
def test_any_answer_is_issues_and_never_an_exception(status: int, body: str) -> None:
    issues = TARGET.explain_response(status, body)
    assert issues or 200 <= status < 300


def test_a_deep_answer_does_not_break() -> None:
    assert [issue.code for issue in TARGET.explain_response(200, "[" * 200_000)] == ["ERP_UNAVAILABLE"]


def test_numbers_that_a_search_over_rest_finds_are_an_answer() -> None:
    assert TARGET.explain_response(200, "[1, 2]") == ()
    assert TARGET.explain_response(200, "[]") == ()
    (issue,) = TARGET.explain_response(200, "[true]")
    assert issue.code == "ERP_UNAVAILABLE"
