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

Move = dict[str, Any]
"""A move as it is found: `id`, `state`, and `lines` with `state`, `debit` and `credit`."""


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

    def found(self) -> list[Move]:
        """The moves that carry the document's id."""

    def bring_in(self) -> None:
        """Make the draft."""

    def post(self, number: int) -> None:
        """Post the draft."""

    def delete(self, number: int) -> None:
        """Delete a draft."""

    def rows(self) -> tuple[list[str], list[list[str]]]:
        """Names of the columns, and the rows that are brought in."""


def requests_of(payload: Payload, send: Send) -> Requests:
    """The requests of a payload."""
    return Rest(payload, send) if payload.path.startswith("/rest/") else JsonRpc(payload, send)


class JsonRpc:
    """Calls to one address, in a session."""

    def __init__(self, payload: Payload, send: Send) -> None:
        self._payload, self._send = payload, send
        self._context: dict[str, Any] = json.loads(payload.lookup)["params"][-1]
        self.company: int | None = self._context.get("company")

    def work_for(self, company: int) -> None:
        self._call("model.res.user.set_preferences", {"company": company}, {})

    def found(self) -> list[Move]:
        moves: list[Move] = self._exchange(self._payload.lookup)
        return [{**move, "lines": move["lines."]} for move in moves]

    def bring_in(self) -> None:
        self._exchange(json.dumps(self._payload.body))

    def post(self, number: int) -> None:
        step = json.loads(self._payload.post_step)
        step["params"] = [[number] if one == PLACE_OF_IDS else one for one in step["params"]]
        self._exchange(json.dumps(step))

    def delete(self, number: int) -> None:
        self._call("model.account.move.delete", [number], self._context)

    def rows(self) -> tuple[list[str], list[list[str]]]:
        fields, rows, _ = self._payload.body["params"]
        return fields, rows

    def _call(self, method: str, *params: Any) -> Any:
        return self._exchange(json.dumps({"id": 1, "method": method, "params": params}))

    def _exchange(self, body: str) -> Any:
        return _answer(self._send, "POST", self._payload.path, body)["result"]


class Rest:
    """Paths of records, with the key of a user application."""

    def __init__(self, payload: Payload, send: Send) -> None:
        self._payload, self._send = payload, send
        (domain,) = parse_qs(urlsplit(payload.lookup).query)["d"]
        clauses = json.loads(urlsafe_b64decode(domain))
        self.company: int | None = next((value for name, _, value in clauses if name == "company"), None)

    def work_for(self, company: int) -> None:
        body = json.dumps({"values": {"company": company}})
        _answer(self._send, "POST", "/rest/model/res.user/set_preferences", body)

    def found(self) -> list[Move]:
        moves: list[Move] = _answer(self._send, "GET", self._payload.lookup, "")
        return moves

    def bring_in(self) -> None:
        _answer(self._send, self._payload.method, self._payload.path, json.dumps(self._payload.body))

    def post(self, number: int) -> None:
        _answer(self._send, "POST", self._payload.post_step.replace(PLACE_OF_IDS, str(number)), "{}")

    def delete(self, number: int) -> None:
        _answer(self._send, "DELETE", f"/rest/model/account.move/{number}", "")

    def rows(self) -> tuple[list[str], list[list[str]]]:
        return self._payload.body["fields_names"], self._payload.body["data"]


def amounts_of(requests: Requests) -> list[list[Decimal]]:
    """Debit and credit of each line that is brought in."""
    fields, rows = requests.rows()
    sides = [fields.index(f"lines/{side}") for side in ("debit", "credit")]
    return [[Decimal(row[side]) for side in sides] for row in rows if row[sides[0]]]


def _answer(send: Send, method: str, path: str, body: str) -> Any:
    """The answer to one request. Raises `StoppedError`."""
    status, text = send(method, path, body)
    issues = explain_response(status, text)
    if issues:
        raise StoppedError(issues)
    return json.loads(text) if text else None
