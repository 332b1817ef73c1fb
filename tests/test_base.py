"""Identity, privacy, models, issues: what everything else rests on."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import hcfin
from hcfin.billing.base import Adjustment, Node, element_of
from hcfin.billing.claim import ClaimCode
from hcfin.billing.party import Individual, Organization
from hcfin.billing.reading import NoTrail, Reading
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.codes import line_of, table
from hcfin.errors import KeysError, ModelError
from hcfin.finance.base import Party
from hcfin.identity import DEMO_KEYS, Keys, canonical_json, content_hash, document_id, token
from hcfin.issues import Catalogue, Disposition, PolicyText, located, unique, whole_catalogue
from hcfin.model import is_phi
from hcfin.origin import Origin
from hcfin.privacy import MASK, PHI, masked_excerpt, shown

KEYS = Keys(id=b"i" * 32, token=b"t" * 32)


def test_ids_depend_on_key_kind_and_business_key_alone() -> None:
    one = document_id(KEYS, "journal_entry", ["payer", "trace"])
    assert one == document_id(KEYS, "journal_entry", ["payer", "trace"])
    assert len(one) == 20
    assert one.startswith("hc1-")
    others = {
        document_id(KEYS, "receipt", ["payer", "trace"]),
        document_id(KEYS, "journal_entry", ["payer|trace"]),
        document_id(KEYS, "journal_entry", ["payer", "trace", ""]),
        document_id(Keys(id=b"x" * 32, token=b"t" * 32), "journal_entry", ["payer", "trace"]),
    }
    assert one not in others
    assert len(others) == 4


def test_ids_survive_a_new_token_key() -> None:
    rotated = Keys(id=KEYS.id, token=b"n" * 32, token_version="2")
    assert document_id(KEYS, "receipt", ["x"]) == document_id(rotated, "receipt", ["x"])
    assert token(KEYS, "acct", "A-1") != token(rotated, "acct", "A-1")
    assert token(rotated, "acct", "A-1").startswith("t2-")


def test_tokens_do_not_join_across_domains() -> None:
    assert token(KEYS, "acct", "A-1") == token(KEYS, "acct", " A-1 ")
    assert token(KEYS, "acct", "A-1") != token(KEYS, "claim", "A-1")
    assert token(DEMO_KEYS, "acct", "A-1").startswith("demo")


@pytest.mark.parametrize("key", [b"k" * 32, b"long" * 40])
def test_ids_and_tokens_are_the_published_construction(key: bytes) -> None:
    """HMAC-SHA256 over the JSON array, the first sixteen characters of its Base32: a stored id stays good."""
    keys = Keys(id=key, token=key, token_version="3")
    message = '["acct","Ü-1"]'.encode()
    whole = base64.b32encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    assert token(keys, "acct", " Ü-1 ") == "t3-" + whole[:16].lower()
    assert document_id(keys, "acct", ["Ü-1"]) == "hc1-" + whole[:16].lower()


@pytest.mark.parametrize("fault", [{"id": b"short"}, {"token": b""}, {"token_version": "a b"}])
def test_weak_keys_are_refused_and_never_shown(fault: dict[str, object]) -> None:
    with pytest.raises(KeysError):
        Keys(**{"id": b"i" * 32, "token": b"t" * 32, **fault})  # type: ignore[arg-type]
    assert "iiii" not in repr(KEYS)


def test_canonical_json_is_one_form() -> None:
    assert canonical_json({"b": "ü", "a": [1]}) == '{"a":[1],"b":"ü"}'.encode()
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})


@pytest.mark.parametrize("value", ["CO", "253", "-588.00", "MA130", "", "0.5"])
def test_codes_and_amounts_are_shown(value: str) -> None:
    assert shown(value) == value


@pytest.mark.parametrize("value", ["JANE DOE", "1EG4TE5MK73", "ACCT-A", "jane", "DOE^JANE", "٣٣", "9" * 30])
def test_anything_else_is_masked(value: str) -> None:
    assert shown(value) == MASK


def test_excerpt_shows_only_what_is_allowed_and_looks_right() -> None:
    elements = ["CLP", "ACCT-A", "22", "DOE JANE", ""]
    assert masked_excerpt(elements, {2, 3, 4}, "|") == "CLP|•|22|•|"
    assert repr(PHI) == "Phi"


def test_models_are_silent_about_what_they_refuse() -> None:
    with pytest.raises(ModelError) as caught:
        ClaimPayment(remittance="r", status="1", charged="JANE", paid="1", SECRET="x")  # type: ignore[call-arg]
    text = f"{caught.value!r} {caught.value.__cause__} {caught.value.__context__}"
    assert "JANE" not in text
    assert "SECRET" not in text
    assert "charged: Not a plain decimal number" in str(caught.value)
    with pytest.raises(ModelError, match="model: unknown field"):
        Party.build({"kind": "payer", "token": "x", "JANE": 1})


def test_models_show_no_patient_data() -> None:
    claim = ClaimPayment(
        remittance="r",
        account="ZZACCT",
        status="1",
        charged="10.00",
        paid="10.00",
        parties=(Individual(role="QC", last_name="ZZNAME", first_name="ZZFIRST", id="ZZMEMBER"),),
    )
    text = f"{claim!r} {claim} {Reading('x12', facts=(claim,))!r}"
    assert "ZZ" not in text
    assert MASK in text
    assert "charged=Decimal('10.00')" in text


def test_positions_do_not_count_in_comparisons() -> None:
    one = Adjustment(at=1, nth=1, group="CO", reason="45", amount="5.00")
    other = Adjustment(at=9, nth=2, group="CO", reason="45", amount="5.00")
    assert one == other
    assert hash(one) == hash(other)
    assert one != Adjustment(group="CO", reason="45", amount="6.00")
    assert one != "CO-45"


def test_phi_is_found_inside_unions_and_collections() -> None:
    assert is_phi(ClaimPayment.model_fields["account"])
    assert not is_phi(ClaimPayment.model_fields["charged"])
    assert not is_phi(Remittance.model_fields["trace"])


def test_components_of_repeated_elements() -> None:
    code = ClaimCode(nth=3, qualifier="ABF", code="Z00")
    assert [element_of(code, name, "x12") for name in ("qualifier", "code", "amount")] == [
        "HI03-1",
        "HI03-2",
        "HI03-5",
    ]


@pytest.mark.parametrize(
    "case", [*cases.folders("x12", "claim_837"), *cases.folders("x12", "remittance_835")], ids=cases.name_of
)
def test_every_field_of_every_fact_has_a_place(case: Path) -> None:
    reading = hcfin.read((case / "input.edi").read_bytes())
    for fact in reading.facts:
        for node in _nodes(fact):
            for name in type(node).model_fields:
                assert reading.place(node, name).standard == "x12"


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for name in type(node).model_fields:
        value = getattr(node, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield from _nodes(part)


def test_elements_of_fields() -> None:
    adjustment = Adjustment(nth=3, group="CO", reason="45", amount="5.00")
    assert element_of(adjustment, "amount", "x12") == "CAS09"
    assert element_of(adjustment, "group", "x12") == "CAS01"
    assert element_of(adjustment, "amount", "nosuch") == "amount"
    assert element_of(adjustment, "nth", "x12") == "nth"


def test_facts_without_a_source_name_their_own_fields() -> None:
    trail = NoTrail()
    assert trail.origin(3, "paid") == Origin("facts", 3, element="paid")
    assert trail.excerpt(3) == ""


def test_identifiers_of_an_organisation() -> None:
    assert Organization(id="1", references=({"qualifier": "2U", "value": "2"},)).identifiers() == ("1", "2")
    assert Organization().identifiers() == ()


def test_origins_read_well() -> None:
    origin = Origin("x12", 12, "CLP", "CLP04", "2100", "1/1/0001", 345)
    assert str(origin) == "segment 12 CLP04 (loop 2100, 1/1/0001, byte 345)"
    assert str(Origin("facts", 3)) == "segment 3"
    assert Origin("x12", 0, "ISA").to_dict() == {"standard": "x12", "at": 0, "segment": "ISA"}


def test_issues_mask_what_is_not_a_code_or_an_amount() -> None:
    catalogue = Catalogue.of("hcfin.posting")
    issue = catalogue("CODE_UNCLASSIFIED", group="CO", reason="DOE^JANE", amount="5.00")
    assert issue.message.startswith("no rule for CO-•; 5.00")
    assert "DOE" not in f"{issue} {issue!r} {issue.to_dict()}"
    assert issue.disposition is Disposition.KEEP_OPEN
    mapped = catalogue("ACCOUNT_UNMAPPED", role=PolicyText("ar.payer"), name=PolicyText("ar.payer"))
    assert "role ar.payer" in mapped.message


def test_each_problem_is_told_once() -> None:
    issue = Catalogue.of("hcfin.posting")("DATE_MISSING")
    here, there = located(issue, Origin("x12", 1)), located(issue, Origin("x12", 2), "ST*•")
    assert unique([here, here, there, issue]) == (here, there, issue)
    assert str(there).endswith("at segment 2 [ST*•]")
    assert there.to_dict()["excerpt"] == "ST*•"


def test_the_catalogue_is_the_union_of_its_tables() -> None:
    kinds = whole_catalogue()
    assert {"STANDARD_UNKNOWN", "X12_NOT_FOUND", "REMIT_UNBALANCED_CLAIM", "PAYER_UNKNOWN"} <= set(kinds)
    assert all(kind.remedy.endswith(".") and kind.retry in {"none", "after_fix", "next_period"}
               for kind in kinds.values())  # fmt: skip
    assert list(kinds) == sorted(kinds)


def test_code_tables_know_their_lines() -> None:
    row = table("carc")["253"]
    assert line_of("carc", row.line).startswith("253,")
    assert line_of("carc", 10_000) == ""
    assert table("plb")["FB"]["reference"] == "trace"


@given(st.dates(min_value=datetime.date(1, 1, 1)))
def test_dates_of_business_keys(day: datetime.date) -> None:
    from hcfin.billing.base import day_text

    assert day_text(day) == day.isoformat()
    assert day_text(None) == ""
