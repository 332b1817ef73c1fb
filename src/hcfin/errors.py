"""Exceptions: the caller must change something. Bad *data* never raises, it becomes an `Issue`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hcfin.issues import Issue


class HcfinError(Exception):
    """Base of every exception that hcfin raises on purpose."""


class ModelError(HcfinError, ValueError):
    """A model was built from values that do not fit it.

    The text names the model, the fields and the rules that were broken, never the values: they may be
    patient data.
    """


class AmountError(HcfinError, ValueError):
    """A text is not an amount of money. `code` is `AMOUNT_INVALID` or `AMOUNT_SCALE`."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class BooksError(HcfinError):
    """The books cannot be used as they are. `problems` holds one readable entry for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class MasterDataError(HcfinError):
    """Master data cannot be used as they are. `problems` holds one readable entry for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UnknownNameError(HcfinError):
    """No standard or target of that name is installed."""


class SettingsError(HcfinError):
    """A target's settings are missing something or hold something that it does not know."""


class KeysError(HcfinError):
    """Keys are missing or too weak: document ids and tokens cannot be made."""


class Rejected(HcfinError):  # noqa: N818 - it is a verdict on the data, not a fault
    """Raised instead of returning issues when the caller asked for `on_error="raise"`."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__("; ".join(str(issue) for issue in issues[:5]))
        self.issues = tuple(issues)
