"""The three requests of a posting: find the moves of a document, bring one in as a draft, post it.

Over JSON-RPC, which needs a session, or REST, which needs the key of a user application. The rows are the
same.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

PLACE_OF_IDS = "<ids>"
"""Stands in `post_step` where the numbers go that the lookup finds."""

_MODEL = "account.move"
_FOUND = ("number", "state", "lines.state", "lines.debit", "lines.credit")

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Requests:
    """What a payload says of them. `rows` is the JSON pointer in `body` to the rows that are brought in."""

    path: str
    body: dict[str, Any]
    rows: str
    lookup: str
    post_step: str


def json_rpc(external_id: str, fields: list[str], rows: Rows, company: int | None) -> Requests:
    """Calls, with the company that the user acts for in their context."""
    context = {} if company is None else {"company": company}
    found = [_by_id(external_id)]
    return Requests(
        path="/rpc/",
        body=_call("import_data", fields, rows, context),
        rows="/params/1",
        lookup=_text(_call("search_read", found, 0, None, None, list(_FOUND), context)),
        post_step=_text(_call("post", PLACE_OF_IDS, context)),
    )


def rest(external_id: str, fields: list[str], rows: Rows, company: int | None) -> Requests:
    """Paths of a `GET` and of a `POST`, which takes one number at a time."""
    path = f"/rest/model/{_MODEL}"
    found = [_by_id(external_id), *([] if company is None else [["company", "=", company]])]
    domain = urlsafe_b64encode(_text(found).encode()).decode()
    return Requests(
        path=f"{path}/import_data",
        body={"fields_names": fields, "data": rows},
        rows="/data",
        lookup=f"{path}?{urlencode([('d', domain), *(('f', field) for field in _FOUND)])}",
        post_step=f"{path}/{PLACE_OF_IDS}/post",
    )


APIS: Mapping[str, Callable[[str, list[str], Rows, int | None], Requests]] = {
    "json-rpc": json_rpc,
    "rest": rest,
}


def _call(method: str, *params: Any) -> dict[str, Any]:
    """The body of a call. Only where all three keys are there does an error come in the envelope."""
    return {"id": 1, "method": f"model.{_MODEL}.{method}", "params": list(params)}


def _by_id(external_id: str) -> list[str]:
    """The id of a document stands at the start of the description of its move."""
    start = "".join(f"\\{sign}" if sign in "\\%_" else sign for sign in external_id)
    return ["description", "like", f"{start};%"]


def _text(body: Any) -> str:
    """A body as JSON text, the same for the same body."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True)
