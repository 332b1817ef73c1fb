"""Reads one 835, one 837 or messages of HL7 in one way and prints what that took, as JSON. Runs in the
environment of its library.

    .bench/oxedi/bin/python benchmarks/timed.py "oxedi: parse" file.edi small.edi

    {"cpu": seconds, "peak": MB, "net": MB, "count": n}

A small file is read first, so that imports, maps and tables are paid before the clock starts: `net` is the
peak of memory above that. `count`, of claims or charges where there are any, shows that the work was done.
"""

from __future__ import annotations

import gc
import json
import logging
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_CLAIMS = ("CLP", "CLM")


def split_only(path: str) -> int:
    count = 0
    for segment in Path(path).read_bytes().split(b"~"):
        segment.split(b"*")
        count += 1
    return count


def hcfin_segments(path: str) -> int:
    from hcfin.limits import Limits
    from hcfin.wire.x12 import Segment, scan

    with open(path, "rb") as stream:
        events = scan(stream.read, Limits())
        return sum(1 for event in events if type(event) is Segment and event.elements[0] in _CLAIMS)


def hcfin_facts(path: str) -> int:
    import hcfin
    from hcfin.billing.claim import Claim
    from hcfin.billing.remittance import ClaimPayment

    return sum(isinstance(event, ClaimPayment | Claim) for event in hcfin.iter_facts(Path(path)))


def hcfin_documents(path: str) -> int:
    import hcfin
    from hcfin.posting import post_events
    from hcfin.translation import stream_facts

    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    with open(path, "rb") as stream:
        source = stream_facts(stream)
        postings = post_events(source.events, hcfin.load_books(), source.locator, context=context)
        return sum(len(posting.documents) for posting in postings)


def hcfin_payloads(path: str) -> int:
    import hcfin

    context = hcfin.Context(keys=hcfin.DEMO_KEYS)
    parts = hcfin.iter_translate(Path(path), hcfin.load_books(), to="netsuite", context=context)
    return sum(len(part.payloads) for part in parts)


def pyx12_reader(path: str) -> int:
    from pyx12.x12file import X12Reader

    with X12Reader(path) as reader:
        return sum(1 for segment in reader if segment.get_seg_id() in _CLAIMS)


def pyx12_loops(path: str) -> int:
    from pyx12 import error_handler, params, x12context

    errors = error_handler.errh_null()
    with open(path, encoding="ascii") as stream:
        reader = x12context.X12ContextReader(params.params(), errors, stream)
        return sum(1 for node in reader.iter_segments("2100") if node.id == "2100")


def pyx12_validation(path: str) -> int:
    from pyx12 import params, x12n_document

    logging.disable(logging.CRITICAL)
    count = 0

    def take(segment: Any, *_: object) -> None:
        nonlocal count
        count += segment.get_seg_id() in _CLAIMS

    valid = x12n_document.x12n_document(params.params(), path, None, None, callback=take)
    return count if valid else -1


def oxedi_parse(path: str) -> int:
    import oxedi

    return int(oxedi.parse(Path(path).read_bytes()).count_claims())


def oxedi_stream(path: str) -> int:
    import oxedi

    return sum(len(batch.tables["claims"]) for batch in oxedi.stream(Path(path).read_bytes()))


def x12sdk_models(path: str) -> int:
    from x12sdk.io import X12ModelReader

    with X12ModelReader(path) as reader:
        return sum(1 for model in reader.models() for _ in model.claims())


def linuxforhealth_models(path: str) -> int:
    from linuxforhealth.x12.io import X12ModelReader

    with X12ModelReader(path) as reader:
        return sum(len(loop.loop_2100) for model in reader.models() for loop in model.loop_2000)


def openx12_parse(path: str) -> int:
    from openx12 import x835

    return len(x835.parse(Path(path).read_text(encoding="utf-8")).claims)


def edi_835_parser_parse(path: str) -> int:
    import warnings

    import edi_835_parser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return int(edi_835_parser.parse(path).count_claims())


def validedi_parse(path: str) -> int:
    import validedi

    return sum(len(loop.find_loop("2100")) for loop in validedi.parse(path).loops)


def validedi_validate(path: str) -> int:
    import validedi

    return sum(len(loop.find_loop("2100")) for loop in validedi.validate(path).parsed.loops)


def x12_python_stream(path: str) -> int:
    from x12.streaming.reader import StreamingSegmentReader

    return sum(1 for segment in StreamingSegmentReader(Path(path)) if segment.segment_id == "CLP")


