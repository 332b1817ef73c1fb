"""The house: import time, layers, and that a new target or standard is one file or folder."""

from __future__ import annotations

import csv
import importlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import grimp
import pytest
from pydantic import BaseModel

import cases
import hcfin
import hcfin.erp
from hcfin import discover
from hcfin.errors import UnknownNameError
from hcfin.finance import base, journal, receivable
from hcfin.model import is_phi

HEAVY = ("pydantic", "lxml", "fhir", "hl7apy", "pyx12", "hypothesis", "click", "asyncio", "sqlite3")


def _modules_after(statement: str) -> set[str]:
    program = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    # Without the variables by which coverage starts in child processes: it brings modules of its own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


def test_import_hcfin_is_light() -> None:
    assert not _modules_after("import hcfin").intersection(HEAVY)


def test_strict_validators_are_imported_only_when_used() -> None:
    used = (
        "import hcfin; b = hcfin.load_books(); "
        f"hcfin.translate({str(cases.FIXTURES / 'x12/remittance_835/worked_r1/input.edi')!r}, b, "
        "to='netsuite', context=hcfin.Context(keys=hcfin.DEMO_KEYS))"
    )
    assert not _modules_after(used).intersection({"lxml", "fhir", "hl7apy", "pyx12", "hypothesis", "click"})


def test_public_names_resolve() -> None:
    for name in hcfin.__all__:
        assert getattr(hcfin, name) is not None
    assert set(hcfin.__all__) <= set(dir(hcfin))
    with pytest.raises(AttributeError):
        _ = hcfin.nosuch


def test_functions_stay_functions_whatever_was_imported() -> None:
    """No submodule has the name of a public function."""
    program = (
        "import hcfin.files, hcfin.posting, hcfin.translation, hcfin.explanation, hcfin; "
        "assert all(callable(getattr(hcfin, n)) for n in ('read', 'post', 'render', 'translate', 'explain'))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_layers() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool, "--no-cache"], cwd=cases.FIXTURES.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", ["hcfin.erp", "hcfin.standards"])
def test_siblings_do_not_import_one_another(package: str) -> None:
    graph = grimp.build_graph("hcfin", cache_dir=None)
    names = discover.names(package)
    for one in names:
        for other in names:
            if one != other:
                assert not graph.chain_exists(f"{package}.{one}", f"{package}.{other}", as_packages=True)


def test_no_erp_is_imported() -> None:
    """Tryton is GPL: hcfin speaks to it over HTTP, or rather leaves that to its caller."""
    graph = grimp.build_graph("hcfin", include_external_packages=True, cache_dir=None)
    assert not {"trytond", "proteus", "beancount"} & graph.modules
    assert "pydantic" in graph.modules, "others are seen"


def test_no_patient_data_in_finance_documents() -> None:
    for module in (base, journal, receivable):
        for model in vars(module).values():
            if isinstance(model, type) and issubclass(model, BaseModel):
                assert not any(is_phi(field) for field in model.model_fields.values())


SECOND_TARGET = '''
"""A target in one file."""
from hcfin.erp import Capabilities, Payload, Rendering, Target

def render(documents, settings):
    return Rendering(tuple(
        Payload("postcards", "card", d.id, "MAIL", "/", f"{settings['greeting']} {d.totals()['debit']}")
        for d in documents if not d.memo
    ))

CAPABILITIES = Capabilities(("journal_entry",), False, "document")
TARGET = Target("postcards", dict, CAPABILITIES, render, lambda status, body: ())
'''


def test_a_second_target_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postcards.py").write_text(SECOND_TARGET, encoding="utf-8")
    monkeypatch.setattr(hcfin.erp, "__path__", [*hcfin.erp.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    assert "postcards" in discover.names("hcfin.erp")
    result = hcfin.translate(
        cases.FIXTURES / "x12" / "remittance_835" / "worked_r1" / "input.edi",
        hcfin.load_books(),
        to="postcards",
        settings={"greeting": "booked"},
        context=hcfin.Context(keys=hcfin.DEMO_KEYS),
    )
    assert [payload.body for payload in result.payloads] == ["booked 2852.80"]
    sys.modules.pop("hcfin.erp.postcards")


def test_another_distribution_may_bring_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    class Entry:
        name = "elsewhere"

        def load(self) -> str:
            return "its target"

    monkeypatch.setattr(discover, "entry_points", lambda **_: [Entry()])
    assert "elsewhere" in discover.names("hcfin.erp")
    assert discover.load("hcfin.erp", "elsewhere", "TARGET") == "its target"


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="known: beancount, cxml, netsuite"):
        discover.load("hcfin.erp", "nosuch", "TARGET")
    with pytest.raises(UnknownNameError):
        discover.load("hcfin.erp", "_chunks", "TARGET")


def test_every_issue_is_listed_once() -> None:
    tables = Path(hcfin.__file__).parent.rglob("issues.csv")
    texts = [table.read_text(encoding="utf-8").splitlines() for table in tables]
    listed = Counter(row["code"] for lines in texts for row in csv.DictReader(lines))
    assert listed.total() > 400
    assert [code for code, times in listed.items() if times > 1] == []
