"""Ids and tokens: keyed, deterministic, and the same for the same business content.

A document id is an HMAC over the business key, so re-sending a file in another envelope gives the same id.
A token stands for a patient-related identifier where a payload must link records. Tokens make a payload
minimum-necessary; they do not make it de-identified, because a token is derived from the identifier.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from hcfin.errors import KeysError

MINIMUM_KEY_BYTES = 32
# 80 bits, which are 16 characters; with the prefix 20, the shortest document number of the ERPs served.
_ID_BYTES = 10
# Made once: `json.dumps` would make one for each id and token.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Keys:
    """The caller's secrets. `id` is never rotated; `token` may be, and then `token_version` changes."""

    id: bytes = field(repr=False)
    token: bytes = field(repr=False)
    token_version: str = "1"  # noqa: S105 - the version of a key, not a key
    demo: bool = False

    def __post_init__(self) -> None:
        for name in ("id", "token"):
            if len(getattr(self, name)) < MINIMUM_KEY_BYTES:
                raise KeysError(f"keys.{name} must have at least {MINIMUM_KEY_BYTES} bytes")
        if not (self.token_version.isascii() and self.token_version.isalnum()):
            raise KeysError("keys.token_version must be ASCII letters and digits")


DEMO_KEYS = Keys(
    id=b"hcfin published demo key: ids    ",
    token=b"hcfin published demo key: tokens ",
    demo=True,
)
"""Published keys for trying things out; everything made with them starts with `demo`."""


def canonical_json(value: object) -> bytes:
    """The one byte form of a JSON value: sorted keys, no blanks, UTF-8; money must be text already."""
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def content_hash(value: object) -> str:
    """SHA-256 of the canonical JSON, as hex.

    >>> content_hash({"b": 1, "a": "2.00"})[:16]
    '2474bbb75f1d4da0'
    """
    return hashlib.sha256(canonical_json(value)).hexdigest()


def document_id(keys: Keys, kind: str, business_key: Sequence[str | int]) -> str:
    """The id of a document: 20 characters, the same for the same business key.

    >>> document_id(DEMO_KEYS, "journal_entry", ["payer", "trace"])[:4]
    'demo'
    """
    return ("demo" if keys.demo else "hc1-") + _digest(keys.id, [kind, *business_key])


def token(keys: Keys, domain: str, value: str) -> str:
    """A stand-in for an identifier. Domains keep tokens of different kinds of identifier apart.

    >>> token(DEMO_KEYS, "acct", "A-1") == token(DEMO_KEYS, "claim", "A-1")
    False
    """
    prefix = "demo" if keys.demo else f"t{keys.token_version}-"
    return prefix + _digest(keys.token, [domain, value.strip()])


def _digest(key: bytes, parts: Sequence[str | int]) -> str:
    mac = hmac.new(key, canonical_json(list(parts)), hashlib.sha256).digest()
    return base64.b32encode(mac[:_ID_BYTES]).decode("ascii").lower()
