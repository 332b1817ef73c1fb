"""`python -m hcfin` is the `hcfin` command."""

from __future__ import annotations

from hcfin.cli import main

main()
