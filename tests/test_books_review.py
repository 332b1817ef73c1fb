"""What `hcfin books` tells: rules out of reach, roles and accounts, unknown values, starter, schema, diff."""

from __future__ import annotations

import io
import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings

import cases
import hcfin
from hcfin.billing.claim import Claim
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.purchase import PurchaseOrder, SupplierInvoice
from hcfin.billing.reading import Reading
from hcfin.billing.remittance import Remittance
from hcfin.books import Books, builtin, load
from hcfin.books.review import review
from hcfin.books.schema import json_schema
from hcfin.books.starter import starter
from hcfin.cli.commands import hcfin as command
from hcfin.codes import table
from hcfin.comparison import Comparison, compare
from hcfin.errors import BooksError, KeysError
from hcfin.files import read
from hcfin.overlay import Layer
from hcfin.posting import post, post_alternatives
from hcfin.testing import remittances
from hcfin.translation import stream_facts
from hcfin.unmapped import Unmapped, unmapped
from posted import written

CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
X12 = cases.FIXTURES / "x12" / "remittance_835"
R2 = str(X12 / "worked_r2" / "input.edi")
EXAMPLE = builtin("example.toml")
TWO_PAYERS = '[payers.mac]\nclass = "medicare"\nids = ["1512345678"]\n'


def books(text: str) -> Books:
    return load([EXAMPLE, Layer("mine.toml", text)])


def rule(name: str, when: str, treatment: str = "underpaid") -> str:
    return f'[[rules]]\nid = "{name}"\nwhen = {{ {when} }}\ntreatment = "{treatment}"\n'


def out_of_reach(text: str) -> dict[str, str]:
    return {one.ref.id: one.unreachable for one in review(books(text)).unreachable}


# Rules out of reach


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ('reason = "45"', 'reason = "45", group = "CO"', "a before it takes all of its cases"),
        ('reason = ["45", "97"]', 'reason = ["97", "45"], level = "line"', "a before it takes"),
        ("", 'reason = "45"', "a before it takes"),
        ("claim_paid = true", "claim_paid = true, full_charge = false", "a before it takes"),
        ('payer_class = "medicare"', 'payer = "mac"', "a before it takes"),
        ("medicare = true", 'payer = "mac"', "a before it takes"),
        ("medicare = true", 'filing_indicator = "MB"', "a before it takes"),
        ('remark = ["N1", "N2"]', 'remark = "N2"', "a before it takes"),
        ('reason = "45"', 'reason = "23"', "reason 23 is decided before any rule"),
        ('reason = "45"', 'reason = "101"', "predetermination"),
        ('reason = "45"', 'group = "CR"', "group CR is suspended"),
        ('reason = "45"', 'status = ["25", "ZZ"]', "claims of this status are not posted"),
        ('reason = "45"', 'group = "PR", remark = "N781"', "forbids billing the patient"),
        ('reason = "45"', 'payer = "mac", payer_class = "unclassified"', "contradict one another"),
        ('reason = "45"', 'payer = "mac", medicare = false', "contradict one another"),
        ('reason = "45"', 'filing_indicator = "MA", medicare = false', "contradict one another"),
    ],
)
def test_a_rule_that_nothing_reaches(first: str, second: str, why: str) -> None:
    found = out_of_reach(TWO_PAYERS + rule("a", first) + rule("b", second))
    assert why in found["b"]
    assert "a" not in found


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('reason = "45", group = "CO"', 'reason = "45"'),
        ('reason = "45", level = "line"', 'reason = "45"'),
        ('reason = "45"', 'reason = ["45", "97"]'),
        ('payer = "mac"', "medicare = true"),  # any payer's claim may be filed under MA or MB
        ('payer_class = "medicare"', "medicare = true"),
        ('remark = "N1"', 'reason = "45"'),
        ('remark = "N1"', 'remark = "N2"'),
        ('group = "PR"', 'remark = "N781"'),
        ('filing_indicator = "MB"', "medicare = true"),
        ('status = "1"', 'reason = "45"'),
    ],
)
def test_a_rule_that_something_reaches(first: str, second: str) -> None:
    assert not out_of_reach(TWO_PAYERS + rule("a", first) + rule("b", second)).keys() & {"a", "b"}


