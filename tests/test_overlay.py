"""Layers merge, every value knows its line, and every fault says where it is and what to do."""

from __future__ import annotations

import datetime as dt
import doctest
import itertools
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hcfin.overlay
from hcfin.errors import BooksError
from hcfin.overlay import Layer, Overlay, Place, overlay

Where = tuple[str | int, ...]


def parts(value: Any, path: Where = ()) -> Iterator[tuple[Where, Any]]:
    """Every path inside a value, with what is there."""
    if isinstance(value, dict | list):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, name), part
            yield from parts(part, (*path, name))


def marks(mark: Any, path: Where = ()) -> Iterator[Where]:
    for name, part in mark.parts.items():
        yield (*path, name)
        yield from marks(part, (*path, name))


def merged(*texts: str) -> Overlay:
    """Layers a.toml, b.toml, c.toml; checks that exactly what is in the data has a place of its own."""
    layers = overlay([Layer(f"{name}.toml", text) for name, text in zip("abc", texts, strict=False)])
    assert set(marks(layers._root)) == set(dict(parts(layers.data)))
    return layers


def problems(*texts: str) -> tuple[str, ...]:
    with pytest.raises(BooksError) as caught:
        merged(*texts)
    return tuple(caught.value.problems)


DEFAULT = """\
currency = "USD"
codes = [1, 2]

[chart]
cash = "1000"

[chart.deep]
keep = true

[[rules]]
name = "default one"

[[rules]]
name = "default two"
"""
MINE = """\
# our own books
codes = [3]
[[rules]]
name = "mine"
  [[rules.steps]]
  do = "it"
[chart]
fees = "6100"
deep.more = 1
"""


def test_tables_merge_lists_of_tables_go_in_front_and_the_rest_is_replaced() -> None:
    mine = {"name": "mine", "steps": [{"do": "it"}]}
    assert merged(DEFAULT, MINE).data == {
        "currency": "USD",
        "codes": [3],
        "chart": {"cash": "1000", "deep": {"keep": True, "more": 1}, "fees": "6100"},
        "rules": [mine, {"name": "default one"}, {"name": "default two"}],
    }


SET = """
b:1                      b:2 codes             b:2 codes.0         b:7 chart            a:1 currency
a:5 chart.cash           b:8 chart.fees        b:9 chart.deep      b:9 chart.deep.more  a:8 chart.deep.keep
b:3 rules                b:3 rules.0           b:4 rules.0.name    b:5 rules.0.steps.0  a:14 rules.2.name
b:6 rules.0.steps.0.do   a:10 rules.1
b:1 nothing   b:7 chart.absent.below   b:8 chart.fees.below   b:3 rules.0.absent   b:3 rules.9.name
"""


@pytest.mark.parametrize("told", re.split(r"\s{2,}|\n", SET.strip()))
def test_a_value_knows_who_set_it_and_an_absent_one_what_encloses_it(told: str) -> None:
    layer, line, path = re.fullmatch(r"(\w):(\d+) ?(.*)", told).groups()  # type: ignore[union-attr]
    names = [int(name) if name.isdigit() else name for name in path.split(".") if name]
    assert merged(DEFAULT, MINE).place(names) == Place(f"{layer}.toml", int(line))


def test_three_layers_keep_the_last_rules_first() -> None:
    three = merged(*(f'\n[[rules]]\nby = "{name}"\n' for name in "abc"))
    assert [rule["by"] for rule in three.data["rules"]] == ["c", "b", "a"]
    assert [three.place(["rules", nth, "by"]).layer for nth in range(3)] == ["c.toml", "b.toml", "a.toml"]


def test_other_values_and_empty_lists_replace_and_empty_layers_add_nothing() -> None:
    assert merged("[[rules]]\nx = 1", "rules = []").data == {"rules": []}
    assert merged("rules = []", "[[rules]]\nx = 1").data == {"rules": [{"x": 1}]}
    assert merged("x = 1", "x = [1, 2]").data == {"x": [1, 2]}
    assert overlay([]).data == {}
    assert (merged("", "# none\n").data, merged("", "").place(["x"])) == ({}, Place("b.toml", 1))


def test_a_problem_shows_the_line_if_there_is_one_and_the_remedy() -> None:
    books = merged(DEFAULT, MINE)
    assert books.problem(["chart", "deep", "more"], "unknown name", "Did you mean `keep`?\nSee docs.") == (
        "b.toml:9: unknown name\n  9 | deep.more = 1\n  Did you mean `keep`?\n  See docs."
    )
    assert books.problem_at(Place("a.toml", 1), "why") == 'a.toml:1: why\n  1 | currency = "USD"'
    assert merged("").problem(["x"], "x is missing", "Add x.") == "a.toml:1: x is missing\n  Add x."


