"""What a payer tells of how it priced a claim: figures that are never balanced and never posted.

Remark codes that stand among them are `ClaimPayment.remarks`.
"""

from __future__ import annotations

from hcfin.billing.base import Node, sourced
from hcfin.money import Amount, Quantity

_Figure = Amount | None
_Count = Quantity | None


class InpatientAdjudication(Node):
    """Figures of an inpatient claim. PPS is prospective payment, DRG a diagnosis related group."""

    covered_days: _Count = sourced("Covered days or visits.", None, x12="MIA01")
    operating_outlier: _Figure = sourced("PPS operating outlier.", None, x12="MIA02")
    lifetime_psychiatric_days: _Count = sourced("Lifetime psychiatric days.", None, x12="MIA03")
    drg_amount: _Figure = sourced("DRG amount.", None, x12="MIA04")
    disproportionate_share: _Figure = sourced("Disproportionate share.", None, x12="MIA06")
    msp_pass_through: _Figure = sourced("Pass-through, Medicare being secondary.", None, x12="MIA07")
    capital: _Figure = sourced("PPS capital.", None, x12="MIA08")
    capital_federal_drg: _Figure = sourced("PPS capital, federal portion of the DRG.", None, x12="MIA09")
    capital_hospital_drg: _Figure = sourced("PPS capital, hospital's portion of the DRG.", None, x12="MIA10")
    capital_disproportionate_share: _Figure = sourced(
        "PPS capital, disproportionate share of the DRG.", None, x12="MIA11"
    )
    old_capital: _Figure = sourced("Old capital.", None, x12="MIA12")
    capital_medical_education: _Figure = sourced(
        "PPS capital, indirect medical education.", None, x12="MIA13"
    )
    operating_hospital_drg: _Figure = sourced(
        "PPS operating, hospital's portion of the DRG.", None, x12="MIA14"
    )
    cost_report_days: _Count = sourced("Cost report days.", None, x12="MIA15")
    operating_federal_drg: _Figure = sourced("PPS operating, federal portion of the DRG.", None, x12="MIA16")
    capital_outlier: _Figure = sourced("PPS capital outlier.", None, x12="MIA17")
    indirect_teaching: _Figure = sourced("Indirect teaching.", None, x12="MIA18")
    nonpayable_professional: _Figure = sourced(
        "Professional component, billed and not payable.", None, x12="MIA19"
    )
    capital_exception: _Figure = sourced("PPS capital exception.", None, x12="MIA24")


class OutpatientAdjudication(Node):
    """Figures of an outpatient or professional claim."""

    reimbursement_rate: _Count = sourced("Rate of reimbursement, as a fraction.", None, x12="MOA01")
    hcpcs_payable: _Figure = sourced("Payable for procedures (HCPCS).", None, x12="MOA02")
    esrd_payment: _Figure = sourced("Payment for end stage renal disease.", None, x12="MOA08")
    nonpayable_professional: _Figure = sourced(
        "Professional component, billed and not payable.", None, x12="MOA09"
    )
