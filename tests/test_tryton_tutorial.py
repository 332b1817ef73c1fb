"""The commands of docs/tryton.md, against a real Tryton and with what they print."""

from __future__ import annotations

import contextlib
import doctest
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL
from typing import Any

from conftest import ROOT
from tryton_server import PASSWORD, python

PAGE = (ROOT / "docs" / "tryton.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def test_the_tutorial(tryton: Any, tmp_path: Path, record_property: Any) -> None:
    record_property("erp", tryton.name)
    commands = blocks("console")
    assert len(commands) > 4
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "TMPDIR": str(tmp_path),
    }
    step_one = _by_hand if tryton.programs else _by_fixture
    with step_one(tryton, environment) as shell:
        for block in commands:
            command, _, expected = block.removeprefix("$ ").partition("\n")
            done = subprocess.run(
                ["bash", "-c", command], cwd=ROOT, env=shell, capture_output=True, text=True, timeout=120
            )
            same = doctest.OutputChecker().check_output(expected, done.stdout, doctest.ELLIPSIS)
            assert same, f"$ {command}\nexpected:\n{expected}\nactual:\n{done.stdout}{done.stderr}"


@contextlib.contextmanager
def _by_hand(tryton: Any, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The first step as it is written, on PostgreSQL; yields the variables of its shell.

    Only the port is another one, and the environment may be elsewhere; `.ci/run` has made it by the page.
    """
    install, database = blocks("bash")
    assert "--group erp" in install
    for name in (".venv-erp/bin/", "127.0.0.1:8000"):
        assert name in database
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = database.replace(".venv-erp/bin/", f"{Path(python()).parent}/").replace(":8000", f":{port}")
    left = Path(environment["TMPDIR"]) / "left"
    postgres = {
        "PATH": os.pathsep.join([environment["PATH"], str(tryton.programs)]),
        "PGHOST": str(tryton.backend.folder),
        "PGUSER": "tryton",
        "LEFT": str(left),
    }
    done = subprocess.run(
        ["bash", "-e", "-c", f'{script}\nprintf "%s\\0" "$!" > $LEFT\nenv -0 >> $LEFT'],
        cwd=ROOT,
        env={**environment, **postgres},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    server, *variables = left.read_text(encoding="utf-8").rstrip("\0").split("\0")
    try:
        yield dict(one.split("=", 1) for one in variables)
    finally:
        os.kill(int(server), SIGKILL)


@contextlib.contextmanager
def _by_fixture(tryton: Any, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The first step is about PostgreSQL; without it the rest goes on in a database of the tests."""
    with tryton.server("tutorial") as base:
        yield {
            **environment,
            "DAY": environment["TMPDIR"],
            "TRYTON_URL": base,
            "TRYTON_PASSWORD": PASSWORD,
        }
