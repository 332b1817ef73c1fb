"""Charges of invented people, posted, as tests of charges compare them."""

from __future__ import annotations

from typing import Any

import hcfin
from billed import KEYS
from hcfin.billing.account import Account, AccountMerge
from hcfin.billing.base import Fact
from hcfin.billing.charge import Charge, ChargePrice
from hcfin.billing.reading import Reading
from hcfin.books import Books, builtin, load
from hcfin.finance.prices import Prices
from hcfin.identity import token
from hcfin.overlay import Layer
from hcfin.posting import Posting, post
from hcfin.reconcile import Ledger

CONTEXT = hcfin.Context(keys=KEYS)
ACCOUNT, OTHER = token(KEYS, "acct", "ACCT-C"), token(KEYS, "acct", "ACCT-D")
OWN = (
    '[entities.main]\ncatch_all = false\nnpi = ["1234567893"]\ntin = ["123456789"]\nfacilities = ["HOSP"]\n'
    '[payers.mac_a]\nclass = "medicare"\nids = ["1512345678"]\n'
    '[payers.plan_b]\nclass = "commercial"\nids = ["PLANB"]\n'
)


def books(policy: str = "", more: str = "") -> Books:
    return load([builtin("example.toml"), Layer("mine.toml", f"{OWN}[policy]\n{policy}\n{more}")])


def charge(amount: str | None = "100.00", **changes: Any) -> Charge:
    own: dict[str, Any] = {
        "type_code": "CG", "transaction_id": "T-1", "facility": "HOSP", "account": "ACCT-C",
        "performed": "2025-01-30T09:15", "posted": "2025-01-31T23:50", "code": {"code": "40010"},
        "quantity": "1", "amount": amount, "price_source": "extended" if amount else "unpriced",
        "patient_class": "O", "revenue_code": "0250",
    }  # fmt: skip
    return Charge.build({**own, **changes})


def credit(amount: str | None = "-100.00", **changes: Any) -> Charge:
    own = {"type_code": "CD", "change": "credit", "transaction_id": "T-2", "quantity": "-1"}
    return charge(amount, **{**own, **changes})


def account(plan: str = "1512345678", **changes: Any) -> Account:
    coverages = [{"plan": {"code": plan}, "priority": "1"}] if plan else []
    own = {"event": "A08", "change": "updated", "facility": "HOSP", "account": "ACCT-C"}
    return Account.build({**own, "occurred": "2025-02-05", "coverages": coverages, **changes})


def merge(prior: str = "ACCT-C", survivor: str = "ACCT-D", **changes: Any) -> AccountMerge:
    own = {"level": "account", "prior_account": prior, "account": survivor, "occurred": "2025-02-06"}
    return AccountMerge.build({**own, **changes})


def price(amount: str | None, code: str = "40010", **changes: Any) -> ChargePrice:
    return ChargePrice.build({"action": "MAD", "code": {"code": code}, "price": amount, **changes})


def posted(
    *facts: Fact,
    used: Books | None = None,
    known: Ledger | None = None,
    prices: Prices | None = None,
    context: hcfin.Context = CONTEXT,
) -> Posting:
    return post(placed(*facts), used or books(), context=context, known=known, prices=prices)


def placed(*facts: Fact) -> Reading:
    """Facts as a reading, each at a place of its own."""
    return Reading("facts", tuple(fact.model_copy(update={"at": at}) for at, fact in enumerate(facts, 1)))


def learned(*runs: tuple[Fact, ...], used: Books | None = None) -> Ledger:
    """What is known after runs, each knowing those before it."""
    ledger = Ledger(KEYS)
    for facts in runs:
        ledger.learn(placed(*facts), posted(*facts, used=used, known=ledger))
    return ledger
