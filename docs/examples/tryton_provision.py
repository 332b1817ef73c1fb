"""Make in Tryton what the books name: company, accounts, periods, analytic accounts, parties.

    python tryton_provision.py --books example --books mine.toml --entity hospital --year 2025 \\
        http://127.0.0.1:8000/demo > tryton.toml

With `--master` also what purchases need: items, units, stock locations, suppliers (tryton_stock.py).

The password of user `admin` is read from TRYTON_PASSWORD. What is there is left as it is, so it may be run
again when the books grow. Prints the settings `[erp.tryton]` that fit what it made.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date

import hcfin
from hcfin.books import Books
from hcfin.codes import table
from hcfin.master_files import load_master_tables
from hcfin.reconcile.master_tables import MasterTables
from tryton_client import Tryton
from tryton_stock import BUYER, make_buyer, make_category, make_invoice_numbers, make_stock

# What Tryton asks of a type of account, by the statement that a role stands in.
TYPES = {
    "asset": {"statement": "balance", "assets": True},
    "technical": {"statement": "balance", "assets": True},
    "contra_asset": {"statement": "balance", "assets": True},
    "receivable": {"statement": "balance", "assets": True, "receivable": True},
    "liability": {"statement": "balance"},
    "payable": {"statement": "balance", "payable": True},
    "debt": {"statement": "balance", "debt": True},
    "revenue": {"statement": "income", "revenue": True},
    "deduction": {"statement": "income", "revenue": True},
    "other_income": {"statement": "income", "revenue": True},
    "expense": {"statement": "income", "expense": True},
}
# What a supplier's invoice may settle there, beside expenses.
SETTLED = ("liability.goods_received_not_invoiced", "liability.consignment_accrual")
STOCK = ("inventory.stock", "inventory.in_transit")
OTHERS = "OTHERS"


def main(arguments: list[str] | None = None) -> int:
    """Run as a command."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("base", help="address of the database, as http://127.0.0.1:8000/demo")
    options.add_argument("--books", action="append", default=[], help="layer of the books; repeat for more")
    options.add_argument("--entity", required=True, action="append", help="legal entity; repeatable")
    options.add_argument(
        "--year", required=True, type=int, action="append", help="fiscal year; repeat for more"
    )
    options.add_argument("--master", help="folder or TOML file of master data, or `example`")
    options.add_argument("--location", action="append", default=[], help="stock location; repeatable")
    chosen = options.parse_args(arguments)
    tables = load_master_tables(chosen.master) if chosen.master else None
    books = hcfin.load_books(*chosen.books)
    settings = provision(
        Tryton(chosen.base), books, chosen.entity, chosen.year, tables, locations=chosen.location
    )
    sys.stdout.write(settings)
    return 0


def provision(
    tryton: Tryton,
    books: Books,
    entities: Iterable[str],
    years: Iterable[int],
    tables: MasterTables | None = None,
    *,
    locations: Iterable[str] = (),
) -> str:
    """Make what is missing, and return the `[erp.tryton]` table."""
    companies: dict[str, int] = {}
    party_accounts: set[str] = set()
    entities, years = list(entities), list(years)
    for entity in entities:
        company = companies[entity] = make_company(tryton, books, entity)
        party_accounts |= make_accounts(tryton, books, entity, company)
        for year in years:
            make_periods(tryton, books, entity, company, year)
        make_dimensions(tryton, books, company)
        if tables is not None:
            make_buyer(tryton, company)
            make_category(tryton, company, books.account("expense.supply", entity) or "")
            for year in years:
                make_invoice_numbers(tryton, company, year)
    stock = [] if tables is None else make_stock(tryton, tables, locations)
    make_parties(tryton, books)
    lines = [
        "[erp.tryton]",
        f"party_accounts = {json.dumps(sorted(party_accounts))}",
        f"other_party = {json.dumps(OTHERS)}",
        *(purchase_settings(books, entities) if tables is not None else ()),
        "[erp.tryton.company_ids]",
        *(f"{json.dumps(entity)} = {number}" for entity, number in companies.items()),
        "[erp.tryton.currencies]",
        *(f"{json.dumps(entity)} = {json.dumps(books.entities[entity].currency)}" for entity in companies),
        "[erp.tryton.dimensions]",
        *(f"{name} = {json.dumps(prefix(name))}" for name in sorted(books.dimensions)),
        *stock,
    ]
    return "\n".join(lines) + "\n"


def prefix(dimension: str) -> str:
    """What stands before the values of a dimension: the same value may be in two of them."""
    return f"{dimension}/"


def make_company(tryton: Tryton, books: Books, entity: str) -> int:
    """The company of an entity, found by the code of its party; the user then works for it."""
    own = books.entities[entity]
    currency = tryton.have(
        "currency.currency",
        ["code", "=", own.currency],
        name=own.currency,
        symbol=own.currency,
        code=own.currency,
    )
    party = tryton.have("party.party", ["code", "=", entity], code=entity, name=own.name or entity)
    company = tryton.have("company.company", ["party", "=", party], party=party, currency=currency)
    values = {"companies": [["add", [company]]], "company": company}
    tryton.call("model.res.user.write", [tryton.user], values, tryton.context)
    tryton.work_for(company)
    return company


