"""How the folders of `fixtures/` are found and run."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hcfin.billing.base import Fact
from hcfin.billing.charge import ChargePrice
from hcfin.billing.facts import fact_json, load_fact
from hcfin.billing.reading import Reading
from hcfin.books import Books
from hcfin.context import Context
from hcfin.files import load_books, load_profile, read
from hcfin.finance.base import Document
from hcfin.finance.documents import load_document
from hcfin.finance.master import MasterData
from hcfin.identity import DEMO_KEYS
from hcfin.limits import Limits
from hcfin.master_files import load_master_data
from hcfin.posting import Posting, post
from hcfin.reconcile import Allowed, ChargeMaster, Ledger, SupplyLedger

FIXTURES = Path(__file__).parent.parent / "fixtures"


def folders(*parts: str) -> list[Path]:
    """The case folders below a folder of fixtures."""
    return sorted(path for path in FIXTURES.joinpath(*parts).iterdir() if path.is_dir())


def name_of(path: Path) -> str:
    return path.name


def options(case: Path) -> dict[str, Any]:
    """What a case sets beyond its files: posting_date, limits, known, expected (amounts by account), prices
    (by charge code), master, known_supply."""
    path = case / "options.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def books_of(case: Path) -> Books:
    """The example books, with the case's own laid over them; `only` in options leaves the example out."""
    path = case / "books.toml"
    own = [str(path)] if path.exists() else []
    return load_books(*own) if options(case).get("only") else load_books("example", *own)


def context_of(case: Path) -> Context:
    day = options(case).get("posting_date")
    return Context(keys=DEMO_KEYS, posting_date=date.fromisoformat(day) if day else None)


def known_of(case: Path) -> Ledger | None:
    """What came before (before*, in turn: files, or facts as JSON), where a case has such or asks for
    `known`."""
    before = [path for path in sorted(case.glob("before*")) if path.name != "before_supply.json"]
    if not before and not options(case).get("known"):
        return None
    ledger = Ledger(DEMO_KEYS)
    for path in before:
        reading = Reading("facts", tuple(loaded(path))) if path.suffix == ".json" else read(path)
        # As on the command line, what came before is booked on its own date.
        ledger.learn(reading, _post(reading, case, ledger, context=Context(keys=DEMO_KEYS)))
    return ledger


def _post(
    facts: Reading | list[Fact],
    case: Path,
    known: Ledger | None,
    books: Books | None = None,
    context: Context | None = None,
) -> Posting:
    told = {account: Decimal(amount) for account, amount in options(case).get("expected", {}).items()}
    expected = Allowed(DEMO_KEYS, claims=told) if told else None
    used = books or books_of(case)
    prices = prices_of(case)
    own = context or context_of(case)
    return post(
        facts,
        used,
        context=own,
        known=known,
        expected=expected,
        prices=prices,
        master=master_of(case),
        known_supply=supply_of(case),
    )


def supply_of(case: Path) -> SupplyLedger | None:
    """What came before of supplies (before_supply.json), where a case has such or asks for `known_supply`."""
    path = case / "before_supply.json"
    if not path.exists():
        return SupplyLedger() if options(case).get("known_supply") else None
    ledger = SupplyLedger()
    context, master = Context(keys=DEMO_KEYS), master_of(case)
    ledger.learn_postings([post(loaded(path), books_of(case), context=context, master=master)])
    return ledger


def master_of(case: Path) -> MasterData | None:
    """The master data of a case: its own tables, or those that `master` in options names."""
    path = case / "master"
    chosen = str(path) if path.exists() else options(case).get("master")
    return load_master_data(chosen) if chosen else None


def prices_of(case: Path) -> ChargeMaster | None:
    """The prices of a case, by charge code."""
    told = options(case).get("prices")
    if not told:
        return None
    master = ChargeMaster()
    entries = [{"action": "MAD", "code": {"code": code}, "price": price} for code, price in told.items()]
    master.learn(ChargePrice.build(entry) for entry in entries)
    return master


def source_of(case: Path) -> bytes:
    (path,) = case.glob("input.*")
    return path.read_bytes()


def reading_of(case: Path) -> Reading:
    """The source of a case as it is read; its facts where it has no source."""
    if not list(case.glob("input.*")):
        return Reading("facts", tuple(facts_of(case)))
    chosen, profile = options(case), case / "profile.toml"
    return read(
        source_of(case),
        standard=chosen.get("standard"),
        profile=load_profile(chosen.get("standard", "hl7v2"), str(profile)) if profile.exists() else None,
        limits=Limits(**chosen.get("limits", {})),
    )


def facts_of(case: Path) -> list[Fact]:
    return loaded(case / "billing.json")


def loaded(path: Path) -> list[Fact]:
    data = json.loads(path.read_text(encoding="utf-8"))
    return [load_fact(fact) for fact in data["facts"]]


def documents_of(case: Path) -> list[Document]:
    data = json.loads((case / "finance.json").read_text(encoding="utf-8"))
    return [load_document(document) for document in data["documents"]]


def reading_json(reading: Reading) -> dict[str, Any]:
    return {
        "facts": [fact_json(fact) for fact in reading.facts],
        "issues": [str(issue) for issue in reading.issues],
        "counted": reading.coverage.to_dict()["counted"],
    }


def posting_json(posting: Posting) -> dict[str, Any]:
    return {
        "documents": [document.to_dict() for document in posting.documents],
        "issues": [str(issue) for issue in posting.issues],
        "dispositions": [
            f"{end.amount} {end.origin}: {end.outcome} by {end.rule} "
            + " ".join(str(n) for _, n in end.lines)
            for end in posting.dispositions
        ],
    }


def posted(case: Path, books: Books | None = None) -> Posting:
    """Facts of a case's billing.json, posted by its books or others, with what came before."""
    return _post(facts_of(case), case, known_of(case), books)
