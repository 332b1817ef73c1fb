"""Several readings posted one after the other, in an order that does not depend on how they are given."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from hcfin.billing.base import Fact
from hcfin.billing.payment import AccountTransaction, kind_of
from hcfin.billing.purchase import (
    GoodsReceipt,
    InvoiceRelease,
    PurchaseOrder,
    SupplierInvoice,
    SupplierPayment,
)
from hcfin.billing.reading import Reading
from hcfin.billing.registration import day_of
from hcfin.billing.supply import StockAdjustment, StockLevel, SupplyRequest, SupplyUse
from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import KeysError
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices
from hcfin.identity import Keys, token
from hcfin.posting import Posting, post
from hcfin.posting.known_remittance import SourceDigest
from hcfin.reconcile.known import Ledger
from hcfin.reconcile.known_supply import SupplyLedger


def post_in_order(
    readings: Iterable[Reading],
    books: Books,
    *,
    context: Context,
    known: Ledger | None = None,
    known_supply: SupplyLedger | None = None,
    prices: Prices | None = None,
    master: MasterData | None = None,
) -> list[Posting]:
    """Post readings one after the other, each knowing those before it, in an order of their own: the same
    set of files gives the same result whatever the order in which they are given.

    The order is by production or payment date, payer, trace and payment; of transactions on accounts by the
    day on which they were posted or occurred; of supplies by the day on which they were used, counted, asked
    for, ordered, received, invoiced, decided or paid; what holds none of these comes first, in the order
    given. `known` and `known_supply` learn all of them; without these nothing is known before. Raises
    `KeysError`.
    """
    if context.keys is None:
        raise KeysError("posting needs keys for document ids and tokens: Context(keys=...)")
    ledger, keys = known or Ledger(context.keys), context.keys
    supplies = SupplyLedger() if known_supply is None else known_supply
    postings = []
    for reading in sorted(readings, key=lambda one: _order(one, keys)):
        posting = post(
            reading,
            books,
            context=context,
            known=ledger,
            known_supply=supplies,
            prices=prices,
            master=master,
        )
        ledger.learn(reading, posting)
        supplies.learn_postings([posting])
        postings.append(posting)
    return postings


def _order(reading: Reading, keys: Keys) -> list[tuple[str, str, str, Decimal, str]]:
    found = [
        (
            str(view.header.production_date or view.header.payment_date or ""),
            view.header.payer_identifier,
            view.header.trace,
            view.header.payment,
            SourceDigest.of(
                view, keys
            ).text(),  # of two with the same key, the first must not be the one given first
        )
        for view in reading.remittances
    ]
    for fact in reading.facts:
        if isinstance(fact, AccountTransaction):
            digest = token(keys, "transaction", repr(fact.model_dump()))
            found.append((fact.posted or fact.occurred, "", kind_of(fact), fact.amount, digest))
        elif type(fact) in _SUPPLIES:
            digest = token(keys, "transaction", repr(fact.model_dump()))
            found.append((str(supply_day(fact) or ""), "", _SUPPLIES[type(fact)][0], Decimal(0), digest))
    return found


_SUPPLIES: dict[type[Fact], tuple[str, tuple[str, ...]]] = {
    SupplyUse: ("1", ("posted", "used")),
    StockAdjustment: ("2", ("moved",)),
    StockLevel: ("3", ("counted",)),
    SupplyRequest: ("4", ("requested",)),
    PurchaseOrder: ("5", ("ordered",)),
    GoodsReceipt: ("6", ("moved",)),
    SupplierInvoice: ("7", ("invoiced",)),
    InvoiceRelease: ("8", ("decided",)),
    SupplierPayment: ("9", ("paid",)),
}
"""Turn of the facts of one day, and where their day stands."""


def is_supply(fact: Fact) -> bool:
    """Whether a fact is one of supplies that posting takes."""
    return type(fact) in _SUPPLIES


def supply_day(fact: Fact) -> date | None:
    """The day on which a fact of supplies was posted or happened; None where it tells none."""
    days = (day_of(getattr(fact, name)) for name in _SUPPLIES[type(fact)][1])
    return next((day for day in days if day), None)
