"""Problems as values. Every code is a row of some package's `issues.csv`; nothing else decides how severe
a problem is or what happens to the money."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable

from hcfin.origin import Origin
from hcfin.privacy import shown


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Disposition(StrEnum):
    """What happens to the money that the issue is about."""

    REJECT_SET = "reject_set"
    SUSPEND_CLAIM = "suspend_claim"
    KEEP_OPEN = "keep_open"
    REDATE = "redate"
    WARN = "warn"
    NOTE = "note"
    LOSS = "loss"


PARTIAL = frozenset({Disposition.REJECT_SET, Disposition.SUSPEND_CLAIM, Disposition.KEEP_OPEN})
"""Dispositions after which not all money went where the source says: status `partial`, exit status 1."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One problem: what, where, who owns it, and whether the same input may be tried again.

    `message` and `values` hold codes and amounts only, never patient data. `retry` is `none`, `after_fix`
    or `next_period`.
    """

    code: str
    severity: Severity
    disposition: Disposition
    message: str
    owner: str
    retry: str
    origin: Origin | None = None
    values: tuple[tuple[str, str], ...] = ()
    excerpt: str = ""

    def __str__(self) -> str:
        where = f" at {self.origin}" if self.origin else ""
        excerpt = f" [{self.excerpt}]" if self.excerpt else ""
        return f"{self.severity} {self.code}: {self.message}{where}{excerpt}"

    def to_dict(self) -> dict[str, object]:
        """JSON-ready form."""
        data: dict[str, object] = {
            "code": self.code,
            "severity": str(self.severity),
            "disposition": str(self.disposition),
            "message": self.message,
            "owner": self.owner,
            "retry": self.retry,
        }
        if self.values:
            data["values"] = dict(self.values)
        if self.origin:
            data["origin"] = self.origin.to_dict()
        if self.excerpt:
            data["excerpt"] = self.excerpt
        return data


@dataclass(frozen=True, slots=True)
class IssueKind:
    """A row of the catalogue. `message` is a template over named values; `remedy` says what to do."""

    code: str
    severity: Severity
    disposition: Disposition
    owner: str
    retry: str
    message: str
    remedy: str


class Catalogue:
    """The issue kinds of one package."""

    def __init__(self, kinds: Iterable[IssueKind]) -> None:
        self.kinds = {kind.code: kind for kind in kinds}

    @classmethod
    def of(cls, *packages: str) -> Catalogue:
        """The catalogue of the `issues.csv` that packages ship: their own, and those that they share."""
        return cls(kind for package in packages for kind in _read(files(package) / "issues.csv"))

    def __call__(
        self,
        code: str,
        origin: Origin | None = None,
        /,
        *,
        excerpt: str = "",
        **values: Decimal | int | str,
    ) -> Issue:
        """Make an issue. Values that are not short codes or numbers are masked before they are shown."""
        kind = self.kinds[code]
        safe = {name: _safe(value) for name, value in values.items()}
        return Issue(
            code=code,
            severity=kind.severity,
            disposition=kind.disposition,
            message=kind.message.format_map(safe),
            owner=kind.owner,
            retry=kind.retry,
            origin=origin,
            values=tuple(sorted(safe.items())),
            excerpt=excerpt,
        )


class PolicyText(str):
    """A text from the user's own policy (an account, a role, a rule id): safe to show as it is."""

    __slots__ = ()


def _safe(value: Decimal | int | str) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    return str(value) if isinstance(value, PolicyText) else shown(value)


def whole_catalogue() -> dict[str, IssueKind]:
    """Every issue kind that is known here, by code: the union over hcfin's packages and plug-ins."""
    kinds: dict[str, IssueKind] = {}
    for table in (*_tables(files("hcfin")), *_tables_of_others()):
        kinds.update({kind.code: kind for kind in _read(table)})
    return dict(sorted(kinds.items()))


def unique(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues without repeats: reading and posting both check balances, and say so once."""
    seen: dict[tuple[str, int | None, str], Issue] = {}
    for issue in issues:
        at = issue.origin.at if issue.origin else None
        seen.setdefault((issue.code, at, issue.message), issue)
    return tuple(seen.values())


def located(issue: Issue, origin: Origin, excerpt: str = "") -> Issue:
    """The same issue with its place in the source."""
    # Written out, because a file may have an issue for each claim, and `replace` takes twice the time.
    return Issue(
        issue.code,
        issue.severity,
        issue.disposition,
        issue.message,
        issue.owner,
        issue.retry,
        origin,
        issue.values,
        excerpt or issue.excerpt,
    )


def _tables(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            yield from _tables(entry)
        elif entry.name == "issues.csv":
            yield entry


def _tables_of_others() -> Iterator[Traversable]:
    """The tables of standards and targets that other distributions bring."""
    for group in ("hcfin.standards", "hcfin.erp"):
        for entry in entry_points(group=group):
            table = files(entry.module) / "issues.csv"
            if table.is_file():
                yield table


def _read(table: Traversable) -> Iterator[IssueKind]:
    with table.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield IssueKind(
                code=row["code"],
                severity=Severity(row["severity"]),
                disposition=Disposition(row["disposition"]),
                owner=row["owner"],
                retry=row["retry"],
                message=row["message"],
                remedy=row["remedy"],
            )
