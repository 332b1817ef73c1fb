"""Layered TOML: later layers win, and every value remembers the layer and line that set it.

Strategy: `tomllib` is the only judge of what is valid and the only source of values, but it tells no
positions. So each layer that it accepted is read a second time, by a scanner that looks only at where keys,
headers and list entries begin. Because the text is known to be valid the scanner needs no error handling and
no grammar of values: a text in quotes is one token whatever it contains, remarks are no token at all, and any
other value ends at a comma, a closing bracket or the end of its line. The scanner builds a tree of marks with
the shape of the data, and both trees are merged by the same steps.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from hcfin.errors import BooksError

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # up to two quotes may stand right before the closing three
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|#[^\n]*"
    r"|[\[\]{},=.]"
    r"|[^\s\[\]{},=.#\"']+",
    re.DOTALL,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FAULT = re.compile(r"(.*) \(at (?:line ([0-9]+), column [0-9]+|end of document)\)", re.DOTALL)
_EXCERPT = 100

_TABLE, _TABLES, _VALUE = "a table", "a list of tables", "a plain value"

# What tomllib says (its first words) → what a person needs to know, and what to do.
_NAME = "Write name = value; a name with spaces or signs stands in quotes."
_REASONS: tuple[tuple[str | tuple[str, ...], str, str], ...] = (
    (("Cannot overwrite", "Duplicate inline"), "this name has a value already", "Keep one of the two."),
    (
        ("Cannot declare", "Cannot mutate", "Cannot redefine"),
        "this table is written already",
        "Put its keys under the first header; a further entry of a list starts with [[name]].",
    ),
    ("Expected '=' after a key", "a name without `=`", _NAME),
    (("Invalid statement", "Invalid initial"), "a name is expected here", _NAME),
    (
        "Expected newline",
        "something is left over on this line",
        'Put text and codes such as "01-20" in quotes; write one name = value per line.',
    ),
    ("Expected ']", "this header is not closed", "Write [name], or [[name]] for an entry of a list."),
    (
        "Invalid value",
        "no value that TOML knows",
        'Put text in "quotes"; write true and false in small letters; close every list with ].',
    ),
    ("Invalid date", "there is no such date or time", "Write dates as 2026-01-31."),
    ("Unclosed array", "a list is not closed", "Put commas between its entries and ] at its end."),
    ("Unclosed inline", "`{` is not closed on its line", "Close it with }, or write a [table] instead."),
    (
        ("Illegal character '\\n'", "Found invalid character '\\n'", "Expected \"'", "Unterminated"),
        "a text in quotes is not closed",
        "Close it with the quotes that opened it.",
    ),
    (
        ("Unescaped", "Invalid hex"),
        "a backslash in a text in double quotes",
        "Write it twice, or use 'single quotes'.",
    ),
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One TOML text, with the name under which people know it (`mybooks.toml`)."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a layer, counted from 1."""

    layer: str
    line: int


@dataclass(slots=True)
class _Mark:
    """Where one value was set, and the marks of what is inside it."""

    place: Place
    parts: dict[str | int, _Mark] = field(default_factory=dict)

    def part(self, name: str | int, line: int) -> _Mark:
        """The mark of a part; the first line that mentions it stays."""
        return self.parts.setdefault(name, _Mark(Place(self.place.layer, line)))

    def newest(self) -> _Mark:
        """The last entry of a list of tables, to which `[list.table]` adds; else the mark itself."""
        return self.parts.get(len(self.parts) - 1, self)


