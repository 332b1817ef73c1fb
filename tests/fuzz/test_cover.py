"""Which inputs are worth keeping."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from fuzz import cover, ordeal

_A, _B, _C = (("one.py", 0, 1), ("one.py", 1, 2), ("two.py", 0, 7))


def test_the_fewest_small_inputs_that_reach_everything() -> None:
    inputs = {
        b"all, but long" * 500: frozenset((_A, _B, _C)),
        b"a and b": frozenset((_A, _B)),
        b"b": frozenset((_B,)),
        b"c": frozenset((_C,)),
        b"nothing": frozenset[tuple[str, int, int]](),
    }
    assert cover.cover(inputs, frozenset()) == [b"a and b", b"c"]
    assert cover.cover(inputs, frozenset((_A, _B))) == [b"c"]
    assert cover.cover(inputs, frozenset((_A, _B, _C))) == []


def test_another_way_through_the_code_is_kept(tmp_path: Path) -> None:
    corpus, kept = tmp_path / "corpus", tmp_path / "kept"
    corpus.mkdir()
    kept.mkdir()
    clean = (ordeal.SEEDS / "clean.edi").read_bytes()
    (kept / "clean.edi").write_bytes(clean)
    (corpus / "same").write_bytes(clean)
    (corpus / "other").write_bytes(b"NOT X12")
    (corpus / "long").write_bytes(b"ISA" + b" " * 5000)
    done = CliRunner().invoke(cover.main, [str(corpus), str(kept)])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("1 of 2 inputs, 7 bytes")
    assert sorted(path.read_bytes() for path in kept.iterdir()) == sorted((clean, b"NOT X12"))
