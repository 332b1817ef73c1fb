"""What NetSuite answers, as issues. Its texts are matched and never repeated: they may quote the payload."""

from __future__ import annotations

import json
import re
from typing import Any

from hcfin.erp._documents import ISSUE
from hcfin.erp.netsuite._fields import NAME
from hcfin.issues import Issue, PolicyText, unique

_MAX_BODY = 1_000_000
_MAX_DETAILS = 100

# Only these may be shown; anything else in the place of a code goes through the mask.
_KNOWN_CODES = frozenset(
    {
        "CONCURRENCY_LIMIT_EXCEEDED",
        "DUP_RCRD",
        "INSUFFICIENT_PERMISSION",
        "INVALID_CONTENT",
        "INVALID_KEY_OR_REF",
        "INVALID_LOGIN",
        "INVALID_VALUE",
        "NONEXISTENT_FIELD",
        "NONEXISTENT_ID",
        "UNEXPECTED_ERROR",
        "USER_ERROR",
    }
)

_SAYS = (
    ("ERP_DUPLICATE", re.compile(r"record (?:already exists|with th(?:is|e same) external ?id)", re.I)),
    ("ERP_PERIOD_CLOSED", re.compile(r"accounting period|period (?:is|has been) (?:closed|locked)", re.I)),
    (
        "ERP_UNBALANCED",
        re.compile(r"(?:must|does not|do not|don't|not) balance\b|out of balance|unbalanced", re.I),
    ),
    ("ERP_REFERENCE_UNKNOWN", re.compile(r"reference key|invalid field value", re.I)),
)
_ITEM = re.compile(r"\.items\[([0-9]{1,5})\]", re.ASCII)


def explain_response(status: int, body: str) -> tuple[Issue, ...]:
    """Issues for an answer to one payload; none if NetSuite took it.

    `status` is the HTTP status, 0 if no answer came. The value `item` is the place in the sublist that
    NetSuite objects to, 0 for the first, as in the payload's `trace`. Never raises.
    """
    if 200 <= status < 300:
        return ()
    if status < 100 or status == 429 or status >= 500:
        return (ISSUE("ERP_UNAVAILABLE", target=NAME, status=status),)
    return unique(_issue(status, detail) for detail in _details(body) or [{}])


def _details(body: str) -> list[dict[str, Any]]:
    try:
        envelope = json.loads(body[:_MAX_BODY])
    except (ValueError, RecursionError):
        return []
    details = envelope.get("o:errorDetails") if isinstance(envelope, dict) else None
    if not isinstance(details, list):
        return []
    return [detail for detail in details[:_MAX_DETAILS] if isinstance(detail, dict)]


def _issue(status: int, detail: dict[str, Any]) -> Issue:
    code, text, path = (_text(detail.get(key)) for key in ("o:errorCode", "detail", "o:errorPath"))
    values: dict[str, int | str] = {"status": status}
    if code:
        values["erp_code"] = PolicyText(code) if code in _KNOWN_CODES else code
    item = _ITEM.search(path)
    if item:
        values["item"] = int(item[1])
    return ISSUE(_kind(code, text), None, excerpt="", target=NAME, **values)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _kind(code: str, text: str) -> str:
    for kind, pattern in _SAYS:
        if pattern.search(text):
            return kind
    kinds = {"INVALID_KEY_OR_REF": "ERP_REFERENCE_UNKNOWN", "DUP_RCRD": "ERP_DUPLICATE"}
    return kinds.get(code, "ERP_REJECTED")
