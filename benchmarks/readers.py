"""Reads one 835 with one library and prints what it found, as JSON. Runs in that library's environment.

    .bench/oxedi/bin/python benchmarks/readers.py oxedi file.edi

    {"claims": [{"id", "charged", "paid", "adjustments": [[group, reason, amount], …]}, …],
     "payments": [amount, …], "provider_adjustments": [amount, …], "problems": [what it reports, …]}
    or {"exception": name}

Imports nothing but the library. Amounts are text as the library has them. Each library is read through its
own front door: by path where it takes a path, else as text decoded as UTF-8, else as bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Found = dict[str, Any]
_SIX = range(1, 7)


def _claim(
    identifier: object, charged: object, paid: object, adjustments: Iterable[Iterable[object]]
) -> Found:
    return {
        "id": str(identifier),
        "charged": str(charged),
        "paid": str(paid),
        "adjustments": [[str(part) for part in adjustment] for adjustment in adjustments],
    }


def _found(
    claims: list[Found], payments: Iterable[object], adjustments: Iterable[object], problems: list[str]
) -> Found:
    return {
        "claims": claims,
        "payments": [str(payment) for payment in payments],
        "provider_adjustments": [str(amount) for amount in adjustments],
        "problems": problems,
    }


def _from_segments(segments: Iterable[list[str]], problems: list[str]) -> Found:
    """What a library says that gives segments: the elements are its own, the rest is trivial."""
    claims: list[Found] = []
    payments: list[str] = []
    provider_adjustments: list[str] = []
    for elements in segments:
        if elements[0] == "BPR":
            payments.append(elements[2])
        elif elements[0] == "CLP":
            claims.append(_claim(elements[1], elements[3], elements[4], ()))
        elif elements[0] == "CAS" and claims:
            for at in range(2, len(elements) - 1, 3):
                if elements[at]:
                    claims[-1]["adjustments"].append([elements[1], elements[at], elements[at + 1]])
        elif elements[0] == "PLB":
            provider_adjustments += [amount for amount in elements[4::2] if amount]
    return _found(claims, payments, provider_adjustments, problems)


def hcfin(path: str) -> Found:
    import hcfin

    reading = hcfin.read(Path(path))
    claims, headers = [], []
    for view in reading.remittances:
        headers.append(view.header)
        for claim in view.claims:
            found = [(a.group, a.reason, a.amount) for a, _ in claim.all_adjustments()]
            claims.append(_claim(claim.account, claim.charged, claim.paid, found))
    kept = (adjustment.amount for header in headers for adjustment in header.provider_adjustments)
    problems = [issue.code for issue in reading.issues]
    return _found(claims, (header.payment for header in headers), kept, problems)


def oxedi(path: str) -> Found:
    import oxedi

    result = oxedi.parse(Path(path).read_bytes())
    frames = {name: result.tables[name].to_polars() for name in result.tables}
    claims = []
    for row in frames["claims"].iter_rows(named=True):
        own = [
            (a["group_code"].decode(), a["reason_code"].decode(), a["amount"])
            for a in frames["adjustments"].iter_rows(named=True)
            if a["claim"] == row["row"]
        ]
        claims.append(_claim(row["claim_id"].decode(), row["charge_amount"], row["payment_amount"], own))
    return _found(
        claims,
        frames["payments"]["total_payment_amount"],
        frames["provider_adjustments"]["amount"],
        [diagnostic.kind for diagnostic in result.diagnostics],
    )


def pyx12_reader(path: str) -> Found:
    from pyx12.x12file import X12Reader

    segments, problems = [], []
    with X12Reader(path) as reader:
        for segment in reader:
            segments.append(_pyx12_elements(segment))
            problems += reader.pop_errors()
        reader.cleanup()
        problems += reader.pop_errors()
    return _from_segments(segments, [str(problem[1]) for problem in problems])


def pyx12_validation(path: str) -> Found:
    import logging

    from pyx12 import params, x12n_document

    logging.disable(logging.CRITICAL)
    segments: list[list[str]] = []

    def take(segment: Any, *_: object) -> None:
        segments.append(_pyx12_elements(segment))

    valid = x12n_document.x12n_document(params.params(), path, None, None, callback=take)
    return _from_segments(segments, [] if valid else ["not valid"])


def _pyx12_elements(segment: Any) -> list[str]:
    name = segment.get_seg_id()
    return [name, *(segment.get_value(f"{name}{n:02d}") or "" for n in range(1, len(segment) + 1))]


def x12sdk(path: str) -> Found:
    from x12sdk.io import X12ModelReader

    with X12ModelReader(path) as reader:
        return _modelled(list(reader.models()))


def linuxforhealth(path: str) -> Found:
    from linuxforhealth.x12.io import X12ModelReader

    with X12ModelReader(path) as reader:
        return _modelled(list(reader.models()))


def _modelled(sets: list[Any]) -> Found:
    claims = []
    for loop in (claim for each in sets for group in each.loop_2000 for claim in group.loop_2100):
        cas = [
            *(loop.cas_segment or ()),
            *(c for line in loop.loop_2110 or () for c in line.cas_segment or ()),
        ]
        adjustments = [
            (
                c.adjustment_group_code,
                getattr(c, f"adjustment_reason_code_{n}"),
                getattr(c, f"monetary_amount_{n}"),
            )
            for c in cas
            for n in _SIX
            if getattr(c, f"adjustment_reason_code_{n}")
        ]
        clp = loop.clp_segment
        claims.append(
            _claim(
                clp.patient_control_number,
                clp.total_claim_charge_amount,
                clp.claim_payment_amount,
                adjustments,
            )
        )
    payments = (each.header.bpr_segment.total_actual_provider_payment_amount for each in sets)
    plb = [each.footer.plb_segment for each in sets if each.footer.plb_segment]
    kept = (getattr(segment, f"provider_adjustment_amount_{n}") for segment in plb for n in _SIX)
    return _found(claims, payments, (amount for amount in kept if amount is not None), [])


def openx12(path: str) -> Found:
    from openx12 import x835

    era = x835.parse(Path(path).read_text(encoding="utf-8"))
    claims = []
    for claim in era.claims:
        own = [a for level in (claim, *claim["services"]) for a in level.get("adjustments", ())]
        claims.append(
            _claim(
                claim["patient_control_number"],
                claim["total_claim_charge"],
                claim["claim_payment_amount"],
                [(a["group"], a["reason"], a["amount"]) for a in own],
            )
        )
    payments = [era.payment_amount] if claims else []
    plb = (segment["raw"].split("*") for segment in era.json().get("plb", ()))
    return _found(claims, payments, (amount for elements in plb for amount in elements[4::2]), [])


def edi_835_parser(path: str) -> Found:
    import warnings

    import edi_835_parser as library

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        sets = library.parse(path)
        claims, payments = [], []
        for each in sets:
            if each.financial_information is not None:
                payments.append(each.financial_information.amount_paid)
            for loop in each.claims:
                own = [a for service in loop.services for a in service.adjustments]
                claims.append(
                    _claim(
                        loop.claim.marker,
                        loop.claim.charge_amount,
                        loop.claim.paid_amount,
                        [(a.group_code.code, a.reason_code.code, a.amount) for a in own],
                    )
                )
    return _found(claims, payments, [], [str(warning.message) for warning in caught])  # it reads no PLB


def validedi(path: str) -> Found:
    import validedi as library

    parsed = library.parse(path)
    problems = [f"{error.code} {error.severity}" for error in library.validate(path).errors]
    segments: list[list[str]] = []

    def walk(loop: Any) -> None:
        segments.extend([s.segment_id, *(e.raw for e in s.elements)] for s in loop.segments)
        for child in loop.children:
            walk(child)

    for loop in parsed.loops:
        walk(loop)
    return _from_segments(segments, problems)


def x12_python(path: str) -> Found:
    from x12.core.parser import Parser
    from x12.core.validator import X12Validator

    text = Path(path).read_text(encoding="utf-8")
    interchange = Parser().parse(text)
    sets = [each for group in interchange.functional_groups for each in group.transactions]
    segments = [
        [segment.segment_id, *(getattr(element, "value", "") for element in segment.elements)]
        for each in sets
        for segment in each.root_loop.segments
    ]
    return _from_segments(segments, [str(error) for error in X12Validator().validate(text).errors])


def tigershark(path: str) -> Found:
    from tigershark.facade import f835
    from tigershark.parsers import M835_4010_X091_A1, M835_5010_X221_A1

    text = Path(path).read_text(encoding="utf-8")
    # The caller chooses the guide.
    if "004010X091" in text:
        made = f835.F835_4010(M835_4010_X091_A1.parsed_835.unmarshall(text))
    else:
        made = f835.F835_5010(M835_5010_X221_A1.parsed_835.unmarshall(text))
    claims, payments, kept = [], [], []
    for each in made.facades:
        payments.append(each.header.financial_information.amount)
        plb = each.footer.provider_adjustments if each.footer else ()
        kept += [getattr(s, f"amount_{n}") for s in plb for n in _SIX if getattr(s, f"reason_{n}")]
        for claim in each.claims:
            levels = (claim.claim_adjustments, *(line.claim_adjustments for line in claim.line_items))
            adjustments = [found for level in levels for found in _tigershark_adjustments(level)]
            info = claim.payment_info
            claims.append(_claim(info.patient_control_number, info.total_charge, info.payment, adjustments))
    return _found(claims, payments, kept, [])


def _tigershark_adjustments(level: Any) -> list[tuple[object, object, object]]:
    named = {
        "CO": level.contractual_obligation,
        "CR": level.correction_and_reversal,
        "OA": level.other,
        "PI": level.payor_initiated_reductions,
        "PR": level.patient_responsibility,
    }
    found = []
    for group, cas in named.items():
        for n in _SIX:
            reason = getattr(cas, f"reason_{n}")
            if reason:  # the code alone where TigerShark has no text for it
                found.append(
                    (group, reason if isinstance(reason, str) else reason[0], getattr(cas, f"amount_{n}"))
                )
    return found


READERS: dict[str, Callable[[str], Found]] = {
    "hcfin": hcfin,
    "oxedi": oxedi,
    "pyx12 reader": pyx12_reader,
    "pyx12 validation": pyx12_validation,
    "x12sdk": x12sdk,
    "linuxforhealth": linuxforhealth,
    "openx12": openx12,
    "edi-835-parser": edi_835_parser,
    "validedi": validedi,
    "x12-python": x12_python,
    "TigerShark": tigershark,
}


def main() -> None:
    name, path = sys.argv[1:]
    try:
        found = READERS[name](path)
    except Exception as problem:  # what it raises is the result
        found = {"exception": type(problem).__name__}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
