"""Fields of a segment that are one text each, taken at one stroke."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from hcfin.standards.hl7v2.fields import FieldAccess, Fields


class Texts:
    """Numbers of fields, and the names that a node has for their texts: two or more of them.

    >>> from hcfin.standards.hl7v2.profile import Profile
    >>> values = {"id": "", "kind": "", "turn": ""}
    >>> Texts((1, "id"), (2, "kind"), (9, "turn")).put(FieldAccess(Profile()), ["ZZZ", "7", ""], values)
    >>> values
    {'id': '7', 'kind': '', 'turn': ''}
    """

    def __init__(self, *named: tuple[int, str]) -> None:
        self.names = [name for _, name in named]
        self.size = max(position for position, _ in named) + 1
        self._take = itemgetter(*[position for position, _ in named])

    def put(self, access: FieldAccess, fields: Fields, values: dict[str, Any]) -> None:
        """Put the first component of each field into values; absent ones are left out."""
        if len(fields) < self.size:
            fields = fields + [""] * (self.size - len(fields))
        for name, text in zip(self.names, self._take(fields), strict=True):
            if text:
                values[name] = text if text.isalnum() else access.text([text], 0)
