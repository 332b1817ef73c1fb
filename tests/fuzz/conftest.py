"""The harness of atheris is a program: importing it needs atheris, which only the nightly run installs."""

import gc

import pytest

from fuzz import ordeal

collect_ignore = ["fuzz_x12.py"]


@pytest.fixture(autouse=True)
def this_process_runs_other_tests_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fuzzing process settles for good would hold for whatever is tested after it."""
    monkeypatch.setattr(ordeal, "prepare", gc.collect)  # does no harm, and can be sent to a worker
