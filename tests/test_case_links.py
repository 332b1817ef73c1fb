"""Uses linked with charges: the worked example, and why a use and a charge belong together or do not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.billing.charge import Charge
from hcfin.billing.supply import SupplyUse
from hcfin.errors import KeysError
from hcfin.finance.master import MasterData
from hcfin.identity import DEMO_KEYS, token
from hcfin.reconcile import UsageLinks, link_charges
from hcfin.reconcile.usage_result import FINDINGS, REASONS, STATUSES
from hcfin.testing import leaks, plant
from usage_cases import (
    CONTRAST,
    CONTRAST_CODE,
    DRAPE,
    EXAMPLE,
    GUIDE,
    GUIDE_CODE,
    LEAD,
    LEAD_CODE,
    STENT,
    STENT_CODE,
    charge,
    linked,
    only,
    prices,
    told,
    use,
)

# Worked numbers


def test_the_implant_of_the_worked_example() -> None:
    """§5.8: one implant used, charged at 18,200.00: MATCHED."""
    one = only(use(STENT), charge(STENT_CODE, "18200.00", revenue_code="0278"))
    assert (told(one), one.reasons) == (("matched", None), ("account", "charge_code", "day"))
    assert (one.items(), one.cases, one.amounts) == (
        ("STENT-DES-30",),
        ("CASE-1",),
        (("USD", Decimal("18200.00")),),
    )


def test_used_and_not_charged() -> None:
    """Two leads at 4,350.00 of the price list: 8,700.00 of charges are missing."""
    one = only(use(LEAD, "2"), prices=prices(c27800480="4350.00"))
    assert (told(one), one.reasons) == (("used_not_charged", "8700.00"), ("account", "no_charge"))


def test_charged_and_not_used() -> None:
    """310.00 and 290.00 are charged for what nobody used: 600.00 too much, whatever the list says."""
    one = only(charge(GUIDE_CODE, "310.00"), charge(GUIDE_CODE, "290.00"), prices=prices(c27200120="300.00"))
    assert (told(one), one.reasons) == (("charged_not_used", "-600.00"), ("account", "no_use"))


def test_fewer_charged_than_used() -> None:
    """A box of ten vials is used, eight are charged at 764.00: two at 95.50 are missing."""
    one = only(use(CONTRAST, unit="BX"), charge(CONTRAST_CODE, "764.00", "8"))
    assert (told(one), one.used, one.charged) == (("quantity_mismatch", "191.00"), 10, 8)
    assert "fewer_charged" in one.reasons


def test_more_charged_than_used() -> None:
    """One used, three charged at 310.00 each: 620.00 too much."""
    one = only(use(GUIDE), *[charge(GUIDE_CODE, "310.00", transaction_id=f"T{n}") for n in range(3)])
    assert told(one) == ("quantity_mismatch", "-620.00")
    assert "more_charged" in one.reasons


def test_a_price_that_does_not_come_out_even_is_rounded_once() -> None:
    """Three charged at 100.00 together, one more used: 33.33."""
    assert told(only(use(GUIDE, "4"), charge(GUIDE_CODE, "100.00", "3"))) == ("quantity_mismatch", "33.33")


def test_charges_of_several_prices_are_valued_by_the_list_or_not_at_all() -> None:
    facts = [
        use(GUIDE, "3"),
        charge(GUIDE_CODE, "310.00", transaction_id="T1"),
        charge(GUIDE_CODE, "290.00", transaction_id="T2"),
    ]
    assert told(only(*facts)) == ("quantity_mismatch", None)
    assert told(only(*facts, prices=prices(c27200120="305.00"))) == ("quantity_mismatch", "305.00")


def test_several_currencies_have_no_value() -> None:
    facts = [use(GUIDE, "3"), charge(GUIDE_CODE, "310.00"), charge(GUIDE_CODE, "400.00", currency="CAD")]
    one = only(*facts)
    assert told(one) == ("quantity_mismatch", None)
    assert one.amounts == (("CAD", Decimal("400.00")), ("USD", Decimal("310.00")))


def test_unpriced_charges_count_and_have_no_value() -> None:
    assert told(only(charge(GUIDE_CODE, None))) == ("charged_not_used", None)
    assert told(only(charge(GUIDE_CODE, None), prices=prices(c27200120="300.00"))) == (
        "charged_not_used",
        "-300.00",
    )
    one = only(use(GUIDE, "2"), charge(GUIDE_CODE, None, None), prices=prices(c1="1.00"))
    assert (told(one), one.charged) == (("quantity_mismatch", None), 1)


# Returns and credits


def test_what_came_back_and_was_credited_ties() -> None:
    facts = [
        use(GUIDE, "3", id="U1"),
        use(GUIDE, "1", change="returned", used="2025-03-06", reverses="U1"),
        charge(GUIDE_CODE, "930.00", "3", transaction_id="T1"),
        charge(GUIDE_CODE, "-310.00", "1", reverses="T1", performed="2025-03-07"),
    ]
    one = only(*facts)
    assert (told(one), one.used, one.charged) == (("matched", None), 2, 2)
    assert one.amounts == (("USD", Decimal("620.00")),)


def test_all_came_back() -> None:
    one = only(use(GUIDE), use(GUIDE, change="returned"))
    assert (told(one), one.reasons) == (("matched", None), ("account", "nothing_left"))


def test_it_came_back_and_the_charge_stands() -> None:
    one = only(use(GUIDE), use(GUIDE, change="returned"), charge(GUIDE_CODE, "310.00"))
    assert (told(one), one.reasons[-1]) == (("charged_not_used", "-310.00"), "no_use")


def test_it_was_credited_though_it_was_used() -> None:
    one = only(use(GUIDE), charge(GUIDE_CODE, "310.00"), charge(GUIDE_CODE, "-310.00"))
    assert told(one) == ("used_not_charged", "310.00")


def test_a_credit_of_a_charge_that_is_not_told() -> None:
    assert told(only(charge(GUIDE_CODE, "-310.00"))) == ("quantity_mismatch", "310.00")


def test_a_credit_that_says_less_than_its_charge() -> None:
    """Its code is no item's, and it has no revenue code; what it takes back has one."""
    found = linked(
        charge("X", "50.00", transaction_id="T1", revenue_code="270"), charge("X", "-50.00", reverses="T1")
    )
    assert [told(one) for one in found.links] == [("matched", None)]


