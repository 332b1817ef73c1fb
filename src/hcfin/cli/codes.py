"""`hcfin codes`: what a code means here, which role it reaches, and the line that decides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import click

from hcfin.books import Books
from hcfin.books.rules import Rule, Treatment, When
from hcfin.cli import options as o
from hcfin.codes import CodeRow, layer, table
from hcfin.codes.descriptions import Descriptions, descriptions
from hcfin.errors import HcfinError
from hcfin.files import load_books
from hcfin.finance.base import RuleRef
from hcfin.issues import Disposition, whole_catalogue
from hcfin.overlay import near

GROUPS = ("CO", "PR", "OA", "PI")
_TABLES = {
    "carc": "carc",
    "rarc": "rarc",
    "plb": "plb",
    "status": "claim_status",
    "bpr": "bpr",
}
_TITLES = {"carc": "CARC", "rarc": "RARC", "plb": "PLB", "status": "CLP02", "bpr": ""}
_WORDS = {"CARC": "carc", "RARC": "rarc", "PLB": "plb", "CLP02": "status", "STATUS": "status"}
_KINDS = {
    "carc": "reason code",
    "rarc": "remark code",
    "plb": "provider adjustment",
    "status": "claim status",
    "bpr": "value",
}
_GROUPED = re.compile(r"([A-Z]{2})[- ]([A-Z]?[0-9]+)")
_PRIOR_PAYER = "23"


class Asked(NamedTuple):
    """A code as somebody asks for it."""

    list: str
    code: str
    group: str = ""


def load_descriptions(path: str) -> Descriptions:
    """Descriptions that the user is licensed to hold: CSV with code, start, end and text.

    Raises `HcfinError` where it is not that, and `OSError` where the file cannot be read.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise HcfinError(f"{Path(path).name}: not UTF-8") from None
    return descriptions(Path(path).name, text)


@click.group("codes")
def codes_group() -> None:
    """Look up codes: their treatment, role, dates and the line that decides."""


