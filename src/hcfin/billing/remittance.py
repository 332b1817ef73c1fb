"""Remittance: what a payer says it paid, for whom, and why not more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from hcfin.billing.adjudication import InpatientAdjudication, OutpatientAdjudication
from hcfin.billing.base import (
    Adjustment,
    DatedEvent,
    Fact,
    InformationalAmount,
    InformationalQuantity,
    ListedCode,
    Node,
    Reference,
    day_text,
    sourced,
)
from hcfin.billing.party import BankAccount, Contact, Delivery, Individual, Organization
from hcfin.money import ZERO, Amount, Quantity, zero
from hcfin.privacy import PhiStr


class Procedure(Node):
    """A service as it was paid or submitted."""

    qualifier: str = sourced("Code system: HC, AD, NU, N4 …", "", x12="SVC01-1")
    code: str = sourced("Service code.", "", x12="SVC01-2")
    modifiers: tuple[str, ...] = sourced("Modifiers.", (), x12="SVC01-3")
    description: PhiStr = sourced("Free text.", "", x12="SVC01-7")


class ServicePayment(Node):
    """One service line of a claim payment."""

    procedure: Procedure = sourced("Service as adjudicated.", x12="SVC01")
    charged: Amount = sourced("Line charge.", x12="SVC02")
    paid: Amount = sourced("Line payment.", x12="SVC03")
    revenue_code: str = sourced("Revenue code.", "", x12="SVC04")
    units: Quantity = sourced("Units paid; one where the source is silent.", Decimal(1), x12="SVC05")
    submitted: Procedure | None = sourced("Service as submitted, if another.", None, x12="SVC06")
    submitted_units: Quantity | None = sourced("Units as submitted, if others.", None, x12="SVC07")
    adjustments: tuple[Adjustment, ...] = sourced("Line adjustments.", (), x12="CAS")
    dates: tuple[DatedEvent, ...] = sourced("Service dates.", (), x12="DTM")
    references: tuple[Reference, ...] = sourced("Line identifiers.", (), x12="REF")
    amounts: tuple[InformationalAmount, ...] = sourced("Supplemental amounts.", (), x12="AMT")
    quantities: tuple[InformationalQuantity, ...] = sourced("Supplemental quantities.", (), x12="QTY")
    remarks: tuple[str, ...] = sourced("Remark codes (RARC).", (), x12="LQ02")
    reject_codes: tuple[str, ...] = sourced("Reject codes of pharmacies (NCPDP).", (), x12="LQ02")
    other_codes: tuple[ListedCode, ...] = sourced("Codes of other lists.", (), x12="LQ")


class ClaimPayment(Fact):
    """One adjudication of one claim, inside the remittance that it names."""

    kind: Literal["claim_payment"] = Field(default="claim_payment", description="Kind of fact.")
    remittance: str = Field(description="`Remittance.ref` of the remittance that this claim is part of.")
    group_number: str = sourced(
        "Number of its group of claims in the remittance; 1 where there is none.", "1", x12="LX01"
    )
    account: PhiStr = sourced("Patient control number as billed.", "", x12="CLP01")
    status: str = sourced("Claim status: 1, 2, 3 processed; 22 reversal; 25 predetermination …", x12="CLP02")
    charged: Amount = sourced("Total claim charge.", x12="CLP03")
    paid: Amount = sourced("Claim payment amount.", x12="CLP04", fhir="payment.amount")
    patient_responsibility: Amount | None = sourced(
        "Patient responsibility; never posted.", None, x12="CLP05"
    )
    filing_indicator: str = sourced("Claim filing indicator: MB, MC, 12 …", "", x12="CLP06")
    payer_claim_number: PhiStr = sourced("Payer's claim control number.", "", x12="CLP07")
    facility_type: str = sourced("Facility type code.", "", x12="CLP08")
    frequency: str = sourced("Claim frequency code.", "", x12="CLP09")
    patient_status: str = sourced("Patient status code, where one is sent.", "", x12="CLP10")
    drg: str = sourced("Diagnosis related group.", "", x12="CLP11")
    drg_weight: Quantity | None = sourced("DRG weight.", None, x12="CLP12")
    discharge_fraction: Quantity | None = sourced("Discharge fraction.", None, x12="CLP13")
    parties: tuple[Individual, ...] = sourced("People and organisations of the claim.", (), x12="NM1")
    contacts: tuple[Contact, ...] = sourced("Whom to ask about the claim.", (), x12="PER")
    adjustments: tuple[Adjustment, ...] = sourced("Claim level adjustments.", (), x12="CAS")
    lines: tuple[ServicePayment, ...] = sourced("Service lines.", (), x12="SVC")
    references: tuple[Reference, ...] = sourced("Claim identifiers.", (), x12="REF")
    dates: tuple[DatedEvent, ...] = sourced("Claim dates.", (), x12="DTM")
    amounts: tuple[InformationalAmount, ...] = sourced("Supplemental amounts.", (), x12="AMT")
    quantities: tuple[InformationalQuantity, ...] = sourced("Supplemental quantities.", (), x12="QTY")
    inpatient: InpatientAdjudication | None = sourced("Figures of an inpatient claim.", None, x12="MIA")
    outpatient: OutpatientAdjudication | None = sourced("Figures of an outpatient claim.", None, x12="MOA")
    remarks: tuple[str, ...] = sourced("Claim level remark codes (RARC).", (), x12="MIA05")

    def all_adjustments(self) -> Iterator[tuple[Adjustment, ServicePayment | None]]:
        """Every adjustment with its line, claim level first (then the line is None)."""
        for adjustment in self.adjustments:
            yield adjustment, None
        for line in self.lines:
            for adjustment in line.adjustments:
                yield adjustment, line


class ProviderAdjustment(Node):
    """Money that moves between payer and provider outside any claim. Positive reduces the payment."""

    nth: int = Field(default=1, description="Which of the segment's adjustments, from 1.")
    provider: str = sourced("Provider that the adjustment is for.", "", x12="PLB01")
    fiscal_year_end: date | None = sourced("End of the provider's fiscal year.", None, x12="PLB02")
    code: str = sourced("Adjustment reason: WO, FB, L6 …", x12="PLB03+2")
    reference: PhiStr = sourced("What it refers to; may hold a claim number.", "", x12="PLB03+2")
    amount: Amount = sourced("Amount.", x12="PLB04+2")


class RemittanceTotals(Node):
    """Control totals over the claims of a remittance, as counted while reading."""

    claims: int = Field(default=0, description="Claim payments.")
    lines: int = Field(default=0, description="Service lines.")
    charged: Amount = Field(default=ZERO, description="Sum of claim charges, reversals included.")
    paid: Amount = Field(default=ZERO, description="Sum of claim payments.")
    patient_responsibility: Amount = Field(default=ZERO, description="Sum of PR adjustments.")
    adjustments: tuple[tuple[str, Amount], ...] = Field(
        default=(), description="Sum of claim and line adjustments by group, sorted by group."
    )


class Remittance(Fact):
    """The header of a remittance advice, its provider adjustments and control totals."""

    kind: Literal["remittance"] = Field(default="remittance", description="Kind of fact.")
    ref: str = Field(description="Name of this remittance among the facts of one read; see `remittance_ref`.")
    handling: str = sourced("Transaction handling: I, H, C, D, P, U, X.", "", x12="BPR01")
    payment: Amount = sourced("Payment amount.", ZERO, x12="BPR02")
    credit_debit: str = sourced("C the payer pays, D the payer draws.", "C", x12="BPR03")
    method: str = sourced("Payment method: ACH, CHK, FWT, BOP, NON.", "", x12="BPR04")
    payment_format: str = sourced("Payment format.", "", x12="BPR05")
    payer_account: BankAccount | None = sourced("Account that pays.", None, x12="BPR06")
    originator: str = sourced("Company that originates the payment, as its bank knows it.", "", x12="BPR10")
    originator_supplement: str = sourced("Further code of the originator.", "", x12="BPR11")
    payee_account: BankAccount | None = sourced("Account that is paid.", None, x12="BPR12")
    payment_date: date | None = sourced("Cheque issue or EFT effective date.", None, x12="BPR16")
    trace_type: str = sourced("Type of trace; 1 in every guide.", "1", x12="TRN01")
    trace: str = sourced("Cheque or EFT trace number.", "", x12="TRN02")
    payer_identifier: str = sourced("Identifier of the company that originates the payment.", "", x12="TRN03")
    payer_supplement: str = sourced("Further code of the originating company.", "", x12="TRN04")
    currency_entity: str = sourced("Whose currency is stated: PR the payer's.", "PR", x12="CUR01")
    exchange_rate: Quantity | None = sourced("Exchange rate; old files.", None, x12="CUR03")
    production_date: date | None = sourced("Date on which the payer produced it.", None, x12="DTM02")
    payer: Organization = sourced("Payer.", Organization(), x12="N1")
    payee: Organization = sourced("Payee.", Organization(), x12="N1")
    delivery: Delivery | None = sourced("How the advice reaches the payee.", None, x12="RDM")
    references: tuple[Reference, ...] = sourced("Identifiers of the transaction.", (), x12="REF")
    dates: tuple[DatedEvent, ...] = sourced("Further dates of the transaction.", (), x12="DTM")
    provider_adjustments: tuple[ProviderAdjustment, ...] = sourced("Provider adjustments.", (), x12="PLB")
    totals: RemittanceTotals = Field(default=RemittanceTotals(), description="Control totals of its claims.")
    version: str = sourced("Guide version that the file states.", "", x12="GS08")
    told_by: Literal["remittance", "benefit_statement"] = Field(
        default="remittance",
        description="What tells of it: an advice of payment, or a statement of benefits, which repeats what "
        "an advice says. The books say which of them is posted.",
    )
    taken_back: bool = Field(
        default=False,
        description="Whether it takes back what was told before: every amount has the other sign, the "
        "payment too, and nothing was paid or drawn. FHIR status cancelled or entered-in-error.",
    )

    def names_payment(self) -> bool:
        """Whether it says which payment its money is part of. A statement of benefits that does not has no
        method."""
        return self.told_by != "benefit_statement" or bool(self.method)

    def provider_adjustment_total(self) -> Decimal:
        """Sum of the provider adjustments, in their own sign (positive reduces the payment)."""
        return sum((adjustment.amount for adjustment in self.provider_adjustments), zero(self.currency))


def remittance_ref(
    payer_identifier: str, trace: str, payment: Decimal, payment_date: date | None, payee: str
) -> str:
    """The name of a remittance: its business key as one text, independent of any envelope."""
    return "/".join((payer_identifier, trace, f"{payment:f}", day_text(payment_date), payee))


def adjustment_sum(adjustments: Iterable[Adjustment]) -> Decimal:
    """Exact sum of adjustments."""
    return sum((adjustment.amount for adjustment in adjustments), Decimal(0))
