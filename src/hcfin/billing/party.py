"""Parties: the payer and payee of a remittance, how to reach them, and whom a claim names."""

from __future__ import annotations

from pydantic import Field

from hcfin.billing.base import Node, Reference, sourced
from hcfin.privacy import PhiDate, PhiStr


class ContactNumber(Node):
    """A telephone number, an extension, a mail or web address."""

    nth: int = Field(default=1, description="Which of the segment's numbers, from 1.")
    qualifier: str = sourced("What it is: TE telephone, EX extension, FX, EM, UR …", "", x12="PER03+2")
    number: PhiStr = sourced("The number or address.", "", x12="PER04+2")


class Contact(Node):
    """Whom to ask. Treated as patient data: payers have been seen to write about the claim here."""

    function: str = sourced("What for: CX claims, BL technical, IC information.", "", x12="PER01")
    name: PhiStr = sourced("Name.", "", x12="PER02")
    numbers: tuple[ContactNumber, ...] = sourced("Numbers, in order of preference.", (), x12="PER03")


class BankAccount(Node):
    """A bank account. Its numbers are kept out of sight like patient data."""

    nth: int = Field(default=1, description="Which of the segment's accounts: 1 the payer's, 2 the payee's.")
    routing_qualifier: str = sourced("What kind of routing number: 01 ABA, 04 Canadian.", "", x12="BPR06+6")
    routing_number: PhiStr = sourced("Routing number of the bank.", "", x12="BPR07+6")
    account_qualifier: str = sourced("DA demand deposit, SG savings.", "", x12="BPR08+6")
    account_number: PhiStr = sourced("Account number.", "", x12="BPR09+6")


class Delivery(Node):
    """How the advice reaches the payee."""

    method: str = sourced("BM by mail, EM by electronic mail, FT file transfer, OL online.", "", x12="RDM01")
    name: PhiStr = sourced("Name of the receiver.", "", x12="RDM02")
    address: PhiStr = sourced("Number or address.", "", x12="RDM03")


class Organization(Node):
    """A payer or payee. Not patient data: names and identifiers of businesses."""

    name: str = sourced("Name.", "", x12="N102")
    id_qualifier: str = sourced("What kind of identifier: XX (NPI), FI (tax id), XV …", "", x12="N103")
    id: str = sourced("Identifier.", "", x12="N104")
    address: tuple[str, ...] = sourced("Street lines.", (), x12="N301")
    city: str = sourced("City.", "", x12="N401")
    state: str = sourced("State.", "", x12="N402")
    postal_code: str = sourced("Postal code.", "", x12="N403")
    country: str = sourced("Country, where it is not the United States.", "", x12="N404")
    subdivision: str = sourced("Subdivision of the country, such as a province.", "", x12="N407")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")
    contacts: tuple[Contact, ...] = sourced("Whom to ask.", (), x12="PER")

    def identifiers(self) -> tuple[str, ...]:
        """Every identifier of the party, its own first."""
        own = (self.id,) if self.id else ()
        return own + tuple(reference.value for reference in self.references if reference.value)


class Individual(Node):
    """A person or organisation named in a claim. Treated as patient data throughout."""

    role: str = sourced("Part in the claim: QC patient, IL insured, 82 rendering, TT next …", x12="NM101")
    entity: str = sourced("1 person, 2 organisation.", "", x12="NM102")
    last_name: PhiStr = sourced("Last name, or the name of an organisation.", "", x12="NM103")
    first_name: PhiStr = sourced("First name.", "", x12="NM104")
    middle_name: PhiStr = sourced("Middle name.", "", x12="NM105")
    prefix: PhiStr = sourced("Prefix.", "", x12="NM106")
    suffix: PhiStr = sourced("Suffix.", "", x12="NM107")
    id_qualifier: str = sourced("What kind of identifier.", "", x12="NM108")
    id: PhiStr = sourced("Identifier.", "", x12="NM109")


class Person(Individual):
    """The insured or the patient of a claim: what a payer needs to know them by. Patient data throughout."""

    birth_date: PhiDate | None = sourced("Date of birth.", None, x12="DMG02")
    sex: PhiStr = sourced("Sex: F, M, U.", "", x12="DMG03")
    address: tuple[PhiStr, ...] = sourced("Street lines.", (), x12="N301")
    city: PhiStr = sourced("City.", "", x12="N401")
    state: PhiStr = sourced("State.", "", x12="N402")
    postal_code: PhiStr = sourced("Postal code.", "", x12="N403")
    country: PhiStr = sourced("Country, where it is not the United States.", "", x12="N404")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")


class Provider(Node):
    """Who bills, orders or renders a service, or where. Not patient data, though it may be a person."""

    role: str = sourced("Part: 85 bills, 87 is paid, 71 attends, 82 renders, 77 service place …", x12="NM101")
    entity: str = sourced("1 person, 2 organisation.", "", x12="NM102")
    name: str = sourced("Last name, or the name of an organisation.", "", x12="NM103")
    first_name: str = sourced("First name.", "", x12="NM104")
    middle_name: str = sourced("Middle name.", "", x12="NM105")
    suffix: str = sourced("Suffix.", "", x12="NM107")
    id_qualifier: str = sourced("What kind of identifier: XX (NPI) …", "", x12="NM108")
    id: str = sourced("Identifier.", "", x12="NM109")
    taxonomy: str = sourced("Provider taxonomy code.", "", x12="PRV03")
    address: tuple[str, ...] = sourced("Street lines.", (), x12="N301")
    city: str = sourced("City.", "", x12="N401")
    state: str = sourced("State.", "", x12="N402")
    postal_code: str = sourced("Postal code.", "", x12="N403")
    country: str = sourced("Country, where it is not the United States.", "", x12="N404")
    references: tuple[Reference, ...] = sourced("Further identifiers: EI tax id, SY …", (), x12="REF")
    contacts: tuple[Contact, ...] = sourced("Whom to ask.", (), x12="PER")

    def identifiers(self) -> tuple[str, ...]:
        """Every identifier of the provider, its own first."""
        own = (self.id,) if self.id else ()
        return own + tuple(reference.value for reference in self.references if reference.value)