# Days


def test_days_that_tie_are_links_of_their_own() -> None:
    found = linked(
        use(GUIDE),
        use(GUIDE, case="CASE-2", used="2025-03-11"),
        charge(GUIDE_CODE, "310.00"),
        charge(GUIDE_CODE, "310.00", performed="2025-03-11"),
    )
    assert [(one.status, one.cases) for one in found.links] == [
        ("matched", ("CASE-1",)),
        ("matched", ("CASE-2",)),
    ]


def test_a_charge_that_comes_a_day_late() -> None:
    one = only(use(GUIDE), charge(GUIDE_CODE, "310.00", performed="2025-03-05"))
    assert (one.status, one.reasons) == ("matched", ("account", "charge_code", "other_day"))


def test_what_is_left_of_several_days_is_one_link() -> None:
    """Three used on one day, of which one is charged the next: nothing is missing."""
    one = only(
        use(GUIDE, "3"),
        charge(GUIDE_CODE, "620.00", "2"),
        charge(GUIDE_CODE, "310.00", performed="2025-03-05"),
    )
    assert told(one) == ("matched", None)


def test_counts_that_differ_on_one_day() -> None:
    assert only(use(GUIDE, "2"), charge(GUIDE_CODE, "310.00")).reasons == (
        "account",
        "charge_code",
        "day",
        "fewer_charged",
    )


# What a use names


def test_a_use_names_its_charge() -> None:
    """The charge has another code, and the item none."""
    one = only(use(DRAPE, charge_id="T7"), charge("KIT", "45.00", transaction_id="T7"))
    assert (told(one), one.reasons) == (("matched", None), ("account", "charge_id"))


def test_credits_and_returns_belong_to_what_is_named() -> None:
    one = only(
        use(GUIDE, "2", id="U1", charge_id="T7"),
        use(GUIDE, change="returned", reverses="U1"),
        charge("KIT", "620.00", "2", transaction_id="T7"),
        charge("KIT", "-310.00", "1", transaction_id="T8", reverses="T7"),
    )
    assert (told(one), one.used, one.charged) == (("matched", None), 1, 1)


def test_a_charge_of_another_account_is_not_that_of_the_use() -> None:
    found = linked(
        use(GUIDE, charge_id="T7"), charge(GUIDE_CODE, "310.00", transaction_id="T7", account="ACCT-2")
    )
    assert [(told(one), one.reasons) for one in found.links] == [
        (("used_not_charged", None), ("account", "no_charge", "other_account")),
        (("charged_not_used", "-310.00"), ("account", "no_use")),
    ]


