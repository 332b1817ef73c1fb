"""The order in which to send documents, and their payloads in that order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from hcfin.erp import Payload, Rendering
from hcfin.finance.base import Document
from hcfin.issues import Issue, Severity

Rendered = tuple[list[Payload], list[Issue]]
"""The payloads of one document, and what they cannot say."""


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


def rendered_in_order(
    documents: Sequence[Document],
    rendered: Callable[[Document], Rendered],
    *,
    memos: bool,
    counted: Callable[[Document], bool] = lambda _: False,
) -> Rendering:
    """The payloads of documents, each after those that it depends on and depending on what they are sent as,
    beside what it depends on of its own document.

    Memo documents are left out unless `memos` asks for them, or `counted` says that they tell the ERP more
    than what to book. A payload that depends on a document that could not be rendered still names it, and so
    is not sent.
    """
    payloads: list[Payload] = []
    issues: list[Issue] = []
    sent_as: dict[str, tuple[str, ...]] = {}
    for document in dependencies_first(documents):
        if document.memo and not memos and not counted(document):
            # It books nothing, so nothing has to wait for it.
            sent_as[document.id] = ()
            continue
        made, said = rendered(document)
        after = tuple(sent for one in document.depends_on for sent in sent_as.get(one, (one,)))
        payloads += [replace(payload, depends_on=(*after, *payload.depends_on)) for payload in made]
        issues += said
        if made or not any(issue.severity is Severity.ERROR for issue in said):
            sent_as[document.id] = tuple(payload.external_id for payload in made)
    return Rendering(payloads=tuple(payloads), issues=tuple(issues))