def roles_of_accounts(books: Books, entity: str) -> Iterator[tuple[str, list[str]]]:
    """Each account of an entity with the roles that share it."""
    shared: dict[str, list[str]] = {}
    for role in sorted({*books.chart, *books.entities[entity].chart}):
        shared.setdefault(books.account(role, entity) or "", []).append(role)
    yield from sorted(shared.items())


def purchase_settings(books: Books, entities: Iterable[str]) -> Iterator[str]:
    """Which accounts an invoice of Tryton's own may name, which hold goods, and who asks."""
    roles = table("roles")
    invoiced, stock = set(), set()
    for account, shared in (one for entity in entities for one in roles_of_accounts(books, entity)):
        if kind_of(shared) == "debt" or roles[shared[0]]["statement"] == "expense":
            invoiced.add(account)
        if set(shared) <= set(STOCK):
            stock.add(account)
    yield f"invoice_accounts = {json.dumps(sorted(invoiced))}"
    yield f"stock_accounts = {json.dumps(sorted(stock))}"
    yield f"requester = {json.dumps(BUYER)}"


def kind_of(shared: list[str]) -> str:
    """The kind of account that roles share, as Tryton tells them apart."""
    if set(shared) <= set(SETTLED):
        return "debt"
    if shared == ["liability.accounts_payable"]:
        return "payable"
    return table("roles")[shared[0]]["statement"]


def make_accounts(tryton: Tryton, books: Books, entity: str, company: int) -> set[str]:
    """The chart, flat; returns the accounts whose lines must name a party.

    Tryton asks for a party on every line of such an account and refuses one on all others, and has them on
    the balance sheet only.
    """
    roles = table("roles")
    with_party: set[str] = set()
    for account, shared in roles_of_accounts(books, entity):
        statements = [roles[role]["statement"] for role in shared]
        kinds = [roles[role]["party"] for role in shared]
        needs = all(kind in ("payer", "affiliate", "supplier") for kind in kinds)
        needs = needs and all(TYPES[one]["statement"] == "balance" for one in statements)
        kind = "receivable" if needs and statements[0] == "asset" else kind_of(shared)
        type_ = tryton.have(
            "account.account.type",
            ["name", "=", kind],
            ["company", "=", company],
            name=kind,
            company=company,
            **TYPES[kind],
        )
        tryton.have(
            "account.account",
            ["code", "=", account],
            ["company", "=", company],
            code=account,
            name=", ".join(shared),
            company=company,
            type=type_,
            party_required=needs,
            reconcile=needs,
        )
        if needs:
            with_party.add(account)
    return with_party


def make_periods(tryton: Tryton, books: Books, entity: str, company: int, year: int) -> None:
    """A fiscal year with the periods of the books: calendar months, or those of a fiscal calendar.

    Those that the books close stay open in Tryton: who closes a period there is the accountant.
    """
    periods = books.entities[entity].periods or books.periods
    own = [one for one in periods.calendar if one.name.startswith(str(year))]
    first, last = (own[0].first, own[-1].last) if own else (date(year, 1, 1), date(year, 12, 31))
    if tryton.find("account.fiscalyear", ["name", "=", str(year)], ["company", "=", company]) is not None:
        return
    (kind,) = tryton.call(
        "model.ir.sequence.type.search", [["name", "=", "Account Move"]], 0, 1, None, tryton.context
    )
    sequence = tryton.create(
        "ir.sequence.strict",
        name=f"Moves {year}",
        sequence_type=kind,
        company=company,
        prefix=f"{year}-",
    )
    made = tryton.create(
        "account.fiscalyear",
        name=str(year),
        start_date=first,
        end_date=last,
        company=company,
        move_sequence=sequence,
    )
    if not own:
        tryton.call("model.account.fiscalyear.create_period", [made], tryton.context)
    for one in own:
        dates = {"start_date": one.first, "end_date": one.last}
        tryton.create("account.period", name=one.name, fiscalyear=made, type="standard", **dates)


def make_dimensions(tryton: Tryton, books: Books, company: int) -> None:
    """A root for each dimension, and below it the values that the books name."""
    for name, dimension in sorted(books.dimensions.items()):
        root = tryton.have(
            "analytic_account.account",
            ["code", "=", name],
            ["company", "=", company],
            code=name,
            name=name,
            type="root",
            company=company,
        )
        values = {*dimension.values.values(), *filter(None, [dimension.default])}
        if dimension.source == "payer.class":
            values.update(payer.payer_class for payer in books.payers.values())
        for value in sorted(values):
            tryton.have(
                "analytic_account.account",
                ["code", "=", prefix(name) + value],
                ["company", "=", company],
                code=prefix(name) + value,
                name=value,
                type="normal",
                company=company,
                root=root,
                parent=root,
            )


def make_parties(tryton: Tryton, books: Books) -> None:
    """Payers under their short names of the books, affiliates under those of the entities, and one for all
    others: patients are not made here."""
    parties = {name: payer.name for name, payer in books.payers.items()}
    parties |= {name: entity.name for name, entity in books.entities.items()}
    for code, name in sorted({**parties, OTHERS: "Others"}.items()):
        tryton.have("party.party", ["code", "=", code], code=code, name=name or code)


if __name__ == "__main__":
    sys.exit(main())
