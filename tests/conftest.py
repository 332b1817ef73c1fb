"""Fixtures are files: a new case is a new folder and no code. `pytest --accept` rewrites what is expected;
read the difference before you commit it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
NO_ERP = "ERP: "

settings.register_profile(
    "hcfin", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# What decides whether a change lands must not depend on luck: CI draws the same examples each time. Looking
# for new ones is for every other run, and for the nightly profile.
settings.register_profile("hcfin-ci", parent=settings.get_profile("hcfin"), derandomize=True)
settings.register_profile("hcfin-nightly", parent=settings.get_profile("hcfin"), max_examples=20_000)
settings.load_profile(os.environ.get("HCFIN_PROFILE") or ("hcfin-ci" if os.environ.get("CI") else "hcfin"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="Rewrite the expected files of fixtures.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "corpus: needs the folder of real files beside the repository")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Which ERP the tests spoke to, as the test that met it says (also from another process), or why none."""
    passed, skipped = (terminalreporter.stats.get(outcome, ()) for outcome in ("passed", "skipped"))
    told = {value for one in passed for name, value in one.user_properties if name == "erp"}
    reasons = (str(one.longrepr[2]) for one in skipped if isinstance(one.longrepr, tuple))
    told |= {reason.partition(NO_ERP)[2] for reason in reasons if NO_ERP in reason}
    for erp in sorted(told):
        terminalreporter.write_line(f"ERP: {erp}")


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[Path, Any], None]:
    """Compare a JSON value, or a text, with a file; with --accept, write the file instead."""

    def compare(path: Path, actual: Any) -> None:
        text = actual if isinstance(actual, str) else json.dumps(actual, indent=2, ensure_ascii=False) + "\n"
        if request.config.getoption("--accept"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run pytest --accept and read what it writes"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real files; tests that need it are skipped where it is absent."""
    folder = ROOT.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip("the corpus is not here")
    return folder


@pytest.fixture(scope="session")
def tryton() -> Iterator[Any]:
    """A real Tryton: databases and servers of this run; tests that need it are skipped where it is absent."""
    import tryton_server

    try:
        found = tryton_server.Tryton()
    except tryton_server.NotHereError as missing:
        pytest.skip(f"{NO_ERP}none, {missing}")
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(scope="session")
def provisioned(tryton: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings that fit its database `books`, which has all records of the day's books and no move."""
    import tryton_days

    return tryton_days.provisioned_in(tryton, tmp_path_factory.mktemp("books"))
