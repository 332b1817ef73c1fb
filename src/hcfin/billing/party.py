"""Parties: the payer and payee of a remittance, and the people and organisations of a claim."""

from __future__ import annotations

from hcfin.billing.base import Node, Reference, sourced
from hcfin.privacy import PhiStr


class Organization(Node):
    """A payer or payee. Not patient data: names and identifiers of businesses."""

    name: str = sourced("Name.", "", x12="N102")
    id_qualifier: str = sourced("What kind of identifier: XX (NPI), FI (tax id), XV …", "", x12="N103")
    id: str = sourced("Identifier.", "", x12="N104")
    address: tuple[str, ...] = sourced("Street lines.", (), x12="N301")
    city: str = sourced("City.", "", x12="N401")
    state: str = sourced("State.", "", x12="N402")
    postal_code: str = sourced("Postal code.", "", x12="N403")
    references: tuple[Reference, ...] = sourced("Further identifiers.", (), x12="REF")

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
    suffix: PhiStr = sourced("Suffix.", "", x12="NM107")
    id_qualifier: str = sourced("What kind of identifier.", "", x12="NM108")
    id: PhiStr = sourced("Identifier.", "", x12="NM109")