@codes_group.command("show")
@click.argument("words", nargs=-1, required=True, metavar="CODE")
@click.option("--books", multiple=True, metavar="FILE", help="Books; without them the example books.")
@click.option("--descriptions", "texts", metavar="FILE", help="Your licensed descriptions, as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def codes_show(words: tuple[str, ...], books: tuple[str, ...], texts: str | None, as_json: bool) -> None:
    """Say what becomes of a code: CO-45, CARC 45, RARC N130, PLB WO, CLP02 22, BPR04 ACH."""
    with o.reported():
        used = load_books(*books)
        asked = _asked(" ".join(words), used)
        shown = _shown(asked, used)
        if texts:
            shown["description"] = load_descriptions(texts).of(asked.list, asked.code)
        if as_json:
            o.echo_json(shown, False)
        else:
            click.echo("\n".join(_text(asked, shown)))


@codes_group.command("list")
@click.argument("name", metavar="LIST", type=click.Choice(list(_TABLES)))
@click.option("--treatment", help="Only reason codes that some group gives this treatment.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def codes_list(name: str, treatment: str | None, as_json: bool) -> None:
    """Print a list of codes as hcfin holds it: carc, rarc, plb, status or bpr."""
    if treatment is not None and name != "carc":
        raise click.UsageError("--treatment is for carc: the other lists have no treatments")
    with o.reported():
        rows = {code: dict(row.values) for code, row in table(_TABLES[name]).items()}
        if treatment is not None:
            known = {row[group] for row in rows.values() for group in GROUPS}
            if treatment not in known:
                _refuse(f"no reason code has treatment {treatment!r}", treatment, known)
            rows = {code: row for code, row in rows.items() if treatment in [row[group] for group in GROUPS]}
        if as_json:
            o.echo_json(list(rows.values()), False)
            return
        for code, row in rows.items():
            click.echo(f"{code:<10} {row['label']:<60}  {_told(name, row, treatment)}".rstrip())


def _told(name: str, row: Mapping[str, str], treatment: str | None) -> str:
    """What a list says of a code besides its label."""
    if name == "carc":
        if treatment is not None:
            return " ".join(group for group in GROUPS if row[group] == treatment)
        return " ".join(f"{group}={row[group]}" for group in GROUPS)
    if name == "plb":
        roles = dict.fromkeys((row["role_positive"], row["role_negative"]))
        return f"{row['disposition']} {' / '.join(roles)}"
    return row["effect"]


# What is asked for


def _asked(text: str, books: Books) -> Asked:
    """The code that somebody means. Ends the command with status 1 where there is none."""
    text = " ".join(text.upper().split())
    grouped = _GROUPED.fullmatch(text)
    word, _, rest = text.partition(" ")
    if grouped:
        group, code = grouped.groups()
        if group not in GROUPS:
            _refuse(f"there is no adjustment group {group!r} in version 5010", group, GROUPS)
        return Asked("carc", _known("carc", code, books), group)
    if rest and word in _WORDS:
        return Asked(_WORDS[word], _known(_WORDS[word], rest, books))
    if rest and word.startswith("BPR"):
        return Asked("bpr", _known("bpr", f"{word}-{rest}", books))
    found = [name for name in _TABLES if text in table(_TABLES[name])]
    if len(found) > 1:
        written = " or ".join(f"{_TITLES[name]} {text}" for name in found)
        _refuse(f"{text!r} is a code of several lists: write {written}")
    return Asked(found[0], text) if found else Asked("carc", _known("carc", text, books))


def _known(name: str, code: str, books: Books) -> str:
    rows = table(_TABLES[name])
    own = {reason for rule in books.rules for reason in rule.when.reason} if name == "carc" else set()
    if name == "plb":
        own = set(books.provider_adjustments)
    if code not in rows and code not in own:
        _refuse(f"no {_KINDS[name]} {code!r} is known", code, rows)
    return code


def _refuse(message: str, word: str = "", known: Any = ()) -> NoReturn:
    meant = near(word, known) if word else ""
    click.echo(f"hcfin: {message}" + (f"; did you mean {meant!r}?" if meant else ""), err=True)
    raise SystemExit(1)


# What is known of it


def _shown(asked: Asked, books: Books) -> dict[str, Any]:
    name = _TABLES[asked.list]
    row = table(name).get(asked.code)
    shown: dict[str, Any] = {"list": asked.list, "code": asked.code, "books": books.name}
    if row:
        shown |= {name: value for name, value in row.values.items() if name not in (*GROUPS, "code")}
        shown["source"] = _place(
            RuleRef(id=asked.code, layer=layer(_TABLES[asked.list]), line=row.line), books
        )
    if asked.list == "carc":
        constraint = table("carc_groups").get(asked.code)
        shown["groups"] = constraint["groups"].split() if constraint else []
        shown["transaction"] = constraint["transaction"] if constraint else ""
        wanted = (asked.group,) if asked.group else GROUPS
        shown["decisions"] = [_decision(group, asked.code, books) for group in wanted]
    elif asked.list == "plb":
        shown |= _provider(asked.code, row, books)
    elif asked.list == "bpr" and asked.code.startswith("BPR04-"):
        found = books.payment(asked.code.removeprefix("BPR04-"))
        shown["role"] = found[0] if found else ""
        shown["accounts"] = _accounts(found[0], books) if found else {}
        shown["rule"] = _place(found[1], books) if found else None
    return shown


def _decision(group: str, code: str, books: Books) -> dict[str, Any]:
    """What decides a group and reason: the first rule without further conditions, else the table. `unless`
    are the rules before it that ask for more."""
    unless = [_guard(books)] if group == "PR" else []
    name, denial_class = "", ""
    ref: RuleRef | None = None
    for number, rule in enumerate(books.rules) if code != _PRIOR_PAYER else ():
        if not _may_hold(rule.when, group, code, books):
            continue
        place = books.rule_ref(rule.id, "rules", number)
        further = _further(rule)
        if not further:
            name, denial_class, ref = rule.treatment, rule.denial_class, place
            break
        unless.append({**_place(place, books), "when": further, "treatment": rule.treatment})
    if ref is None:
        decision = books.decide_by_code(group, code)
        name, denial_class, ref = decision.treatment, decision.denial_class, decision.rule
    treatment = books.treatments[name]
    denied = treatment.tags.get("ar_status") == "denied"
    role = books.role_of(treatment)
    return {
        "group": group,
        "treatment": name,
        "outcome": "posted" if role else _outcome(treatment),
        "role": role,
        "role_forwarded": treatment.role_forwarded,
        "accounts": _accounts(role, books) if role else {},
        "tags": {**treatment.tags, **({"denial_class": denial_class} if denied and denial_class else {})},
        "issue": treatment.issue,
        "rule": _place(ref, books),
        "unless": unless,
    }


def _guard(books: Books) -> dict[str, Any]:
    """The remarks that forbid to bill the patient: they come before every rule."""
    guards = {code: row for code, row in table("rarc").items() if row["effect"] == "billing_guard"}
    first = min(row.line for row in guards.values())
    place = _place(RuleRef(id="billing_guard", layer=layer("rarc"), line=first), books)
    return {**place, "when": {"remark": list(guards)}, "treatment": "billing_guard"}


def _may_hold(when: When, group: str, code: str, books: Books) -> bool:
    """Whether all that is known of the code without its claim lets a rule hold."""
    row = table("carc").get(code)
    listed = {books.decide_by_code(group, code).treatment}
    if row and group == "CO" and row["negative"]:
        listed.add(row["negative"])
    return (
        (not when.group or group in when.group)
        and (not when.reason or code in when.reason)
        and (not when.listed or not listed.isdisjoint(when.listed))
        and (not when.marked or (row is not None and row["policy"] in when.marked))
        and (not when.policy or not books.policy.in_force.isdisjoint(when.policy))
    )


def _further(rule: Rule) -> dict[str, Any]:
    """The conditions of a rule that a claim decides."""
    known = {"group", "reason", "listed", "marked", "policy"}
    return rule.when.model_dump(mode="json", exclude_defaults=True, exclude=known)


def _outcome(treatment: Treatment) -> str:
    kind = whole_catalogue().get(treatment.issue or "")
    return "kept_open" if kind and kind.disposition is Disposition.KEEP_OPEN else "informational"


def _provider(code: str, row: CodeRow | None, books: Books) -> dict[str, Any]:
    found = books.provider_rule(code)
    if found is None:
        role, ref = books.posting("suspended_provider_adjustment")
        roles = {"positive": role, "negative": role}
    else:
        rule, ref = found
        roles = {"positive": rule.role_positive, "negative": rule.role_negative}
    sides = {
        sign: {"side": side, "role": roles[sign], "accounts": _accounts(roles[sign], books)}
        for sign, side in (("positive", "debit"), ("negative", "credit"))
    }
    disposition = "suspense" if found is None else "post"
    return {**sides, "disposition": disposition, "rule": _place(ref, books)}


def _accounts(role: str, books: Books) -> dict[str, str | None]:
    return {entity: books.account(role, entity) for entity in books.entities}


def _place(ref: RuleRef, books: Books) -> dict[str, Any]:
    return {"id": ref.id, "layer": ref.layer, "line": ref.line, "text": books.rule_text(ref)}


# As text

_DETAILS = {
    "effect": "effect",
    "sequence": "sequence",
    "forwarded": "forwarded",
    "version": "version",
    "sign": "usual sign",
    "reference_kind": "refers to",
    "class": "class",
    "scenario": "scenario",
    "transaction": "transaction",
    "negative": "if it raises",
}


def _text(asked: Asked, shown: Mapping[str, Any]) -> Iterator[str]:
    title = f"{asked.group}-{asked.code}" if asked.group else f"{_TITLES[asked.list]} {asked.code}".strip()
    label = shown.get("label", "")
    yield f"{title}: {label}" if label else title
    yield from _field("description", shown.get("description"))
    for decision in shown.get("decisions", ()):
        yield from _decision_text(decision)
    for sign, name in (("positive", "if positive"), ("negative", "if negative")):
        if asked.list == "plb":
            side = shown[sign]
            yield from _field(name, f"{side['side']} {_with_accounts(side)}")
    if asked.list == "plb":
        yield from _field("disposition", shown["disposition"])
    yield from _field("announced in", _with_accounts(shown) if shown.get("role") else "")
    yield from _field("decided by", _deciding(shown["rule"]) if shown.get("rule") else "")
    for column, name in _DETAILS.items():
        value = shown.get(column)
        yield from _field(name, value if isinstance(value, str) else "")
    yield from _field("groups", ", ".join(shown.get("groups", ())))
    ends = (("from", shown.get("start")), ("to", shown.get("end")))
    yield from _field("valid", " ".join(f"{word} {day}" for word, day in ends if day))
    yield from _field("note", shown.get("note"))
    if "source" in shown:
        yield from _field(_cited(shown["source"]), shown["source"]["text"])
    yield from _field("books", shown["books"])


def _decision_text(decision: Mapping[str, Any]) -> Iterator[str]:
    yield from _field(decision["group"], decision["treatment"])
    open_ = decision["outcome"] == "kept_open"
    nothing = "nothing: it stays in the payer's receivable" if open_ else "nothing"
    yield from _field("  posts to", _with_accounts(decision) if decision["role"] else nothing)
    yield from _field("  if forwarded", decision["role_forwarded"])
    yield from _field("  tags", ", ".join(f"{name} = {value}" for name, value in decision["tags"].items()))
    yield from _field("  issue", decision["issue"])
    yield from _field("  decided by", _deciding(decision["rule"]))
    for rule in decision["unless"]:
        asks = ", ".join(f"{name} = {_value(value)}" for name, value in rule["when"].items())
        yield from _field("  unless", f"{asks}: {rule['treatment']} ({rule['id']}, {_cited(rule)})")


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_accounts(place: Mapping[str, Any]) -> str:
    accounts = (f"{entity}: {account or 'no account'}" for entity, account in place["accounts"].items())
    return f"{place['role']} ({', '.join(accounts)})"


def _cited(place: Mapping[str, Any]) -> str:
    return f"{place['layer']}:{place['line']}"


def _deciding(rule: Mapping[str, Any]) -> str:
    """Where a rule is written; the line itself only of books, for that of a table is shown once."""
    return _cited(rule) if rule["layer"].startswith("codes/") else f"{_cited(rule)}: {rule['text']}"


def _field(name: str, value: str | None) -> Iterator[str]:
    if value:
        yield f"  {name:<16} {value}"
