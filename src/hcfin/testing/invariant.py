"""The one sentence that holds for any bytes, as one assertion.

Reading, streaming and translating them ends in facts, issues or an `HcfinError`; the same each time; with no
patient data in an issue or an error; and whatever is booked balances and leaves clearing at zero. Bounds of
time and memory belong to whoever runs it: see `tests/fuzz`.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple, cast
from zlib import crc32

from hcfin import files
from hcfin.billing.base import Fact, element_of
from hcfin.billing.charge import Charge
from hcfin.billing.claim import Claim, ClaimSubmission
from hcfin.billing.claim_status import ClaimStatus
from hcfin.billing.file_status import FileStatus
from hcfin.billing.payment import AccountTransaction
from hcfin.billing.purchase import GoodsReceipt, PurchaseOrder, SupplierInvoice
from hcfin.billing.reading import Event, Opened, Reading, Unit
from hcfin.billing.remittance import ClaimPayment, Remittance
from hcfin.books import Books
from hcfin.context import Context
from hcfin.errors import HcfinError, Rejected
from hcfin.issues import Issue
from hcfin.posting import Posting, post
from hcfin.posting.told import amounts as told_amounts
from hcfin.standards import Acknowledgment
from hcfin.testing.laws import assert_balanced, assert_clearing_zero, assert_deterministic
from hcfin.testing.phi import leaks
from hcfin.translation import Translation


class Verdict(NamedTuple):
    """How bytes ended. `status` is the translation's, or `refused`; `codes` are of issues and errors."""

    status: str
    codes: frozenset[str] = frozenset()
    claims: int = 0
    documents: int = 0


def assert_invariant(
    data: bytes,
    books: Books,
    context: Context,
    *,
    to: str = "netsuite",
    sentinel: str = "",
    thorough: bool = True,
    strict: bool = False,
) -> Verdict:
    """Read and translate the bytes and hold the laws against what comes out; says how they ended.

    `sentinel` is what the patient data of the input begins with, see `hcfin.testing.plant`. Without
    `thorough` the file is translated once; with it, it is read, too, which must agree, and everything is
    done twice, streamed, validated against the models and posted with the end of every amount. `strict` adds
    the strict validator, which is slow. Raises `AssertionError` for a law that is broken, and lets any
    exception through that is no `HcfinError`.

    >>> import hcfin
    >>> assert_invariant(b"ISA*00*", hcfin.load_books(), hcfin.Context(keys=hcfin.DEMO_KEYS)).codes
    frozenset({'X12_NOT_FOUND'})
    """

    def translated() -> Translation:
        return files.translate(data, books, to=to, context=context, facts=True)

    result = _ended(translated, sentinel)
    if not isinstance(result, Translation):
        return Verdict("refused", frozenset({type(result).__name__}))
    if not result.facts and not result.issues:
        raise AssertionError("neither facts nor issues")
    _booked(result)
    _hidden([*result.issues, result], sentinel)
    if thorough:
        reading = _ended(lambda: files.read(data), sentinel)
        _agreeing(reading, result)
        _hidden([*reading.issues, reading], sentinel)
        assert_deterministic(lambda: translated().to_json(facts=True))
        _streamed(files.iter_facts(data), reading)
        _streamed(files.iter_facts(cast(BinaryIO, _Parts(data))), reading)
        _fitting(reading.facts)
        _posted(reading, result, books, context)
        _rejected(data, books, context, to, sentinel)
        _answered(data, sentinel)
    if strict:
        findings = files.check(data)
        _hidden(findings, sentinel)
        read = files.read(data).issues
        _same("issues, read and checked", _told(read) - _told(findings), set())
    claims = sum(1 for fact in result.facts if isinstance(fact, ClaimPayment | Claim))
    codes = frozenset(issue.code for issue in result.issues)
    return Verdict(result.status, codes, claims, len(result.documents))


def _ended(function: Callable[[], Any], sentinel: str) -> Any:
    """What a call returns, or the `HcfinError` that it raises."""
    try:
        return function()
    except HcfinError as error:
        _hidden(["".join(traceback.format_exception(error, limit=0))], sentinel)
        return error


def _same(what: str, one: object, other: object) -> None:
    if one != other:
        raise AssertionError(f"{what}: not the same")


def _agreeing(reading: object, result: Translation) -> None:
    """Reading gives the facts that translating gives, and tells of nothing else."""
    if not isinstance(reading, Reading):
        raise AssertionError(f"translating ends in facts, reading in {type(reading).__name__}")
    _same("facts, read and streamed", _facts(reading.facts), _facts(result.facts))
    unsaid = _told(reading.issues) - _told(result.issues)
    if unsaid:
        raise AssertionError(f"reading tells of {sorted(unsaid)[:3]}, translating does not")


def _facts(facts: Iterable[Fact]) -> list[str]:
    """Facts with their positions, which comparing them leaves out."""
    return [fact.model_dump_json() for fact in facts]


def _told(issues: Iterable[Issue]) -> set[tuple[str, int]]:
    return {(issue.code, issue.origin.at or 0 if issue.origin else 0) for issue in issues}


def _booked(result: Translation) -> None:
    for document in result.documents:
        if not document.memo:
            assert_balanced(document)
    assert_clearing_zero(result.documents)


