"""OperationOutcome: what the sender says went wrong, in a bundle, a response or the error file of an export.

Its words may name anybody, so only its codes are told; the details stand in the resource.
"""

from __future__ import annotations

from hcfin.issues import PolicyText
from hcfin.standards.fhir.elements import children, text
from hcfin.standards.fhir.reader import ResourceReader
from hcfin.standards.fhir.resource import Resource
from hcfin.standards.fhir.session import Session

_ISSUES = {
    "warning": "OUTCOME_WARNING",
    "information": "OUTCOME_INFORMATION",
    "success": "OUTCOME_INFORMATION",
}
# The codes that FHIR has for it; whatever else stands there is not shown.
_TYPES = frozenset(
    (
        *("business-rule", "code-invalid", "conflict", "deleted", "duplicate", "exception", "expired"),
        *("extension", "forbidden", "incomplete", "informational", "invalid", "invariant", "limited-filter"),
        *("lock-error", "login", "multiple-matches", "no-store", "not-found", "not-supported", "processing"),
        *("required", "security", "structure", "success", "suppressed", "throttled", "timeout", "too-costly"),
        *("too-long", "transient", "unknown", "value"),
    )
)


def read_outcome(resource: Resource, session: Session) -> None:
    """An issue for each of its issues; one whose severity is none of FHIR's is a failure."""
    for position, told in enumerate(children(resource.data, "issue")):
        code = _ISSUES.get(text(told, "severity"), "OUTCOME_FAILED")
        at = session.at(f"{resource.pointer}/issue/{position}")
        kind = text(told, "code")
        session.issue(code, at, type=PolicyText(kind if kind in _TYPES else "?"))


READERS = {"OperationOutcome": ResourceReader(read_outcome, ("issue.severity", "issue.code"))}
