"""The order in which to send documents."""

from __future__ import annotations

from collections.abc import Sequence

from hcfin.finance.base import Document


def dependencies_first(documents: Sequence[Document]) -> list[Document]:
    """Each document after those that it depends on, otherwise in the given order.

    A dependency outside `documents` was sent before and is ignored; one that leads in a circle is ignored
    where the circle closes.
    """
    places: dict[str, list[int]] = {}
    for place, document in enumerate(documents):
        places.setdefault(document.id, []).append(place)
    ordered: list[Document] = []
    entered: set[int] = set()
    # A stack of its own, because a chain of reversals may be longer than Python's.
    stack = [(place, False) for place in reversed(range(len(documents)))]
    while stack:
        place, complete = stack.pop()
        if complete:
            ordered.append(documents[place])
        elif place not in entered:
            entered.add(place)
            stack.append((place, True))
            before = [other for one in documents[place].depends_on for other in places.get(one, ())]
            stack.extend((other, False) for other in reversed(before))
    return ordered