def _hidden(shown: Iterable[object], sentinel: str) -> None:
    """No patient data in what a person or a log sees. Never quotes what it found."""
    if not sentinel:
        return
    texts = [f"{one}\n{one.values}" if isinstance(one, Issue) else str(one) for one in shown]
    found = leaks("\n".join(texts), (sentinel,))
    if found:
        where = next(
            (text.partition(":")[0] for text in texts if leaks(text, (sentinel,))), "several outputs"
        )
        raise AssertionError(f"patient data, {found[0].partition(': ')[2]}, in {where}")


class _Parts:
    """A stream that gives less than it is asked for, as sockets do: blocks must not show in what is read."""

    def __init__(self, data: bytes) -> None:
        self._stream = BytesIO(data)
        self._most = 16 + crc32(data) % 5_000

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(self._most if size < 0 else min(size, self._most))


def _streamed(events: Iterable[Event], reading: Reading) -> None:
    """A stream yields what a reading holds, each remittance opened before its claims and closed after."""
    parts: list[Fact] = []
    headers: list[Fact] = []
    units: list[Unit] = []
    told: set[tuple[str, int]] = set()
    opened = ""
    for event in events:
        if isinstance(event, Opened):
            opened = event.header.ref
        elif isinstance(event, Issue):
            told |= _told((event,))
        elif isinstance(event, Unit):
            units.append(event)
        elif isinstance(event, ClaimStatus | FileStatus | PurchaseOrder | GoodsReceipt | SupplierInvoice):
            parts.append(event)
        elif isinstance(event, Fact):
            if isinstance(event, ClaimSubmission):
                opened = event.ref
            names = ("ref", "remittance", "submission")
            named = next((getattr(event, name) for name in names if hasattr(event, name)), "")
            _same("the open remittance or submission and the one that a fact names", opened, named)
            (headers if isinstance(event, Remittance) else parts).append(event)
    _same(
        "claims and summaries, read and streamed",
        _facts(parts),
        _facts(f for f in reading if not isinstance(f, Remittance)),
    )
    _same(
        "remittances, read and streamed",
        _facts(headers),
        _facts(f for f in reading if isinstance(f, Remittance)),
    )
    _same("units, read and streamed", tuple(units), reading.units)
    _same("issues, read and streamed", told, _told(reading.issues))


def _fitting(facts: Iterable[Fact]) -> None:
    """Readers make nodes without validating them again; here they are."""
    for fact in facts:
        _same("a fact and the same, validated", type(fact).build(fact.model_dump()), fact)


def _posted(reading: Reading, result: Translation, books: Books, context: Context) -> None:
    """Posting a reading books what streaming does, and every amount of the source ends once."""
    posting = post(reading, books, context=context)
    _same(
        "documents, read and streamed",
        [(document.id, document.content_hash) for document in posting.documents],
        [(document.id, document.content_hash) for document in result.documents],
    )
    _same("the ends of the amounts and the amounts", _ends(posting), _amounts(reading.facts))


def _ends(posting: Posting) -> Counter[tuple[int, str, Decimal]]:
    ends: Counter[tuple[int, str, Decimal]] = Counter()
    for end in posting.dispositions:
        element = end.origin.element
        kind = _kind(element)
        if kind:
            ends[end.origin.at, kind, end.amount] += 1
    return ends


def _kind(element: str) -> str:
    """What is counted of an amount by its element; empty where it is not."""
    kind = element if element in {"BPR02", "CLP03", "CLP04"} else element[:3]
    if kind in {"SV2", "SV3"}:
        kind = "SV1"  # the model names the line of a professional claim
    counted = {"BPR02", "CLP03", "CLP04", "PLB", "CAS", "CLM", "SV1", "SVD", "FT1"}
    return kind if kind in counted else ""


def _amounts(facts: Iterable[Fact]) -> Counter[tuple[int, str, Decimal]]:
    """The amounts that posting must account for, by segment and kind."""
    amounts: Counter[tuple[int, str, Decimal]] = Counter()
    for fact in facts:
        if isinstance(fact, Remittance):
            amounts[fact.at, "BPR02", fact.payment] += 1
            amounts.update((plb.at, "PLB", plb.amount) for plb in fact.provider_adjustments)
        elif isinstance(fact, ClaimPayment):
            amounts[fact.at, "CLP03", fact.charged] += 1
            amounts[fact.at, "CLP04", fact.paid] += 1
            amounts.update((cas.at, "CAS", cas.amount) for cas, _ in fact.all_adjustments())
        elif isinstance(fact, Claim):
            billed = (
                (node.at, _kind(element_of(node, name, "x12")), money)
                for node, name, money in told_amounts(fact)
            )
            amounts.update(one for one in billed if one[1])
        elif isinstance(fact, Charge | AccountTransaction):
            charged = (
                (node.at, _kind(element_of(node, name, "hl7v2")), money)
                for node, name, money in told_amounts(fact)
            )
            amounts.update(one for one in charged if one[1])
    return amounts


def _answered(data: bytes, sentinel: str) -> None:
    """The answer to the file says what it was made from, and its issues and statuses show no more."""
    answer = _ended(lambda: files.acknowledge(data), sentinel)
    if isinstance(answer, Acknowledgment):
        _hidden([*answer.issues, *map(repr, answer.statuses)], sentinel)
        if answer.data:
            _same("statuses, said and read", files.read(answer.data).facts, answer.statuses)


def _rejected(data: bytes, books: Books, context: Context, to: str, sentinel: str) -> None:
    """`Rejected`, where the caller asks for it, shows no more than issues do."""
    try:
        files.translate(data, books, to=to, context=context, on_error="raise")
    except Rejected as error:
        _hidden([str(error), *error.issues], sentinel)
