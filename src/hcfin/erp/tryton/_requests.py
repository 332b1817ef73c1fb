"""The requests of a posting: find the records of a document, bring one in as a draft, take it to its end.

Over JSON-RPC, which needs a session, or REST, which needs the key of a user application. The rows are the
same. A move has one step, `post`. A record of procurement has several, and some name records that only the
database knows by number: these are found on the way, and their numbers put in the place of a text.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

PLACE_OF_IDS = "<ids>"
"""Stands in `post_step` where the numbers go that the lookup finds."""

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: the field that begins with a document's id, and what is read of those found."""

    model: str
    named: str
    found: tuple[str, ...]


MOVE = Kind("account.move", "description", ("number", "state", "lines.state", "lines.debit", "lines.credit"))


@dataclass(frozen=True, slots=True)
class Find:
    """Find the one record that meets all clauses, or the first; its number goes where `place` stands from
    then on."""

    place: str
    model: str
    clauses: tuple[list[Any], ...]
    first: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """Write values into the one record whose number stands at `of`."""

    model: str
    of: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Push:
    """Press a button. `to`: the states that the document's record is then in, or has gone on to; `pending`:
    a person must go on from there."""

    model: str
    button: str
    to: tuple[str, ...] = ()
    of: str = PLACE_OF_IDS
    pending: bool = False


Step = Find | Change | Push


@dataclass(frozen=True, slots=True)
class Requests:
    """What a payload says of them. `rows` is the JSON pointer in `body` to the rows that are brought in."""

    path: str
    body: dict[str, Any]
    rows: str
    lookup: str
    post_step: str


class Api(Protocol):
    """How one of the two is spoken: all requests of a record. Without steps it is a move, and posted."""

    def __call__(
        self,
        kind: Kind,
        external_id: str,
        fields: list[str],
        rows: Rows,
        company: int | None,
        steps: Sequence[Step] = (),
    ) -> Requests: ...


def json_rpc(
    kind: Kind,
    external_id: str,
    fields: list[str],
    rows: Rows,
    company: int | None,
    steps: Sequence[Step] = (),
) -> Requests:
    """Calls, with the company that the user acts for in their context."""
    context = {} if company is None else {"company": company}
    found = [by_id(kind.named, external_id)]

    def call(step: Step) -> dict[str, Any]:
        if isinstance(step, Find):
            # Two are as many as it takes to see that it is not one.
            return _call(step.model, "search", list(step.clauses), 0, 2 - step.first, None, context)
        if isinstance(step, Change):
            return _call(step.model, "write", [step.of], dict(step.values), context)
        return _call(step.model, step.button, [step.of], context)

    requests = [_request("POST", "/rpc/", call(step), step) for step in steps]
    return Requests(
        path="/rpc/",
        body=_call(kind.model, "import_data", fields, rows, context),
        rows="/params/1",
        lookup=_text(_call(kind.model, "search_read", found, 0, None, None, list(kind.found), context)),
        post_step=_text(requests or _call(kind.model, "post", PLACE_OF_IDS, context)),
    )


def rest(
    kind: Kind,
    external_id: str,
    fields: list[str],
    rows: Rows,
    company: int | None,
    steps: Sequence[Step] = (),
) -> Requests:
    """Paths of a `GET` and of a `POST`, which takes one number at a time."""
    path = f"/rest/model/{kind.model}"
    found = [by_id(kind.named, external_id), *([] if company is None else [["company", "=", company]])]

    def request(step: Step) -> dict[str, Any]:
        start = f"/rest/model/{step.model}"
        if isinstance(step, Find):
            # The domain of a path is encoded, where no number could be put in: it goes in the body of a call.
            clauses = {"domain": list(step.clauses), "limit": 2 - step.first}
            return _request("POST", f"{start}/search", clauses, step)
        if isinstance(step, Change):
            return _request("PUT", f"{start}/{step.of}", dict(step.values), step)
        return _request("POST", f"{start}/{step.of}/{step.button}", {}, step)

    requests = [request(step) for step in steps]
    return Requests(
        path=f"{path}/import_data",
        body={"fields_names": fields, "data": rows},
        rows="/data",
        lookup=_search(path, found, kind.found),
        post_step=_text(requests) if requests else f"{path}/{PLACE_OF_IDS}/post",
    )


APIS: Mapping[str, Api] = {"json-rpc": json_rpc, "rest": rest}


def by_id(field: str, external_id: str, *target: str) -> list[Any]:
    """The id of a document stands at the start of a text of its record."""
    start = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in external_id)
    return [field, "like", f"{start};%", *target]


def _call(model: str, method: str, *params: Any) -> dict[str, Any]:
    """The body of a call. Only where all three keys are there does an error come in the envelope."""
    return {"id": 1, "method": f"model.{model}.{method}", "params": list(params)}


def _search(path: str, clauses: list[Any], fields: tuple[str, ...]) -> str:
    domain = urlsafe_b64encode(_text(clauses).encode()).decode()
    return f"{path}?{urlencode([('d', domain), *(('f', field) for field in fields)])}"


def _request(method: str, path: str, body: Any, step: Step) -> dict[str, Any]:
    """One step as JSON: what to send, and what it is for."""
    said: dict[str, Any] = {"method": method, "path": path, "body": body}
    if isinstance(step, Find):
        said["find"] = step.place
    elif isinstance(step, Push):
        said.update({"to": list(step.to)} if step.to else {}, **({"pending": True} if step.pending else {}))
    return said


def _text(body: Any) -> str:
    """A body as JSON text, the same for the same body."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True)
