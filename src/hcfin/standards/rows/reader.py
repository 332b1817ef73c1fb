"""Rows to facts: each row of the row shape is one transaction on an account, or one fact of supplies.

Strategy: a row is flattened to paths (`code.text`), its columns are renamed by the profile, and its kind or
category says which facts it becomes. A value that cannot be read costs what rests on it: an amount marks the
fact as unreadable, a word of a closed list the row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from hcfin.billing.base import Fact
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.reading import Event, FactStream, Unit
from hcfin.coverage import Coverage
from hcfin.issues import Catalogue, Issue, PolicyText
from hcfin.limits import Limits
from hcfin.money import format_amount
from hcfin.standards.rows.profile import CategoryRule, Profile
from hcfin.standards.rows.shape import AMOUNTS, CODING, CURRENCY, KINDS, MOMENTS, Key, keys
from hcfin.standards.rows.supplies import SupplyReader
from hcfin.standards.rows.supply_shape import CODINGS, SUPPLIES, supply_keys
from hcfin.standards.rows.trail import Trail
from hcfin.standards.rows.values import UNKNOWN, RowFaultError, Values, is_zero, text_of
from hcfin.wire.csv_rows import scan_any
from hcfin.wire.json_rows import Fault, Row, RowError, parse
from hcfin.wire.stream import read_fully

_ISSUE = Catalogue.of("hcfin.standards", "hcfin.standards.rows")
_GATEWAY_KINDS = frozenset({"payout", "dispute"})
_UNKNOWN_KEYS_KEPT = 1_000

_CODE_PATHS = {f"{name}.{part}": name for name in ("code", *CODINGS) for part in CODING}
_CUT_OUT = frozenset({"ROW_CELLS", "ROW_INVALID", "ROW_NOT_UTF8"})
_ROW_FAULTS = _CUT_OUT | {"ROW_TOO_LONG", "ROW_EMPTY"}

Flat = dict[str, Any]


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
        self.headless = False
        self.issues = 0
        self.sums: dict[str, dict[str, _Sum]] = {}
        self.counts: Counter[str] = Counter()
        self._told: set[str] = set()
        rules = (rule for found in profile.categories.values() for rule in found)
        self._named = {*profile.columns, *(path for rule in rules for path in rule.columns)}
        self._pending: list[Issue] = []
        self._values = Values(profile, self._issue)
        self._supplies = SupplyReader(self._values)

    def events(self, take: Callable[[int], bytes]) -> Iterator[Event]:
        """Facts and issues in the order of the rows; at the end what all of them come to."""
        for one in scan_any(take, self.limits, self.profile.delimiter):
            if isinstance(one, Fault):
                values: dict[str, Any] = {"limit": one.limit} if one.limit else {}
                if one.code in _CUT_OUT:
                    self.trail.take(Row(one.at, one.offset, b""))
                self._issue(one.code, one.at, **values)
                self.rows += one.code in _ROW_FAULTS
                self.headless |= one.code == "ROWS_HEADER_INVALID"
            else:
                self.rows += 1
                yield from self._row(one)
            yield from self._found()
        yield from self._supplies.rest()
        if self.headless:
            return
        if not self.rows:
            self._issue("ROWS_NOT_FOUND", 1)
            yield from self._found()
            return
        kinds = {kind: self._kind_summary(kind) for kind in KINDS if kind in self.sums}
        kinds |= {kind: {"count": self.counts[kind]} for kind in SUPPLIES if self.counts[kind]}
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
        except RowFaultError as fault:
            self._issue(fault.code, row.at, fault.element, **fault.values)
            self.coverage.counted[f"row.{UNKNOWN}"] += len(flat)
            return
        yield from self._found()
        for fact in facts:
            kind: str = type(fact).model_fields["kind"].default
            self._count(kind, fact)
            yield from self._supplies.facts(fact)

    def _count(self, kind: str, fact: Fact) -> None:
        if not isinstance(fact, AccountTransaction):
            self.counts[kind] += 1
            return
        sums = self.sums.setdefault(kind, {})
        known = sums.get(fact.currency, _Sum())
        fee = getattr(fact, "fee", Decimal(0))
        sums[fact.currency] = _Sum(known.rows + 1, known.amount + fact.amount, known.fee + fee)

    def _facts(self, at: int, flat: Flat) -> Iterator[Fact]:
        profile = self.profile
        named = {profile.columns.get(path, path): path for path in flat}
        if not profile.category and len(named) < len(flat):
            raise RowError("ROW_KEY_REPEATED")
        if not profile.category:
            kind = text_of(flat.get(named.get("kind", ""))) or profile.kind
            if kind not in KINDS and kind not in SUPPLIES:
                raise RowFaultError("ROW_KIND_UNKNOWN", "kind", kind=kind)
            values = {key: flat[path] for key, path in named.items()}
            yield self._fact(at, kind, values, ())
            self._cover(at, flat, set(_keys_of(kind)) | {"kind"}, (profile.columns,))
            return
        category = text_of(flat.get(profile.category)) or ""
        rules = profile.categories.get(category)
        if rules is None:
            raise RowFaultError("ROW_KIND_UNKNOWN", UNKNOWN, kind=category)
        for rule in rules:
            yield from self._by_rule(at, flat, rule)
        known = {key for rule in rules for key in _keys_of(rule.kind)}
        self._cover(at, flat, known, (profile.columns, *(rule.columns for rule in rules)))

    def _by_rule(self, at: int, flat: Flat, rule: CategoryRule) -> Iterator[Fact]:
        """The fact of one rule; only columns that are named count, for others have names of their own."""
        if rule.unless_zero and is_zero(flat.get(rule.unless_zero)):
            return
        columns = {**self.profile.columns, **rule.columns}
        values = {key: flat[path] for path, key in columns.items() if path in flat}
        yield self._fact(at, rule.kind, {**values, **rule.values}, rule.opposite)

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
            self.coverage.counted[f"row.{UNKNOWN}"] += 1
            named = path in self._named or self._is_ignored(path)
            if not named and path not in self._told:
                if len(self._told) < _UNKNOWN_KEYS_KEPT:
                    self._told.add(path)
                self._issue("ROW_KEY_UNKNOWN", at, UNKNOWN, nth=nth)

    def _is_ignored(self, path: str) -> bool:
        return any(
            path == one or (one.endswith(".*") and path.startswith(one[:-1])) for one in self.profile.ignored
        )

    # One fact

    def _fact(self, at: int, kind: str, values: Flat, opposite: Sequence[str]) -> Fact:
        if kind in SUPPLIES:
            return self._supplies.fact(at, kind, values, opposite)
        reads = self._values
        currency = reads.currency(values)
        data: dict[str, Any] = {"at": at, CURRENCY: currency}
        unreadable: list[str] = []
        for name, key in keys(kind).items():
            value = values.get(name)
            if name == CURRENCY:
                continue
            if name in AMOUNTS:
                data[name] = reads.amount(at, key, value, currency, opposite, unreadable)
            elif name == "code":
                data[name] = reads.coding(at, values)
            elif value is None:
                if key.required:
                    raise RowFaultError("ROW_VALUE_MISSING", name, key=PolicyText(name))
            elif name in MOMENTS:
                data[name] = reads.moment(at, name, value)
            elif key.many:
                told = value if isinstance(value, list) else [value]
                data[name] = tuple(reads.word(at, key, one, unreadable) for one in told)
            else:
                data[name] = reads.word(at, key, value, unreadable)
        profile = self.profile
        data.setdefault("facility", profile.facility)
        if profile.gateway and "gateway" in keys(kind):
            by_gateway = kind in _GATEWAY_KINDS or data.get("channel") == "gateway"
            data.setdefault("gateway", profile.gateway if by_gateway else "")
        return KINDS[kind].build({**data, "unreadable": tuple(unreadable)})


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
    return target in known or _CODE_PATHS.get(target, target) in known


def _keys_of(kind: str) -> dict[str, Key]:
    return supply_keys(kind) if kind in SUPPLIES else keys(kind)
