"""Text of HL7 v2 fields: delimiters, repetitions, components, subcomponents, escapes, and the delete marker.

A field is split only where a delimiter occurs in it. What an escape does not know stays as it is: a local
`\\Zabc\\` or a stray backslash is data, and doubling or dropping it would change what the sender said.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import NamedTuple

DELETE = '""'
"""A field or component that says: delete your value. Not the same as an empty one, which says nothing."""

_STANDARD = "^~\\&"
PUNCTUATION = frozenset(string.punctuation)
"""What may be a delimiter."""


class Delimiters(NamedTuple):
    """The delimiters of a header. An absent one is an empty text, and nothing is split or escaped by it."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""

    @property
    def encoding_characters(self) -> str:
        """MSH-2 as it says this.

        >>> Delimiters().encoding_characters
        '^~\\\\&'
        """
        return self.component + self.repetition + self.escape + self.subcomponent + self.truncation


@lru_cache(maxsize=256)
def delimiters_of(field: str, characters: str) -> tuple[Delimiters, bool]:
    """The delimiters that MSH-1 and MSH-2 state, and whether they are stated in a usual form.

    Seen in feeds: `^~\\&`, with `#` (truncation, 2.7) behind it, `^~&` (no escape character), `^~` (neither
    escape nor subcomponents), `^~\\\\&` (the escape doubled by a program). A character that cannot be a
    delimiter (a letter, a blank, one that is used already) is replaced by the usual one.

    >>> delimiters_of("|", "^~&")[0]
    Delimiters(field='|', component='^', repetition='~', escape='', subcomponent='&', truncation='')
    """
    usual = 2 <= len(characters) <= 5
    if len(characters) > 4 and characters[2] == characters[3]:
        characters, usual = characters[:3] + characters[4:], False
    if len(characters) == 3 and characters[2] == "&":
        characters = characters[:2] + "\0&"
    if not characters:
        characters = _STANDARD
    found: list[str] = []
    for n, given in enumerate(characters[:5]):
        if given == "\0":
            found.append("")
        elif given == field or given in found or given not in PUNCTUATION:
            stand_in = _STANDARD[n : n + 1]
            found.append("" if stand_in == field or stand_in in found else stand_in)
            usual = False
        else:
            found.append(given)
    found += [""] * (5 - len(found))
    if not found[0]:
        # Without components most of a message is dark.
        found[0], usual = ("^" if "^" not in (field, *found) else ""), False
    return Delimiters(field, *found), usual


def parts(text: str, separator: str) -> list[str]:
    """A text split at a separator that may be absent.

    >>> parts("a^b", "^"), parts("a^b", "")
    (['a', 'b'], ['a^b'])
    """
    return text.split(separator) if separator else [text]


def first(text: str, separator: str) -> str:
    """What stands before the first separator, if there is one."""
    return text.partition(separator)[0] if separator else text


@lru_cache(maxsize=256)
def _sequences(escape: str) -> re.Pattern[str]:
    e = re.escape(escape)
    known = (
        r"[FSTREPHN]|X(?:[0-9A-Fa-f]{2})+|\.(?:br|ce|fi|nf|(?:sp|in|ti|sk)[+-]?[0-9]{0,3})"
        rf"|Z[^{e}]*|[CM][0-9A-Fa-f]{{4,6}}"
    )
    return re.compile(f"{e}({known}){e}", re.IGNORECASE if escape.upper() == escape.lower() else 0)


def unescape(text: str, delimiters: Delimiters, encoding: str = "ascii") -> str:
    r"""Resolve escapes. `encoding` is the codec of hexadecimal ones; what cannot be decoded stays.

    Formatting becomes what it means in plain text: `\.br\` a line break, `\.sp3\` three, `\.sk2\` two blanks;
    highlighting (`\H\`, `\N\`) and fill mode vanish.

    >>> unescape(r"5\T\6 \.br\ 4\5 \Zabc\ \X2F\ \F\\S\\R\\E\ ", Delimiters())
    '5&6 \n 4\\5 \\Zabc\\ / |^~\\ '
    """
    escape = delimiters.escape
    if not escape or escape not in text:
        return text

    def resolved(match: re.Match[str]) -> str:
        return _resolved(match.group(0), match.group(1), delimiters, encoding)

    return _sequences(escape).sub(resolved, text)


def _resolved(whole: str, body: str, delimiters: Delimiters, encoding: str) -> str:
    if len(body) == 1:
        stands_for = {
            "F": delimiters.field,
            "S": delimiters.component,
            "T": delimiters.subcomponent,
            "R": delimiters.repetition,
            "E": delimiters.escape,
            "P": delimiters.truncation,
            "H": None,
            "N": None,
        }
        if body not in stands_for:
            return whole
        character = stands_for[body]
        return "" if character is None else character or whole
    kind = body[0]
    if kind == "X":
        try:
            return bytes.fromhex(body[1:]).decode(encoding)
        except (UnicodeDecodeError, LookupError):
            return whole
    if kind != ".":
        return whole
    command, count = body[1:3].lower(), body[3:].lstrip("+")
    times = int(count) if count.isdigit() else 1
    if command in ("br", "ce"):
        return "\n"
    if command == "sp":
        return "\n" * times
    return " " * times if command == "sk" else ""


@lru_cache(maxsize=256)
def _translation(delimiters: Delimiters) -> tuple[dict[int, str], re.Pattern[str]]:
    e = delimiters.escape
    table = {code: f"{e}X{code:02X}{e}" for code in (*range(32), 127)}
    for name, character in zip("FSRETP", delimiters, strict=True):
        if character:
            table[ord(character)] = f"{e}{name}{e}"
    return table, re.compile("[" + re.escape("".join(map(chr, table))) + "]")


def escape(text: str, delimiters: Delimiters) -> str:
    r"""Make a text fit to stand in a subcomponent: no value makes a segment, field or component, or a delete
    marker. Raises `ValueError` where the delimiters have no escape character.

    >>> escape("A|B^C\rPID", Delimiters()), escape('""', Delimiters())
    ('A\\F\\B\\S\\C\\X0D\\PID', '\\X2222\\')
    """
    e = delimiters.escape
    if not e:
        raise ValueError("text cannot be escaped without an escape character")
    if text == DELETE:
        return f"{e}X2222{e}"
    table, odd = _translation(delimiters)
    return text.translate(table) if odd.search(text) else text