def test_excerpts_are_short_and_hold_no_control_characters() -> None:
    long = merged(f"  x = 1{' ' * 200}# y\n\ty\t= 2\nz = '''\u2028'''")
    shown = long.excerpt(Place("a.toml", 1))
    assert (len(shown), shown[-1], long.excerpt(Place("a.toml", 2))) == (100, "…", "y = 2")
    assert long.place(["z"]).line == 3
    nowhere = (Place("a.toml", 0), Place("a.toml", 4), Place("b.toml", 1))
    assert [long.excerpt(place) for place in nowhere] == ["", "", ""]


INVALID = [
    ("x = 1\nar payer = 2", "2: a name without `=`\n  2 | ar payer = 2\n  Write name = value; a name"),
    ("x = 1\n\n x = 2\ny = 3\n", "3: this name has a value already\n  3 | x = 2\n  Keep one of the two."),
    ("x = {a = 1, a = 2}", "1: this name has a value already"),
    ("[x]\n[x]\n", "2: this table is written already\n  2 | [x]\n  Put its keys under the first header"),
    ("[x.y]\n[x]\ny.z = 1\n", "3: this table is written already"),
    ("cash = 01-20", "1: something is left over on this line"),
    ("[x\ny = 1", "1: this header is not closed"),
    ("x = [1,\ny = 2", "2: no value that TOML knows"),
    ("x = [1,\n\n", "1: no value that TOML knows"),
    ("x = True", "1: no value that TOML knows"),
    ("x = 2026-02-30", "1: there is no such date or time"),
    ("$ = 1", "1: a name is expected here"),
    ("x = [1 2]", "1: a list is not closed"),
    ("x = {a = 1\ny = 2", "1: `{` is not closed on its line"),
    ('x = "a\ny = 1', '1: a text in quotes is not closed\n  1 | x = "a\n  Close it with the quotes'),
    ("x = 'a\ny = 'b'", "1: a text in quotes is not closed"),
    ("x = 1\ny = 'a\nz = 1\n", "2: a text in quotes is not closed"),
    ("x = '''a'''\ny = '''\na\n'b'\n", "2: a text in quotes is not closed"),
    ('x = """a"""\ny = """\na\n"b"\n', "2: a text in quotes is not closed"),
    ('x = """a"""\ny = "b', "2: a text in quotes is not closed"),
    (r'x = "C:\x"', "1: a backslash in a text in double quotes"),
    ('x = "\x1b[1m"', "1: Illegal character '\\x1b'\n  1 | x = \" [1m\""),
]


@pytest.mark.parametrize(("text", "told"), INVALID)
def test_invalid_toml_is_told_in_plain_words(text: str, told: str) -> None:
    (problem,) = problems(text)
    assert problem.replace("not valid TOML: ", "", 1).startswith(f"a.toml:{told}")


def test_what_has_no_line_is_told_without_one() -> None:
    assert problems("x = " + "1" * 5000, "x = " + "[" * 9000) == (
        "a.toml: not valid TOML: a number with too many digits",
        "b.toml: not valid TOML: too many lists or tables inside one another",
    )


def test_every_fault_is_told() -> None:
    assert [told[:9] for told in problems("x = ", "y = 1", "z = ")] == ["a.toml:1:", "c.toml:1:"]
    assert len(problems("x = 1\n[y]\nz = 1", "x.a = 1\n[y.z]", "y = 1")) == 3
    with pytest.raises(BooksError, match=r"^a\.toml: this name is given twice\n  Name each file once\.$"):
        overlay([Layer("a.toml", ""), Layer("a.toml", "")])


CLASHES = [
    ("[x]", "\nx = 1", "2: x is a plain value here, but a table", "Write the header [x] and its keys"),
    ("x = {}", "x = []", "1: x is a plain value here, but a table", "Write the header [x] and its keys"),
    ("[[x]]", "x = [1]", "1: x is a plain value here, but a list of tables", "Start each entry with [[x]]"),
    ("[[t.x]]", "[t.x]", "1: t.x is a table here, but a list of tables", "Start each entry with [[t.x]]"),
    (r'"\n"."" = 1', r'[["\n".""]]', r'1: "\n"."" is a list of tables here, but a plain value', 'Write "" ='),
]


@pytest.mark.parametrize(("low", "high", "told", "remedy"), CLASHES)
def test_one_name_keeps_one_shape(low: str, high: str, told: str, remedy: str) -> None:
    (problem,) = problems(low, high)
    first, excerpt, last = problem.splitlines()
    assert (first, excerpt[6:]) == (f"b.toml:{told} at a.toml:1", high.strip())
    assert last.startswith(f"  {remedy}")


