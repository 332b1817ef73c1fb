"""The first waist: billing facts, *what happened*, in no wire format and no accounting.

Facts are flat and small: a `Remittance` holds its header, provider adjustments and totals, and every
`ClaimPayment` names its remittance. Fields typed `PhiStr` or `PhiDate` are patient data in clear.
"""

from __future__ import annotations

SCHEMA = "1.0"
"""Version of the fact schema. Minor: an optional field or a code is added. Major: anything else."""
