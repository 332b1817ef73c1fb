"""A caller's transport to Tryton: JSON-RPC and REST over HTTP with the standard library.

hcfin itself calls nothing. Take this as it is, or use what your own system has for HTTP.
"""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.error
import urllib.request
from datetime import date
from decimal import Decimal
from typing import Any


class RefusedError(Exception):
    """Tryton refused a call of ours; the text is its own and may quote what was sent."""


def _encode(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(type(value))


def _decode(found: dict[str, Any]) -> Any:
    if found.get("__class__") == "Decimal":
        return Decimal(found["decimal"])
    if found.get("__class__") == "date":
        return date(found["year"], found["month"], found["day"])
    return found


class _Sender:
    """One request at a time. `base` ends with the database: http://127.0.0.1:8000/demo."""

    def __init__(self, base: str, timeout: float) -> None:
        self.base, self.timeout, self._authorization = base.rstrip("/"), timeout, ""

    def send(self, method: str, path: str, body: str) -> tuple[int, str]:
        """One request below the database; status and text of the answer, status 0 where none came."""
        headers = {"Content-Type": "application/json"}
        if self._authorization:
            headers["Authorization"] = self._authorization
        data = body.encode() if body else None
        request = urllib.request.Request(  # noqa: S310 - the address is the caller's own
            self.base + path, data, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")
        except OSError:
            return 0, ""


class Key(_Sender):
    """The key of a user application, for REST."""

    def __init__(self, base: str, key: str, timeout: float = 120) -> None:
        super().__init__(base, timeout)
        self._authorization = f"bearer {key}"


class Tryton(_Sender):
    """A session of one user, for JSON-RPC. A server that was just started has `wait` seconds to answer."""

    def __init__(
        self,
        base: str,
        user: str = "admin",
        password: str | None = None,
        timeout: float = 120,
        wait: float = 30,
    ) -> None:
        super().__init__(base, timeout)
        secret = password if password is not None else os.environ["TRYTON_PASSWORD"]
        ends = time.monotonic() + wait
        while not self.send("OPTIONS", "/", "")[0] and time.monotonic() < ends:
            time.sleep(0.2)
        number, token, *_ = self.call("common.db.login", user, {"password": secret}, None)
        session = base64.b64encode(f"{user}:{number}:{token}".encode()).decode()
        self._authorization = f"Session {session}"
        self.user = number
        self.context: dict[str, Any] = self.call("model.res.user.get_preferences", True, {})

    def call(self, method: str, *params: Any) -> Any:
        """The result of one call. Raises `RefusedError`."""
        body = json.dumps({"id": 1, "method": method, "params": list(params)}, default=_encode)
        status, text = self.send("POST", "/rpc/", body)
        if status != 200:
            raise RefusedError(f"{method}: status {status}")
        answer = json.loads(text, object_hook=_decode)
        if "error" in answer:
            raise RefusedError(f"{method}: {answer['error']}")
        return answer["result"]

    def work_for(self, company: int) -> None:
        """See the records of a company: a user sees those of one at a time."""
        self.call("model.res.user.set_preferences", {"company": company}, {})
        self.context = self.call("model.res.user.get_preferences", True, {})

    def find(self, model: str, *clauses: list[Any]) -> int | None:
        """The number of the first record that meets all clauses; None where there is none."""
        found = self.call(f"model.{model}.search", list(clauses), 0, 1, None, self.context)
        return found[0] if found else None

    def create(self, model: str, **values: Any) -> int:
        """The number of a new record."""
        return int(self.call(f"model.{model}.create", [values], self.context)[0])

    def have(self, model: str, *clauses: list[Any], **values: Any) -> int:
        """The number of the record that meets all clauses, made with these values where there is none."""
        found = self.find(model, *clauses)
        return self.create(model, **values) if found is None else found

    def rows(self, model: str, fields: list[str], *clauses: list[Any]) -> list[dict[str, Any]]:
        """Fields of all records that meet all clauses."""
        found: list[dict[str, Any]] = self.call(
            f"model.{model}.search_read", list(clauses), 0, None, None, fields, self.context
        )
        return found
