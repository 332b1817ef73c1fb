"""Policy switches: what an accountant may want different, each with a default in `default.toml`."""

from __future__ import annotations

from typing import Literal

from hcfin.model import Model


class Policy(Model):
    """The switches of the books."""

    ar_mode: Literal["gl_only"] = "gl_only"
    granularity: Literal["remit"] = "remit"
    closed_period: Literal["redate", "withhold"] = "redate"
    denial_final_auto: bool = False
    memo_receipt_limit: int = 10_000
