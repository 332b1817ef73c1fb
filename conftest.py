"""Runs the examples of README and docs: Python blocks as they stand, `console` blocks as commands.

A `console` block holds `$ command` lines and what they print; `...` stands for anything. Commands run in the
repository, with this environment's programs first.
"""

from __future__ import annotations

import doctest
import os
import subprocess
import sys
from pathlib import Path

from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

ROOT = Path(__file__).parent


def run_console(example: Example) -> str | None:
    """Run the commands of a block and compare what they print, standard error included."""
    wanted: list[tuple[str, list[str]]] = []
    for line in example.parsed.splitlines():
        if line.startswith("$ "):
            wanted.append((line[2:], []))
        elif wanted:
            wanted[-1][1].append(line)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for command, lines in wanted:
        done = subprocess.run(  # noqa: S602 - the commands are those of our own documentation
            command,
            shell=True,
            cwd=ROOT,
            env={**os.environ, "PATH": path, "COLUMNS": "110"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        expected = "\n".join(lines).strip() + "\n"
        actual = done.stdout.strip() + "\n"
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if lines and not doctest.OutputChecker().check_output(expected, actual, flags):
            return f"$ {command}\nexpected:\n{expected}\nactual:\n{actual}"
        if not lines and done.returncode not in (0, 1):
            return f"$ {command}\nended with {done.returncode}:\n{actual}"
    return None


def in_root(namespace: dict[str, object]) -> None:
    """Examples name files relative to the repository."""
    namespace["_before"] = Path.cwd()
    os.chdir(ROOT)


def back(namespace: dict[str, object]) -> None:
    os.chdir(str(namespace["_before"]))


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), CodeBlockParser(language="console", evaluator=run_console)],
    patterns=["*.md"],
    excludes=["CHANGELOG.md", "tryton.md"],  # tests/test_tryton_tutorial.py runs that page
    setup=in_root,
    teardown=back,
).pytest()
