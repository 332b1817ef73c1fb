"""Facts as X12: which transaction sets they become, in which groups of one interchange.

Strategy: a set is a header fact and the facts that name it. Each kind of header has a writer that makes the
groups; everything is read back and compared before it leaves (`read_back`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from hcfin.billing.base import Fact
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.file_status import FileStatus
from hcfin.billing.provider_summary import ProviderSummary
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.errors import HcfinError
from hcfin.standards.x12 import claim_837_writer, file_status_writer, remittance_835_writer
from hcfin.standards.x12.read_back import prove
from hcfin.wire.x12_writer import control_data, interchange


class _Sets(NamedTuple):
    """Header facts by their name, each with what names it."""

    remittances: dict[str, tuple[Remittance, list[ClaimPayment | ProviderSummary]]]
    submissions: dict[str, tuple[ClaimSubmission, list[Claim]]]


def write(facts: Iterable[Fact], identity: Mapping[str, str]) -> bytes:
    """Remittances and submissions of claims as one interchange, one transaction set for each; or file
    statuses as the acknowledgments that say them.

    Remittances come first, in groups of their own; sets stand in the order of their headers, claims in their
    own order inside the set of the header that they name. `identity` holds control data: sender, receiver,
    sender_qualifier, receiver_qualifier, group_sender and group_receiver (default sender and receiver), date
    (CCYYMMDD; default the latest date of the headers), time, interchange_control, group_control, usage (T or
    P), version, contact and contact_phone (of the payer's EDI department, or of who submits claims, where the
    facts name none). There is no clock: the same facts and identity give the same bytes.

    Raises `HcfinError` where reading the result would not give the same facts; its text holds positions and
    field names, no values. Names of headers (`ref`), a version and totals that are not given are made by the
    reader and may differ.
    """
    facts = tuple(facts)
    statuses = [fact for fact in facts if isinstance(fact, FileStatus)]
    if statuses:
        if len(statuses) < len(facts):
            raise HcfinError("acknowledgments stand in an interchange of their own, without other facts")
        return file_status_writer.write(statuses, identity)
    sets = _sets(facts)
    advices, submissions = list(sets.remittances.values()), list(sets.submissions.values())
    days = [day for one, _ in advices for day in (one.production_date, one.payment_date) if day]
    days += [one.created for one, _ in submissions if one.created]
    control = control_data(identity, max(days, default=date(2000, 1, 1)))
    if control["version"]:
        _one_guide(sets)
    advices = [(remittance_835_writer.with_contact(one, control), parts) for one, parts in advices]
    submissions = [(claim_837_writer.with_contact(one, control), parts) for one, parts in submissions]
    groups = [
        *remittance_835_writer.groups(advices, control),
        *claim_837_writer.groups(submissions, control),
    ]
    data = interchange(groups, control)
    prove(
        data,
        [*remittance_835_writer.said(advices, control), *claim_837_writer.said(submissions)],
    )
    return data


def _sets(facts: Iterable[Fact]) -> _Sets:
    sets = _Sets({}, {})
    claims: list[Claim] = []
    parts: list[ClaimPayment | ProviderSummary] = []
    for number, fact in enumerate(facts, start=1):
        if isinstance(fact, Remittance):
            if fact.ref in sets.remittances:
                raise HcfinError(f"fact {number}: two remittances have the same ref")
            sets.remittances[fact.ref] = (fact, [])
        elif isinstance(fact, ClaimSubmission):
            if fact.ref in sets.submissions:
                raise HcfinError(f"fact {number}: two submissions have the same ref")
            sets.submissions[fact.ref] = (fact, [])
        elif isinstance(fact, Claim):
            claims.append(fact)
        elif isinstance(fact, ClaimPayment | ProviderSummary):
            parts.append(fact)
        else:
            raise HcfinError(
                f"fact {number}: an 835 holds remittances and an 837 claims, not {type(fact).__name__}"
            )
        if fact.unreadable:
            raise HcfinError(
                f"fact {number}: its source could not be read in full; what is missing is unknown"
            )
    for number, part in enumerate(parts, start=1):
        if part.remittance not in sets.remittances:
            raise HcfinError(f"{part.kind.replace('_', ' ')} {number}: its remittance is not among the facts")
        sets.remittances[part.remittance][1].append(part)
    for number, claim in enumerate(claims, start=1):
        if claim.submission not in sets.submissions:
            raise HcfinError(f"claim {number}: its submission is not among the facts")
        sets.submissions[claim.submission][1].append(claim)
    if not sets.remittances and not sets.submissions:
        raise HcfinError("there is no remittance and no submission of claims among the facts")
    return sets


def _one_guide(sets: _Sets) -> None:
    """Refuse a version that the caller states for facts of several guides."""
    kinds = {submission.claim_type for submission, _ in sets.submissions.values()}
    if len(kinds) + bool(sets.remittances) > 1:
        raise HcfinError("identity: version is that of one guide, and these facts are written by several")
