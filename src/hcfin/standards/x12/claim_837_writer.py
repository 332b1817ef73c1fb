"""Submissions of claims as an 837: the header, and the levels of provider, subscriber and patient.

Strategy: claims keep their order. Neighbours that agree about the billing provider share its level, those
that agree about the subscriber and the payer share one below it, and so do those of one patient. A subscriber
who is a patient too has a level for each: what is said of a level then holds for all claims under it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.party import Contact, ContactNumber, Organization
from hcfin.errors import HcfinError
from hcfin.standards.x12 import rows
from hcfin.standards.x12.claim_837_rows import claim_rows, person_rows, provider_rows, taxonomy_row
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.read_back import Said
from hcfin.wire.x12_writer import Group, Row, day_text

Submission = tuple[ClaimSubmission, Sequence[Claim]]

VERSIONS = {"professional": "005010X222A1", "institutional": "005010X223A2", "dental": "005010X224A2"}
"""The guides that are stated, by type of claim."""

_EDITION = "005010"
_INFORMATION = "IC"


def with_contact(submission: ClaimSubmission, control: Mapping[str, str]) -> ClaimSubmission:
    """The submission with the contact that the caller names: the guide requires one."""
    submitter, phone = submission.submitter, control["contact_phone"]
    if submitter.contacts or not (control["contact"] or phone):
        return submission
    numbers = (ContactNumber(qualifier="TE", number=phone),) if phone else ()
    own = Contact(function=_INFORMATION, name=control["contact"], numbers=numbers)
    return submission.model_copy(update={"submitter": submitter.model_copy(update={"contacts": (own,)})})


def groups(submissions: Sequence[Submission], control: Mapping[str, str]) -> Iterator[Group]:
    """One group for each run of submissions of the same guide, one set for each submission."""

    def version(submission: Submission) -> str:
        return control["version"] or VERSIONS[submission[0].claim_type]

    for stated, members in groupby(submissions, key=version):
        if not stated.startswith(_EDITION):
            raise HcfinError(f"identity: claims are written by the guides of version {_EDITION}")
        sets = [("837", list(_set(*one, control["time"]))) for one in members]
        yield Group("HC", stated, sets, states_guide=True)


def said(submissions: Sequence[Submission]) -> Iterator[Said]:
    """What the sets say, in their order; the names of submissions are the reader's to make."""
    for number, (submission, claims) in enumerate(submissions, start=1):
        yield Said(submission, "837", f"submission {number}", frozenset({"ref"}))
        for nth, claim in enumerate(claims, start=1):
            yield Said(claim, "837", f"submission {number}, claim {nth}", frozenset({"submission"}))


def _set(submission: ClaimSubmission, claims: Sequence[Claim], time: str) -> Iterator[Row]:
    moment = (day_text(submission.created), time if submission.created else "")
    yield ("BHT", "0019", submission.purpose, submission.reference, *moment, submission.use)
    yield from _organization("41", submission.submitter)
    yield from _organization("40", submission.receiver)
    level = 0
    for _, members in groupby(claims, key=_of_provider):
        billed = list(members)
        level += 1
        above = str(level)
        yield ("HL", above, "", "20", "1")
        yield from _billing_provider(billed[0])
        for _, insured in groupby(billed, key=_of_subscriber):
            covered = list(insured)
            level += 1
            yield ("HL", str(level), above, "22", "0" if covered[0].patient is None else "1")
            yield from _subscriber(covered[0])
            if covered[0].patient is None:
                for claim in covered:
                    yield from claim_rows(claim)
                continue
            subscriber = str(level)
            for _, treated in groupby(covered, key=_of_patient):
                level += 1
                yield ("HL", str(level), subscriber, "23", "0")
                for nth, claim in enumerate(treated):
                    if not nth:
                        yield ("PAT", claim.relationship)
                        yield from person_rows(claim.patient)
                    yield from claim_rows(claim)


def _of_provider(claim: Claim) -> Any:
    return claim.billing_provider, claim.pay_to, claim.currency


def _of_subscriber(claim: Claim) -> Any:
    """What a subscriber's level says. A patient of its own has its relationship further down."""
    own = None if claim.patient else (claim.relationship,)
    group = (claim.sequence, claim.group_number, claim.group_name)
    return own, group, claim.insurance_type, claim.filing_indicator, claim.payer, claim.subscriber


def _of_patient(claim: Claim) -> Any:
    return claim.patient, claim.relationship


def _billing_provider(claim: Claim) -> Iterator[Row]:
    biller = claim.billing_provider
    if biller is not None and biller.taxonomy:
        yield taxonomy_row(biller)
    if claim.currency != Profile().currency:
        yield ("CUR", "85", claim.currency)
    if biller is not None:
        yield from provider_rows(biller.model_copy(update={"taxonomy": ""}))
    for paid in claim.pay_to:
        yield from provider_rows(paid)


def _subscriber(claim: Claim) -> Iterator[Row]:
    relationship = "" if claim.patient else claim.relationship
    policy = (claim.group_number, claim.group_name, claim.insurance_type)
    yield ("SBR", claim.sequence, relationship, *policy, "", "", "", claim.filing_indicator)
    yield from person_rows(claim.subscriber)
    yield from _organization("PR", claim.payer)


def _organization(role: str, party: Organization) -> Iterator[Row]:
    if party == Organization():
        return
    yield ("NM1", role, "2", party.name, "", "", "", "", party.id_qualifier, party.id)
    city = (party.city, party.state, party.postal_code, party.country, party.subdivision)
    yield from rows.place(party.address, *city)
    yield from rows.references(party.references)
    yield from rows.contacts(party.contacts)
