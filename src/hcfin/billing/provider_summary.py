"""What a payer sums up for a provider and a group of its claims: told, never balanced and never posted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from hcfin.billing.base import Fact, Node, sourced, told_amounts
from hcfin.money import Amount, Quantity

_Figure = Amount | None
_Count = Quantity | None


class ProviderTotals(Node):
    """Sums over the claims of a provider, in one facility type and fiscal period."""

    provider: str = sourced("Identifier of the provider.", "", x12="TS301")
    facility_type: str = sourced("Facility type code.", "", x12="TS302")
    fiscal_period_end: date | None = sourced("End of the provider's fiscal period.", None, x12="TS303")
    claims: _Count = sourced("Claims.", None, x12="TS304")
    charged: _Figure = sourced("Charges.", None, x12="TS305")
    covered: _Figure = sourced("Covered charges; old files.", None, x12="TS306")
    noncovered: _Figure = sourced("Charges that are not covered; old files.", None, x12="TS307")
    denied: _Figure = sourced("Denied charges; old files.", None, x12="TS308")
    paid: _Figure = sourced("Payments to the provider; old files.", None, x12="TS309")
    interest: _Figure = sourced("Interest; old files.", None, x12="TS310")
    contractual: _Figure = sourced("Contractual adjustments; old files.", None, x12="TS311")
    gramm_rudman: _Figure = sourced("Reductions by Gramm-Rudman; old files.", None, x12="TS312")
    msp_payer: _Figure = sourced("Paid by others, Medicare being secondary.", None, x12="TS313")
    blood_deductible: _Figure = sourced("Blood deductibles; old files.", None, x12="TS314")
    non_lab: _Figure = sourced("Charges that are not of a laboratory.", None, x12="TS315")
    coinsurance: _Figure = sourced("Coinsurance; old files.", None, x12="TS316")
    hcpcs_reported: _Figure = sourced("Charges reported by procedure (HCPCS).", None, x12="TS317")
    hcpcs_payable: _Figure = sourced("Payable by procedure (HCPCS).", None, x12="TS318")
    deductible: _Figure = sourced("Deductibles; old files.", None, x12="TS319")
    professional: _Figure = sourced("Professional components.", None, x12="TS320")
    msp_patient_liability: _Figure = sourced(
        "Patients' liability that was met, Medicare being secondary.", None, x12="TS321"
    )
    patient_reimbursement: _Figure = sourced("Paid to patients.", None, x12="TS322")
    pip_claims: _Count = sourced("Claims under periodic interim payment.", None, x12="TS323")
    pip_adjustment: _Figure = sourced("Adjustments under periodic interim payment.", None, x12="TS324")


class ProviderSupplement(Node):
    """Further sums over inpatient claims. PPS is prospective payment, DRG a diagnosis related group."""

    drg_amount: _Figure = sourced("DRG amounts.", None, x12="TS201")
    federal_specific: _Figure = sourced("Federal specific amounts.", None, x12="TS202")
    hospital_specific: _Figure = sourced("Hospital specific amounts.", None, x12="TS203")
    disproportionate_share: _Figure = sourced("Disproportionate shares.", None, x12="TS204")
    capital: _Figure = sourced("Capital.", None, x12="TS205")
    medical_education: _Figure = sourced("Indirect medical education.", None, x12="TS206")
    outlier_days: _Count = sourced("Outlier days.", None, x12="TS207")
    day_outlier: _Figure = sourced("Day outliers.", None, x12="TS208")
    cost_outlier: _Figure = sourced("Cost outliers.", None, x12="TS209")
    average_stay: _Count = sourced("Average length of stay under a DRG.", None, x12="TS210")
    discharges: _Count = sourced("Discharges.", None, x12="TS211")
    cost_report_days: _Count = sourced("Cost report days.", None, x12="TS212")
    covered_days: _Count = sourced("Covered days.", None, x12="TS213")
    noncovered_days: _Count = sourced("Days that are not covered.", None, x12="TS214")
    msp_pass_through: _Figure = sourced("Pass-through, Medicare being secondary.", None, x12="TS215")
    average_drg_weight: _Count = sourced("Average DRG weight.", None, x12="TS216")
    capital_federal_drg: _Figure = sourced("PPS capital, federal portion of the DRG.", None, x12="TS217")
    capital_hospital_drg: _Figure = sourced("PPS capital, hospital's portion of the DRG.", None, x12="TS218")
    capital_disproportionate_share: _Figure = sourced(
        "PPS capital, disproportionate share of the DRG.", None, x12="TS219"
    )


class ProviderSummary(Fact):
    """Sums that a payer states for a group of claims of a remittance. They repeat what the claims say."""

    kind: Literal["provider_summary"] = Field(default="provider_summary", description="Kind of fact.")
    remittance: str = Field(description="`Remittance.ref` of the remittance that the group is part of.")
    group_number: str = sourced("Number of the group; 1 where there is none.", "1", x12="LX01")
    totals: ProviderTotals | None = sourced("Sums over claims.", None, x12="TS3")
    supplement: ProviderSupplement | None = sourced("Further sums over inpatient claims.", None, x12="TS2")

    def amounts(self) -> Iterator[tuple[Node, str, Decimal]]:
        """Every amount: the node that it stands in, the name of its field, and the amount."""
        for node in (self.totals, self.supplement):
            if node is not None:
                for name, amount in told_amounts(node):
                    yield node, name, amount
