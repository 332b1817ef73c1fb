"""Other readers of X12 and HL7 v2, each in a virtual environment of its own: their requirements conflict.

    python benchmarks/peers.py            # makes .bench/<peer>/, pinned; says what could not be installed
    python benchmarks/peers.py --list

Versions are pinned so that a table can be made again. `speed.py`, `speed_hl7.py` and `robustness.py` measure
the peers that are installed here and leave out the others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent / ".bench"
_DONE, _FAILED = "installed.txt", "not-installed.txt"


@dataclass(frozen=True)
class Peer:
    """A distribution on PyPI: name, version, and what else must be pinned to run it."""

    name: str
    version: str
    about: str
    more: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        return HOME / self.name.lower()

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    @property
    def requirements(self) -> tuple[str, ...]:
        return (f"{self.name}=={self.version}", *self.more)

    def installed(self) -> bool:
        """With these very versions."""
        done = self.folder / _DONE
        return done.exists() and done.read_text(encoding="utf-8").split() == list(self.requirements)


PEERS = {
    peer.name: peer
    for peer in (
        Peer("pyx12", "4.0.0", "guide validator, many sets"),
        Peer("oxedi", "0.6.0", "835 in Rust: tables, diagnostics, balances", ("polars==2.1.0",)),
        Peer("x12sdk", "2.2.0", "typed models, many sets", ("pydantic==2.14.3",)),
        Peer("linuxforhealth-x12", "0.57.0", "typed models, many sets (2022)", ("pydantic==1.10.27",)),
        Peer("openx12", "0.2.1", "835 and 837 to dictionaries"),
        Peer("edi-835-parser", "1.8.0", "835 to pandas", ("pandas==2.3.3",)),
        Peer("validedi", "0.4.0", "parser and rules, four sets", ("pydantic==2.14.3",)),
        Peer("x12-python", "0.1.0", "segments, envelope checks", ("pydantic==2.14.3",)),
        Peer("TigerShark", "0.3.4", "parsers made from pyx12's maps (2020)"),
        Peer("hl7", "0.4.5", "HL7 v2 as nested lists (python-hl7)"),
        Peer("hl7types", "0.9.5", "HL7 v2 as typed models", ("pydantic==2.14.3",)),
        Peer("hl7apy", "1.3.5", "HL7 v2 as a typed tree, validator"),
        Peer("fhirclient", "4.4.0", "FHIR R4 objects"),
        Peer("fhirpy", "2.3.1", "FHIR dicts and a client"),
    )
}


def install(peer: Peer) -> str:
    """Make the environment of a peer; empty, or why it cannot be."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(peer.folder)], check=True)
    command = [str(peer.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *peer.requirements], capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode == 0:
        (peer.folder / _DONE).write_text("\n".join(peer.requirements) + "\n", encoding="utf-8")
        return ""
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    reason = lines[-1] if lines else f"pip ended with {done.returncode}"
    (peer.folder / _FAILED).write_text(reason + "\n", encoding="utf-8")
    return reason


def versions(peer: Peer) -> dict[str, str]:
    """What is installed in the environment of a peer: distribution to version."""
    program = (
        "import json, importlib.metadata as m; "
        "print(json.dumps({d.metadata['Name']: d.version for d in m.distributions()}))"
    )
    done = subprocess.run([str(peer.python), "-c", program], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def problem(peer: Peer) -> str:
    """Why a peer cannot be measured; empty where it can."""
    log = peer.folder / _FAILED
    if log.exists():
        return log.read_text(encoding="utf-8").strip()
    return "" if peer.installed() else "not installed: run benchmarks/peers.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="peer", help="Only these.")
    parser.add_argument("--again", action="store_true", help="Make environments anew that exist.")
    parser.add_argument("--list", action="store_true", help="Install nothing.")
    options = parser.parse_args()
    failed = False
    for name in options.names or PEERS:
        peer = PEERS[name]
        if not options.list and (options.again or not peer.installed()):
            install(peer)
        reason = problem(peer)
        failed = failed or bool(reason)
        print(f"{' '.join(peer.requirements):50} {reason or 'installed'}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