def test_several_rules_together_take_all_cases() -> None:
    parts = rule("line", 'reason = "45", level = "line"') + rule("claim", 'reason = "45", level = "claim"')
    found = out_of_reach(parts + rule("rest", 'reason = "45"'))
    assert found["rest"] == "claim and line before it take all of its cases"
    by_class = rule("m", "medicare = true") + rule("o", "medicare = false") + rule("rest", 'reason = "45"')
    assert out_of_reach(by_class)["rest"] == "m and o before it take all of its cases"


def test_too_many_cases_to_try_count_as_reachable() -> None:
    def many(letter: str) -> str:
        return "[" + ", ".join(f'"{letter}{n}"' for n in range(150)) + "]"

    conditions = f"reason = {many('R')}, remark = {many('N')}"
    assert out_of_reach(rule("a", conditions) + rule("b", conditions)) == {}


def test_a_payers_rule_whose_switch_is_off_takes_no_cases() -> None:
    conditions = 'group = "CO", reason = "45", policy = "denial_final_auto"'
    own = [
        rule(name, when).replace("[[rules]]", "[[payers.mac.rules]]")
        for name, when in (("a", conditions), ("b", 'group = "CO", reason = "45"'))
    ]
    off = out_of_reach(TWO_PAYERS + "".join(own))
    on = out_of_reach(TWO_PAYERS + "".join(own) + "[payers.mac.policy]\ndenial_final_auto = true\n")
    assert "b" not in off
    assert "a" in on["b"]


def test_every_reachable_rule_decides_something() -> None:
    """The reviewer and the decision agree: a rule that is out of reach is never the first that holds."""
    used = books(TWO_PAYERS + rule("a", 'reason = "45"') + rule("b", 'reason = "45", group = "CO"'))
    posting = post(read(R2), used, context=CONTEXT)
    deciding = {line.rule.id for document in posting.documents for line in document.gl_lines}
    assert "a" in deciding
    assert "b" not in deciding


# Roles and accounts


def test_every_role_that_may_be_posted_has_an_account_in_every_entity() -> None:
    used = books('[entities.clinic]\nnpi = ["1"]\nchart = { "ar.payer" = "1150" }\n')
    found = {one.role: one for one in review(used).roles}
    assert found["ar.payer"].accounts == (("main", "1100"), ("clinic", "1150"))
    assert found["ar.payer"].because == "postings.claim_settled"
    assert all(account for one in found.values() for _, account in one.accounts)


@pytest.mark.parametrize("case", cases.folders("posting"), ids=cases.name_of)
def test_whatever_is_posted_is_among_the_roles(case: Path) -> None:
    known = {one.role for one in review(cases.books_of(case)).roles} | {"cash.remit_clearing"}
    lines = [line for document in cases.documents_of(case) for line in document.gl_lines]
    assert {line.role for line in lines} <= known


# Values that the books do not know


def met(text: str, *names: str) -> list[tuple[str, str, int, str, bool]]:
    sources = [read(X12 / name / "input.edi") for name in names]
    found = unmapped(books(text), sources, context=CONTEXT)
    return [(one.kind, one.value, one.times, str(one.amount), one.held) for one in found]


def test_unknown_payers_payees_and_codes() -> None:
    strict = "[entities.main]\ncatch_all = false\n[payers.other]\ncatch_all = false\n"
    assert met(strict, "worked_r2") == [
        ("payee", "1234567893 123456789 (EXAMPLE GENERAL HOSPITAL)", 1, "285.46", True),
        ("payer", "1512345678 (EXAMPLE MAC A)", 1, "285.46", True),
    ]
    assert met("", "worked_r2") == []


