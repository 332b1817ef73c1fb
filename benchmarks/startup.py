"""Start-up: `import hcfin` over bare Python, and a first translated message, in CPU milliseconds.

    python benchmarks/startup.py

Medians of fifteen processes, measured in one run so that they can be compared.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

FIXTURE = Path(__file__).parent.parent / "fixtures" / "x12" / "remittance_835" / "worked_r2" / "input.edi"
RUNS = 15
CASES = {
    "bare Python": "pass",
    "import hcfin": "import hcfin",
    "import pydantic (for comparison)": "import pydantic; pydantic.BaseModel",
    "first translated message": (
        f"import hcfin; hcfin.translate({str(FIXTURE)!r}, hcfin.load_books(), to='netsuite', "
        "context=hcfin.Context(keys=hcfin.DEMO_KEYS))"
    ),
}


def cpu_ms(program: str) -> float:
    """User and system time of one process."""
    before = os.times()
    subprocess.run([sys.executable, "-c", program], check=True)
    after = os.times()
    return 1000 * (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


def main() -> None:
    bare = 0.0
    print(f"{'':34} {'CPU ms':>8} {'over bare':>10}")
    for name, program in CASES.items():
        median = statistics.median(cpu_ms(program) for _ in range(RUNS))
        bare = bare or median
        print(f"{name:34} {median:8.1f} {median - bare:10.1f}")


if __name__ == "__main__":
    main()
