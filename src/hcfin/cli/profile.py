"""The commands that work with profiles of feeds: list, init, check, schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from hcfin import discover, profiles
from hcfin.cli import options as o
from hcfin.files import load_profile, new_file

_standard = click.option(
    "--standard", default="hl7v2", show_default=True, metavar="NAME", help="Standard that the profile is of."
)


@click.group("profile")
def profile_group() -> None:
    """Work with profiles: what you know of one feed."""


@profile_group.command("list")
@click.option("--standard", metavar="NAME", help="Of this standard alone.")
def profile_list(standard: str | None) -> None:
    """List the profiles that hcfin ships, to begin with."""
    with o.writing():
        for name in (standard,) if standard else discover.names("hcfin.standards"):
            for profile in profiles.names(name):
                about = getattr(load_profile(name, profile), "name", "")
                click.echo(f"{name:8}{profile:16}{about}".rstrip())


@profile_group.command("init")
@click.argument("profile")
@click.argument("path", required=False, metavar="[FILE]")
@_standard
def profile_init(profile: str, path: str | None, standard: str) -> None:
    """Print the shipped PROFILE, or write it to FILE to begin with. Never overwrites."""
    text = profiles.shipped(standard, profile).text
    if path is None:
        with o.writing():
            click.echo(text, nl=False)
        return
    new_file(path, text)
    click.echo("hcfin: change what differs in your feed, then run `hcfin profile check` on it", err=True)


@profile_group.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@_standard
def profile_check(paths: tuple[str, ...], standard: str) -> None:
    """Load profiles, later ones over earlier ones, say what is wrong, and show what is in force."""
    profile = load_profile(standard, *paths)
    with o.writing():
        click.echo("\n".join(_told(profile)))


@profile_group.command("schema")
@_standard
def profile_schema(standard: str) -> None:
    """Print the JSON Schema of a profile, for editors."""
    o.echo_json(profiles.schema(standard), False)


def _told(profile: Any) -> Iterator[str]:
    """The settings in force, one in a line."""
    dumped = getattr(profile, "model_dump", None)
    for name, value in (dumped(mode="json") if dumped else {}).items():
        if isinstance(value, dict) and value:
            for key, row in value.items():
                yield f"{name}.{key} = {_short(row)}"
        elif isinstance(value, list) and any(isinstance(row, dict) for row in value):
            for number, row in enumerate(value, start=1):
                yield f"{name} {number} = {_short(row)}"
        elif value not in ("", [], {}, None):
            yield f"{name} = {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items() if one not in ("", [], None))
    if isinstance(value, list):
        return " ".join(_short(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