def test_unknown_codes_methods_and_currencies() -> None:
    def told(case: str, text: str = "") -> list[dict[str, object]]:
        facts = tuple(cases.facts_of(cases.FIXTURES / "posting" / case))
        found = unmapped(books(text), [Reading("facts", facts)], context=CONTEXT)
        return [{**one.to_dict(), "what_to_do": bool(one.what_to_do)} for one in found]

    rest = {"times": 1, "currency": "USD", "held": True, "what_to_do": True}
    assert told("unknown_code") == [{"kind": "adjustment", "value": "CO-999", "amount": "20.00", **rest}]
    assert told("no_payment_with_money") == [
        {"kind": "payment method", "value": "NON", "amount": "80.00", **rest}
    ]
    assert told("cheque", '[entities.main]\ncurrency = "EUR"\n') == [
        {"kind": "currency", "value": "USD", "amount": None, **rest}
    ]
    both = told("unknown_provider_adjustment")
    assert {one["kind"] for one in both} == {"provider adjustment"}
    assert told("period_closed_withheld", '[policy]\nclosed_period = "withhold"\n') == []


def test_a_value_is_told_in_words() -> None:
    one = Unmapped("adjustment", "CO-ZZ", 2, None, "USD", False, "Add it.")
    assert str(one) == "adjustment CO-ZZ: 2 times (booked)\n  Add it."


def test_dimension_values_without_a_row() -> None:
    table = '[dimensions.status]\nfrom = "claim.status"\non = ["ar.payer"]\nvalues = { "1" = "first" }\n'
    facts = read(R2)
    raw = post(facts, books(""), context=CONTEXT).documents[0].gl_lines
    total = sum(line.amount for line in raw if line.role == "ar.payer")
    statuses = {claim.status for claim in facts.remittances[0].claims}
    found = met(table, "worked_r2")
    assert {value for _, value, *_ in found} == {f"{s} (claim.status)" for s in statuses - {"1"}}
    everything = table.replace('"1" = "first"', '"9" = "x"')
    assert sum(Decimal(amount) for *_, amount, _ in met(everything, "worked_r2")) == total
    assert {held for *_, held in met(everything, "worked_r2")} == {False}
    required = met(everything + "required = true\n", "worked_r2")
    assert {held for *_, held in required} == {True}
    defaulted = met(everything + 'required = true\ndefault = "z"\n', "worked_r2")
    assert {held for *_, held in defaulted} == {False}


def test_a_required_dimension_that_the_source_leaves_empty() -> None:
    drg = '[dimensions.drg]\nfrom = "claim.drg"\non = ["ar.payer"]\nrequired = true\n'
    found = met(drg, "worked_r2")
    assert [(kind, value, held) for kind, value, _, _, held in found] == [
        ("dimension drg", "(none) (claim.drg)", True)
    ]
    assert met(drg.replace("required = true", ""), "worked_r2") == []


# The starter


def fill(text: str, npi: str, tin: str, payer: str) -> str:
    """The starter's blanks, filled as its owner would."""
    text = text.replace('npi = [""]', f"npi = {json.dumps([npi])}")
    text = text.replace('tin = [""]', f"tin = {json.dumps([tin])}")
    text = text.replace('ids = [""]', f"ids = {json.dumps([payer])}").replace(
        'class = ""', 'class = "unclassified"'
    )
    number = iter(range(1000, 9999))
    return re.sub(r'= ""', lambda _: f'= "{next(number)}"', text)


def test_the_starter_names_each_blank_until_it_is_filled() -> None:
    with pytest.raises(BooksError) as caught:
        load([Layer("starter.toml", starter())])
    told = "\n".join(caught.value.problems)
    assert "payers.first.class must not be empty" in told
    assert "entities.main.npi.0 must not be empty" in told
    assert "chart.ar.payer must not be empty" in told
    assert "Write your own between the quotes." in told
    blanks = starter().count('= ""') + starter().count('= [""]')
    assert len(caught.value.problems) == blanks - 3  # the three names are for people