def test_a_name_that_nobody_has_is_no_name() -> None:
    assert only(use(GUIDE, charge_id="T9"), charge(GUIDE_CODE, "310.00")).status == "matched"


# Accounts


def test_the_account_of_the_visit() -> None:
    one = only(use(GUIDE, account="", visit="V1"), charge(GUIDE_CODE, "310.00", visit="V1"))
    assert (one.account, one.status) == ("ACCT-1", "matched")
    assert one.reasons == ("account", "account_of_visit", "charge_code", "day")


def test_a_visit_without_an_account() -> None:
    one = only(use(GUIDE, account="", visit="V1"), charge(GUIDE_CODE, "310.00", account="", visit="V1"))
    assert (one.account, one.status) == ("", "matched")


def test_the_account_of_the_case() -> None:
    found = linked(use(STENT), use(GUIDE, account=""), charge(GUIDE_CODE, "310.00"))
    assert [(one.status, one.account) for one in found.links] == [
        ("matched", "ACCT-1"),
        ("used_not_charged", "ACCT-1"),
    ]
    assert "account_of_case" in found.links[0].reasons


@pytest.mark.parametrize("other", [{"visit": "V1"}, {"case": "CASE-1"}])
def test_a_visit_or_case_of_two_accounts_tells_none(other: dict[str, str]) -> None:
    facts = [use(GUIDE, account=account, **other) for account in ("ACCT-1", "ACCT-2", "")]
    missing = [one for one in linked(*facts).links if "account_missing" in one.reasons]
    assert [(one.status, one.account) for one in missing] == [("used_not_charged", "")]


def test_without_an_account_nothing_meets() -> None:
    found = linked(use(GUIDE, account=""), charge(GUIDE_CODE, "310.00", account=""))
    assert [one.reasons for one in found.links] == [
        ("account_missing", "no_use"),
        ("account_missing", "no_charge"),
    ]


# What is set apart


@pytest.mark.parametrize(
    ("fact", "status", "reason"),
    [
        (use(DRAPE), "not_chargeable", "no_charge_code"),
        (use(GUIDE, change="wasted"), "not_chargeable", "wasted"),
        (use(STENT, change="explanted"), "not_chargeable", "explanted"),
        (use("CL-0000"), "item_unmapped", "item_unknown"),
        (use(GUIDE, unit="PALLET"), "item_unmapped", "unit_unknown"),
        (use(GUIDE, unreadable=["quantity"]), "unreadable", "unreadable"),
        (charge(GUIDE_CODE, None, unreadable=["amount"]), "unreadable", "unreadable"),
        (charge("X-1", "50.00", revenue_code="270"), "charged_not_used", "code_unknown"),
    ],
)
def test_what_is_set_apart(fact: SupplyUse | Charge, status: str, reason: str) -> None:
    one = only(fact)
    assert (one.status, reason in one.reasons) == (status, True)


def test_drugs_are_charged_though_wasted() -> None:
    facts = [use(CONTRAST, "2"), use(CONTRAST, change="wasted"), charge(CONTRAST_CODE, "286.50", "3")]
    assert only(*facts).status == "matched"
    assert {one.status for one in linked(*facts, charged_waste=()).links} == {
        "quantity_mismatch",
        "not_chargeable",
    }


def test_an_explanted_or_unreadable_use_names_nothing() -> None:
    found = linked(
        use(STENT, change="explanted", charge_id="T1"),
        use(STENT, charge_id="T2"),
        charge(STENT_CODE, "18200.00", transaction_id="T1"),
        charge(STENT_CODE, None, transaction_id="T2", unreadable=["amount"]),
    )
    assert sorted(one.status for one in found.links) == ["matched", "not_chargeable", "unreadable"]


def test_other_charges_are_counted() -> None:
    found = linked(use(GUIDE), charge(GUIDE_CODE, "310.00"), charge("ROOM", "2000.00", revenue_code="0120"))
    assert (len(found.links), found.others, repr(found)) == (1, 1, "UsageLinks(links=1, others=1)")


def test_a_use_and_a_charge_that_come_again() -> None:
    facts = [use(GUIDE, id="U1"), charge(GUIDE_CODE, "310.00", transaction_id="T1")]
    room = charge("ROOM", "2000.00", transaction_id="T2")
    found = linked(*facts, room, *facts, room)
    assert sorted(one.status for one in found.links) == ["matched", "repeated", "repeated"]
    assert found.others == 2
    assert found.ties


def test_without_a_number_twins_are_two() -> None:
    assert only(use(GUIDE), use(GUIDE), charge(GUIDE_CODE, "620.00", "2")).status == "matched"


