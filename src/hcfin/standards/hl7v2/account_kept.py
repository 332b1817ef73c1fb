"""Accounts that come again: each charge of a stay repeats its patient, visit, guarantors and insurances.

Strategy: an account is known by the text of its segments, wherever they stand. One that comes again is not
read again: its nodes are made anew for their places of now. Most accounts never come again, and what lives
long costs time to collect: so only the latest few are remembered whole, and of others that they came, until
they come once more. Nothing is remembered of an account with issues, which have to be said each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hcfin.billing.account import Account, AccountChange
from hcfin.standards.hl7v2.grouping import Group, Row
from hcfin.standards.hl7v2.moving import Mould, cast, mould
from hcfin.standards.hl7v2.session import Session

_MOST = 500
_MOST_SEEN = 20_000
_MOST_RECENT = 8
_HEADERS = frozenset({"MSH", "EVN", "SFT", "UAC"})
"""They differ from message to message, and say nothing of what is remembered."""

_Key = tuple[object, ...]


class _Recent(NamedTuple):
    account: Account
    places: list[int]
    """Where its segments stood; parts without a segment stand at 0."""
    carried: list[frozenset[int]]
    """Fields that reached it, by segment, where they are counted."""


class _Known(NamedTuple):
    account: Mould
    carried: list[frozenset[int]]


class Kept:
    """Accounts by their segments, while delimiters and currency of the messages stay the same."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.headers = _HEADERS.difference(place[:3] for place in session.profile.account)
        self.recent: dict[_Key, _Recent] = {}
        """The latest accounts that came once."""
        self.accounts: dict[_Key, _Known] = {}
        """Accounts that came more than once."""
        self.seen: set[int] = set()
        """Digests of accounts that came once."""

    def account(
        self,
        rows: Sequence[Row],
        insured: Sequence[Group],
        change: AccountChange,
        make: Callable[[], Account | None],
    ) -> Account | None:
        """What `make` makes of these segments, of the type of the message, its version and nothing else, but
        for the moment of the event and the facility, which are those of the account that was made first."""
        session = self.session
        message = session.message
        lines, first = message.lines, message.at
        if not lines or message.deletes:
            return make()
        start, headers = 0, self.headers
        while start < len(rows) and rows[start][1][0] in headers:
            start += 1
        places = [at for at, _ in rows[start:]]
        before = len(places)
        for group in insured:
            places.append(group.at)
            if group.rows:
                places += [at for at, _ in group.rows]
        key = (session.version, session.kind, change, before, *[lines[at - first] for at in places])
        known = self.accounts.get(key)
        if known is None and key in self.recent:
            known = self._keep(key, self.recent.pop(key))
        if known is not None:
            if session.covering:
                for at, carried in zip(places, known.carried, strict=True):
                    session.carry(at, carried)
            account: Account = cast(known.account, (0, *places))
            return account
        issues = len(session.events)
        made = make()
        if made is not None and len(session.events) == issues and not made.unreadable:
            carried_by = [session.carried(at) for at in places] if session.covering else []
            self._came(key, _Recent(made, [0, *places], carried_by))
        return made

    def _came(self, key: _Key, recent: _Recent) -> None:
        """An account came that is not remembered."""
        digest = hash(key)
        if digest in self.seen:
            self._keep(key, recent)
            return
        if len(self.seen) >= _MOST_SEEN:
            self.seen.clear()
        self.seen.add(digest)
        if len(self.recent) >= _MOST_RECENT:
            del self.recent[next(iter(self.recent))]
        self.recent[key] = recent

    def _keep(self, key: _Key, recent: _Recent) -> _Known:
        if len(self.accounts) >= _MOST:
            self.accounts.clear()
        numbers = {at: n for n, at in enumerate(recent.places)}
        known = self.accounts[key] = _Known(mould(recent.account, numbers), recent.carried)
        return known


def kept(session: Session) -> Kept:
    """What is remembered in this read."""
    return session.remembered("accounts", lambda: Kept(session))
