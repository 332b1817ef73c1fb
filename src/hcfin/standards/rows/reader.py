"""Rows to facts: each row of the row shape is one payment, payout, refund, dispute, write-off or transfer.

Strategy: a row is flattened to paths (`code.text`), its columns are renamed by the profile, and its kind or
category says which facts it becomes. A value that cannot be read costs what rests on it: an amount marks the
fact as unreadable, a word of a closed list the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from hcfin.billing.payment import AccountTransaction, kind_of
from hcfin.billing.reading import Event, FactStream, Unit
from hcfin.billing.registration import day_of
from hcfin.coverage import Coverage
from hcfin.errors import AmountError
from hcfin.issues import Catalogue, Issue, PolicyText
from hcfin.limits import Limits
from hcfin.money import format_amount, is_currency, minor_units, parse_amount, zero
from hcfin.privacy import holds_card_number
from hcfin.standards.rows.profile import CategoryRule, Profile
from hcfin.standards.rows.shape import AMOUNTS, CODING, CURRENCY, KINDS, MOMENTS, Key, keys
from hcfin.standards.rows.trail import Trail
from hcfin.wire.json_rows import Fault, Row, RowError, parse, scan
from hcfin.wire.stream import read_fully

_ISSUE = Catalogue.of("hcfin.standards.rows")
_UNKNOWN = "?"
_GATEWAY_KINDS = frozenset({"payout", "dispute"})
_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)
# ISO 8601 from a year to a fraction of a second, with an offset or without.
_TIME = r"[T ][0-9:]{2,8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_MOMENT = re.compile(rf"(?:[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}}(?:{_TIME})?)?)?)?", re.ASCII)
_WHOLE = re.compile(r"(-?)([0-9]{1,15})", re.ASCII)
_UNKNOWN_KEYS_KEPT = 1_000

_CODE_PATHS = frozenset(f"code.{part}" for part in CODING)

Flat = dict[str, Any]


class _RowFaultError(ValueError):
    """A row that becomes no fact."""

    def __init__(self, code: str, element: str = "", /, **values: str) -> None:
        super().__init__(code)
        self.code, self.element, self.values = code, element, values


class _Sum(NamedTuple):
    rows: int = 0
    amount: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)


def read(stream: BinaryIO, profile: Profile, limits: Limits, *, keep: bool = False) -> FactStream:
    """The facts of every row, made while they are taken. Never raises on data."""
    if keep:
        stream = BytesIO(read_fully(stream.read, limits.max_bytes + 1))
    reader = _Reader(profile, limits, Trail(profile, keep=keep))
    return FactStream("rows", reader.events(stream.read), reader.trail, lambda: reader.coverage)


class _Reader:
    """The state of one read."""

    def __init__(self, profile: Profile, limits: Limits, trail: Trail) -> None:
        self.profile = profile
        self.limits = limits
        self.trail = trail
        self.coverage = Coverage()
        self.rows = 0
        self.issues = 0
        self.sums: dict[str, dict[str, _Sum]] = {}
        self._told: set[str] = set()
        self._pending: list[Issue] = []
        hours, minutes = profile.utc_offset[1:].split(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        self._zone = -offset if profile.utc_offset[0] == "-" else offset

    def events(self, take: Callable[[int], bytes]) -> Iterator[Event]:
        """Facts and issues in the order of the rows; at the end what all of them come to."""
        for one in scan(take, self.limits):
            if isinstance(one, Fault):
                values: dict[str, Any] = {"limit": one.limit} if one.limit else {}
                self._issue(one.code, one.at, **values)
                self.rows += one.code in ("ROW_TOO_LONG", "ROW_EMPTY")
            else:
                self.rows += 1
                yield from self._row(one)
            yield from self._found()
        if not self.rows:
            self._issue("ROWS_NOT_FOUND", 1)
            yield from self._found()
            return
        kinds = {kind: self._kind_summary(kind) for kind in KINDS if kind in self.sums}
        yield Unit("rows", "", 1, {"rows": self.rows, "kinds": kinds})

    def _kind_summary(self, kind: str) -> dict[str, Any]:
        told = {}
        for currency, found in sorted(self.sums[kind].items()):
            told[currency] = {"count": found.rows, "amount": format_amount(found.amount, currency)}
            if "fee" in KINDS[kind].model_fields:
                told[currency]["fee"] = format_amount(found.fee, currency)
        return told

    def _found(self) -> Iterator[Issue]:
        found, self._pending = self._pending, []
        yield from found

    def _issue(self, code: str, at: int, element: str = "", **values: Any) -> None:
        self.issues += 1
        limit = self.limits.max_issues
        if self.issues <= limit:
            origin, excerpt = self.trail.origin(at, element), self.trail.excerpt(at)
            self._pending.append(_ISSUE(code, origin, excerpt=excerpt, **values))
        elif self.issues == limit + 1:
            self._pending.append(_ISSUE("ROWS_TOO_MANY_ISSUES", self.trail.origin(at), limit=limit))

    # One row

    def _row(self, row: Row) -> Iterator[Event]:
        self.trail.take(row)
        try:
            flat = _flat(parse(row.data))
            facts = list(self._facts(row.at, flat))
        except RowError as error:
            self._issue(error.code, row.at)
            return
        except _RowFaultError as fault:
            self._issue(fault.code, row.at, fault.element, **fault.values)
            self.coverage.counted[f"row.{_UNKNOWN}"] += len(flat)
            return
        yield from self._found()
        for fact in facts:
            self._count(fact)
            yield fact

    def _count(self, fact: AccountTransaction) -> None:
        sums = self.sums.setdefault(kind_of(fact), {})
        known = sums.get(fact.currency, _Sum())
        fee = getattr(fact, "fee", Decimal(0))
        sums[fact.currency] = _Sum(known.rows + 1, known.amount + fact.amount, known.fee + fee)

    def _facts(self, at: int, flat: Flat) -> Iterator[AccountTransaction]:
        profile = self.profile
        named = {profile.columns.get(path, path): path for path in flat}
        if not profile.category and len(named) < len(flat):
            raise RowError("ROW_KEY_REPEATED")
        if not profile.category:
            kind = _text(flat.get(named.get("kind", ""))) or ""
            if kind not in KINDS:
                raise _RowFaultError("ROW_KIND_UNKNOWN", "kind", kind=kind)
            values = {key: flat[path] for key, path in named.items()}
            yield self._fact(at, kind, values, CategoryRule(kind=kind))
            self._cover(at, flat, set(keys(kind)) | {"kind"}, (profile.columns,))
            return
        category = _text(flat.get(profile.category)) or ""
        rules = profile.categories.get(category)
        if rules is None:
            raise _RowFaultError("ROW_KIND_UNKNOWN", _UNKNOWN, kind=category)
        for rule in rules:
            yield from self._by_rule(at, flat, rule)
        known = {key for rule in rules for key in keys(rule.kind)}
        self._cover(at, flat, known, (profile.columns, *(rule.columns for rule in rules)))

    def _by_rule(self, at: int, flat: Flat, rule: CategoryRule) -> Iterator[AccountTransaction]:
        """The fact of one rule; only columns that are named count, for others have names of their own."""
        if rule.unless_zero and _is_zero(flat.get(rule.unless_zero)):
            return
        columns = {**self.profile.columns, **rule.columns}
        values = {key: flat[path] for path, key in columns.items() if path in flat}
        yield self._fact(at, rule.kind, {**values, **rule.values}, rule)

    def _cover(self, at: int, flat: Flat, known: set[str], renamed: tuple[Mapping[str, str], ...]) -> None:
        """Count which columns reach a fact; tell of those that nobody knows, each once."""
        profile = self.profile
        for nth, path in enumerate(flat, start=1):
            targets = {columns[path] for columns in renamed if path in columns}
            if not profile.category:
                targets = targets or {path}
            elif path == profile.category:
                targets = {"kind"}
                known = known | targets
            own = {target for target in targets if _known(target, known)}
            if own:
                self.coverage.carried.update(f"row.{target}" for target in sorted(own))
                continue
            self.coverage.counted[f"row.{_UNKNOWN}"] += 1
            named = path in profile.columns or self._is_ignored(path)
            if not named and path not in self._told:
                if len(self._told) < _UNKNOWN_KEYS_KEPT:
                    self._told.add(path)
                self._issue("ROW_KEY_UNKNOWN", at, _UNKNOWN, nth=nth)

    def _is_ignored(self, path: str) -> bool:
        return any(
            path == one or (one.endswith(".*") and path.startswith(one[:-1])) for one in self.profile.ignored
        )

    # One fact

    def _fact(self, at: int, kind: str, values: Flat, rule: CategoryRule) -> AccountTransaction:
        currency = self._currency(values)
        data: dict[str, Any] = {"at": at, CURRENCY: currency}
        unreadable: list[str] = []
        for name, key in keys(kind).items():
            value = values.get(name)
            if name == CURRENCY:
                continue
            if name in AMOUNTS:
                data[name] = self._amount(at, key, value, currency, rule, unreadable)
            elif name == "code":
                data[name] = self._coding(at, values)
            elif value is None:
                if key.required:
                    raise _RowFaultError("ROW_VALUE_MISSING", name, key=PolicyText(name))
            elif name in MOMENTS:
                data[name] = self._moment(at, name, value)
            elif key.many:
                told = value if isinstance(value, list) else [value]
                data[name] = tuple(self._word(at, key, one, unreadable) for one in told)
            else:
                data[name] = self._word(at, key, value, unreadable)
        profile = self.profile
        data.setdefault("facility", profile.facility)
        if profile.gateway and "gateway" in keys(kind):
            by_gateway = kind in _GATEWAY_KINDS or data.get("channel") == "gateway"
            data.setdefault("gateway", profile.gateway if by_gateway else "")
        return KINDS[kind].build({**data, "unreadable": tuple(unreadable)})

    def _currency(self, values: Flat) -> str:
        value = values.get(CURRENCY)
        if value is None:
            return self.profile.currency
        text = (_text(value) or "").upper()
        if not is_currency(text):
            raise _RowFaultError("ROW_CURRENCY_INVALID", CURRENCY)
        return text

    def _amount(
        self, at: int, key: Key, value: Any, currency: str, rule: CategoryRule, unreadable: list[str]
    ) -> Decimal:
        if value is None:
            if key.required:
                unreadable.append(key.name)
                self._issue("ROW_AMOUNT_MISSING", at, key.name)
            return zero(currency)
        try:
            text = _text(value) or ""
            amount = _minor(text, currency) if self.profile.minor_units else parse_amount(text, currency)
        except AmountError as error:
            unreadable.append(key.name)
            self._issue(f"ROW_{error.code}", at, key.name, key=PolicyText(key.name))
            return zero(currency)
        return -amount + zero(currency) if key.name in rule.opposite else amount

    def _moment(self, at: int, name: str, value: Any) -> str:
        text = value if isinstance(value, str) else _UNKNOWN
        if self.profile.unix_moments and _SECONDS.fullmatch(text):
            moment = datetime.fromtimestamp(int(text), UTC) + self._zone
            return f"{moment:%Y-%m-%dT%H:%M:%S}{self.profile.utc_offset}"
        if not _MOMENT.fullmatch(text) or (len(text) > len("2025-03") and day_of(text) is None):
            self._issue("ROW_MOMENT_INVALID", at, name, key=PolicyText(name))
            return ""
        return text

    def _word(self, at: int, key: Key, value: Any, unreadable: list[str]) -> str:
        text = _text(value)
        if text is None or (key.values and text not in key.values):
            raise _RowFaultError("ROW_VALUE_INVALID", key.name, key=PolicyText(key.name))
        return self._without_card(at, key, text, unreadable)

    def _without_card(self, at: int, key: Key, text: str, unreadable: list[str]) -> str:
        if not holds_card_number(text):
            return text
        self._issue("ROW_CARD_NUMBER", at, key.name, key=PolicyText(key.name))
        if key.identifying:
            unreadable.append(key.name)
        return ""

    def _coding(self, at: int, values: Flat) -> dict[str, Any]:
        """A code: a text, or an object of code, text and system."""
        data: dict[str, Any] = {"at": at}
        for part in CODING:
            path = f"code.{part}" if part != "code" or "code.code" in values else "code"
            value = values.get(path)
            if value is not None:
                data[part] = self._word(at, Key(path, "", (), False, False), value, [])
        return data


def _flat(row: Mapping[str, Any], prefix: str = "") -> Flat:
    """Paths and values of a row; what is null is absent."""
    found: Flat = {}
    for name, value in row.items():
        if isinstance(value, dict):
            inner = _flat(value, f"{prefix}{name}.")
        else:
            inner = {} if value is None else {prefix + name: value}
        if found.keys() & inner.keys():
            raise RowError("ROW_KEY_REPEATED")
        found.update(inner)
    return found


def _known(target: str, known: set[str]) -> bool:
    return target in known or (target in _CODE_PATHS and "code" in known)


def _text(value: Any) -> str | None:
    """A text or number as text; None for anything else."""
    return str(value) if isinstance(value, str) else None


def _minor(text: str, currency: str) -> Decimal:
    found = _WHOLE.fullmatch(text)
    if not found:
        raise AmountError("AMOUNT_INVALID", "not a whole number")
    amount = Decimal(int(found[2])).scaleb(-minor_units(currency))
    return (-amount if found[1] else amount) + zero(currency)


def _is_zero(value: Any) -> bool:
    text = _text(value) or "0"
    return not text.strip("-0.")
