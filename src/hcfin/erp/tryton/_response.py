"""What Tryton answers, as issues. Its texts are matched and never repeated: they may quote the payload.

The texts are those of a user whose language is English.
"""

from __future__ import annotations

import json
import re
from typing import Any

from hcfin.erp._documents import ISSUE
from hcfin.erp.tryton._fields import NAME
from hcfin.issues import Issue, PolicyText

_MAX_BODY = 1_000_000

_SAYS = (
    ("ERP_PERIOD_CLOSED", r'closed (?:journal-)?period|period "[^"]*".* is closed|reopen the period'),
    ("ERP_PERIOD_CLOSED", r'for field "Period" .*not valid according to its domain'),
    ("ERP_UNBALANCED", r"must balance all its lines"),
    ("ERP_REFERENCE_UNKNOWN", r"could not find relation|found too many relation|does not exist"),
    (
        "ERP_REFERENCE_UNKNOWN",
        r'for field "Account" .*not valid according to its domain|must create a period',
    ),
    ("ERP_REFERENCE_UNKNOWN", r"set a type or unclose it"),
)
_PATTERNS = tuple((code, re.compile(pattern, re.I | re.S)) for code, pattern in _SAYS)

# Names of Tryton's own models; only these may be shown.
_RECORD = re.compile(
    r' in "(Account|Analytic Account|Company|Party|(?:Account )?(?:Journal|Period)|Party Address|Product'
    r'|Product Uom|Stock Location|Company Employee)" at row'
)
_ROW = re.compile(r"at row ([0-9]{1,6}) and column", re.ASCII)

# Nothing was booked, or nobody knows: ask again.
_TRANSIENT = ("ConcurrencyException", "TimeoutException")


def explain_response(status: int, body: str) -> tuple[Issue, ...]:
    """Issues for an answer to one request; none if Tryton did what it was asked.

    `status` is the HTTP status, 0 if no answer came. JSON-RPC refuses with status 200 and an `error` in the
    envelope, REST with status 400 and a `message`. The value `row` is the place among the rows that it
    objects to, 0 for the first, as in the payload's `trace`; `record` the kind of record that is not there.
    Never raises.
    """
    if status < 100 or status in (408, 409, 423, 429) or status >= 500:
        return (ISSUE("ERP_UNAVAILABLE", target=NAME, status=status),)
    if status == 204:
        return ()
    answer = _parsed(body)
    if status == 400 and isinstance(answer, dict):
        return (_refusal(status, "", [answer.get("message"), answer.get("description")]),)
    if not 200 <= status < 300:
        return (ISSUE("ERP_REJECTED", target=NAME, status=status),)
    if isinstance(answer, dict) and "error" in answer:
        kind, *details = answer["error"] if isinstance(answer["error"], list) and answer["error"] else [""]
        return (_refusal(status, kind, details),)
    if _is_done(answer):
        return ()
    # A login page or half an answer: somebody between us and Tryton spoke.
    return (ISSUE("ERP_UNAVAILABLE", target=NAME, status=status),)


def _parsed(body: str) -> Any:
    try:
        return json.loads(body[:_MAX_BODY])
    except (ValueError, RecursionError):
        return None


def _is_done(answer: Any) -> bool:
    """A result in the envelope of JSON-RPC; of REST a count, numbers of records, or records, which name their
    model."""
    if isinstance(answer, dict):
        return "result" in answer or "__name__" in answer
    if isinstance(answer, list):
        return all(_is_number(one) or (isinstance(one, dict) and "__name__" in one) for one in answer)
    return _is_number(answer)


def _is_number(answer: Any) -> bool:
    return isinstance(answer, int) and not isinstance(answer, bool)


def _refusal(status: int, kind: Any, details: list[Any]) -> Issue:
    if kind in _TRANSIENT:
        return ISSUE("ERP_UNAVAILABLE", target=NAME, status=status)
    said = "".join(part for part in _texts(details))
    values: dict[str, int | str] = {"status": status}
    row, record = _ROW.search(said), _RECORD.search(said)
    if row:
        values["row"] = int(row[1]) - 1
    if record:
        values["record"] = PolicyText(record[1])
    code = next((code for code, pattern in _PATTERNS if pattern.search(said)), "ERP_REJECTED")
    return ISSUE(code, None, excerpt="", target=NAME, **values)


def _texts(details: list[Any]) -> list[str]:
    """Texts of the first two levels, which is as deep as Tryton nests them."""
    flat = [one for part in details for one in (part if isinstance(part, list) else [part])]
    return [one for one in flat if isinstance(one, str)]