def test_a_code_that_may_be_wrong_is_told() -> None:
    found = linked(use(STENT), charge(LEAD_CODE, "4350.00"), charge(GUIDE_CODE, "620.00", "2"))
    assert {one.code: "other_code" in one.reasons for one in found.links} == {
        STENT_CODE: True,
        LEAD_CODE: True,
        GUIDE_CODE: False,
    }


def test_an_item_that_nobody_knows_may_name_its_charge() -> None:
    one = only(use("CL-0000", charge_id="T1"), charge("KIT", "10.00", transaction_id="T1"))
    assert (one.status, one.reasons) == ("matched", ("account", "charge_id"))


# Without master data


def test_without_master_data_the_codes_of_uses_count() -> None:
    facts = [use("ANY", charge_code={"code": "C1"}), charge("C1", "10.00"), charge("C2", "20.00")]
    found = link_charges(facts)
    assert [(one.status, one.code) for one in found.links] == [("matched", "C1")]
    assert found.others == 1
    wasted = use("ANY", charge_code={"code": "C1"}, change="wasted")
    assert link_charges([wasted]).links[0].status == "not_chargeable"
    assert link_charges([charge("X", "1.00", revenue_code="0272")]).links[0].reasons == ("account", "no_use")


def test_the_device_of_the_label_names_the_item() -> None:
    one = only(use("", udi={"device": "02000000000015"}), charge(STENT_CODE, "18200.00"))
    assert (one.status, one.items()) == ("matched", ("STENT-DES-30",))


def test_other_facts_are_passed_over() -> None:
    assert link_charges([]) == UsageLinks()


# Rows and figures


def test_figures() -> None:
    """C8 of the controls: 8,700.00 used and not charged, 310.00 charged and not used."""
    found = linked(
        use(LEAD, "2"),
        use(STENT),
        charge(STENT_CODE, "18200.00"),
        charge(GUIDE_CODE, "310.00", account="ACCT-2"),
        use(GUIDE, account="ACCT-3"),
        prices=prices(c27800480="4350.00"),
    )
    figures = {one.status: one for one in found.summary()}
    assert (figures["used_not_charged"].missing, figures["used_not_charged"].unvalued) == (
        Decimal("8700.00"),
        1,
    )
    assert figures["charged_not_used"].missing == Decimal("-310.00")
    assert (figures["matched"].amount, figures["matched"].unvalued) == (Decimal("18200.00"), 0)
    assert not found.ties


def test_rows() -> None:
    rows = list(linked(use(GUIDE, "2.5"), charge(GUIDE_CODE, "310.00")).to_dicts(DEMO_KEYS))
    assert rows[0] == {
        "kind": "usage_link",
        "status": "quantity_mismatch",
        "account": token(DEMO_KEYS, "acct", "ACCT-1"),
        "cases": [token(DEMO_KEYS, "case", "CASE-1")],
        "charge_code": GUIDE_CODE,
        "items": ["CATH-GUIDE-6F"],
        "used": "2.5",
        "charged": "1",
        "amounts": {"USD": "310.00"},
        "missing": "465.00",
        "currency": "USD",
        "reasons": ["account", "charge_code", "day", "fewer_charged"],
    }
    assert rows[1]["kind"] == "usage_total"
    clear = next(linked(use(GUIDE)).to_dicts(clear=True))
    assert (clear["account"], clear["days"], clear["missing"]) == ("ACCT-1", ["2025-03-04"], None)
    with pytest.raises(KeysError):
        list(linked().to_dicts())


def test_a_code_that_nobody_knows_is_masked() -> None:
    found = linked(charge("TESTPERSON DOE", "1.00", revenue_code="0270"))
    assert next(found.to_dicts(DEMO_KEYS))["charge_code"] == "•"


def test_an_item_that_nobody_knows_is_told_where_it_looks_like_a_code() -> None:
    told = [one.items() for one in linked(use("4711"), use("TESTPERSON DOE")).links]
    assert sorted(told) == [("4711",), ("•",)]
    assert only(use("TESTPERSON DOE")).items(clear=True) == ("TESTPERSON DOE",)


# Laws

ACCOUNTS = st.sampled_from(["A1", "A1", "A2", ""])
NUMBERS = st.sampled_from(["", "", "N1", "N2", "N3"])
DAYS = st.sampled_from(["2025-03-04", "2025-03-05", ""])


