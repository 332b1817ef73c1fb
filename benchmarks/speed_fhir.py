"""FHIR speed: ours beside plain json and other libraries, in CPU seconds, measured in one run.

    python benchmarks/peers.py fhirclient fhirpy          # once: the others' environments
    python benchmarks/speed_fhir.py                       # an ExplanationOfBenefit of 27 KB, again and again
    python benchmarks/speed_fhir.py --write-docs docs/speed.md

Each way of reading runs in a process of its own, in the environment of its library, on the same invented
resource, and all of them in turns, three times, so that a busy moment of the machine does not meet one of
them alone; the figure is the best of all rounds. `json` and fhirpy only build dicts; fhir.resources and
fhirclient build objects and make no facts of them; `hcfin: facts` reads, checks balances and makes facts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

SIZE = 27_000
TIMES, ROUNDS, ENOUGH = 3, 3, 0.5
# What is timed, and in which environment; empty: this one.
MODES = {
    "json": "",
    "json, Decimal": "",
    "hcfin: json": "",
    "hcfin: facts": "",
    "hcfin: facts of NDJSON": "",
    "fhir.resources: models": "",
    "fhirclient: models": "fhirclient",
    "fhirpy: dicts": "fhirpy",
}


def coded(system: str, code: str, local: str = "") -> dict[str, Any]:
    told = [(f"http://terminology.hl7.org/CodeSystem/{system}", code)]
    if local:
        told.append(("https://example.org/fhir/categories", local))
    return {"coding": [{"system": at, "code": one, "display": one.title()} for at, one in told]}


def amount(code: str, cents: int, local: str = "") -> dict[str, Any]:
    value = Decimal(cents).scaleb(-2)
    return {"category": coded("adjudication", code, local), "amount": {"value": value, "currency": "USD"}}


def item(number: int) -> dict[str, Any]:
    """A line of 200.00: 120.00 eligible, 20.00 copay, 10.00 deductible, 90.00 paid."""
    cents = 20_000 + number
    return {
        "sequence": number,
        "careTeamSequence": [1],
        "revenue": coded("ex-revenue-center", "0370"),
        "productOrService": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99214"}]},
        "servicedPeriod": {"start": "2026-11-19", "end": "2026-11-19"},
        "locationCodeableConcept": coded("ex-serviceplace", "01"),
        "quantity": {"value": 1},
        "net": {"value": Decimal(cents).scaleb(-2), "currency": "USD"},
        "adjudication": [
            amount("submitted", cents, "billed"),
            amount("eligible", 12_000, "allowed"),
            amount("copay", 2_000, "patient_share"),
            amount("deductible", 1_000, "patient_deductible"),
            amount("benefit", 9_000, "plan_paid"),
        ],
    }


def told(number: int) -> dict[str, Any]:
    """Something that a payer tells beside the money, under the long names that payers give it."""
    url = f"https://example.org/fhir/StructureDefinition/claim-processing-indicator-{number:02d}-code"
    return {
        "sequence": number,
        "extension": [{"url": url, "valueCoding": {"system": url, "code": "A", "display": "As it was sent"}}],
        "category": coded("claiminformationcategory", "info", f"indicator-{number:02d}"),
        "code": coded("claim-exception", "other", f"indicator-{number:02d}-value"),
        "timingDate": "2026-11-19",
    }


def benefit(size: int, *, dense: bool = False) -> bytes:
    """An ExplanationOfBenefit of about that many bytes, about nobody: three lines and much information beside
    them, as in the claims data of Medicare; or, dense, lines alone."""
    from hcfin.wire.json import dumps

    lines = [] if dense else [item(number) for number in (1, 2, 3)]
    info: list[dict[str, Any]] = []
    while True:
        if dense:
            lines.append(item(len(lines) + 1))
        else:
            info.append(told(len(info) + 1))
        charged = sum((line["net"]["value"] for line in lines), Decimal(0))
        paid = Decimal(90 * len(lines)).quantize(Decimal("0.01"))
        data = dumps(
            {
                "resourceType": "ExplanationOfBenefit",
                "id": "benefit-1",
                "identifier": [{"system": "urn:oid:2.999.11", "value": "ICN0001"}],
                "status": "active",
                "type": coded("claim-type", "professional"),
                "use": "claim",
                "patient": {"reference": "Patient/testperson"},
                "created": "2026-12-01",
                "insurer": {"reference": "Organization/payer", "display": "TEST HEALTH PLAN"},
                "provider": {"reference": "Organization/clinic", "display": "TEST CLINIC"},
                "outcome": "complete",
                **({} if dense else {"supportingInfo": info}),
                "careTeam": [{"sequence": 1, "provider": {"reference": "Practitioner/one"}}],
                "insurance": [{"focal": True, "coverage": {"reference": "Coverage/one"}}],
                "item": lines,
                "total": [amount("submitted", int(charged * 100)), amount("benefit", int(paid * 100))],
                "payment": {"date": "2026-12-03", "amount": {"value": paid, "currency": "USD"}},
            },
            numbers="number",
        ).encode()
        if len(data) >= size:
            return data


def ways(mode: str, data: bytes) -> tuple[Callable[[], object], int]:
    """What one round does, and how many resources it reads."""
    if mode == "json":
        return lambda: json.loads(data), 1
    if mode == "json, Decimal":
        return lambda: json.loads(data, parse_float=Decimal), 1
    if mode == "hcfin: json":
        from hcfin.wire import json_reader

        return lambda: json_reader.loads(data), 1
    if mode.startswith("hcfin: facts"):
        import hcfin

        many = 50 if mode.endswith("NDJSON") else 1
        text = b"\n".join([data] * many)
        facts = sum(1 for _ in hcfin.iter_facts(text))
        if facts < 2 * many:
            raise SystemExit("facts are missing")
        return lambda: sum(1 for _ in hcfin.iter_facts(text)), many
    if mode == "fhir.resources: models":
        from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit

        return lambda: ExplanationOfBenefit.model_validate_json(data), 1
    if mode == "fhirclient: models":
        from fhirclient.models.explanationofbenefit import ExplanationOfBenefit as Model

        return lambda: Model(json.loads(data)), 1
    from fhirpy import SyncFHIRClient

    client = SyncFHIRClient("https://example.org/fhir")
    return lambda: client.resource("ExplanationOfBenefit", **json.loads(data)), 1


def timed(mode: str, file: Path) -> float:
    """Resources a CPU second: the best of some rounds, after one that pays for imports."""
    run, many = ways(mode, file.read_bytes())
    run()
    best = 0.0
    for _ in range(ROUNDS):
        count, start = 0, time.process_time()
        while time.process_time() - start < ENOUGH:
            run()
            count += many
        best = max(best, count / (time.process_time() - start))
    return best


def measured(size: int, *, dense: bool) -> tuple[int, dict[str, float | str]]:
    """Resources a second by way of reading, or why there are none; and the bytes of the resource."""
    from peers import PEERS, problem

    rates: dict[str, float | str] = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "benefit.json"
        file.write_bytes(benefit(size, dense=dense))
        for mode, name in list(MODES.items()) * TIMES:
            why = problem(PEERS[name]) if name else ""
            if not why:
                python = str(PEERS[name].python) if name else sys.executable
                command = [python, __file__, "--timed", mode, str(file)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    why = (done.stderr.strip().splitlines() or ["?"])[-1][:100]
            known = rates.get(mode, 0.0)
            rates[mode] = why or max(float(done.stdout), 0.0 if isinstance(known, str) else known)
            print(f"{mode}: {rates[mode]}", file=sys.stderr, flush=True)
        return file.stat().st_size, rates


def heading() -> str:
    from importlib.metadata import version

    import hcfin
    from peers import PEERS
    from speed import hardware

    known = [f"hcfin {hcfin.__version__}", f"fhir.resources {version('fhir.resources')}"]
    known += [f"{name} {PEERS[name].version}" for name in MODES.values() if name]
    return f"Measured: {hardware()}; {', '.join(known)}."


def table(size: int, rates: dict[str, float | str]) -> str:
    ours = rates["hcfin: facts"]
    lines = [f"| {size:,} bytes | resources a second | `hcfin: facts` is |", "|---|---:|---:|"]
    for mode, rate in rates.items():
        if isinstance(rate, str):
            lines.append(f"| {mode} | {rate} | |")
        else:
            times = f"{ours / rate:.2g} ×" if isinstance(ours, float) else ""
            lines.append(f"| {mode} | {rate:,.0f} | {times} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=SIZE, metavar="BYTES")
    parser.add_argument("--timed", nargs=2, metavar=("MODE", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--write-docs", type=Path, metavar="PAGE", help="Put the table into this page.")
    options = parser.parse_args()
    if options.timed:
        print(timed(options.timed[0], Path(options.timed[1])))
        return
    text = "\n\n".join(
        [
            heading(),
            "An ExplanationOfBenefit of three lines and much beside them, as in the claims data of Medicare:",
            table(*measured(options.size, dense=False)),
            "One of lines alone, whose every second byte is about an amount:",
            table(*measured(options.size, dense=True)),
        ]
    )
    if options.write_docs:
        import docs

        docs.put(options.write_docs, "fhir", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
