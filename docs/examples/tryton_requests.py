"""The requests of one posting to Tryton, over JSON-RPC or REST, whichever its payload was rendered for."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from hcfin.erp import Payload
from hcfin.erp.tryton import PLACE_OF_IDS, explain_response
from hcfin.issues import Issue

Send = Callable[[str, str, str], tuple[int, str]]
"""(HTTP method, path below the database, body) to (status, text); status 0 where no answer came."""

Record = dict[str, Any]
"""A record as it is found: `id`, `state`, and mostly `lines`, those of a move with `debit` and `credit`."""


class StoppedError(Exception):
    """Tryton refused a request, or nobody knows what became of it."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        super().__init__(", ".join(issue.code for issue in issues))
        self.issues = issues

    @property
    def retryable(self) -> bool:
        """Whether the same request may be made again: nobody knows whether the first one did anything."""
        return all(issue.code == "ERP_UNAVAILABLE" for issue in self.issues)


class Requests(Protocol):
    """What a posting asks of Tryton. Everything raises `StoppedError`."""

    company: int | None

    def work_for(self, company: int) -> None:
        """See the records of a company: a user sees those of one at a time."""

    def found(self) -> list[Record]:
        """The records that carry the document's id."""

    def bring_in(self) -> None:
        """Make the draft."""

    def is_done(self, record: Record) -> bool:
        """Whether the record is where its last step leads."""

    def waits(self, record: Record) -> bool:
        """Whether a person must go on with it."""

    def go_on(self, record: Record) -> None:
        """Take the steps that are left."""

    def delete(self, number: int) -> None:
        """Delete a draft."""

    def rows(self) -> tuple[list[str], list[list[str]]]:
        """Names of the columns, and the rows that are brought in."""


def requests_of(payload: Payload, send: Send) -> Requests:
    """The requests of a payload."""
    return Rest(payload, send) if payload.path.startswith("/rest/") else JsonRpc(payload, send)


class _Steps:
    """The steps after a draft: one, `post`, for a move; a list with states for other records."""

    def __init__(self, payload: Payload, send: Send) -> None:
        self._payload, self._send = payload, send
        listed = payload.post_step.startswith("[")
        self._listed: list[dict[str, Any]] = json.loads(payload.post_step) if listed else []

    def found(self) -> list[Record]:
        raise NotImplementedError

    def post(self, number: int) -> None:
        raise NotImplementedError

    def is_done(self, record: Record) -> bool:
        return record["state"] in (self._listed[-1]["to"] if self._listed else ("posted",))

    def waits(self, record: Record) -> bool:
        return bool(self._listed) and "pending" in self._listed[-1] and record["state"] == "waiting"

    def go_on(self, record: Record) -> None:
        if not self._listed:
            self.post(record["id"])
            return
        numbers, state = {PLACE_OF_IDS: record["id"]}, record["state"]
        for step in self._listed:
            if state in step["to"] if "to" in step else state != "draft":
                continue
            body = json.dumps(_numbered(step["body"], numbers))
            found = self._result(step["method"], _numbered(step["path"], numbers), body)
            if "find" in step:
                if len(found) != 1:
                    raise StoppedError(explain_response(200, _NOT_ONE))
                numbers[step["find"]] = found[0]
            elif "to" in step:
                (record,) = self.found()
                state = record["state"]

    def _result(self, method: str, path: str, body: str) -> Any:
        raise NotImplementedError


# As Tryton says it of rows that name what is not there.
_NOT_ONE = '{"error": ["ImportDataError", ["Could not find relation", "", null]]}'


def _numbered(value: Any, numbers: dict[str, int]) -> Any:
    """A request with numbers in the place of their texts."""
    if isinstance(value, dict):
        return {name: _numbered(one, numbers) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbered(one, numbers) for one in value]
    if value in numbers:
        return numbers[value]
    for text, number in numbers.items() if isinstance(value, str) else ():
        value = value.replace(text, str(number))
    return value


