"""The second waist: finance documents, *what to book*, in no wire format and no ERP's shape.

Documents hold no patient data: parties are tokens, and there is no `Phi` type in this package.
"""

from __future__ import annotations

SCHEMA = "1.0"
"""Version of the document schema. Minor: an optional field or a code is added. Major: anything else."""
