"""Books to begin with: commented, with a blank for everything that only their owner can know."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.books import CLEARING, Books, builtin
from hcfin.books.checks import roles_used
from hcfin.codes import table
from hcfin.overlay import overlay


def starter() -> str:
    """The text of a books file with blanks: every role that the defaults can reach is in its chart.

    >>> print(starter().splitlines()[0])
    # Books for hcfin: your accounting policy. Fill every blank (""), then run: hcfin books check FILE
    >>> starter().count('= ""') > 10
    True
    """
    head = builtin("starter.toml").text
    return head + "".join(f"{line}\n" for line in _chart())


def _chart() -> Iterator[str]:
    defaults = Books.model_validate(overlay([builtin("default.toml")]).data)
    because = {CLEARING: "every remittance posts through it, and it ends at zero"}
    for path, role in roles_used(defaults):
        because.setdefault(role, ".".join(str(part) for part in path))
    order = table("roles")
    for role in sorted(because, key=lambda name: order[name].line):
        yield f'"{role}" = ""  # {because[role]}'