@pytest.mark.parametrize("case", cases.folders("posting"), ids=cases.name_of)
def test_the_filled_starter_posts_what_the_fixture_posts(case: Path) -> None:
    kinds = Remittance | Claim | AccountTransaction | SupplierInvoice | PurchaseOrder
    fact = next((fact for fact in cases.facts_of(case) if isinstance(fact, kinds)), None)
    if isinstance(fact, Remittance):
        payer, payee = fact.payer_identifier, fact.payee.id
    elif isinstance(fact, AccountTransaction):
        payer, payee = "BLUE", fact.facility
    elif isinstance(fact, SupplierInvoice | PurchaseOrder):
        payer, payee = "other", fact.facility
    elif fact:
        payer, payee = fact.payer.id, fact.billing_provider.id if fact.billing_provider else ""
    else:
        payer = payee = "other"  # charges and accounts: the case's own books name their facility and payers
    path = case / "books.toml"
    own = path.read_text(encoding="utf-8") if path.exists() else ""
    payer = "other" if payer in own else payer
    payee = "other" if payee in own else payee
    # What a switch brings in, its owner adds.
    more = '[chart]\n"revenue.gross" = "1"\n"ar.allowance.contractual" = "2"\n'
    if isinstance(fact, AccountTransaction | SupplierInvoice | PurchaseOrder):
        section = "transactions" if isinstance(fact, AccountTransaction) else "supply"
        more = f'[{section}]\nsource = "feed"\n[chart]\n'
        more += "".join(f'"{role}" = "{n}"\n' for n, role in enumerate(sorted(table("roles"))))
    filled = fill(starter(), payee, "none", payer)
    layers = [Layer("starter.toml", filled), Layer("more.toml", more), Layer("books.toml", own)]
    used = load(layers, lambda _, name: Layer(name, (case / name).read_text(encoding="utf-8")))
    assert not any(entity.catch_all for entity in used.entities.values())
    assert not any(payer.catch_all for payer in used.payers.values())
    made = cases.posted(case, used).documents
    wanted = cases.documents_of(case)
    assert [[(line.side, line.amount, line.role) for line in one.gl_lines] for one in made] == [
        [(line.side, line.amount, line.role) for line in one.gl_lines] for one in wanted
    ]


# The schema


SCHEMA = jsonschema.Draft202012Validator(json_schema())
TEXTS = [
    builtin("default.toml").text,
    builtin("example.toml").text,
    starter().replace('""', '"x"'),
    *(path.read_text(encoding="utf-8") for path in cases.FIXTURES.glob("*/*/books.toml")),
]


