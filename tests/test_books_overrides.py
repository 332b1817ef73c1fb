"""Selectors of dimensions, CSV tables, payers' own policy, entities' own calendars."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

import cases
import hcfin
from hcfin.billing.base import Node
from hcfin.billing.remittance import ClaimPayment, ProviderAdjustment, Remittance, ServicePayment
from hcfin.books import Books, builtin, load
from hcfin.books.review import review
from hcfin.books.selectors import refused, selectors
from hcfin.errors import BooksError
from hcfin.files import load_books
from hcfin.model import is_phi
from hcfin.overlay import Layer
from hcfin.posting import post

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
EXAMPLE = builtin("example.toml")
R2 = cases.FIXTURES / "posting" / "worked_r2"
PAYERS = '[payers.mac]\nclass = "medicare"\nids = ["1512345678"]\n[payers.blue]\nclass = "commercial"\n'


def books(text: str) -> Books:
    return load([EXAMPLE, Layer("mine.toml", text)])


# Selectors


def test_selectors_are_the_texts_of_the_models_but_patient_data() -> None:
    facts: dict[str, type[Node]] = {
        "remittance": Remittance, "claim": ClaimPayment, "line": ServicePayment,
        "provider_adjustment": ProviderAdjustment,
    }  # fmt: skip
    for kind, model in facts.items():
        for name, field in model.model_fields.items():
            if field.annotation is str and name not in {"kind", "ref", "remittance", "currency"}:
                assert (f"{kind}.{name}" in refused()) is is_phi(field)
                assert (f"{kind}.{name}" in selectors()) is not is_phi(field)
    assert {"claim.account", "claim.payer_claim_number", "provider_adjustment.reference"} <= set(refused())
    assert {"entity", "payer", "payer.class", "treatment", "line.procedure.code"} <= set(selectors())


@pytest.mark.parametrize("selector", sorted(selectors()))
def test_every_selector_posts(selector: str) -> None:
    text = f'[dimensions.x]\nfrom = "{selector}"\non = ["cash.*", "ar.*", "revenue.*", "liability.*"]\n'
    facts = cases.facts_of(R2)
    journal = post(facts, books(text), context=CONTEXT).documents[0]
    plain = post(facts, books(""), context=CONTEXT).documents[0]
    assert journal.totals() == plain.totals()
    given = {value for line in journal.gl_lines for name, value in line.dimensions if name == "x"}
    said = {
        "remittance.method": {"ACH"}, "claim.status": {"1"}, "provider_adjustment.code": {"WO", "FB", "L6"},
        "line.revenue_code": {"0750", "0310", "0480", "0270", "0300"}, "adjustment.reason":
        {"1", "2", "16", "29", "45", "96", "253"}, "entity": {"main"}, "payer": {"other"},
    }  # fmt: skip
    assert given == said.get(selector, given)


def test_what_does_not_look_like_a_code_is_masked() -> None:
    text = '[dimensions.x]\nfrom = "remittance.trace"\non = ["cash.eft_in_transit"]\n'
    journal = post(cases.facts_of(R2), books(text), context=CONTEXT).documents[0]
    assert {dict(line.dimensions).get("x") for line in journal.gl_lines} == {None, "•"}


# Tables


def table(tmp_path: Path, rows: str, extra: str = "") -> Books:
    (tmp_path / "t.csv").write_text(rows, encoding="utf-8")
    text = f'[dimensions.x]\nfrom = "claim.drg"\non = ["ar.*"]\ntable = "t.csv"\n{extra}'
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    return load_books("example", tmp_path / "mine.toml")


def test_a_table_stands_below_the_values_beside_it(tmp_path: Path) -> None:
    used = table(tmp_path, "\ufeffdrg,line\n470,ortho\n\n291,cardio\n", 'values = { "291" = "heart" }\n')
    assert used.dimensions["x"].values == {"470": "ortho", "291": "heart"}
    assert used.dimensions["x"].value({"claim.drg": "470"}) == "ortho"
    assert used.dimensions["x"].value({"claim.drg": "1"}) is None
    assert table(tmp_path, "drg,line\n").dimensions["x"].value({"claim.drg": "1"}) is None


def test_a_table_may_have_more_columns(tmp_path: Path) -> None:
    rows = "drg,name,unit\n470,Hip,ortho\n470,Hip,ortho\n"
    assert table(tmp_path, rows, 'column = "unit"\n').dimensions["x"].values == {"470": "ortho"}


def test_a_table_needs_a_file_of_books() -> None:
    with pytest.raises(BooksError, match="only beside a file of books"):
        books('[dimensions.x]\nfrom = "claim.drg"\non = ["ar.*"]\ntable = "t.csv"\n')


@pytest.mark.parametrize("text", ["dimensions = 1\n", "[dimensions]\nx = 1\n", "[dimensions.x]\ntable = 1\n"])
def test_what_is_no_table_is_told_by_its_shape(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BooksError, match=r"mine.toml:\d"):
        load_books("example", tmp_path / "mine.toml")


def test_values_that_are_no_table_are_told_beside_a_table(tmp_path: Path) -> None:
    with pytest.raises(BooksError, match=r"dimensions.x.values must be a table"):
        table(tmp_path, "a,b\n1,2\n", "values = 1\n")


# Payers' own policy


def test_a_payers_own_settings_count_more_than_those_of_its_class() -> None:
    used = books(
        PAYERS + "[payer_classes.unclassified]\n[payer_classes.commercial]\n"
        "[payer_classes.medicare.policy]\ndenial_final_auto = true\nmemo_receipt_limit = 5\n"
        "[payers.mac.policy]\nmemo_receipt_limit = 7\n"
        '[payer_classes.medicare.treatments.contractual]\ntags = { a = "class" }\n'
        '[payers.mac.treatments.contractual]\nrole = "suspense"\n'
        '[[payer_classes.medicare.rules]]\nid = "class"\nwhen = { reason = "97" }\ntreatment = "hold"\n'
        '[[payers.mac.rules]]\nid = "own"\nwhen = { reason = "97" }\ntreatment = "underpaid"\n'
        '[payers.mac.treatments.special]\nrole = "suspense"\n'
    )
    mac = used.for_payer("mac")
    assert (mac.policy.denial_final_auto, mac.policy.memo_receipt_limit) == (True, 7)
    assert (mac.treatments["contractual"].role, mac.treatments["contractual"].tags) == (
        "suspense", {"a": "class"},
    )  # fmt: skip
    assert mac.treatments["special"].role == "suspense"
    placed = [(rule.id, ref.layer, ref.line) for rule, ref in mac.placed_rules]
    assert placed[:3] == [
        ("own", "mine.toml", 21), ("class", "mine.toml", 17), ("MA130", "default.toml", placed[2][2]),
    ]  # fmt: skip
    assert used.for_payer("blue") is used
    assert used.policy.memo_receipt_limit == 10_000
    assert used.for_payer("mac") is mac


def test_the_rule_of_a_payer_cites_its_own_line() -> None:
    used = books(
        PAYERS
        + '[payers.mac.provider_adjustments.WO]\nrole_positive = "suspense"\nrole_negative = "suspense"\n'
    )
    _, ref = used.for_payer("mac").provider_rule("WO") or pytest.fail("no rule")
    assert (ref.layer, ref.line) == ("mine.toml", 6)
    _, common = used.provider_rule("WO") or pytest.fail("no rule")
    assert common.layer == "codes/plb.csv"
    _, step = used.for_payer("mac").posting("claim_settled")
    assert step.layer == "default.toml"


def test_overrides_of_books_made_in_python_have_a_place_too() -> None:
    plain = Books(
        payers={"a": {"class": "x", "rules": [{"id": "r", "treatment": "hold"}]}},  # type: ignore[dict-item]
        postings={"claim_settled": {"role": "ar.payer"}},  # type: ignore[dict-item]
    )
    assert plain.for_payer("a").posting("claim_settled")[1].layer == "books"


def test_the_review_tells_the_rules_of_payers() -> None:
    used = books(
        PAYERS + "[payer_classes.unclassified]\n[payer_classes.commercial]\n[payer_classes.medicare]\n"
        "[payer_classes.agency]\n"
        '[[payers.mac.rules]]\nid = "a"\nwhen = { reason = "97" }\ntreatment = "hold"\n'
        '[[payers.mac.rules]]\nid = "b"\nwhen = { reason = "97", level = "line" }\ntreatment = "hold"\n'
        '[[payers.mac.rules]]\nid = "c"\nwhen = { payer = "blue" }\ntreatment = "hold"\n'
        '[[payer_classes.commercial.rules]]\nid = "d"\nwhen = { medicare = true }\ntreatment = "hold"\n'
        '[[payer_classes.agency.rules]]\nid = "e"\ntreatment = "hold"\n'
        '[payers.mac.treatments.underpaid]\nrole = "suspense"\n'
    )
    found = {one.ref.id: one for one in review(used).rules}
    assert found["a"].conditions == "payers.mac: reason 97"
    assert {name: one.unreachable for name, one in found.items() if one.unreachable} == {
        "b": "a before it takes all of its cases",
        "c": "its conditions contradict one another",
        "e": "no payer is of this class",
    }


def test_only_the_payers_own_remittances_are_posted_by_its_settings() -> None:
    own = PAYERS + "[payers.mac.policy]\ndenial_final_auto = true\n"
    for text, final in ((own, True), (own.replace("1512345678", "9"), False)):
        journal = post(cases.facts_of(R2), books(text), context=CONTEXT).documents[0]
        assert any(line.role == "revenue.adjustment.denial_final" for line in journal.gl_lines) is final


# Calendars


def test_an_entity_may_have_a_calendar_of_its_own() -> None:
    used = books(
        '[periods]\nclosed_through = "2025-01"\n'
        '[entities.clinic]\nnpi = ["1"]\nperiods = { closed_through = "2025-03" }\n'
    )
    days = [used.booking_date(date(2025, 1, 5), entity) for entity in ("main", "clinic", None)]
    assert [day.period for day in days if day] == ["2025-02", "2025-04", "2025-02"]


def test_overrides_survive_a_process(tmp_path: Path) -> None:
    import pickle

    used = pickle.loads(pickle.dumps(books(PAYERS + "[payers.mac.policy]\nmemo_receipt_limit = 7\n")))  # noqa: S301
    assert used.for_payer("mac").policy.memo_receipt_limit == 7
    assert json.loads(used.model_dump_json(by_alias=True))["payers"]["mac"]["class"] == "medicare"
