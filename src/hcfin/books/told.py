"""Says what is wrong with a value of books at the place where it is written."""

from __future__ import annotations

from hcfin.books import Books, Path
from hcfin.overlay import Overlay


class Told:
    """Says what is wrong with a value of books at the place where it is written."""

    def __init__(self, books: Books, source: Overlay) -> None:
        self.books = books
        self.source = source

    def problem(self, path: Path, message: str, remedy: str) -> str:
        """See `Overlay.problem`."""
        return self.source.problem(self.books.where(path) if path else path, message, remedy)
