"""ClaimStatus: what a payer or clearing house says of a claim that it was sent.

Two messages have this shape: the acknowledgment of claims on arrival, and the answer to a question about one.
A claim that is rejected on arrival is not denied: it was never adjudicated, there is nothing to appeal, and
the time in which it may be filed goes on running.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from hcfin.billing.balance import place
from hcfin.billing.base import (
    DatedPeriod,
    Fact,
    InformationalAmount,
    InformationalQuantity,
    Node,
    Reference,
    sourced,
)
from hcfin.billing.party import Organization, Person, Provider
from hcfin.billing.remittance import Procedure
from hcfin.codes import table
from hcfin.issues import Catalogue, Issue
from hcfin.money import Amount, Quantity
from hcfin.privacy import PhiStr

_ISSUE = Catalogue.of("hcfin.billing")

ClaimOutcome = Literal[
    "rejected", "not_found", "not_answered", "requested", "pending", "finalized", "accepted", "unknown"
]
StatusLevel = Literal["source", "receiver", "provider", "claim"]
StatusReportKind = Literal["acknowledgment", "response"]

_WORST_FIRST: tuple[ClaimOutcome, ...] = (
    *("rejected", "not_found", "not_answered", "requested", "pending", "finalized", "accepted"),
)


class StatusCode(Node):
    """What is the matter, in up to three codes."""

    nth: int = Field(default=1, description="Which of the segment's composites, from 1.")
    category: str = sourced(
        "Category: A2 taken, A3 sent back, F2 denied …", "", x12="STC01-1/STC10-1/STC11-1"
    )
    status: str = sourced("Status.", "", x12="STC01-2/STC10-2/STC11-2")
    entity: str = sourced(
        "Whom it is about: 85 billing provider, QC patient …", "", x12="STC01-3/STC10-3/STC11-3"
    )
    code_list: str = sourced(
        "List of the status, where not the usual one: RX.", "", x12="STC01-4/STC10-4/STC11-4"
    )


class StatusReport(Node):
    """One status with its date and amounts."""

    codes: tuple[StatusCode, ...] = sourced("What is the matter.", (), x12="STC01")
    effective: date | None = sourced("Since when.", None, x12="STC02")
    action: str = sourced("WQ accept, U reject.", "", x12="STC03")
    charged: Amount | None = sourced("Charge, as the sender of the status knows it.", None, x12="STC04")
    paid: Amount | None = sourced("What was paid.", None, x12="STC05")
    adjudicated: date | None = sourced("When it was adjudicated.", None, x12="STC06")
    method: str = sourced("How it was paid.", "", x12="STC07")
    paid_on: date | None = sourced("When it was paid.", None, x12="STC08")
    trace: str = sourced("Number of the check or transfer.", "", x12="STC09")
    message: PhiStr = sourced("Free text.", "", x12="STC12")


class LineStatus(Node):
    """What is said of one service line."""

    procedure: Procedure = sourced("Service.", x12="SVC01")
    charged: Amount | None = sourced("Line charge.", None, x12="SVC02")
    paid: Amount | None = sourced("Line payment.", None, x12="SVC03")
    revenue_code: str = sourced("Revenue code.", "", x12="SVC04")
    units: Quantity | None = sourced("Units as submitted.", None, x12="SVC07")
    number: PhiStr = sourced("Line item control number (FJ).", "", x12="REF02")
    reports: tuple[StatusReport, ...] = sourced("Its statuses.", (), x12="STC")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")
    dates: tuple[DatedPeriod, ...] = sourced("Service dates.", (), x12="DTP")


class ClaimStatus(Fact):
    """What is said of one claim, or of all that one provider, receiver or source has sent or received."""

    kind: Literal["claim_status"] = Field(default="claim_status", description="Kind of fact.")
    report: StatusReportKind = sourced(
        "Acknowledgment of what was sent (277CA), or response to a question (277).", x12="BHT06"
    )
    level: StatusLevel = sourced("What it is said of.", x12="HL03")
    reference: str = sourced("Sender's number of the message.", "", x12="BHT03")
    created: date | None = sourced("When the sender made it.", None, x12="BHT04")
    outcome: ClaimOutcome = Field(
        default="unknown", description="What its categories mean, the worst first (codes/*.csv)."
    )
    trace: PhiStr = sourced("Number that it answers to: of the claim, of the submission.", "", x12="TRN02")
    account: PhiStr = sourced("Patient control number: TRN02 of a 277CA, REF EJ of a 277.", "", x12="TRN02")
    payer_claim_number: PhiStr = sourced("Payer's number of the claim (1K).", "", x12="REF02")
    clearinghouse_number: PhiStr = sourced("Clearing house's number of the claim (D9).", "", x12="REF02")
    source: Organization = sourced("Who says it.", Organization(), x12="NM1")
    receiver: Organization = sourced("To whom it is said.", Organization(), x12="NM1")
    provider: Provider | None = sourced("Provider of the claim.", None, x12="NM1")
    subscriber: Person | None = sourced("Who is insured.", None, x12="NM1")
    patient: Person | None = sourced("Patient, where not the subscriber.", None, x12="NM1")
    reports: tuple[StatusReport, ...] = sourced("Its statuses.", (), x12="STC")
    dates: tuple[DatedPeriod, ...] = sourced(
        "Dates: 472 service, 050 received, 009 processed.", (), x12="DTP"
    )
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")
    amounts: tuple[InformationalAmount, ...] = sourced("YU accepted, YY rejected.", (), x12="AMT")
    quantities: tuple[InformationalQuantity, ...] = sourced(
        "90, QA accepted; AA, QC rejected.", (), x12="QTY"
    )
    lines: tuple[LineStatus, ...] = sourced("Service lines.", (), x12="SVC")

    @property
    def charged(self) -> Decimal | None:
        """The charge, of the first status that has one; statuses of one claim repeat it."""
        return next((report.charged for report in self.reports if report.charged is not None), None)

    @property
    def paid(self) -> Decimal | None:
        """What was paid, of the first status that says so."""
        return next((report.paid for report in self.reports if report.paid is not None), None)

    @property
    def rejected(self) -> bool:
        """Whether it was sent back before adjudication. This is no denial."""
        return self.outcome == "rejected"

    def codes(self) -> tuple[StatusCode, ...]:
        """Every code: its own, and where it has none, those of its lines."""
        return codes_of(self.reports, self.lines)

    def told_amounts(self) -> Iterator[tuple[Node, str, Decimal]]:
        """Every amount: the node that it stands in, the name of its field, and the amount. None is posted."""
        found: list[tuple[Node, str, Decimal | None]] = []
        for report in self.reports:
            found += [(report, "charged", report.charged), (report, "paid", report.paid)]
        found += [(told, "amount", told.amount) for told in self.amounts]
        for line in self.lines:
            found += [(line, "charged", line.charged), (line, "paid", line.paid)]
            for report in line.reports:
                found += [(report, "charged", report.charged), (report, "paid", report.paid)]
        return ((node, name, amount) for node, name, amount in found if amount is not None)


def codes_of(reports: Iterable[StatusReport], lines: Iterable[LineStatus]) -> tuple[StatusCode, ...]:
    """The codes that say what becomes of a claim: its own, and where it has none, those of its lines."""
    own = tuple(code for report in reports for code in report.codes)
    return own or tuple(code for line in lines for report in line.reports for code in report.codes)


def claim_outcome(codes: Iterable[StatusCode]) -> ClaimOutcome:
    """The worst of what the categories mean; `unknown` where none is known.

    >>> claim_outcome((StatusCode(category="A2"), StatusCode(category="A7")))
    'rejected'
    """
    found = {_outcome(code) for code in codes}
    return next((outcome for outcome in _WORST_FIRST if outcome in found), "unknown")


def _outcome(code: StatusCode) -> str:
    row = table("claim_status_category").get(code.category)
    return row["outcome"] if row else "unknown"


_FINDINGS = {
    ("rejected", True): "CLAIM_REJECTED",
    ("rejected", False): "SUBMISSION_REJECTED",
    ("not_found", True): "CLAIM_NOT_FOUND",
    ("unknown", True): "CLAIM_STATUS_UNKNOWN",
}


def claim_status_findings(status: ClaimStatus, standard: str) -> Iterator[Issue]:
    """A rejection before adjudication, a claim that is not there, a status that says neither."""
    issue = _FINDINGS.get((status.outcome, status.level == "claim"))
    if issue is None:
        return
    code = next((code for code in status.codes() if _outcome(code) == status.outcome), StatusCode())
    where = place(code, "category", standard) if code.at else place(status, "trace", standard)
    told = {"category": code.category, "status": code.status, "entity": code.entity}
    yield _ISSUE(issue, where, **told)
