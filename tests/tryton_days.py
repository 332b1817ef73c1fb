"""The day in databases of a real Tryton, and how its books are compared with ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcfin
import tryton_provision
from erp_day import ENTITIES, books_of_mode, documents_of
from hcfin.books import Books
from hcfin.erp import Payload
from hcfin.finance.base import Document
from tryton_balance import Sums, differences
from tryton_client import Tryton
from tryton_server import PASSWORD


@dataclass(frozen=True)
class Day:
    """One database of the day: its books, what they book, and a session."""

    books: Books
    documents: list[Document]
    payloads: tuple[Payload, ...]
    tryton: Tryton

    @property
    def settings(self) -> dict[str, Any]:
        return self.books.erp["tryton"]


def provisioned_in(tryton: Any, folder: Path) -> Path:
    """The settings that fit the database `books`, which has all records of the books and no move."""
    books = books_of_mode(folder, "gl_only")
    with tryton.server("books") as base:
        session = Tryton(base, password=PASSWORD)
        settings = tryton_provision.provision(session, books, ENTITIES, [2025])
        counted = _counted(session)
        assert tryton_provision.provision(session, books, ENTITIES, [2025]) == settings
        assert _counted(session) == counted, "run again, it makes nothing twice"
    path = folder / "tryton.toml"
    path.write_text(settings, encoding="utf-8")
    return path


def _counted(session: Tryton) -> dict[str, int]:
    models = ("account.account", "account.period", "analytic_account.account", "party.party")
    return {
        model: session.call(f"model.{model}.search_count", [], 0, None, session.context) for model in models
    }


def day_of(base: str, folder: Path, provisioned: Path, mode: str, *more: str) -> Day:
    """The day in a database; `more` are further layers of its books."""
    books = books_of_mode(folder, mode, str(provisioned), *more)
    documents = documents_of(books)
    rendering = hcfin.render(documents, "tryton", settings=books.erp["tryton"])
    assert not [issue for issue in rendering.issues if issue.severity == "error"]
    return Day(books, documents, rendering.payloads, Tryton(base, password=PASSWORD))


def moves_in(day: Day) -> int:
    """How many moves there are, posted or not, in all companies."""
    count = 0
    for number in day.settings["company_ids"].values():
        day.tryton.work_for(number)
        count += day.tryton.call("model.account.move.search_count", [], 0, None, day.tryton.context)
    return count


def assert_same(one: Sums, other: Sums) -> None:
    """The two agree to the cent in all three ways of looking."""
    assert not differences(one, other)


def key_of(session: Tryton) -> str:
    """The key of a user application, as a user makes one in the preferences."""
    number = session.create("res.user.application", user=session.user, application="rest")
    (made,) = session.rows("res.user.application", ["key"], ["id", "=", number])
    return str(made["key"])
