"""The `hcfin` command. Kept free of imports, so that `hcfin --version` answers at once."""

from __future__ import annotations


def main() -> None:
    """Run the command line; `hcfin.cli.options` says what each exit status means."""
    try:
        from hcfin.cli.commands import hcfin

        hcfin()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