class Overlay:
    """Merged layers: plain `data`, and for each value of it the line that set it.

    >>> default = Layer("default.toml", '[chart]\\ncash = "1000"\\nfees = "6100"\\n')
    >>> mine = Layer("mybooks.toml", '# ours\\n[chart]\\ncash = "1010-00"\\n')
    >>> books = overlay([default, mine])
    >>> books.data
    {'chart': {'cash': '1010-00', 'fees': '6100'}}
    >>> books.place(["chart", "fees"])
    Place(layer='default.toml', line=3)
    >>> print(books.problem(["chart", "cash"], "an account has four digits", "Write 1010."))
    mybooks.toml:3: an account has four digits
      3 | cash = "1010-00"
      Write 1010.
    """

    __slots__ = ("_lines", "_root", "data")

    def __init__(self, data: dict[str, Any], root: _Mark, lines: dict[str, list[str]]) -> None:
        self.data = data
        self._root = root
        self._lines = lines

    def place(self, path: Sequence[str | int]) -> Place:
        """Where a value of `data` was set; else where the nearest enclosing one was that is written down.

        Of a table that several layers write, the last layer counts; for the whole document its first line.
        """
        mark = self._root
        for name in path:
            if name not in mark.parts:
                break
            mark = mark.parts[name]
        return mark.place

    def holds(self, path: Sequence[str | int]) -> bool:
        """Whether a value stands at a path of tables.

        >>> overlay([Layer("mine.toml", "[a]\\nb = 1\\n")]).holds(("a", "c"))
        False
        """
        value: Any = self.data
        for name in path:
            if not isinstance(value, dict) or name not in value:
                return False
            value = value[name]
        return True

    def add(self, layer: Layer) -> None:
        """Remember the lines of a further file that the layers name, for excerpts."""
        self._lines[layer.name] = layer.text.removeprefix("\ufeff").split("\n")

    def excerpt(self, place: Place) -> str:
        """The source line without the blanks around it, at most 100 characters; empty if there is none."""
        return _excerpt(self._lines.get(place.layer, []), place)

    def problem(self, path: Sequence[str | int], message: str, remedy: str = "") -> str:
        """What is wrong with a value: layer, line and message; the line itself; what to do."""
        return self.problem_at(self.place(path), message, remedy)

    def problem_at(self, place: Place, message: str, remedy: str = "") -> str:
        """The same for a line that is already known."""
        return _problem(self._lines.get(place.layer, []), place, message, remedy)


def overlay(layers: Sequence[Layer]) -> Overlay:
    """Merge layers, the weakest first.

    Tables merge key by key. The entries of a later list of tables (`[[rules]]`) come before those of an
    earlier one. Every other value is replaced, also a list of tables by the empty list.

    Raises `BooksError` when a layer is not valid TOML, when two layers have the same name, or when a name is
    a table, a list of tables or a plain value in one layer and another of these in a later one.

    >>> default = Layer("default.toml", '[[rules]]\\npost = "default"\\n')
    >>> overlay([default, Layer("mine.toml", '[[rules]]\\npost = "mine"\\n')]).data
    {'rules': [{'post': 'mine'}, {'post': 'default'}]}
    >>> overlay([default, Layer("mine.toml", 'rules = "none"\\n')])
    Traceback (most recent call last):
    hcfin.errors.BooksError: mine.toml:1: rules is a plain value here, but a list of tables at default.toml:1
      1 | rules = "none"
      Start each entry with [[rules]] and write its keys below.
    """
    merged = Overlay({}, _Mark(Place("", 1)), {})
    problems: list[str] = []
    read: list[tuple[dict[str, Any], _Mark]] = []
    for layer in layers:
        text = layer.text.removeprefix("\ufeff")  # the byte order mark that Windows editors put first
        lines = text.split("\n")
        if layer.name in merged._lines:
            problems.append(f"{layer.name}: this name is given twice\n  Name each file once.")
        merged._lines[layer.name] = lines
        try:
            read.append((tomllib.loads(text), _Scanner(layer.name, text).root))
        except RecursionError:
            problems.append(f"{layer.name}: not valid TOML: too many lists or tables inside one another")
        except ValueError as error:
            problems.append(_syntax_problem(layer.name, lines, str(error)))
    if not problems:
        for data, mark in read:
            problems += _merge(merged, data, mark)
    if problems:
        raise BooksError(problems)
    return merged


def near(word: str, known: Iterable[str]) -> str:
    """The known word that is most like `word`, or an empty text; for "did you mean".

    >>> near("acount", ["account", "amount"]), near("ACCOUNT", ["account"]), near("colour", ["account"])
    ('account', 'account', '')
    """
    import difflib  # needed only where something is wrong

    spelled = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), spelled, n=1)
    return spelled[found[0]] if found else ""


def _merge(merged: Overlay, data: dict[str, Any], mark: _Mark) -> Iterator[str]:
    """Lay one layer over `merged`; yields the problems."""
    # A list of open work instead of recursion: dotted keys nest deeper than Python's stack.
    todo: list[tuple[tuple[str, ...], dict[str, Any], _Mark, dict[str, Any], _Mark]]
    todo = [((), merged.data, merged._root, data, mark)]
    while todo:
        path, old_table, old_mark, new_table, new_mark = todo.pop()
        old_mark.place = new_mark.place
        for name, new in new_table.items():
            after = new_mark.parts[name]
            if name not in old_table:
                old_table[name], old_mark.parts[name] = new, after
                continue
            old, before = old_table[name], old_mark.parts[name]
            was, now = _shape(old), _shape(new)
            lists = isinstance(old, list) and isinstance(new, list)
            if was == now == _TABLE:
                todo.append(((*path, name), old, before, new, after))
            elif was == now == _TABLES:
                old_table[name], old_mark.parts[name] = new + old, after
                after.parts.update({len(new) + nth: before.parts[nth] for nth in range(len(old))})
            elif was == now or (lists and not (old and new)):
                old_table[name], old_mark.parts[name] = new, after
            else:
                written = _dotted((*path, name))
                yield merged.problem_at(
                    after.place,
                    f"{written} is {now} here, but {was} at {before.place.layer}:{before.place.line}",
                    {
                        _TABLE: f"Write the header [{written}] and its keys below.",
                        _TABLES: f"Start each entry with [[{written}]] and write its keys below.",
                        _VALUE: f"Write {_dotted((name,))} = value.",
                    }[was],
                )


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return _TABLE
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
        return _TABLES
    return _VALUE


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(name if _BARE.fullmatch(name) else json.dumps(name) for name in path)