def x12_python_parse(path: str) -> int:
    from x12.core.parser import Parser

    interchange = Parser().parse(Path(path).read_text(encoding="utf-8"))
    sets = [each for group in interchange.functional_groups for each in group.transactions]
    return sum(segment.segment_id == "CLP" for each in sets for segment in each.root_loop.segments)


def tigershark_parse(path: str) -> int:
    from tigershark.facade import f835
    from tigershark.parsers.M835_5010_X221_A1 import parsed_835

    message = parsed_835.unmarshall(Path(path).read_text(encoding="utf-8"))
    return sum(len(each.claims) for each in f835.F835_5010(message).facades)


def _messages(path: str) -> list[str]:
    # As bytes: reading text would turn the ends of segments into line feeds.
    return [f"MSH|{text}" for text in Path(path).read_bytes().decode("ascii").split("MSH|")[1:]]


def hl7_split(path: str) -> int:
    count = 0
    for text in _messages(path):
        for row in text.split("\r"):
            count += row.split("|")[0] == "FT1"
    return count


def hcfin_messages(path: str) -> int:
    from hcfin.limits import Limits
    from hcfin.wire.hl7v2 import Message, scan

    with open(path, "rb") as stream:
        events = scan(stream.read, Limits())
        rows = (row for event in events if isinstance(event, Message) for row in event.segments)
        return sum(row[0] == "FT1" for row in rows)


def hcfin_charges(path: str) -> int:
    import hcfin
    from hcfin.billing.charge import Charge

    return sum(isinstance(event, Charge) for event in hcfin.iter_facts(Path(path)))


def hcfin_one_by_one(path: str) -> int:
    import hcfin
    from hcfin.billing.charge import Charge

    return sum(isinstance(fact, Charge) for text in _messages(path) for fact in hcfin.read(text.encode()))


def python_hl7(path: str) -> int:
    import hl7

    return sum(len(hl7.parse(text).segments("FT1")) for text in _messages(path))


def hl7types_typed(path: str) -> int:
    from hl7types.codecs.er7 import decode_er7

    return sum(len(decode_er7(text, strict=False).FINANCIAL) for text in _messages(path))


def hl7apy_tolerant(path: str) -> int:
    from hl7apy.parser import parse_message

    return sum(len(parse_message(text).dft_p03_financial) for text in _messages(path))


def hl7apy_validated(path: str) -> int:
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.parser import parse_message

    count = 0
    for text in _messages(path):
        message = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT)
        message.validate()
        count += len(message.dft_p03_financial)
    return count


MODES: dict[str, Callable[[str], int]] = {
    "split, split": split_only,
    "hcfin: segments": hcfin_segments,
    "hcfin: facts": hcfin_facts,
    "hcfin: documents": hcfin_documents,
    "hcfin: payloads": hcfin_payloads,
    "oxedi: parse": oxedi_parse,
    "oxedi: stream": oxedi_stream,
    "pyx12: X12Reader": pyx12_reader,
    "pyx12: claim loops": pyx12_loops,
    "pyx12: validation": pyx12_validation,
    "x12sdk: models": x12sdk_models,
    "LinuxForHealth: models": linuxforhealth_models,
    "openx12: parse": openx12_parse,
    "edi-835-parser: parse": edi_835_parser_parse,
    "validedi: parse": validedi_parse,
    "validedi: validate": validedi_validate,
    "x12-python: stream": x12_python_stream,
    "x12-python: parse": x12_python_parse,
    "TigerShark: parse": tigershark_parse,
    "split to fields": hl7_split,
    "hcfin: messages": hcfin_messages,
    "hcfin: charges": hcfin_charges,
    "hcfin: one by one": hcfin_one_by_one,
    "python-hl7: parse": python_hl7,
    "hl7types: typed": hl7types_typed,
    "hl7apy: parse": hl7apy_tolerant,
    "hl7apy: validate": hl7apy_validated,
}


def _peak() -> float:
    """Peak memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # ru_maxrss of Linux starts at the memory of the process that started this one.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1_000_000
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1_000_000


def main() -> None:
    mode, path, small = sys.argv[1:]
    MODES[mode](small)
    gc.collect()  # what imports have left behind is theirs
    before, started = _peak(), time.process_time()
    count = MODES[mode](path)
    cpu, peak = time.process_time() - started, _peak()
    print(json.dumps({"cpu": cpu, "peak": peak, "net": peak - before, "count": count}))


if __name__ == "__main__":
    main()
