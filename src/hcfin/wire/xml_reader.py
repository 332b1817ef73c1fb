"""XML from strangers: no document type, no entities, no network, bounded size and depth.

lxml parses; it is imported when the first document is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_DEPTH = 64
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# A document type in an encoding of two or four bytes.
# A document type that only names where its definition is: nothing is declared in the document itself.
_LITERAL = rb"(?:\"[^\"<>&%]*\"|'[^'<>&%]*')"
_EXTERNAL = re.compile(
    rb"<!DOCTYPE\s+[A-Za-z][A-Za-z0-9._:-]*\s+(?:SYSTEM\s+|PUBLIC\s+"
    + _LITERAL
    + rb"\s+)"
    + _LITERAL
    + rb"\s*>"
)
_WIDE = re.compile(rb"<\x00!|\x00<\x00!|<\x00\x00\x00!")


class XmlError(ValueError):
    """XML that cannot be taken. `code` is the name of an issue; the text never shows what was read."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


def parse(data: bytes, *, max_depth: int = MAX_DEPTH, external_doctype: bool = False) -> _Element:
    """The root of a document. Raises `XmlError`: `XML_INVALID` (with the line), `XML_DOCTYPE` (it declares a
    document type or entities), `XML_DEPTH`.

    With `external_doctype` one document type that only points elsewhere is taken out unread: what it points
    to is never fetched, and a document that declares anything itself is refused all the same.

    >>> parse(b'<Coverage xmlns="http://hl7.org/fhir"><id value="1"/></Coverage>').tag
    '{http://hl7.org/fhir}Coverage'
    """
    if external_doctype:
        data = _EXTERNAL.sub(lambda found: re.sub(rb"[^\r\n]", b" ", found[0]), data, count=1)
    if _DOCTYPE.search(data) or _WIDE.search(data):
        raise XmlError("XML_DOCTYPE")
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    fault: XmlError
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        fault = XmlError("XML_INVALID", error.lineno or 0)
    except ValueError:
        fault = XmlError("XML_INVALID")
    else:
        if root.getroottree().docinfo.doctype:
            raise XmlError("XML_DOCTYPE")
        if _deeper(root, max_depth):
            raise XmlError("XML_DEPTH")
        return root
    raise fault


def _deeper(root: _Element, limit: int) -> bool:
    depth = 0
    from lxml import etree

    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limit:
            return True
    return False
