"""Strict validation: our own reader's issues, and the implementation guides as pyx12 knows them.

Strategy: pyx12's own entry point writes every error, values included, to the log. So its walker is driven
here directly, with the segments that our scanner found: its validators then return errors as values, of
which only codes and places are used, and every place is our own ordinal. Counts and control numbers of the
envelopes are left to our reader, which says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from hcfin.issues import Issue, PolicyText
from hcfin.limits import Limits
from hcfin.standards.x12.profile import Profile
from hcfin.standards.x12.reader import read
from hcfin.standards.x12.session import ISSUE
from hcfin.standards.x12.trail import Trail
from hcfin.wire.x12 import Delimiters, Segment, scan

# Error codes of X12 999, in our words: segments (IK304) and elements (IK403).
_SEGMENT_RULES = {
    "1": "a segment stands where the guide has none",
    "2": "a segment that the guide does not use",
    "3": "a required segment or loop is missing",
    "4": "a loop stands too often",
    "5": "a segment stands too often",
    "8": "elements that do not go together, or too many of them",
    "HL1": "hierarchical levels are not numbered in order",
    "HL2": "the parent of a hierarchical level is missing",
    "LX": "service lines are not numbered in order",
}
_ELEMENT_RULES = {
    "1": "a required element is missing",
    "2": "an element that another one requires is missing",
    "3": "too many elements",
    "4": "the value is too short",
    "5": "the value is too long",
    "6": "a character that is not allowed there",
    "7": "a code that is not in the list",
    "8": "not a date",
    "9": "not a time",
    "10": "an element that the guide does not use",
}
_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}", re.ASCII)
_PLACE = re.compile(r"([A-Z][A-Z0-9]{1,2})?([0-9]{2})(?:-0?([0-9]{1,2}))?", re.ASCII)
_VERSION = re.compile(r"[0-9]{6}(X[0-9]{3}([A-Z][0-9]?)?)?", re.ASCII)
_CONTROL_MAPS = {"00401": "x12.control.00401.xml", "00501": "x12.control.00501.xml"}


def check(data: bytes) -> tuple[Issue, ...]:
    """Issues of a file: what reading it finds, then `GUIDE_VIOLATION`s in file order.

    Never raises on data. No issue quotes a value of the file. A guide that pyx12 does not have is
    `GUIDE_NOT_CHECKED`; a failure of pyx12 itself is one `GUIDE_CHECK_FAILED`.
    """
    limits = Limits()
    reading = read(BytesIO(data), Profile(), limits)
    issues = list(reading.issues)
    try:
        for issue in _Guide(reading.trail).issues(data, limits):
            if len(issues) >= limits.max_issues:
                break
            issues.append(issue)
    except Exception:  # whatever pyx12 raises, its text may quote the file
        issues.append(ISSUE("GUIDE_CHECK_FAILED", segments=0))
    return tuple(issues)