class JsonRpc(_Steps):
    """Calls to one address, in a session."""

    def __init__(self, payload: Payload, send: Send) -> None:
        super().__init__(payload, send)
        self._context: dict[str, Any] = json.loads(payload.lookup)["params"][-1]
        self.company: int | None = self._context.get("company")

    def work_for(self, company: int) -> None:
        self._call("model.res.user.set_preferences", {"company": company}, {})

    def found(self) -> list[Record]:
        records: list[Record] = self._exchange(self._payload.lookup)
        return [{**one, "lines": one.get("lines.", [])} for one in records]

    def bring_in(self) -> None:
        self._exchange(json.dumps(self._payload.body))

    def post(self, number: int) -> None:
        step = json.loads(self._payload.post_step)
        step["params"] = [[number] if one == PLACE_OF_IDS else one for one in step["params"]]
        self._exchange(json.dumps(step))

    def delete(self, number: int) -> None:
        self._call(f"model.{self._payload.record}.delete", [number], self._context)

    def rows(self) -> tuple[list[str], list[list[str]]]:
        fields, rows, _ = self._payload.body["params"]
        return fields, rows

    def _call(self, method: str, *params: Any) -> Any:
        return self._exchange(json.dumps({"id": 1, "method": method, "params": params}))

    def _result(self, method: str, path: str, body: str) -> Any:
        return self._exchange(body)

    def _exchange(self, body: str) -> Any:
        return _answer(self._send, "POST", self._payload.path, body)["result"]


class Rest(_Steps):
    """Paths of records, with the key of a user application."""

    def __init__(self, payload: Payload, send: Send) -> None:
        super().__init__(payload, send)
        (domain,) = parse_qs(urlsplit(payload.lookup).query)["d"]
        clauses = json.loads(urlsafe_b64decode(domain))
        self.company: int | None = next((value for name, _, value in clauses if name == "company"), None)

    def work_for(self, company: int) -> None:
        body = json.dumps({"values": {"company": company}})
        _answer(self._send, "POST", "/rest/model/res.user/set_preferences", body)

    def found(self) -> list[Record]:
        records: list[Record] = _answer(self._send, "GET", self._payload.lookup, "")
        return [{"lines": [], **one} for one in records]

    def bring_in(self) -> None:
        _answer(self._send, self._payload.method, self._payload.path, json.dumps(self._payload.body))

    def post(self, number: int) -> None:
        _answer(self._send, "POST", self._payload.post_step.replace(PLACE_OF_IDS, str(number)), "{}")

    def delete(self, number: int) -> None:
        _answer(self._send, "DELETE", f"/rest/model/{self._payload.record}/{number}", "")

    def rows(self) -> tuple[list[str], list[list[str]]]:
        return self._payload.body["fields_names"], self._payload.body["data"]

    def _result(self, method: str, path: str, body: str) -> Any:
        return _answer(self._send, method, path, body)


_COMPARED = (("debit", "credit"), ("quantity", "unit_price"))


def brought(requests: Requests) -> list[list[Decimal]]:
    """What is compared of each line that is brought in: debit and credit, or quantity and price."""
    fields, rows = requests.rows()
    for names in _COMPARED:
        if f"lines/{names[0]}" in fields:
            places = [fields.index(f"lines/{name}") for name in names]
            return sorted([Decimal(row[at] or 0) for at in places] for row in rows if row[places[0]])
    return []


def there(record: Record) -> list[list[Decimal]]:
    """The same of the lines of a record."""
    names = next((names for names in _COMPARED for line in record["lines"][:1] if names[0] in line), ())
    return sorted([_number(line[name]) for name in names] for line in record["lines"])


def _number(value: Any) -> Decimal:
    """A quantity is a float, whose shortest digits are what was sent."""
    return Decimal(value["decimal"]) if isinstance(value, dict) else Decimal(str(value or 0))


def _answer(send: Send, method: str, path: str, body: str) -> Any:
    """The answer to one request. Raises `StoppedError`."""
    status, text = send(method, path, body)
    issues = explain_response(status, text)
    if issues:
        raise StoppedError(issues)
    return json.loads(text) if text else None