@pytest.mark.parametrize("text", TEXTS)
def test_books_fit_their_schema(text: str) -> None:
    assert [error.message for error in SCHEMA.iter_errors(tomllib.loads(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "nosuch = 1\n",
        '[policy]\nclosed_period = "maybe"\n',
        '[chart]\n"ar.payr" = "1"\n',
        '[entities.main.chart]\n"ar.payr" = "1"\n',
        '[chart]\n"ar.payer" = ""\n',
        '[treatments.x]\nrole = "nosuch"\n',
        '[[rules]]\nid = "x"\n',
        '[[rules]]\nid = "x"\ntreatment = "hold"\nwhen = { grup = "CO" }\n',
        '[dimensions.x]\nfrom = "claim.account"\n',
    ],
)
def test_what_does_not_load_does_not_fit_the_schema_either(text: str) -> None:
    assert list(SCHEMA.iter_errors(tomllib.loads(text)))
    with pytest.raises(BooksError):
        books(text)


def test_a_condition_may_be_one_value_or_a_list() -> None:
    for value in ('"CO"', '["CO", "PI"]'):
        text = f'[[rules]]\nid = "x"\ntreatment = "hold"\nwhen = {{ group = {value} }}\n'
        assert not list(SCHEMA.iter_errors(tomllib.loads(text)))


# Two books compared

FINAL = "[policy]\ndenial_final_auto = true\n"


def test_a_denial_that_is_written_off_moves_from_the_receivable() -> None:
    result = compare(books(""), books(FINAL), [read(R2)], context=CONTEXT)
    (flow,) = result.flows
    assert (flow.origin.role, flow.destination.role) == ("ar.payer", "revenue.adjustment.denial_final")
    assert (flow.amount, flow.sources, flow.rules) == (Decimal("150.00"), 1, ("CO-29", "CO-29"))
    assert (result.moved, result.unproven, result.remittances) == (1, 0, (1, 1))
    changed = {place.role: (str(a), str(b)) for place, a, b in result.changed()}
    assert changed == {
        "ar.payer": ("-2300.00", "-2450.00"),
        "revenue.adjustment.denial_final": ("0.00", "150.00"),
    }


def test_an_amount_that_stays_open_moves_back_into_the_receivable() -> None:
    """The charge settles less by it; told by source amount that is the adjustment's own doing."""
    result = compare(books(""), books(rule("ask", 'reason = "45"', "hold")), [read(R2)], context=CONTEXT)
    assert {(flow.origin.role, flow.destination.role) for flow in result.flows} == {
        ("revenue.adjustment.contractual", "ar.payer")
    }
    assert sum(flow.amount for flow in result.flows) == Decimal("780.00")
    assert [flow.rules for flow in result.flows] == [("CO-45", "")]
    assert result.unproven == 0


def test_a_remittance_that_one_of_them_rejects() -> None:
    closed = '[periods]\nclosed_through = "2025-12"\n[policy]\nclosed_period = "withhold"\n'
    result = compare(books(""), books(closed), [read(R2)], context=CONTEXT)
    assert result.remittances == (1, 0)
    assert result.issues[1] == {"PERIOD_WITHHELD": 1}
    # Two denials move within the receivable, which is no movement between accounts.
    assert (result.source_amounts, result.moved) == (15, 13)
    assert result.unproven == 0
    assert {b for _, _, b in result.changed()} == {Decimal("0.00")}


def test_nothing_moves_between_equal_books() -> None:
    result = compare(books(""), books(""), [read(R2), read(R2)], context=CONTEXT)
    assert (result.flows, result.moved, list(result.changed())) == ((), 0, [])
    assert result.remittances == (2, 2)


VARIANTS = (
    FINAL,
    "rules = []\n",
    rule("open", 'group = "CO"', "hold"),
    rule("back", 'reason = ["1", "2", "3"], medicare = false', "denial_appeal"),
    '[payments.ACH]\nrole = "suspense"\n',
    '[entities.main]\ncurrency = "JPY"\n',
    '[dimensions.status]\nfrom = "claim.status"\non = ["ar.*"]\nrequired = true\nvalues = { "1" = "a" }\n',
)
PAIRS = [(books(""), books(text)) for text in VARIANTS]


@settings(max_examples=60)
@given(remittances())
def test_whatever_differs_adds_up_to_zero_by_source_amount(
    facts: tuple[hcfin.billing.base.Fact, ...],
) -> None:
    reading = Reading("facts", facts)
    for pair in PAIRS:
        _assert_moves_are_what_is_booked(pair, reading)


def _assert_moves_are_what_is_booked(pair: tuple[Books, Books], reading: Reading) -> Comparison:
    result = compare(*pair, [reading], context=CONTEXT)
    assert result.unproven == 0
    assert sum(b - a for _, a, b in result.changed()) == 0
    for side in (0, 1):
        documents = post(reading, pair[side], context=CONTEXT).documents
        booked: dict[tuple[str, str], Decimal] = {}
        for line in (line for document in documents for line in document.gl_lines):
            key = line.role, line.account
            booked[key] = booked.get(key, Decimal(0)) + (
                line.amount if line.side == "debit" else -line.amount
            )
        told: dict[tuple[str, str], Decimal] = {}
        for place, amounts in result.balances.items():
            key = place.role, place.account
            told[key] = told.get(key, Decimal(0)) + amounts[side]
        assert {k: v for k, v in booked.items() if v} == {k: v for k, v in told.items() if v}
    return result


KNOWS_J1 = '[provider_adjustments.J1]\nrole_positive = "ar.payer"\nrole_negative = "ar.payer"\n'


def test_shadow_claims_move_where_other_books_take_them_for_paid() -> None:
    """80.00 are told and taken back out: suspended here, paid and taken back there."""
    body = (
        "CLP*ACCT-1*1*100*80**12*ICN1",
        "CAS*CO*45*20",
        "PLB*1234567893*20251231*J1:TESTREF*80",
    )
    reading = hcfin.read(written(Decimal(0), *body))
    result = _assert_moves_are_what_is_booked((books(""), books(KNOWS_J1)), reading)
    changes = {place.role: b - a for place, a, b in result.changed()}
    assert changes["revenue.adjustment.contractual"] == 20
    assert changes["ar.payer"] == -20


def test_amounts_of_a_claim_without_a_charge_move_together() -> None:
    """10.00 paid on no charge, explained by an adjustment of -10.00: each moves, together they are zero."""
    body = ("CLP*ACCT-1*1*0*10**12*ICN1", "CAS*CO*45*-10")
    reading = hcfin.read(written(Decimal(10), *body))
    other = books(rule("ask", 'reason = "45"', "bundled") + '[payments.ACH]\nrole = "suspense"\n')
    _assert_moves_are_what_is_booked((books(""), other), reading)


def test_issues_after_the_last_remittance_are_counted_for_both() -> None:
    data = written(Decimal(0), "CLP*ACCT-1*1*0*0**12*ICN1").replace(b"IEA*1*", b"IEA*2*")
    source = stream_facts(io.BytesIO(data))
    result = compare(books(""), books(FINAL), [source], context=CONTEXT)
    assert [told["COUNT_WRONG"] for told in result.issues] == [1, 1]


def test_a_comparison_needs_keys() -> None:
    with pytest.raises(KeysError):
        list(post_alternatives([], [books("")], lambda *_: None, context=hcfin.Context()))  # type: ignore[arg-type]


# The commands


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, ["books", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_check_lists_rules_and_tells_what_is_out_of_reach(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(rule("a", 'reason = "45"') + rule("b", 'reason = "45", group = "CO"'), encoding="utf-8")
    status, told, _ = run("check", "example", str(mine), R2)
    assert status == 1
    assert told.startswith("Example books: 1 entities, 1 payers, 62 accounts, 13 rules: 2 out of reach")
    assert re.search(r"^  a +mine.toml:1 +underpaid +reason 45$", told, re.MULTILINE)
    assert "mine.toml:5: rule 'b' is never reached\n  a before it takes all of its cases." in told
    assert "every value in the files is known to the books" in told
    data = json.loads(run("check", "example", str(mine), "--on", R2, "--json")[1])
    assert [one["id"] for one in data["rules"] if one["unreachable"]] == ["b", "CO-45-full-charge"]
    assert data["unmapped"] == []
    assert data["roles"][0]["accounts"]


def test_check_tells_roles_with_their_accounts() -> None:
    status, told, _ = run("check", "--roles")
    assert status == 0
    assert re.search(r"^  ar.payer +main=1100 +postings.claim_settled$", told, re.MULTILINE)


def test_check_tells_values_that_hold_money_back(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("[payers.other]\ncatch_all = false\n", encoding="utf-8")
    status, told, _ = run("check", "example", str(mine), R2)
    assert status == 1
    assert "payer 1512345678 (EXAMPLE MAC A): once, 285.46 USD\n  Add its identifier" in told


def test_init_writes_a_new_file_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert run("init", str(path))[0] == 0
    assert path.read_text(encoding="utf-8") == starter() == run("init")[1]
    assert run("init", str(path))[0] == 2
    assert run("check", str(path))[0] == 2


def test_diff_prints_a_table_and_json(tmp_path: Path) -> None:
    a, b = tmp_path / "a.toml", tmp_path / "b.toml"
    a.write_text("", encoding="utf-8")
    b.write_text(FINAL, encoding="utf-8")
    status, told, _ = run("diff", "--books", "example", str(a), str(b), "--on", R2, R2)
    assert status == 0
    assert "300.00" in told
    assert told.endswith("30 source amounts, 2 moved: each adds up to zero\n")
    data = json.loads(run("diff", "--books", "example", str(a), str(b), "--on", R2, "--json")[1])
    assert data["proof"] == {"source_amounts": 15, "moved": 1, "not_zero_sum": 0}
    assert data["flows"][0]["to"]["role"] == "revenue.adjustment.denial_final"
    assert [one["difference"] for one in data["accounts"]] == ["-150.00", "150.00"]
    same = run("diff", "example", "example", "--on", R2)
    assert same[0] == 0
    assert "what moves" not in same[1]


def test_schema_is_printed() -> None:
    assert json.loads(run("schema")[1]) == json_schema()
