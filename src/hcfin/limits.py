"""Bounds on untrusted input. Reaching one is an issue, never a hang and never an exception."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds of one read. The defaults fit the largest files seen from payers."""

    max_bytes: int = 2_000_000_000
    max_segments: int = 50_000_000
    max_segment_bytes: int = 100_000
    max_message_bytes: int = 100_000_000
    max_elements: int = 1_000
    max_claim_segments: int = 50_000
    max_issues: int = 10_000
    max_embedded_bytes: int = 500_000_000
    """Of all files inside a source together, unpacked."""
    max_embedded_depth: int = 4
