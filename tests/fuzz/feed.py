"""What mutations start from: 835s and 837s in balance with planted patient data, in many envelopes and
delimiters."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from types import ModuleType

from fuzz.ordeal import ROOT, SEEDS, SENTINEL

KEPT = 2048
_LONGEST_FILE = 6_000
_DELIMITERS = (
    ("*", ":", "^", "~"), ("*", ":", "^", "~"), ("*", ">", "^", "~"), ("|", ":", "^", "~"),
    ("*", ":", "^", "\n"), ("*", "<", "!", "'"), ("\x1d", "\x1f", "\x1e", "\x1c"), ("*", ":", "^", "\r"),
)  # fmt: skip
_LINE_ENDS = ("\n", "", "\r\n")


@cache
def _generate(name: str = "generate") -> ModuleType:
    """A generator of the benchmarks, which are no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)  # one imports the other
    spec.loader.exec_module(module)
    return module


@cache
def _files() -> tuple[bytes, ...]:
    """Small fixtures and seeds."""
    paths: list[Path] = sorted(ROOT.glob("fixtures/*/*/input.edi")) + sorted(
        ROOT.glob("fixtures/*/*/*/input.edi")
    )
    paths += sorted(SEEDS.glob("*.edi"))
    return tuple(data for data in map(Path.read_bytes, paths) if len(data) <= _LONGEST_FILE)


@lru_cache(KEPT)
def original(number: int) -> bytes:
    """The file of that number, always the same: of four, two are generated 835s and one an 837, one is a
    fixture or seed."""
    random = Random(number)  # noqa: S311 - reproducible, not secret
    if number % 4 == 3:
        return random.choice(_files())
    return generated_claims(random) if number % 4 == 2 else generated(random)


def generated(random: Random) -> bytes:
    """One to four balanced sets of one to thirty claims in one or two interchanges."""
    maker = _generate()
    feed = maker.Feed(random.randrange(1 << 30))
    feed.number = random.randrange(1000)
    count = random.choice((1, 1, 1, 1, 2, 4))
    sets = [
        "".join(
            f"{segment}~\n"
            for segment in maker.transaction_set(number, [feed.claim() for _ in range(_claims(random))])
        )
        for number in range(1, count + 1)
    ]
    text = _enveloped(sets) if random.random() < 0.8 else "".join(_enveloped([one]) for one in sets)
    return _delimited(random, _planted(text)).encode("ascii")


def generated_claims(random: Random) -> bytes:
    """One or two sets of one to thirty claims, professional or institutional."""
    _generate()
    maker = _generate("generate_837")
    feed = maker.ClaimFeed(random.randrange(1 << 30), institutional=random.random() < 0.4)
    feed.number = random.randrange(1000)
    sets = [
        "".join(
            f"{segment}~\n"
            for segment in maker.transaction_set(number, feed, (feed.claim() for _ in range(_claims(random))))
        )
        for number in range(1, random.choice((2, 2, 2, 3)))
    ]
    start = maker.envelope(maker.VERSIONS[feed.institutional])
    return _delimited(random, _planted(_enveloped(sets, start))).encode("ascii")


def _claims(random: Random) -> int:
    """Mostly one or two: what is small is quick, and every damage hits something that matters."""
    return random.randint(1, 30) if random.random() < 0.05 else min(30, 1 + int(random.expovariate(1)))


def _enveloped(sets: list[str], envelope: tuple[str, str] | None = None) -> str:
    start = "".join(f"{segment}~\n" for segment in envelope or _generate().ENVELOPE)
    return f"{start}{''.join(sets)}GE*{len(sets)}*1~\nIEA*1*000000001~\n"


def _planted(text: str) -> str:
    """Accounts, names and member numbers begin with the sentinel."""
    for before in ("ACCT-", "TESTPERSON", "*MI*TEST"):
        text = text.replace(before, f"*MI*{SENTINEL}" if before.startswith("*") else SENTINEL)
    return text


def _delimited(random: Random, text: str) -> str:
    element, component, repetition, terminator = random.choice(_DELIMITERS)
    ending = random.choice(_LINE_ENDS) if terminator not in "\r\n" else ""
    text = text.replace("~\n", "~")
    text = text.translate(str.maketrans("*:^~", element + component + repetition + terminator))
    return text.replace(terminator, terminator + ending) if ending else text
