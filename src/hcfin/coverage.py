"""What a reader carried into facts and what it only counted: the proof that nothing was lost silently."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Coverage:
    """Counts by place (`2100.CLP11` for X12): `carried` reached a fact, `counted` did not."""

    carried: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, dict[str, int]]:
        """JSON-ready form, sorted."""
        return {
            "carried": dict(sorted(self.carried.items())),
            "counted": dict(sorted(self.counted.items())),
        }