def _excerpt(lines: list[str], place: Place) -> str:
    if not 1 <= place.line <= len(lines):
        return ""
    line = _CONTROL.sub(" ", lines[place.line - 1]).strip()
    return line if len(line) <= _EXCERPT else line[: _EXCERPT - 1] + "…"


def _problem(lines: list[str], place: Place, message: str, remedy: str) -> str:
    told = [f"{place.layer}:{place.line}: {message}"]
    if excerpt := _excerpt(lines, place):
        told.append(f"  {place.line} | {excerpt}")
    return "\n".join(told + [f"  {line}" for line in remedy.splitlines()])


def _syntax_problem(name: str, lines: list[str], told: str) -> str:
    fault = _FAULT.fullmatch(told)
    if fault is None:  # Python's own limit on the digits of a number, which it reports without a position
        return f"{name}: not valid TOML: a number with too many digits"
    reason, line = fault[1], int(fault[2] or 0) or _last_line(lines, fault[1])
    words, remedy = next(
        ((words, remedy) for start, words, remedy in _REASONS if reason.startswith(start)), (reason, "")
    )
    return _problem(lines, Place(name, line), f"not valid TOML: {words}", remedy)


def _last_line(lines: list[str], reason: str) -> int:
    """The line of a fault that tomllib met only at the end of the text."""
    text = "\n".join(lines).rstrip()
    quotes = ""
    if reason.startswith("Expected \"'"):
        quotes = reason.removeprefix("Expected ").strip('"')
    elif reason.startswith("Unterminated") and text.count('"""') % 2:
        quotes = '"""'
    # What was never closed was opened by the last of its kind; without quotes it is the last line.
    return text.count("\n", 0, text.rfind(quotes)) + 1


class _Scanner:
    """Reads valid TOML for positions only; `root` is the mark of the whole text."""

    def __init__(self, layer: str, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.root = table = _Mark(Place(layer, 1))
        while self.word:
            if self.word == "[":
                table = self.header()
            else:
                self.value(self.key(table))

    @property
    def word(self) -> str:
        return self.tokens[self.at][0]

    @property
    def line(self) -> int:
        return self.tokens[self.at][1]

    def passed(self, word: str) -> bool:
        """Step over the next token if it is this one."""
        found = self.word == word
        self.at += found
        return found

    def header(self) -> _Mark:
        """Read `[a.b]` or `[[a.b]]`; the mark of the table that it opens."""
        line = self.line
        self.at += 1
        entry = self.passed("[")
        table = self.key(self.root, is_header=True)
        if entry:
            self.at += 1
            return table.part(len(table.parts), line)
        table.place = Place(table.place.layer, line)  # a header counts more than an earlier `[a.b.c]`
        return table

    def key(self, table: _Mark, is_header: bool = False) -> _Mark:
        """Read a key and the `=` or `]` after it; its mark."""
        while True:
            name, line = self.tokens[self.at]
            if name[0] in "\"'":
                name = tomllib.loads(f"name = {name}")["name"]
            table = table.part(name, line)
            self.at += 2
            if self.tokens[self.at - 1][0] != ".":
                return table
            if is_header:
                table = table.newest()

    def value(self, mark: _Mark) -> None:
        """Step over a value; marks the entries of lists and inline tables."""
        line = self.line
        if self.passed("["):
            while not self.passed("]"):
                self.value(mark.part(len(mark.parts), self.line))
                self.passed(",")
        elif self.passed("{"):
            while not self.passed("}"):
                self.value(self.key(mark))
                self.passed(",")
        elif self.word[0] in "\"'":
            self.at += 1
        else:  # several tokens: 1.5, or a date and a time
            while self.line == line and self.word not in {",", "]", "}"}:
                self.at += 1


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Tokens with the line on which they begin; the last is empty, on no line."""
    line, counted = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count("\n", counted, found.start())
        counted = found.start()
        if text[counted] != "#":
            yield found[0], line
    yield "", 0
