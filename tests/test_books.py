"""Books: layers, look-ups, and every problem told with file, line and remedy before money is seen."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hcfin.books import Books, builtin, load
from hcfin.books.dimensions import Dimension
from hcfin.books.periods import Periods, booking_date, period_of
from hcfin.books.rules import AdjustmentFacts, When
from hcfin.errors import BooksError, KeysError
from hcfin.files import load_books, load_keys, load_profile
from hcfin.finance.base import RuleRef
from hcfin.overlay import Layer

EXAMPLE = builtin("example.toml")


def books(text: str) -> Books:
    return load([EXAMPLE, Layer("mine.toml", text)])


def problems(text: str) -> str:
    with pytest.raises(BooksError) as caught:
        books(text)
    return "\n".join(caught.value.problems)


def facts(**changes: object) -> AdjustmentFacts:
    known: dict[str, object] = {
        "group": "CO", "reason": "45", "remarks": frozenset(), "status": "1", "filing_indicator": "12",
        "payer": "other", "payer_class": "commercial", "level": "line", "full_charge": False,
        "claim_paid": True, "medicare": False,
    }  # fmt: skip
    return AdjustmentFacts(**{**known, **changes})  # type: ignore[arg-type]


def test_own_rules_come_before_hcfins_and_those_before_the_codes() -> None:
    own = books(
        '[[rules]]\nid = "mine"\nwhen = { reason = "45", payer = "other" }\ntreatment = "underpaid"\n'
    )
    decision = own.decide(facts())
    assert (decision.treatment, decision.rule) == ("underpaid", RuleRef(id="mine", layer="mine.toml", line=1))
    assert own.decide(facts(payer="someone")).rule.id == "CO-45"
    default = load([EXAMPLE]).decide(facts(full_charge=True, claim_paid=False))
    assert default.rule.id == "CO-45-full-charge"
    assert default.rule.layer == "default.toml"


@pytest.mark.parametrize(
    ("group", "reason", "treatment"),
    [("CO", "45", "contractual"), ("PR", "1", "patient_deductible"), ("CO", "1", "mismatch"),
     ("OA", "23", "cob_prior"), ("XX", "45", "unclassified"), ("CO", "ZZ", "unclassified"),
     ("PI", "45", "underpaid"), ("", "", "unclassified")],
)  # fmt: skip
def test_codes(group: str, reason: str, treatment: str) -> None:
    assert load([EXAMPLE]).decide_by_code(group, reason).treatment == treatment


@pytest.mark.parametrize(
    ("when", "changes", "holds"),
    [
        ({}, {}, True),
        ({"group": ["CO", "PI"]}, {}, True),
        ({"group": "PR"}, {}, False),
        ({"remark": "MA130"}, {"remarks": frozenset({"MA130", "N1"})}, True),
        ({"remark": ["MA130"]}, {}, False),
        ({"status": "22", "level": "line"}, {"status": "22"}, True),
        ({"filing_indicator": "MB"}, {}, False),
        ({"payer_class": "commercial", "full_charge": False}, {}, True),
        ({"claim_paid": False}, {}, False),
        ({"medicare": True}, {"medicare": True}, True),
    ],
)
def test_conditions(when: dict[str, object], changes: dict[str, object], holds: bool) -> None:
    assert When(**when).holds(facts(**changes)) is holds  # type: ignore[arg-type]


def test_own_provider_adjustment_goes_before_the_table() -> None:
    own = books(
        '[provider_adjustments.L6]\nrole_positive = "suspense"\n'
        'role_negative = "suspense"\nreference = "none"\n'
    )
    rule, ref = own.provider_rule("L6") or pytest.fail("no rule")
    assert (rule.role_negative, ref.layer) == ("suspense", "mine.toml")
    assert own.provider_rule("QQ") is None
    assert own.rule_text(ref) == "[provider_adjustments.L6]"


def test_entities_and_payers_are_recognised() -> None:
    own = books(
        '[entities.clinic]\nnpi = ["1234567893"]\ntin = ["99"]\nchart = { "ar.payer" = "1150" }\n'
        '[payers.mac]\nclass = "medicare"\nids = ["77"]\nnames = ["Example  MAC A"]\n'
    )
    assert own.entity(["1234567893"]) == own.entity(["x", "99"]) == "clinic"
    assert own.entity(["x"]) == "main"
    assert own.payer(["77"], "") == own.payer([], "EXAMPLE MAC a") == "mac"
    assert own.payer(["x"], "Somebody") == "other"
    assert own.account("ar.payer", "clinic") == "1150"
    assert own.account("ar.patient", "clinic") == "1110"
    assert own.account("expense.unheard_of", "clinic") is None
    assert own.payment("NON") is None


def test_without_catch_all_nobody_is_guessed() -> None:
    own = books("[entities.main]\ncatch_all = false\n[payers.other]\ncatch_all = false\n")
    assert own.entity(["x"]) is None
    assert own.payer(["x"], "Somebody") is None


def test_dimensions() -> None:
    table = Dimension(**{"from": "payer", "on": ("ar.*", "suspense"), "values": {"a": "A"}, "default": "Z"})
    assert table.applies_to("ar.payer")
    assert table.applies_to("suspense")
    assert not table.applies_to("cash.bank")
    assert [table.value({"payer": name}) for name in ("a", "b")] == ["A", "Z"]
    plain = Dimension(**{"from": "payer", "on": ("ar.*",)})
    assert [plain.value({"payer": "a"}), plain.value({})] == ["a", None]
    own = books('[dimensions.drg]\nfrom = "claim.drg"\non = ["ar.payer"]\nrequired = true\n')
    fields = {"payer.class": "c"}
    assert own.dimensions_of("ar.payer", fields) == ((("payer_class", "c"),), "drg")
    assert own.dimensions_of("cash.bank", fields) == ((), None)


def test_periods() -> None:
    open_ones = Periods(closed=("2025-03",), closed_through="2025-01", open_through="2025-05")
    day = date(2025, 2, 14)
    assert booking_date(open_ones, day).gl_date == day  # type: ignore[union-attr]
    moved = booking_date(open_ones, date(2025, 3, 31))
    assert moved is not None
    assert (moved.gl_date, moved.period, moved.original_period) == (date(2025, 4, 1), "2025-04", "2025-03")
    assert booking_date(open_ones, date(2024, 12, 31)).gl_date == date(2025, 2, 1)  # type: ignore[union-attr]
    assert booking_date(open_ones, date(2025, 6, 1)) is None
    assert booking_date(Periods(closed_through="9999-12"), date(2025, 1, 1)) is None


CALENDAR = """
[[periods.calendar]]
name = "2025-P01"
first = 2024-12-29
last = 2025-01-25
[[periods.calendar]]
name = "2025-P02"
first = 2025-01-26
last = 2025-02-22
[[periods.calendar]]
name = "2025-P03"
first = 2025-02-23
last = 2025-03-29
"""


@pytest.mark.parametrize(
    ("closed", "day", "booked"),
    [
        ("", date(2025, 1, 27), (date(2025, 1, 27), "2025-P02", None)),
        ("", date(2024, 12, 29), (date(2024, 12, 29), "2025-P01", None)),
        ('closed_through = "2025-P01"', date(2025, 1, 25), (date(2025, 1, 26), "2025-P02", "2025-P01")),
        ('closed = ["2025-P01", "2025-P02"]', date(2025, 1, 1), (date(2025, 2, 23), "2025-P03", "2025-P01")),
        ('closed_through = "2025-P03"', date(2025, 1, 1), None),
        ('open_through = "2025-P01"', date(2025, 1, 26), None),
        ("", date(2025, 3, 30), None),
    ],
)
def test_a_fiscal_calendar(closed: str, day: date, booked: tuple[date, str, str | None] | None) -> None:
    """A 4-4-5 quarter: 4, 4 and 5 weeks."""
    found = books(f"[periods]\n{closed}\n{CALENDAR}").booking_date(day)
    assert (found and (found.gl_date, found.period, found.original_period)) == booked


def test_an_entity_may_have_a_fiscal_calendar_beside_months() -> None:
    own = CALENDAR.replace("[[periods.", "[[entities.clinic.periods.")
    used = books(f'[entities.clinic]\nnpi = ["1"]\n{own}')
    days = [used.booking_date(date(2025, 1, 30), entity) for entity in ("main", "clinic")]
    assert [day.period for day in days if day] == ["2025-01", "2025-P02"]


@given(
    st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 12, 31)),
    st.sets(st.dates(min_value=date(2000, 1, 1), max_value=date(2030, 12, 31)).map(period_of), max_size=30),
)
def test_a_booking_date_is_open_and_never_earlier(day: date, closed: set[str]) -> None:
    found = booking_date(Periods(closed=tuple(closed)), day)
    assert found is not None
    assert found.period not in closed
    assert found.gl_date >= day or period_of(found.gl_date) == period_of(day)
    assert (found.original_period is None) == (found.gl_date == day)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nosuch = 1\n", "mine.toml:1: unknown setting 'nosuch'"),
        ("[policy]\nar_mod = 'x'\n", "Did you mean 'ar_mode'?"),
        ("[policy]\nzzz = 'x'\n", "Known: account_merge, adjudication_source, allowance_method, ap_mode"),
        (
            "[policy]\nclosed_period = 'maybe'\n",
            "mine.toml:2: policy.closed_period must be 'redate' or 'withhold'",
        ),
        ("[periods]\nclosed = '2025-01'\n", "periods.closed must be a list in brackets"),
        ("[policy]\ndenial_final_auto = 'perhaps'\n", "must be true or false"),
        ("payers = 1\n", "mine.toml:1"),
        ("[[rules]]\nid = 'r'\ntreatment = 'hold'\nwhen = { paier = 'x' }\n", "Did you mean 'payer'?"),
        ("[[rules]]\nid = 'r'\ntreatment = 'hold'\nwhen = { payer = 'x' }\n", "there is no payer 'x'"),
        (
            "[[rules]]\nid = 'r'\ntreatment = 'hold'\nwhen = { payer_class = 'unclasified' }\n",
            "Did you mean 'unclassified'?",
        ),
        ("[[rules]]\nid = 'r'\ntreatment = 'hold'\nwhen = { level = 'lin' }\n", "must be 'claim' or 'line'"),
        ("[dimensions.x]\nfrom = 'payer'\non = ['ar.payr']\n", "Did you mean 'ar.payer'?"),
        ("[dimensions.x]\nfrom = 'payer'\non = ['zzz.*']\n", "Name a role, or `revenue.*`"),
        ('[chart]\n"ar.payer" = ""\n', "chart.ar.payer must not be empty"),
        ("[treatments.billing_guard]\nrole = 'ar.patient'\n", "is never posted and takes no role"),
        ("[treatments.cob_prior]\nrole_final = 'ar.patient'\n", "is never posted and takes no role"),
        ("[treatments.x]\nrole = 'cash.remit_clearing'\n", "it must end at zero"),
        ("[payments.CHK]\nrole = 'cash.remit_clearing'\n", "it must end at zero"),
        ("[treatments.x]\nissue = 'TYPO'\n", "'TYPO' is not an issue about an adjustment"),
        ("[treatments.x]\nissue = 'CLAIM_PENDING'\n", "Known: ADJUSTMENT_HELD"),
        ("[payers.x]\nname = 'X'\n", "'class' is missing"),
        ('[chart]\n"ar.payr" = "1"\n', "Did you mean 'ar.payer'?"),
        ('[chart]\n"zz" = "1"\n', "there is no role 'zz'"),
        ('[entities.main.chart]\n"ar.payr" = "1"\n', "there is no role 'ar.payr'"),
        ("[payers.x]\nclass = 'x'\ncatch_all = true\n", "a second catch-all in [payers]"),
        ("[entities.x]\ncatch_all = true\n", "a second catch-all in [entities]"),
        ("[[rules]]\nid = 'r'\ntreatment = 'contractul'\n", "Did you mean 'contractual'?"),
        ("[[rules]]\nid = 'r'\ntreatment = 'zzz'\n", "Known: "),
        ("[[rules]]\nid = ''\ntreatment = 'hold'\n", "rules.0.id"),
        ("[payments.CHK]\nrole = 'ar.provider_loan'\n", "has no account in entity 'main'"),
        ("[periods]\nclosed = ['March']\n", "periods.closed.0 must have the form YYYY-MM"),
        ("[[rules]]\nid = 'r'\nwhen = { reason = '1' }\ntreatment = 'contractual'\n", "Medicare deductible"),
        ("[[rules]]\nid = 'r'\ntreatment = 'contractual'\n", "Add medicare = false"),
        (
            "[treatments.patient_deductible]\nrole = 'revenue.adjustment.contractual'\n",
            "Give it another role",
        ),
        (
            "[treatments.bad]\nrole = 'revenue.adjustment.implicit_price_concession_medicare'\n"
            "[[rules]]\nid = 'r'\nwhen = { group = 'PR' }\ntreatment = 'bad'\n",
            "rule 'r' could call a copayment Medicare bad debt",
        ),
        ("[chart\n", "mine.toml:1"),
    ],
)
def test_problems_are_told_before_money_is_seen(text: str, told: str) -> None:
    assert told in problems(text)


def test_a_rule_that_leaves_medicare_out_is_allowed() -> None:
    rule = "[[rules]]\nid = 'r'\nwhen = { reason = '1', medicare = false }\ntreatment = 'contractual'\n"
    assert books(rule).decide(facts(group="PR", reason="1")).treatment == "contractual"
    other = "[[rules]]\nid = 'r'\nwhen = { reason = '131' }\ntreatment = 'contractual'\n"
    assert books(other).decide(facts(reason="131")).treatment == "contractual"


def test_books_without_entities_or_payers_do_not_load() -> None:
    with pytest.raises(BooksError) as caught:
        load([Layer("mine.toml", "name = 'x'\n")])
    assert "the books name no entity" in str(caught.value)
    assert "the books name no payer" in str(caught.value)


def test_a_step_cannot_be_left_out() -> None:
    from hcfin.books.checks import checked

    text = builtin("default.toml").text.replace("[postings.claim_settled]", "[postings.renamed]")
    with pytest.raises(BooksError, match="step 'claim_settled' is missing"):
        checked([Layer("default.toml", text), EXAMPLE])


def test_rules_without_a_source_still_have_a_place() -> None:
    plain = Books(postings={"claim_settled": {"role": "ar.payer"}})  # type: ignore[dict-item]
    assert plain.posting("claim_settled") == ("ar.payer", RuleRef(id="claim_settled", layer="books", line=1))
    assert plain.rule_text(RuleRef(id="x", layer="books", line=1)) == ""
    assert repr(load([EXAMPLE])) == "Books('Example books', entities=['main'], payers=1)"


def test_files_that_cannot_be_books(tmp_path) -> None:
    with pytest.raises(BooksError, match="No such file"):
        load_books(tmp_path / "nosuch.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'name = "caf\xe9"\n')
    with pytest.raises(BooksError, match="not UTF-8"):
        load_books(latin)


def test_profiles(tmp_path) -> None:
    path = tmp_path / "feed.toml"
    path.write_text('currency = "EUR"\n', encoding="utf-8")
    assert load_profile("x12", path).currency == "EUR"
    path.write_text('currency = "euro"\n', encoding="utf-8")
    with pytest.raises(BooksError):
        load_profile("x12", path)


def test_key_files(tmp_path) -> None:
    path = tmp_path / "keys.toml"
    secret = "ab" * 32
    path.write_text(f'id = "{secret}"\ntoken = "{secret}"\n', encoding="ascii")
    assert load_keys(path).token_version == "1"
    broken = (
        f'id = "{secret}"',
        f'id = "zz{secret}"\ntoken = "1"',
        f'id = "{secret}" x',
        "id = 1\ntoken = 2",
        f'id = "{secret}"\ntoken = "{secret}"\nother = 1\n',
        'id = "ab"\ntoken = "ab"\n',
    )
    for text in broken:
        path.write_text(text, encoding="ascii")
        with pytest.raises(KeysError) as caught:
            load_keys(path)
        assert secret not in str(caught.value)
