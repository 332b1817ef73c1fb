"""Opens files: sources, books, profiles and keys. Copies of pipes are made in `hcfin.spooling`.

Every function here takes what users have at hand: bytes, text, a path, or an open binary file.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from hcfin import acknowledgment as acknowledging
from hcfin import explanation as explaining
from hcfin import profiles
from hcfin import proof as proving
from hcfin import translation as whole
from hcfin.billing.reading import Event, Reading
from hcfin.books import Books, builtin, load
from hcfin.context import Context
from hcfin.errors import BooksError, HcfinError, KeysError
from hcfin.finance.base import Document
from hcfin.finance.documents import documents_of
from hcfin.finance.expected import Expected
from hcfin.finance.known import Known
from hcfin.finance.known_supply import KnownSupply
from hcfin.finance.master import MasterData
from hcfin.finance.prices import Prices
from hcfin.identity import Keys
from hcfin.issues import Issue
from hcfin.limits import Limits
from hcfin.overlay import Layer
from hcfin.spooling import spooled
from hcfin.standards import Acknowledgment

Source = (
    bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO | dict[str, Any] | list[dict[str, Any]]
)
"""A message: bytes; text that is a message; a path, as text or `Path`; or an open binary file. Also an object
that another library has made of one: a message of hl7apy, a message, batch or file of python-hl7, a resource
of fhir.resources, or a dict that is one, or a list of them; see `Standard.encode`."""


@contextmanager
def opened(src: Source) -> Iterator[BinaryIO]:
    """A binary stream of a source. Raises `OSError` where a path cannot be opened, and `HcfinError` for what
    is no source."""
    if isinstance(src, bytes | bytearray | memoryview):
        yield BytesIO(bytes(src))
    elif isinstance(src, str) and (name := whole.standard_of(src[:4096].encode("utf-8", "replace"))):
        yield BytesIO(whole.encoded(src, name) or src.encode("utf-8"))
    elif isinstance(src, str | os.PathLike):
        with Path(src).open("rb") as stream:
            yield stream
    elif (data := whole.encoded(src)) is not None:
        yield BytesIO(data)
    elif _is_open(src):
        yield src
    else:
        raise HcfinError(
            "a source is bytes, text that is a message, a path, an open binary file, a message of hl7apy or "
            f"python-hl7, or a FHIR resource; this is of type {type(src).__name__}"
        )


def _is_open(src: object) -> TypeGuard[BinaryIO]:
    try:
        return not isinstance(src, dict | list) and hasattr(src, "read")
    except Exception:  # parts of hl7apy's messages answer any name, or raise what they like
        return False


def read(
    src: Source,
    *,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
    strict: bool = False,
    spool_dir: str | os.PathLike[str] | None = None,
) -> Reading:
    """Read billing facts. They are patient data in clear.

    `standard` is found from the content if not given; `strict` adds the strict validator's findings, for
    which the source is read twice: `spool_dir` is for what cannot be, see `spooled`. Raises `OSError` for a
    path that cannot be read; never raises on data.

    >>> read(b"ISA*00*").issues[0].code
    'X12_NOT_FOUND'
    """
    with opened(src) as stream:
        if not strict:
            return whole.read(stream, standard=standard, profile=profile, limits=limits)
        with spooled(stream, directory=spool_dir, limits=limits) as again:
            return whole.read(again, standard=standard, profile=profile, limits=limits, strict=True)


def check(
    src: Source,
    *,
    standard: str | None = None,
    profile: Any = None,
    spool_dir: str | os.PathLike[str] | None = None,
) -> tuple[Issue, ...]:
    """Every finding about a source: the reader's own and the standard's strict validator's.

    The source is read twice: `spool_dir` is for what cannot be, see `spooled`.
    """
    with opened(src) as stream, spooled(stream, directory=spool_dir) as again:
        return whole.check(again, standard=standard, profile=profile)


def translate(
    src: Source,
    books: Books,
    *,
    to: str,
    context: Context,
    standard: str | None = None,
    profile: Any = None,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    on_error: whole.OnError = "collect",
    facts: bool = False,
    known: Known | None = None,
    expected: Expected | None = None,
    prices: Prices | None = None,
    master: MasterData | None = None,
    known_supply: KnownSupply | None = None,
) -> whole.Translation:
    """Translate a source to ERP payloads by the books. See `hcfin.translation.translate`."""
    with opened(src) as stream:
        return whole.translate(
            stream,
            books,
            to=to,
            context=context,
            standard=standard,
            profile=profile,
            settings=settings,
            limits=limits,
            on_error=on_error,
            facts=facts,
            known=known,
            expected=expected,
            prices=prices,
            master=master,
            known_supply=known_supply,
        )


def acknowledge(
    src: Source,
    *,
    identity: Mapping[str, str] | None = None,
    interchanges: bool = True,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
) -> Acknowledgment:
    """Answer a received source: what was accepted, and what is wrong. See `hcfin.acknowledgment`.

    >>> acknowledge(b"ISA*00*").data
    b''
    """
    with opened(src) as stream:
        return acknowledging.acknowledge(
            stream,
            identity=identity,
            interchanges=interchanges,
            standard=standard,
            profile=profile,
            limits=limits,
        )


def iter_translate(
    src: Source,
    books: Books,
    *,
    to: str,
    context: Context,
    standard: str | None = None,
    profile: Any = None,
    settings: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    facts: bool = False,
    known: Known | None = None,
    prices: Prices | None = None,
    master: MasterData | None = None,
    known_supply: KnownSupply | None = None,
) -> Iterator[whole.Translation]:
    """Translate a source of any size, one remittance at a time. See `hcfin.translation.iter_translate`."""
    with opened(src) as stream:
        yield from whole.iter_translate(
            stream,
            books,
            to=to,
            context=context,
            standard=standard,
            profile=profile,
            settings=settings,
            limits=limits,
            facts=facts,
            known=known,
            prices=prices,
            master=master,
            known_supply=known_supply,
        )


def iter_facts(
    src: Source,
    *,
    standard: str | None = None,
    profile: Any = None,
    limits: Limits | None = None,
) -> Iterator[Event]:
    """Facts, issues and units of a source of any size, in the order of the source; bounded memory.

    A remittance is `Opened` with its header, then come its claims, then the `Remittance` itself with its
    provider adjustments and totals. Facts are patient data in clear.

    >>> [type(event).__name__ for event in iter_facts(b"ST*835*1~BPR*H*0*C*NON~SE*3*1~")][-3:]
    ['Opened', 'Remittance', 'Unit']
    """
    with opened(src) as stream:
        yield from whole.stream_facts(stream, standard=standard, profile=profile, limits=limits).events


def explain(
    src: Source,
    books: Books,
    *,
    context: Context,
    spool_dir: str | os.PathLike[str] | None = None,
    **selection: Any,
) -> explaining.Explained:
    """Explain the journal lines of a source. See `hcfin.explanation.explain`.

    With `payload` the source is read twice: `spool_dir` is for what cannot be, see `spooled`.
    """
    with opened(src) as stream:
        if selection.get("payload") is None:
            return explaining.explain(stream, books, context=context, **selection)
        with spooled(stream, directory=spool_dir) as again:
            return explaining.explain(again, books, context=context, **selection)


def prove(
    src: Source,
    books: Books,
    *,
    context: Context,
    standard: str | None = None,
    profile: Any = None,
    known: Known | None = None,
    spool_dir: str | os.PathLike[str] | None = None,
) -> Iterator[proving.Proof]:
    """A balance proof of each remittance of a source, for a checker that has no hcfin; see `hcfin.proof`.

    The source is read twice: `spool_dir` is for what cannot be, see `spooled`.
    """
    with opened(src) as stream, spooled(stream, directory=spool_dir) as again:
        yield from proving.prove(
            again, books, context=context, standard=standard, profile=profile, known=known
        )


def load_documents(src: Source) -> tuple[Document, ...]:
    """Finance documents from JSON: what `hcfin post` and `hcfin translate` print, one or several objects with
    `documents`, or bare documents.

    Raises `HcfinError` where the text is no such thing, and `OSError` for a path that cannot be read.
    """
    if isinstance(src, str) and src.lstrip()[:1] == "{":
        src = src.encode("utf-8")
    with opened(src) as stream:
        return documents_of(stream.read())


def load_books(*paths: str | os.PathLike[str]) -> Books:
    """Books from files, later ones over earlier ones, over hcfin's defaults. The name `example` stands for
    the example books that hcfin ships; so does no path at all. CSV tables that a file names stand beside it.

    Raises `BooksError` with file, line and remedy of every problem.

    >>> load_books().name
    'Example books'
    """
    folders = {Path(path).name: Path(path).parent for path in paths}

    def table(layer: str, name: str) -> Layer:
        return Layer(name, (folders[layer] / name).read_text(encoding="utf-8"))

    return load([_layer(path) for path in paths or ("example",)], table)


def load_profile(standard: str, *paths: str | os.PathLike[str]) -> Any:
    """A feed's profile from files, later ones over earlier ones. A name without `.toml` stands for a profile
    that hcfin ships (`hcfin profile list`).

    Raises `BooksError` with file, line and remedy of every problem.

    >>> load_profile("hl7v2", "cerner_lab").transaction_type("D").kind
    'charge'
    """
    return profiles.load(standard, [_profile_layer(standard, path) for path in paths])


def _profile_layer(standard: str, path: str | os.PathLike[str]) -> Layer:
    name = os.fspath(path)
    is_file = name.endswith(".toml") or Path(name).name != name or Path(name).exists()
    return _layer(path) if is_file else profiles.shipped(standard, name)


def load_keys(path: str | os.PathLike[str]) -> Keys:
    """Keys from a TOML file with `id` and `token`, each 64 hex digits or more, and `token_version`.

    Raises `KeysError`; the text never shows a key.
    """
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        known = {"id", "token", "token_version"}
        if set(data) - known:
            raise KeysError("a key file holds id, token and token_version, nothing else")
        return Keys(
            id=bytes.fromhex(data["id"]),
            token=bytes.fromhex(data["token"]),
            token_version=str(data.get("token_version", "1")),
        )
    except (KeyError, TypeError, ValueError):
        pass
    raise KeysError("a key file is TOML with id and token as hex digits")


def new_keys(path: str | os.PathLike[str]) -> None:
    """Write a key file with fresh random keys, readable by its owner alone. Never overwrites."""
    text = f'id = "{secrets.token_hex(32)}"\ntoken = "{secrets.token_hex(32)}"\ntoken_version = "1"\n'
    new_file(path, text, mode=0o600)


def new_file(path: str | os.PathLike[str], text: str, *, mode: int = 0o666) -> None:
    """Write a new file. Raises `FileExistsError` where there is one: nothing is overwritten."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)


def _layer(path: str | os.PathLike[str]) -> Layer:
    if path == "example":
        return builtin("example.toml")
    try:
        # The name alone: where a rule is written must not depend on the machine.
        return Layer(Path(path).name, Path(path).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        problem = f"{os.fspath(path)}: not UTF-8 text"
    except OSError as error:
        problem = f"{os.fspath(path)}: {error.strerror or 'cannot be read'}"
    raise BooksError([problem])
