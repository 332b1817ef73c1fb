"""Names of remittances and submissions that were taken, so that twins are told apart."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b


class Taken:
    """How often names came. Eight bytes of each are kept, whatever they are of and however long."""

    def __init__(self) -> None:
        self._times: Counter[bytes] = Counter()

    def name(self, ref: str) -> str:
        """A name that nobody else has: the second of the same is `ref#2`.

        >>> taken = Taken()
        >>> taken.name("R1"), taken.name("R1"), taken.name("R2")
        ('R1', 'R1#2', 'R2')
        """
        digest = blake2b(ref.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        times = self._times[digest] = self._times[digest] + 1
        return ref if times == 1 else f"{ref}#{times}"
