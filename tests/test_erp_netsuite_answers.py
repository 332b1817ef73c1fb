"""What NetSuite answers, as issues."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.erp.netsuite import TARGET


def _answer(*details: dict[str, str]) -> str:
    return json.dumps({"type": "x", "title": "Bad Request", "status": 400, "o:errorDetails": details})


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_good_answer_is_no_issue(status: int) -> None:
    assert TARGET.explain_response(status, "") == ()


@pytest.mark.parametrize(
    ("status", "code", "text", "expected"),
    [
        (
            400,
            "USER_ERROR",
            "The transaction date you specified is not within the date range of your accounting period.",
            "ERP_PERIOD_CLOSED",
        ),
        (400, "INVALID_KEY_OR_REF", "Invalid account reference key 4711.", "ERP_REFERENCE_UNKNOWN"),
        (400, "INVALID_KEY_OR_REF", "", "ERP_REFERENCE_UNKNOWN"),
        (
            400,
            "INVALID_CONTENT",
            "You have entered an Invalid Field Value 9 for the following field: account",
            "ERP_REFERENCE_UNKNOWN",
        ),
        (400, "USER_ERROR", "The amounts in a journal entry must balance.", "ERP_UNBALANCED"),
        (400, "DUP_RCRD", "", "ERP_DUPLICATE"),
        (400, "USER_ERROR", "This record already exists", "ERP_DUPLICATE"),
        (403, "INSUFFICIENT_PERMISSION", "You may not do that.", "ERP_REJECTED"),
        (429, "CONCURRENCY_LIMIT_EXCEEDED", "Too many.", "ERP_UNAVAILABLE"),
        (503, "", "", "ERP_UNAVAILABLE"),
        (0, "", "", "ERP_UNAVAILABLE"),
        (302, "", "", "ERP_REJECTED"),
    ],
)
def test_answers_are_classified(status: int, code: str, text: str, expected: str) -> None:
    (issue,) = TARGET.explain_response(status, _answer({"detail": text, "o:errorCode": code}))
    assert issue.code == expected
    assert dict(issue.values)["status"] == str(status)
    assert f"status {status}" in issue.message


def test_known_codes_are_shown_and_texts_never() -> None:
    answer = _answer(
        {
            "detail": "Invalid entity reference key DOE^JANE.",
            "o:errorCode": "INVALID_KEY_OR_REF",
            "o:errorPath": "line.items[3].entity",
        },
        {"detail": "DOE^JANE", "o:errorCode": "DOE_JANE_19700101", "o:errorPath": "DOE^JANE"},
    )
    known, unknown = TARGET.explain_response(400, answer)
    assert dict(known.values)["erp_code"] == "INVALID_KEY_OR_REF"
    assert dict(known.values)["item"] == "3"
    assert dict(unknown.values)["erp_code"] == "•"
    assert "DOE" not in repr((known, unknown))


@given(
    st.integers(-10, 700),
    st.text()
    | st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["o:errorDetails", "detail", "o:errorCode", "o:errorPath"]), inner, max_size=4
            )
        ),
    ).map(json.dumps),
)
def test_any_answer_is_issues_and_never_an_exception(status: int, body: str) -> None:
    issues = TARGET.explain_response(status, body)
    assert (issues == ()) is (200 <= status < 300)


def test_a_deep_answer_does_not_break() -> None:
    assert [issue.code for issue in TARGET.explain_response(400, "[" * 200_000)] == ["ERP_REJECTED"]
