"""What is printed for a file: pieces that can wait for their turn, and the status that they end with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from hcfin.cli.options import HELD_BACK, OK, json_text
from hcfin.cli.progress import Meter
from hcfin.cli.sources import Source
from hcfin.issues import PARTIAL, Issue
from hcfin.wire.json import dumps


class Text(NamedTuple):
    """Something to print: to standard output, to standard error, or to the file of issues."""

    to: Literal["out", "err", "issues"]
    text: str


class Ended(NamedTuple):
    """The last piece of a file: the exit status that it means."""

    status: int


Piece = Text | Ended
Job = Callable[[Source, Meter], Iterator[Piece]]


def pieces_of(job: Job, source: Source, meter: Meter) -> Iterator[Piece]:
    """What a job has to say about a source. Raises `HcfinError`, also where the source cannot be read."""
    try:
        yield from job(source, meter)
    except OSError as error:
        fault = source.fault(error)
    else:
        return
    raise fault


@dataclass(frozen=True, slots=True)
class Style:
    """How results and issues are written."""

    ndjson: bool = False
    compact: bool = False
    issues_apart: bool = False
    """Issues go to a file of their own as NDJSON, instead of to standard error."""

    def json(self, value: Any) -> Text:
        """A result as JSON."""
        return Text("out", self.text(value) + "\n")

    def text(self, value: Any) -> str:
        """A value as JSON text."""
        return json_text(value, self.compact or self.ndjson)

    def listing(
        self, before: dict[str, Any], name: str, items: Iterable[str], after: Callable[[], dict[str, Any]]
    ) -> Iterator[Text]:
        """The text of `json({**before, name: items, **after()})`, item by item. Items are JSON texts already;
        what comes after them is asked for when they are over."""
        line, colon = ("", ":") if self.compact or self.ndjson else ("\n", ": ")

        def indented(text: str, depth: int) -> str:
            return f"{line}{text}".replace("\n", "\n" + "  " * depth)

        def member(key: str, value: str) -> str:
            return indented(self.text(key) + colon + value, 1)

        yield Text("out", "{" + "".join(member(key, self.text(before[key])) + "," for key in before))
        yield Text("out", member(name, "["))
        separator = ""
        for item in items:
            yield Text("out", separator + indented(item, 2))
            separator = ","
        yield Text("out", indented("]", 1) if separator else "]")
        rest = after()
        yield Text("out", "".join("," + member(key, self.text(rest[key])) for key in rest) + line + "}\n")

    def issues(self, issues: Iterable[Issue], source: Source) -> Iterator[Text]:
        """Issues as lines."""
        for issue in issues:
            if self.issues_apart:
                yield Text("issues", dumps({"source": source.name, **issue.to_dict()}) + "\n")
            else:
                yield Text("err", f"{issue}\n")


def status_of(issues: Iterable[Issue]) -> int:
    """The exit status that issues mean."""
    return HELD_BACK if any(issue.disposition in PARTIAL for issue in issues) else OK