def test_dotted_keys_may_nest_deeper_than_the_stack() -> None:
    path = ["a"] * 1500
    deep = ".".join(path)
    both = overlay([Layer("a", f"{deep}.x = 1"), Layer("b", f"\n{deep}.y = 2")])
    assert [both.place([*path, name]) for name in "xy"] == [Place("a", 1), Place("b", 2)]


# Each with the line of every part, in the order of the data.
HARD = {
    "strings with brackets, hashes and quotes": (
        'a = "[x] # {"  # not [closed\n'
        "b = '[[ \"'\n"
        'c = "\\" = [\\\\"\n'
        "d = [ \"]\", ']', # ]\n  '#' ]\n"
        'e = {"}" = "{,", x = [\'}\']}\n'
        'f = ["","",\'\']\ng = "#"',
        [1, 2, 3, *(4, 4, 4, 5), *(6, 6, 6, 6), *(7, 7, 7, 7), 8],
    ),
    "strings over several lines": (
        'a = """\n[no]\nx = 1 # "" \\""" \\\n  y = \'\'\'\n"""""\n'
        "b = '''\n[[no]]\n\\'' \"\"\"\n'''''\n"
        "c = \"\"\"\"\"\"\nd = ''''''\n"
        "e = [\"\"\"\n]\"\"\", '''\n#''', 1]\nf = 1",
        [1, 6, 10, 11, *(12, 12, 13, 14), 15],
    ),
    "quoted and dotted keys": (
        '"a.b" = 1\n'
        '\'c d\'.e . "f\\u0041\\"" = 2\n'
        '[ "x.y" . z ] # [remark]\n'
        "'' = 3\n1.2 = 4\n\"]\" = 5\n-.true = 6\n['[q]'.\"#\"]",
        [1, *(2, 2, 2), *(3, 3, 4, 5, 5, 6, 7, 7), *(8, 8)],
    ),
    "lists of tables inside lists of tables": (
        "[[fruit]]\nname = 1\n[fruit.skin]\ncolour = 2\n[[fruit.kind]]\nname = 3\n[[fruit.kind]]\n"
        "name = 4\n[fruit.kind.soil]\nph = 5\n[[fruit]]\n[[fruit.kind]]\nname = 6\n",
        [1, *(1, 2, 3, 4, *(5, 5, 6, 7, 8, 9, 10)), *(11, 12, 12, 13)],
    ),
    "a header counts more than an earlier mention": ("[a.b]\n[a]\nx.y = 1\nx.z = 2\n", [2, 1, *(3, 3, 4)]),
    "lists over several lines": (
        "rules = [ # first\n  { at = 2026-01-31 10:00:00, name = 1 },\n\n  { name = 2, steps = [\n"
        "      [ 1.5, -2e+3 ],\n      { do.it = 1979-05-27T07:32:00-08:00 }\n"
        "  ], end = 0xf } # ,\n  ,\n]\nwhen = 07:32:00.5\nother = -inf\n",
        [1, *(2, 2, 2), *(4, 4, 4, *(5, 5, 5), *(6, 6, 6), 7), 10, 11],
    ),
    "Windows": ('\ufeffa = """\r\nx\r\n"""\r\n\r\n[t] # remark\r\nb = [\r\n1]\r\n', [1, 5, 6, 7]),
}


@pytest.mark.parametrize("case", HARD)
def test_lines_of_hard_cases(case: str) -> None:
    text, expected = HARD[case]
    one = merged(text)
    assert one.data == tomllib.loads(text.removeprefix("\ufeff"))
    assert [one.place(path).line for path, _ in parts(one.data)] == expected


