"""Values of a row: amounts, counts, prices, moments, words and codes, each read in one way.

A value that cannot be read costs what rests on it: an amount or a count marks the fact as unreadable, a word
of a closed list the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hcfin.billing.registration import day_of
from hcfin.errors import AmountError
from hcfin.issues import PolicyText
from hcfin.money import is_currency, minor_units, parse_amount, zero
from hcfin.privacy import holds_card_number
from hcfin.standards.rows.profile import Profile
from hcfin.standards.rows.shape import CODING, CURRENCY, Key

UNKNOWN = "?"
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)
# ISO 8601 from a year to a fraction of a second, with an offset or without.
_TIME = r"[T ][0-9:]{2,8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_MOMENT = re.compile(rf"(?:[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}}(?:{_TIME})?)?)?)?", re.ASCII)
_WHOLE = re.compile(r"(-?)([0-9]{1,15})", re.ASCII)
_COUNT = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,6})?", re.ASCII)
_DIGITS = re.compile(r"[0-9/.:\- ]{6,19}", re.ASCII)


class RowFaultError(ValueError):
    """A row that becomes no fact."""

    def __init__(self, code: str, element: str = "", /, **values: str) -> None:
        super().__init__(code)
        self.code, self.element, self.values = code, element, values


class Values:
    """Reads values by the profile; `issue` is told what is wrong, with the row, the key and values."""

    def __init__(self, profile: Profile, issue: Callable[..., None]) -> None:
        self.profile = profile
        self.tell = issue
        hours, minutes = profile.utc_offset[1:].split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        self._zone = -offset if profile.utc_offset[0] == "-" else offset

    def currency(self, values: Mapping[str, Any]) -> str:
        """The currency of a row."""
        value = values.get(CURRENCY)
        if value is None:
            return self.profile.currency
        found = (text_of(value) or "").upper()
        if not is_currency(found):
            raise RowFaultError("ROW_CURRENCY_INVALID", CURRENCY)
        return found

    def amount(
        self, at: int, key: Key, value: Any, currency: str, opposite: Sequence[str], unreadable: list[str]
    ) -> Decimal:
        """An amount of money; one that is needed and not there, or that cannot be read, is zero."""
        if value is None:
            if key.required:
                unreadable.append(key.name)
                self.tell("ROW_AMOUNT_MISSING", at, key.name)
            return zero(currency)
        try:
            text = text_of(value) or ""
            found = _minor(text, currency) if self.profile.minor_units else parse_amount(text, currency)
        except AmountError as error:
            unreadable.append(key.name)
            self.tell(f"ROW_{error.code}", at, key.name, key=PolicyText(key.name))
            return zero(currency)
        return -found + zero(currency) if key.name in opposite else found

    def count(self, at: int, name: str, value: Any, unreadable: list[str]) -> Decimal | None:
        """A count or a price of one, of nine digits and six decimals; None where it cannot be read."""
        text = text_of(value) or ""
        if _COUNT.fullmatch(text):
            found = Decimal(text)
            return found if found else abs(found)
        unreadable.append(name)
        self.tell("ROW_QUANTITY_INVALID", at, name, key=PolicyText(name))
        return None

    def moment(self, at: int, name: str, value: Any) -> str:
        """A moment as it stands; by the profile, seconds since 1970 or another form of dates."""
        text = value if isinstance(value, str) else UNKNOWN
        if self.profile.unix_moments and _SECONDS.fullmatch(text):
            moment = datetime.fromtimestamp(int(text), UTC) + self._zone
            return f"{moment:%Y-%m-%dT%H:%M:%S}{self.profile.utc_offset}"
        if _DIGITS.fullmatch(text):
            text = self._by_format(text)
        if not _MOMENT.fullmatch(text) or (len(text) > len("2025-03") and day_of(text) is None):
            self.tell("ROW_MOMENT_INVALID", at, name, key=PolicyText(name))
            return ""
        return text

    def _by_format(self, text: str) -> str:
        """A moment in one of the profile's forms, as ISO 8601; else the text as it is."""
        for form in self.profile.date_formats:
            try:
                found = datetime.strptime(text, form)  # noqa: DTZ007 - what names no zone keeps having none
            except ValueError:
                continue
            return f"{found:%Y-%m-%dT%H:%M}" if "%H" in form else f"{found:%Y-%m-%d}"
        return text

    def word(self, at: int, key: Key, value: Any, unreadable: list[str]) -> str:
        """A text, or a word of a closed list, translated by the profile."""
        text = text_of(value)
        if text is not None and key.values:
            text = self.profile.words.get(key.name, {}).get(text, text)
        if text is None or (key.values and text not in key.values):
            raise RowFaultError("ROW_VALUE_INVALID", key.name, key=PolicyText(key.name))
        return self.without_card(at, key, text, unreadable)

    def without_card(self, at: int, key: Key, text: str, unreadable: list[str]) -> str:
        """A text, but for one that holds the number of a payment card."""
        if not holds_card_number(text):
            return text
        self.tell("ROW_CARD_NUMBER", at, key.name, key=PolicyText(key.name))
        if key.identifying:
            unreadable.append(key.name)
        return ""

    def coding(self, at: int, values: Mapping[str, Any], name: str = "code") -> dict[str, Any]:
        """A code: a text, or an object of code, text and system."""
        data: dict[str, Any] = {"at": at}
        for part in CODING:
            path = f"{name}.{part}" if part != "code" or f"{name}.code" in values else name
            value = values.get(path)
            if value is not None:
                data[part] = self.word(at, Key(path, "", (), False, False), value, [])
        return data


def text_of(value: Any) -> str | None:
    """A text or number as text; None for anything else."""
    return str(value) if isinstance(value, str) else None


def is_zero(value: Any) -> bool:
    """Whether a value is zero, or not there."""
    text = text_of(value) or "0"
    return not text.strip("-0.")


def _minor(text: str, currency: str) -> Decimal:
    found = _WHOLE.fullmatch(text)
    if not found:
        raise AmountError("AMOUNT_INVALID", "not a whole number")
    amount = Decimal(int(found[2])).scaleb(-minor_units(currency))
    return (-amount if found[1] else amount) + zero(currency)
