"""Unique device identifiers as text, so that reading it says the same."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from hcfin.wire.udi import Carrier, check_character, parse

_ISBT_DAYS = frozenset({"expires", "manufactured"})


def text_of(carrier: Carrier) -> str:
    """A carrier as text, so that `parse` gives it back: for people of GS1 and ICCBBA, with its check
    character of HIBCC. Raises `ValueError` where the issuer's form cannot say it.

    >>> text_of(Carrier("GS1", "09506000134352", serial="S7", expires="2027-01-31"))
    '(01)09506000134352(17)270131(21)S7'
    """
    write = {"GS1": _as_gs1, "HIBCC": _as_hibcc, "ICCBBA": _as_iccbba}.get(carrier.issuer, _nothing)
    text = ""
    with suppress(ValueError):  # characters or days that the issuer does not have
        text = write(carrier)
    if parse(text) != carrier:
        raise ValueError("no text of this issuer says that")
    return text


def _nothing(_: Carrier) -> str:
    return ""


def _as_gs1(carrier: Carrier) -> str:
    days = (("11", carrier.manufactured), ("17", carrier.expires))
    dated = "".join(f"({name}){_six(day)}" for name, day in days if day)
    numbers = (("10", carrier.lot), ("21", carrier.serial))
    return f"(01){carrier.device}{dated}" + "".join(f"({name}){value}" for name, value in numbers if value)


def _six(day: str) -> str:
    return day[2:].replace("-", "").ljust(6, "0")


def _as_hibcc(carrier: Carrier) -> str:
    text = f"+{carrier.device}"
    if carrier.lot or carrier.expires:
        text += f"/$$3{_six(carrier.expires)}{carrier.lot}" if carrier.expires else f"/${carrier.lot}"
    if carrier.serial:
        text += f"/S{carrier.serial}"
    if carrier.manufactured:
        text += f"/16D{carrier.manufactured.replace('-', '')}"
    return text + check_character(text)


def _as_iccbba(carrier: Carrier) -> str:
    flags = {"device": "=/" if len(carrier.device) > 10 else "=)", "serial": "=,", "donation": "="}
    flags |= {"expires": "=>", "manufactured": "=}", "lot": "&,1" if len(carrier.lot) > 10 else "&)"}
    told = ((flag, name, getattr(carrier, name)) for name, flag in flags.items())
    return "".join(
        flag + (_isbt(value) if name in _ISBT_DAYS else value) for flag, name, value in told if value
    )


def _isbt(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found:%Y}"[1:] + f"{found:%j}"
