"""The `hcfin` command. Kept free of imports, so that `hcfin --version` answers at once."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the exit status is 0, 1 (money was held back) or 2 (usage, books, files)."""
    from hcfin.cli.commands import hcfin

    hcfin()
