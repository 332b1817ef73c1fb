"""What can be wrong with the profile of a FHIR feed beyond its shape, with layer, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hcfin.codes import table
from hcfin.overlay import Overlay, near
from hcfin.standards.fhir.adjudication import MEANINGS
from hcfin.standards.fhir.profile import FIELDS, Profile

_TOLD = "told"
_ABSOLUTE = ("http://", "https://", "urn:")


def problems(profile: Profile, source: Overlay) -> Iterator[str]:
    """Every problem of a profile that its model does not see."""
    known = {row["currency"] for row in table("country").values()}
    if profile.currency not in known:
        meant = near(profile.currency, known)
        remedy = f"Did you mean {meant!r}?" if meant else "Write its code by ISO 4217, such as USD."
        yield source.problem(("currency",), f"{profile.currency!r} is no currency of any country", remedy)
    for number, url in enumerate(profile.modifiers):
        if not url.startswith(_ABSOLUTE):
            yield _no_url(source, ("modifiers", number), url)
    yield from _extensions(profile, source)
    yield from _codes(profile, source)


def _no_url(source: Overlay, path: Sequence[str | int], url: str) -> str:
    remedy = "Write it whole, as it stands in the resource: https://…"
    return source.problem(path, f"{url!r} is no URL of an extension", remedy)


def _extensions(profile: Profile, source: Overlay) -> Iterator[str]:
    seen: dict[tuple[str, str, str, str], str] = {}
    for number, rule in enumerate(profile.extensions[: len(source.data.get("extensions", ()))]):
        path = ("extensions", number)
        if rule.resource not in FIELDS:
            meant = near(rule.resource, FIELDS)
            remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(sorted(FIELDS))}."
            yield source.problem((*path, "resource"), f"extensions of {rule.resource!r} are not read", remedy)
        elif rule.field not in FIELDS[rule.resource]:
            fields = ", ".join(sorted(FIELDS[rule.resource]))
            yield source.problem(
                (*path, "field"), f"a {rule.resource} has no {rule.field!r}", f"Known: {fields}."
            )
        if not rule.url.startswith(_ABSOLUTE):
            yield _no_url(source, (*path, "url"), rule.url)
        # A later layer may say otherwise: its row holds.
        same = (source.place(path).layer, rule.resource, rule.url, rule.inside)
        if seen.setdefault(same, rule.field) != rule.field:
            yield source.problem(
                path,
                f"this extension is {seen[same]!r} above and {rule.field!r} here",
                "Keep one of the two rows.",
            )
    for number, rule in enumerate(profile.extensions[: len(source.data.get("extensions", ()))]):
        other = {"allocated": "allocated_to", "allocated_to": "allocated"}.get(rule.field)
        if other and not any(one.url == rule.url and one.field == other for one in profile.extensions):
            yield source.problem(
                ("extensions", number),
                f"{rule.field!r} says half of an allocation",
                f"Add a row of the same url for {other!r}.",
            )


def _codes(profile: Profile, source: Overlay) -> Iterator[str]:
    for local, meaning in profile.categories.items():
        if meaning not in MEANINGS and meaning != _TOLD:
            meant = near(meaning, {*MEANINGS, _TOLD})
            remedy = f"Did you mean {meant!r}?" if meant else f"Known: {', '.join(sorted(MEANINGS))}, told."
            yield source.problem(("categories", local), f"{meaning!r} is no category of FHIR", remedy)
    for code, tender in profile.tenders.items():
        if tender.gateway and tender.channel != "gateway":
            yield source.problem(
                ("tenders", code),
                f"code {code!r} names a gateway, but comes in by the {tender.channel}",
                'Write channel = "gateway", or leave gateway out.',
            )
