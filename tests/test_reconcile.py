"""Roll-forward of receivables and cash proof over documents: the worked figures of three remittances."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given

import cases
import hcfin
from hcfin.cli.commands import hcfin as command
from hcfin.errors import HcfinError
from hcfin.finance.base import Document
from hcfin.reconcile import cash_proof, roll_forward
from hcfin.testing import x12_835

WORKED = cases.FIXTURES / "reconcile" / "worked_5_4"
X12 = cases.FIXTURES / "x12" / "remittance_835"
SOURCES = (WORKED / "r0.edi", X12 / "worked_r1" / "input.edi", X12 / "worked_r2" / "input.edi")
OWN = cases.FIXTURES / "posting" / "worked_r1" / "books.toml"
CONTEXT = hcfin.Context(keys=hcfin.DEMO_KEYS)
CHARGES = hcfin.load_documents(WORKED / "charges.json")


def documents(*books: Path) -> list[Document]:
    """The charges and three remittances of §5.4, posted."""
    policy = hcfin.load_books("example", OWN, *books)
    posted = [hcfin.post(hcfin.read(path), policy, context=CONTEXT).documents for path in SOURCES]
    return [*CHARGES, *(document for part in posted for document in part)]


def final(folder: Path) -> Path:
    path = folder / "final.toml"
    path.write_text("[policy]\ndenial_final_auto = true\n", encoding="utf-8")
    return path


def test_receivables_of_the_worked_remittances() -> None:
    """0.00 + 4,750.00 - 990.19 - 1,000.21 = 2,759.60, made of 1,950.00 denied and 809.60 of patients."""
    (forward,) = roll_forward(documents())
    assert forward.opening == 0
    assert forward.charges == Decimal("4750.00")
    assert forward.payments - forward.takebacks == Decimal("990.19")
    assert (forward.payments, forward.takebacks) == (Decimal("1578.19"), Decimal("588.00"))
    assert dict(forward.adjustments) == {
        "revenue.adjustment.contractual": Decimal("980.00"),
        "revenue.adjustment.sequestration": Decimal("20.21"),
    }
    assert forward.closing == Decimal("2759.60")
    assert dict(forward.buckets) == {
        ("ar.payer", ""): Decimal("0.00"),
        ("ar.payer", "denied"): Decimal("1950.00"),
        ("ar.patient", ""): Decimal("809.60"),
    }
    assert forward.foots


def test_receivables_where_final_denials_are_written_off(tmp_path: Path) -> None:
    """`denial_final_auto`: 150.00 filed too late leave the receivable: 2,609.60."""
    (forward,) = roll_forward(documents(final(tmp_path)))
    assert dict(forward.adjustments)["revenue.adjustment.denial_final"] == Decimal("150.00")
    assert sum(amount for _, amount in forward.adjustments) == Decimal("1150.21")
    assert forward.closing == Decimal("2609.60")
    assert dict(forward.buckets)["ar.payer", "denied"] == Decimal("1800.00")
    assert forward.foots


def test_cash_of_the_worked_remittances() -> None:
    """588.00 + 0.00 + 285.46 = 873.46 = 990.19 of claims + 3.27 interest - 120.00 recovered, forward 0.00."""
    (proof,) = cash_proof(documents())
    assert dict(proof.cash) == {"cash.eft_in_transit": Decimal("873.46")}
    assert proof.claims == Decimal("990.19")
    assert dict(proof.other) == {
        "liability.payer_forward": Decimal("0.00"),
        "liability.payer_recoup": Decimal("-120.00"),
        "other.payer_interest": Decimal("3.27"),
    }
    assert proof.clearing == 0
    assert proof.holds


def test_a_month_continues_from_the_closing_of_the_last() -> None:
    *early, last = [CHARGES, *([d for d in documents() if str(d.gl_date) == day] for day in
                               ("2025-02-03", "2025-03-03", "2025-03-10"))]  # fmt: skip
    first = roll_forward(document for part in early for document in part)
    (second,) = roll_forward(last, opening=first)
    (whole,) = roll_forward(documents())
    assert second.opening == first[0].closing
    assert (second.closing, second.buckets) == (whole.closing, whole.buckets)
    assert second.foots


def test_order_and_repetition_change_nothing() -> None:
    made = documents()
    assert roll_forward(reversed(made)) == roll_forward(made) == roll_forward([*made, *made])
    assert cash_proof(reversed(made)) == cash_proof(made) == cash_proof([*made, *made])


def test_what_does_not_foot_is_told() -> None:
    """A journal that lost a line, and a roll-forward with another figure."""
    made = documents()
    broken = [
        document.model_copy(update={"gl_lines": document.gl_lines[:-1]})
        if document.kind == "journal_entry"
        else document
        for document in made
    ]
    assert not roll_forward(broken)[0].foots
    assert not cash_proof(broken)[0].holds
    (forward,) = roll_forward(made)
    assert not dataclasses.replace(forward, opening=Decimal("0.01")).foots


def test_other_movements_name_their_role() -> None:
    """A patient pays 250.00 through the gateway: no clearing, so the role says what it was."""
    (charge,) = CHARGES
    lines = charge.gl_lines[:2]
    paid = charge.model_copy(
        update={
            "id": "patient-payment",
            "gl_lines": (
                lines[0].model_copy(update={"role": "ar.patient", "side": "credit"}),
                lines[1].model_copy(update={"role": "cash.merchant_clearing", "side": "debit"}),
            ),
        }
    )
    (forward,) = roll_forward([charge, paid])
    assert forward.other == (("cash.merchant_clearing", Decimal("-1000.00")),)
    assert forward.closing == Decimal("3750.00")
    assert forward.foots
    assert cash_proof([charge, paid]) == ()


@given(x12_835())
def test_any_remittance_foots(written: tuple[bytes, object]) -> None:
    made = hcfin.post(hcfin.read(written[0]), hcfin.load_books(), context=CONTEXT).documents
    assert all(forward.foots for forward in roll_forward(made))
    assert all(proof.holds for proof in cash_proof(made))


def test_from_the_command_line(tmp_path: Path) -> None:
    posted = CliRunner().invoke(
        command, ["post", "--books", "example", "--books", str(OWN), *map(str, SOURCES)]
    )
    path = tmp_path / "documents.json"
    path.write_text(posted.stdout, encoding="utf-8")
    done = CliRunner().invoke(command, ["rollforward", str(path), str(WORKED / "charges.json")])
    assert done.exit_code == 0
    data = json.loads(done.stdout)
    assert [row["closing"] for row in data["receivables"]] == ["2759.60"]
    assert [row["total"] for row in data["cash"]] == ["873.46"]


def test_documents_are_loaded_as_they_were_printed() -> None:
    made = documents()
    text = json.dumps({"documents": [document.to_dict() for document in made]})
    assert list(hcfin.load_documents(text)) == made
    assert hcfin.load_documents(json.dumps(made[0].to_dict()).encode()) == (made[0],)
    for other in (b"[1]", b"{", b'{"documents": [{"kind": "x"}]}', b"\xff", b'{"documents": [7]}', b"7"):
        with pytest.raises(HcfinError, match="not finance documents"):
            hcfin.load_documents(other)
    with pytest.raises(HcfinError):
        hcfin.load_documents(b'{"documents": [{"kind": "receipt"}]}')