class Writer:
    """Writes a document in styles that are drawn, and notes the line of each path."""

    def __init__(self, draw: Callable[..., Any], document: dict[str, Any]) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[Where, int] = {}
        self.table(document, ())

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def note(self, *path: str | int) -> None:
        self.lines.setdefault(path, self.text.count("\n") + 1)

    def string(self, value: str, long: bool = True) -> str:
        escaped = re.sub(r'[\x00-\x1f\x7f"\\]', lambda found: f"\\u{ord(found[0]):04x}", value)
        styles = [f'"{escaped}"']
        if not re.search(r"[\x00-\x08\x0a-\x1f\x7f']", value):
            styles.append(f"'{value}'")
        if long and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]|'''", value):
            styles.append(f"'''\n{value}'''")
        if long and not re.search(r"[\x00-\x08\x0b-\x1f\x7f\\]", value):
            styles.append('"""\n' + value.replace('"""', '""\\"') + '"""')
        return str(self.one_of(*styles))

    def key(self, *names: str | int) -> str:
        keys = [name for name in names if isinstance(name, str)]
        written = [key if re.fullmatch("[a-z0-9-]+", key) else self.string(key, long=False) for key in keys]
        return str(self.one_of(".", " . ")).join(written)

    def value(self, value: Any, path: Where) -> None:
        if isinstance(value, dict):
            for nth, (key, part) in enumerate(value.items()):
                self.text += ", " if nth else "{"
                self.note(*path, key)
                self.text += self.key(key) + "="
                self.value(part, (*path, key))
            self.text += "}" if value else "{ }"
        elif isinstance(value, list):
            self.text += "["
            for nth, part in enumerate(value):
                self.text += self.one_of("", " ", "\n", " # ] ' \n\n\t")
                self.note(*path, nth)
                self.value(part, (*path, nth))
                self.text += self.one_of(",", "\n,", " # }\n ,")
            self.text += self.one_of("", "\n", '# """\n') + "]"
        elif isinstance(value, str):
            self.text += self.string(value)
        elif isinstance(value, dt.date | dt.time):
            self.text += value.isoformat().replace("T", self.one_of("T", " "))
        else:
            self.text += repr(value).lower()

    def assign(self, keys: Where, value: Any, table: Where) -> None:
        """Write `a.b = value`, or each part of a table under a longer dotted key."""
        if isinstance(value, dict) and value and self.draw(st.booleans()):
            for key, part in value.items():
                self.assign((*keys, key), part, table)
            return
        for end in range(1, len(keys) + 1):
            self.note(*table, *keys[:end])
        self.text += self.key(*keys) + self.one_of("=", "\t= ")
        self.value(value, (*table, *keys))
        self.text += self.one_of("\n", "\n\n", " # [x] = '\n", '\n# y = """ \n \t')

    def table(self, table: dict[str, Any], path: Where) -> None:
        """Write what is in a table: plain values first, then what has headers of its own."""
        below = []
        for key, value in table.items():
            entries = value if isinstance(value, list) else [value]
            headed = entries and all(isinstance(entry, dict) for entry in entries)
            if headed and self.draw(st.booleans()):
                below.append(((*path, key), value))
            else:
                self.assign((key,), value, path)
        for here, value in below:
            self.note(*here)
            for nth, entry in enumerate(value if isinstance(value, list) else [value]):
                inside = (*here, nth) if isinstance(value, list) else here
                self.note(*inside)
                self.text += f"[[{self.key(*here)} ]]" if isinstance(value, list) else f"[ {self.key(*here)}]"
                self.text += self.one_of("\n", " # [[x]]\n")
                self.table(entry, inside)


TEXTS = st.text("ab1-. \n\t\"'\\#[]{}=,", max_size=6) | st.text(max_size=4)
MOMENTS = st.dates() | st.times() | st.datetimes(timezones=st.sampled_from([None, dt.UTC]))
SCALARS = TEXTS | MOMENTS | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.booleans()


def documents(keys: st.SearchStrategy[str], leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    values = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
    )
    return st.dictionaries(keys, values, max_size=4)


@given(documents(TEXTS, SCALARS), st.booleans(), st.data())
def test_every_value_of_any_document_knows_its_line(
    document: dict[str, Any], windows: bool, data: st.DataObject
) -> None:
    writer = Writer(data.draw, document)
    one = merged(writer.text.replace("\n", "\r\n") if windows else writer.text)
    assert one.data == document
    assert set(dict(parts(document))) == set(writer.lines)
    assert {path: one.place(path).line for path in writer.lines} == writer.lines


NUMBERS = itertools.count()
NUMBERED = documents(st.sampled_from("abc"), st.builds(lambda: next(NUMBERS)))


@given(st.lists(NUMBERED, min_size=2, max_size=3), st.data())
def test_every_value_of_any_layers_knows_its_layer(layers: list[Any], data: st.DataObject) -> None:
    texts, written = [], dict[int, Place]()
    for name, layer in zip("abc", layers, strict=False):
        writer = Writer(data.draw, layer)
        texts.append(writer.text)
        last = {number: path for path, number in parts(layer) if isinstance(number, int)}
        written |= {number: Place(f"{name}.toml", writer.lines[path]) for number, path in last.items()}
    try:
        found = merged(*texts)
    except BooksError as clash:
        if all(" here, but " in problem for problem in clash.problems):
            return
        raise
    kept = {number: found.place(path) for path, number in parts(found.data) if isinstance(number, int)}
    assert last.keys() <= kept.keys()
    assert kept.items() <= written.items()


@given(st.text("[]{}=.,#\"'\\\n\r\t ab10-:T", max_size=60))
def test_any_text_is_merged_or_refused_with_its_name(text: str) -> None:
    try:
        merged(text)
    except BooksError as refusal:
        if not all(problem.startswith("a.toml:") for problem in refusal.problems):
            raise


def test_the_examples_hold() -> None:
    assert doctest.testmod(hcfin.overlay).failed == 0
