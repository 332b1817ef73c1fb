"""What all remittances of one run share."""

from __future__ import annotations

from functools import partial

from hcfin.billing.reading import Locator
from hcfin.books import Books
from hcfin.context import Context
from hcfin.finance.expected import Expected
from hcfin.finance.known import Known
from hcfin.finance.known_supply import KnownSupply
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices
from hcfin.identity import Keys
from hcfin.model import Model
from hcfin.posting.charge_places import ChargePlaces, charge_places
from hcfin.posting.entry import LineKeys, line_key
from hcfin.posting.memo import Memo
from hcfin.posting.ruling import FieldReader, Rulings


class Used:
    """Books, and what a run remembers of what was asked of them."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self.rulings = Rulings(books)
        self.header = FieldReader(books, "remittance")
        self.bill = FieldReader(books, "claim", "bill")
        self.bill_line = FieldReader(books, "line", "bill")
        self.charge = FieldReader(books, "charge", "charge")
        self.charge_places: ChargePlaces = Memo(partial(charge_places, books, self.charge.names))
        self.transactions: Memo[type[Model], FieldReader] = Memo(self._of_transaction)
        self.supplies: Memo[type[Model], FieldReader] = Memo(self._of_supply)
        self.line_keys: LineKeys = Memo(partial(line_key, books))

    def transaction(self, model: type[Model]) -> FieldReader:
        """Reads the fields of one kind of transaction."""
        return self.transactions[model]

    def supply(self, model: type[Model]) -> FieldReader:
        """Reads the fields of one kind of fact of supplies."""
        return self.supplies[model]

    def _of_supply(self, model: type[Model]) -> FieldReader:
        return FieldReader(self.books, str(model.model_fields["kind"].default), model)

    def _of_transaction(self, model: type[Model]) -> FieldReader:
        return FieldReader(self.books, "transaction", model)


class Run:
    """What all remittances of one run share: what the caller gave, and what was asked of the books."""

    def __init__(
        self,
        books: Books,
        context: Context,
        keys: Keys,
        locator: Locator,
        *,
        dispositions: bool = False,
        moves: bool = False,
        known: Known | None = None,
        expected: Expected | None = None,
        prices: Prices | None = None,
        master: MasterData | None = None,
        known_supply: KnownSupply | None = None,
    ) -> None:
        self.books = books
        self.context = context
        self.keys = keys
        self.locator = locator
        self.dispositions = dispositions
        self.known = known
        self.expected = expected
        self.prices = prices
        self.master = master or MasterData()
        self.known_supply = known_supply
        self.moves = moves
        self._used: dict[int, Used] = {}

    def used(self, payer: str) -> Used:
        """What the remittances of a payer are posted by. Most payers share the common books; so does what
        names no payer."""
        books = self.books.for_payer(payer) if payer else self.books
        found = self._used.get(id(books))
        if found is None:
            found = self._used[id(books)] = Used(books)
        return found
