"""What books must say of payments, refunds, write-offs and transfers where they come from a feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hcfin.books import Books, Path
from hcfin.books.medicare_checks import BARRED_FOR_MEDICARE
from hcfin.books.told import Told
from hcfin.books.transactions import BUCKETS, CHANNELS, REASONS
from hcfin.overlay import near


def transaction_roles(books: Books) -> Iterator[tuple[Path, str]]:
    """Every role beyond its steps that a transaction may reach, with the place that brings it in."""
    if books.transactions.source != "feed":
        return
    for path, _ in transaction_roles_named(books):
        if path[0] != "write_offs":
            yield path, getattr(books, str(path[0]))[path[1]].role
    for reason, rule in books.write_offs.items():
        yield ("write_offs", reason), books.write_off(reason)[0]
        if rule.role_medicare:
            yield ("write_offs", reason, "role_medicare"), books.write_off(reason, medicare=True)[0]


def transaction_roles_named(books: Books) -> Iterator[tuple[Path, str]]:
    """Every role that is named for transactions."""
    for name, channel in books.channels.items():
        yield ("channels", name), channel.role
    for name, bucket in books.buckets.items():
        yield ("buckets", name), bucket.role
    for reason, rule in books.write_offs.items():
        for field, role in rule.roles():
            yield ("write_offs", reason, field), role


def transaction_problems(books: Books, source: Told) -> Iterator[str]:
    """Names that nothing has, and write-offs that accounting or Medicare forbids."""
    tables: tuple[tuple[str, Iterable[str], tuple[str, ...]], ...] = (
        ("channels", books.channels, CHANNELS),
        ("buckets", books.buckets, BUCKETS),
        ("write_offs", books.write_offs, REASONS),
    )
    for table, named, known in tables:
        for name in named:
            if name not in known:
                yield source.problem((table, name), f"there is no {name!r} in [{table}]", _meant(name, known))
    for code, reason in books.write_off_codes.items():
        if reason not in REASONS:
            path: Path = ("write_off_codes", code)
            yield source.problem(path, f"there is no reason {reason!r}", _meant(reason, REASONS))
    for reason, rule in books.write_offs.items():
        if rule.allowance and not rule.allowance.startswith("ar.allowance."):
            yield source.problem(
                ("write_offs", reason, "allowance"),
                f"{reason!r} is not written off to {rule.allowance!r}",
                "Name a role ar.allowance.*.",
            )
        if rule.role_medicare in BARRED_FOR_MEDICARE:
            yield source.problem(
                ("write_offs", reason, "role_medicare"),
                f"{reason!r} would write off a Medicare deductible or coinsurance as {rule.role_medicare!r}",
                "Name the Medicare bad debt role, or none.",
            )


def _meant(name: str, known: Iterable[str]) -> str:
    meant = near(name, known)
    return f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(sorted(known))}."