@st.composite
def uses(draw: st.DrawFn) -> SupplyUse:
    return use(
        draw(st.sampled_from([STENT, GUIDE, CONTRAST, DRAPE, "CL-0000"])),
        draw(st.sampled_from(["1", "2", "0.5", "0"])),
        account=draw(ACCOUNTS),
        visit=draw(st.sampled_from(["", "V1", "V2"])),
        case=draw(st.sampled_from(["", "C1", "C2"])),
        change=draw(st.sampled_from(["consumed", "consumed", "returned", "wasted", "explanted"])),
        unit=draw(st.sampled_from(["", "", "BX"])),
        used=draw(DAYS),
        id=draw(NUMBERS),
        charge_id=draw(NUMBERS),
        reverses=draw(NUMBERS),
        unreadable=draw(st.sampled_from([[], [], [], ["quantity"]])),
    )


@st.composite
def charges(draw: st.DrawFn) -> Charge:
    amount = draw(st.sampled_from(["310.00", "95.50", "-310.00", None]))
    return charge(
        draw(st.sampled_from([STENT_CODE, GUIDE_CODE, CONTRAST_CODE, "ROOM", ""])),
        amount,
        draw(st.sampled_from(["1", "2", None])),
        account=draw(ACCOUNTS),
        visit=draw(st.sampled_from(["", "V1", "V2"])),
        performed=draw(DAYS),
        transaction_id=draw(NUMBERS),
        reverses=draw(NUMBERS),
        revenue_code=draw(st.sampled_from(["", "0270", "0120"])),
        unreadable=draw(st.sampled_from([[], [], [], ["amount"]])),
    )


FACTS = st.lists(st.one_of(uses(), charges()), max_size=10)


def numbered(facts: list[Any]) -> list[Any]:
    """Facts that can be told apart by their place."""
    return [fact.model_copy(update={"at": nth}) for nth, fact in enumerate(facts, start=1)]


@given(FACTS)
def test_each_use_and_each_charge_is_in_exactly_one_link(facts: list[Any]) -> None:
    found = linked(*numbered(facts))
    held = [one.at for link in found.links for one in (*link.uses, *link.charges)]
    assert len(held) == len(set(held))
    assert len(held) + found.others == len(facts)
    every_use = {nth for nth, fact in enumerate(facts, start=1) if isinstance(fact, SupplyUse)}
    assert every_use <= set(held)


@given(FACTS, st.randoms(use_true_random=False))
def test_the_order_of_input_does_not_matter(facts: list[Any], random: Any) -> None:
    before = list(linked(*facts, prices=prices(c27200120="310.00")).to_dicts(clear=True))
    random.shuffle(facts)
    assert list(linked(*facts, prices=prices(c27200120="310.00")).to_dicts(clear=True)) == before


@given(FACTS)
def test_status_is_what_the_counts_say(facts: list[Any]) -> None:
    found = linked(*facts)
    for one in found.links:
        assert one.status in STATUSES
        assert set(one.reasons) <= set(REASONS)
        assert len(set(one.reasons)) == len(one.reasons)
        if one.status == "matched":
            assert (one.used, one.missing) == (one.charged, None)
        if one.status == "used_not_charged":
            assert one.used > one.charged == 0
        if one.status == "charged_not_used":
            assert one.charged > one.used == 0
    assert found.ties == (not any(one.status in FINDINGS for one in found.links))


@given(FACTS)
def test_what_comes_again_changes_nothing(facts: list[Any]) -> None:
    """Where everything has a number, sending all of it again only adds links that say so."""
    own = [fact.model_copy(update={_number(fact): f"N{nth}"}) for nth, fact in enumerate(facts)]
    once, twice = linked(*own), linked(*own, *own)
    left = [one for one in twice.links if one.status != "repeated"]
    assert left == list(once.links)


def _number(fact: SupplyUse | Charge) -> str:
    return "id" if isinstance(fact, SupplyUse) else "transaction_id"


@given(FACTS)
def test_no_patient_data_in_rows_and_reprs(facts: list[Any]) -> None:
    planted, sentinels = plant(facts, fill=False)
    found = linked(*planted)
    for text in (repr(list(found.to_dicts(DEMO_KEYS))), repr(found), repr(found.links)):
        assert not list(leaks(text, sentinels))


def test_master_data_without_charge_codes() -> None:
    """A caller's own master data may not list what charge codes charge: those of uses are known, and supplies
    by revenue code."""
    own = MasterData(items=EXAMPLE.items)
    assert linked(charge(GUIDE_CODE, "310.00"), master=own).others == 1
    assert linked(use(GUIDE), charge(GUIDE_CODE, "310.00"), master=own).links[0].status == "matched"
