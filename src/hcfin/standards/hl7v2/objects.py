"""Bytes of messages that are text, or objects of hl7apy or python-hl7. Neither library is imported here.

hl7apy's own `to_er7` escapes the backslash of every escape that it does not know (`\\.br\\`, `\\X0A\\`,
`\\Zabc\\`), so it is asked with an escape character that no text has. What hl7apy dropped when it parsed a
message (local segments within groups, separators at the end of a segment) is no longer there.
"""

from __future__ import annotations

import re
from typing import Any

from hcfin.codes import table

_HL7APY, _PYTHON_HL7 = "hl7apy", "hl7"
_STAND_IN = "\x00"
_MESSAGE = re.compile(r"(?:^|(?<=[\r\n]))(?=MSH)")
_LINE = re.compile(r"[^\r\n]*")


def encode(source: object) -> bytes | None:
    """The bytes of a text, or of a message, batch or file of those libraries; None for anything else."""
    if isinstance(source, str):
        return _encoded(source)
    # By name and without import: whoever has such an object has imported its library.
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(source).__mro__}
    if (_HL7APY, "Message") in kinds:
        return _encoded(_of_hl7apy(source))
    if (_PYTHON_HL7, "Message") in kinds:
        return _encoded(str(source))
    if kinds & {(_PYTHON_HL7, "Batch"), (_PYTHON_HL7, "File")}:
        return _encoded(str(source).replace("\r\r", "\r"))  # it writes a line between messages
    return None


def _of_hl7apy(message: Any) -> str:
    marks = dict(message.encoding_chars)
    escape = str(marks["ESCAPE"])
    text = str(message.to_er7(encoding_chars={**marks, "ESCAPE": _STAND_IN}))
    return text.replace(_STAND_IN, escape) + "\r"


def _encoded(text: str) -> bytes:
    """Each message in the character set that its own MSH-18 names, or in UTF-8 where it names none that has
    all its characters."""
    return b"".join(_message(piece) for piece in _MESSAGE.split(text))


def _message(text: str) -> bytes:
    header = _LINE.match(text)
    fields = header[0].split(text[3]) if header and len(text) > 3 else []
    stated = fields[17] if len(fields) > 17 else ""
    for name in re.split(r"[~^]", stated):
        known = table("character_set").get(name.strip().upper())
        if known is not None:
            try:
                return text.encode(known["codec"])
            except UnicodeEncodeError:
                continue
    return text.encode("utf-8", "surrogatepass")
