"""The commands of docs/tryton.md, against a real Tryton and with what they print."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import ROOT
from tryton_server import PASSWORD

PAGE = ROOT / "docs" / "tryton.md"


def test_the_tutorial(tryton: Any, tmp_path: Path) -> None:
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) > 4
    with tryton.server("tutorial") as base:
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "DAY": str(tmp_path),
            "TRYTON_URL": base,
            "TRYTON_PASSWORD": PASSWORD,
        }
        for block in blocks:
            command, _, expected = block.removeprefix("$ ").partition("\n")
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
            )
            same = doctest.OutputChecker().check_output(expected, done.stdout, doctest.ELLIPSIS)
            assert same, f"$ {command}\nexpected:\n{expected}\nactual:\n{done.stdout}{done.stderr}"
