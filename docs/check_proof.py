"""Checks balance proofs made by `hcfin prove`, without hcfin: python docs/check_proof.py PROOFS [SOURCE]

PROOFS has one proof on each line. Given the source too, its bytes are hashed, every figure is read from them
again, and no figure of the remittance may be missing in the proof.
"""

import hashlib
import json
import re
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

SIGNS = {
    "charge": 1,
    "payment": -1,
    "adjustment": -1,
}  # what balances a claim or line, by the end of its kind
MONEY = {"BPR": (2,), "CLP": (3, 4), "SVC": (2, 3), "CAS": range(3, 20, 3), "PLB": range(4, 15, 2)}
ENDS = {"posted", "informational", "kept_open", "suspended", "rejected"}


class Refused(Exception):  # noqa: N818 - what happens to the proof
    """A proof does not hold."""


def must(hold, what):
    if not hold:
        raise Refused(what)


def sha256(value):
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check(proof, source=None):
    """Raise Refused where a proof does not hold; against the bytes of its source, where they are given."""
    must(proof["seal"] == sha256({k: v for k, v in proof.items() if k != "seal"}), "the seal is broken")
    left, clearing = {}, defaultdict(lambda: {"debit": Decimal(0), "credit": Decimal(0)})
    for document in proof["documents"]:  # each is what its hash says, and balances
        content, balance = document["content"], 0
        must(document["content_hash"] == sha256(content), "a document is not what its hash says")
        for n, line in enumerate(content["gl_lines"], start=1):
            amount = Decimal(line["amount"])
            must(amount > 0 and line["currency"] == proof["currency"], "a line has no amount, or other money")
            left[document["id"], n] = {"debit": amount, "credit": -amount}[line["side"]]
            balance += left[document["id"], n]
            if line["role"] == "cash.remit_clearing":
                clearing[content["entity"], line["currency"]][line["side"]] += amount
        must(balance == 0, "a document does not balance")
        if "applications" in content:
            applied = sum(Decimal(one["amount"]) for one in content["applications"])
            must(Decimal(content["amount"]) == applied, "a receipt is not the sum of what it applies")
            must(content["payment"] == proof["totals"]["remittance_payment"], "a receipt is of other money")
    stated = {(row["entity"], row["currency"]): row for row in proof["clearing"]}
    must(stated.keys() == clearing.keys(), "clearing is stated for others than it is booked for")
    for key, sides in clearing.items():
        must(all(Decimal(stated[key][side]) == sides[side] for side in sides), "clearing is stated wrong")
        must(sides["debit"] == sides["credit"], "clearing is not zero")
    entities = {document["id"]: document["content"]["entity"] for document in proof["documents"]}
    figures, totals, rest, parted = {}, *(defaultdict(Decimal) for _ in range(3))
    nodes, whole = {(0, 0)}, set()  # claims and service lines, by the places of their charges; claims posted
    for one in proof["amounts"]:  # each ends once; what is posted is in lines, with all of it
        place, kind, posted = (one["at"], one["element"]), one["kind"], one["outcome"] == "posted"
        amount, parts = Decimal(one["amount"]), [Decimal(part) for *_, part in one["lines"]]
        claim, service = one["claim"], one["service"]
        must(one["outcome"] in ENDS, "an amount has an end that is none")
        must(place not in figures and posted == bool(parts), "an amount does not end exactly once")
        must(bool(service) == kind.startswith("line") or kind == "adjustment", "an amount is not of a line")
        figures[place] = one["offset"], amount, posted
        totals[kind] += amount
        for level, of in (("claim", claim), ("line", service)):
            if of and (kind == "adjustment" or kind.startswith(level)):
                rest[claim, of] += SIGNS[kind.rpartition("_")[2]] * amount
        sides = defaultdict(Decimal)
        for (document, n, _), part in zip(one["lines"], parts, strict=True):
            must(part * left.get((document, n), 0) >= 0, "an amount is on the wrong side")
            left[document, n] -= part
            sides[entities.get(document), part > 0] += abs(part)
        parted[claim or place] += sum(parts)
        if kind in ("claim_charge", "line_charge"):
            must(one["at"] == (service or claim), "a charge is of another claim or line")
            nodes.add((claim, service))
        if kind != "claim_charge":
            right = (abs(amount), 2 * abs(amount))  # twice where it is handed on to an affiliate
            must(all(side in right for side in sides.values()), "a part is not the amount")
        if posted and kind in ("claim_charge", "adjustment"):
            whole.add(claim)
    must(not any(left.values()), "a line is not the sum of its amounts")
    must(not any(parted.values()), "what is posted of a claim or adjustment does not add up to zero")
    must(not whole & {claim for (claim, _), value in rest.items() if value}, "a claim does not balance")
    named = {(one["claim"], service) for one in proof["amounts"] for service in (0, one["service"])}
    must(named <= nodes, "there is no such claim or line")
    must(proof["totals"].keys() == totals.keys(), "totals are of other kinds")
    must(all(Decimal(proof["totals"][kind]) == totals[kind] for kind in totals), "a total is wrong")
    due = totals["claim_payment"] - totals["provider_adjustment"]
    must(not proof["documents"] or totals["remittance_payment"] == due, "the remittance does not balance")
    if source is not None:
        against(proof, figures, source)


def against(proof, figures, source):
    """The figures are those of the source, and none of the remittance is missing."""
    must(len(source) == proof["source"]["bytes"], "the source has another size")
    must(hashlib.sha256(source).hexdigest() == proof["source"]["sha256"], "the source has another hash")
    if not proof["documents"]:
        return
    known = {(offset, element) for (_, element), (offset, *_) in figures.items()}
    for (_, element), (offset, amount, posted) in figures.items():
        must(source.startswith(element[:-2].encode(), offset), "the source has another segment there")
        there = figure(source, offset, element[:-2], int(element[-2:]))
        must(there == amount or not (posted or amount), "the source says another amount")
    start = next(offset for offset, element in known if element == "BPR02")
    end = re.escape(terminator(source, start))
    for found in re.finditer(rb"(?<=%s)\s*([A-Z0-9]{2,3})(?![A-Z0-9])" % end, source[start:]):
        name, offset = found[1].decode(), start + found.start(1)
        if name in ("SE", "ST", "GE", "IEA"):
            break
        for nth in MONEY.get(name, ()):
            stated = (offset, f"{name}{nth:02d}") in known
            must(stated or not figure(source, offset, name, nth), "an amount of the source is missing")


def terminator(source, offset):
    """What ends the segment before an offset: a line feed where nothing else does."""
    last = source[max(offset - 80, 0) : offset].rstrip(b"\r\n ")[-1:]
    return b"\n" if last.isalnum() else last


def figure(source, offset, name, nth):
    """The number in an element of the segment at an offset; zero where there is none."""
    separator = source[offset + len(name) : offset + len(name) + 1]
    segment = source[offset : offset + 4096].split(terminator(source, offset))[0]
    elements = [*re.sub(rb"[\r\n]", b"", segment).split(separator), *[b""] * nth]
    plain = re.fullmatch(rb"\s*([-+]?(?:\d+\.?\d*|\.\d+))\s*", elements[nth])
    return Decimal(plain[1].decode()) if plain else Decimal(0)


if __name__ == "__main__":
    original = Path(sys.argv[2]).read_bytes() if len(sys.argv) > 2 else None
    for proven in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
        check(json.loads(proven), original)
        print("holds")
