"""What can be wrong with the table of FHIR categories: a group decides which guards hold, so it must fit."""

from __future__ import annotations

from collections.abc import Iterator

from hcfin.books import Books
from hcfin.books.medicare_checks import BARRED_FOR_MEDICARE, MEDICARE_SHARES
from hcfin.books.rules import decide_by_code
from hcfin.books.told import Told
from hcfin.overlay import near

NEVER_POSTED = (
    "billing_guard",
    "cob_prior",
    "cob_prior_group",
    "hold",
    "information",
    "mismatch",
    "unclassified",
)
"""Treatments without a role; see `checks`."""
_SHARES = frozenset({"deductible", "coinsurance", "copay", "memberliability"})


def category_problems(books: Books, source: Told) -> Iterator[str]:
    """Unknown treatments, postings without a group, patient shares under another group than PR, and shares of
    the patient that would become contractual."""
    # What is wrong with these themselves is said of them.
    shares = {decide_by_code("PR", reason).treatment for reason in MEDICARE_SHARES}
    for name, category in books.categories.items():
        path = ("categories", name, "treatment")
        treatment = books.treatments.get(category.treatment)
        if treatment is None:
            meant = near(category.treatment, books.treatments)
            remedy = f"Did you mean {meant!r}?" if meant else "See [treatments] in the documentation."
            yield source.problem(path, f"there is no treatment {category.treatment!r}", remedy)
            continue
        roles = {treatment.role, treatment.role_forwarded, treatment.role_final} - {None}
        said = category.treatment in NEVER_POSTED or (category.treatment in shares and category.group == "PR")
        if said or not roles:
            continue
        if not category.group:
            remedy = 'Add group = "CO", "OA", "PI" or "PR".'
            yield source.problem(path, f"category {name!r} is posted and names no group", remedy)
        elif (category.group == "PR") is not ("ar.patient" in roles):
            told = f"category {name!r}: treatment {category.treatment!r} is not one of group {category.group}"
            yield source.problem(path, told, "Shares of the patient have group PR, and no other has.")
        if name.partition("/")[0] in _SHARES and roles & BARRED_FOR_MEDICARE:
            yield source.problem(
                path,
                f"category {name!r} could write off a Medicare deductible or coinsurance",
                "Name a treatment of group PR, or one that holds it.",
            )
