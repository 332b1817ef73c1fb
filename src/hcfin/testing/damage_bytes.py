"""Damage to bytes, whatever they are of: cut, garbled, wrapped, encoded otherwise."""

from __future__ import annotations

from collections.abc import Callable

from hcfin.testing.damage_file import Choices, File

Kind = Callable[[Choices, File], bytes]


def truncate(choose: Choices, file: File) -> bytes:
    return file.data[: file.offset(choose)]


def garbage(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), choose.blob(40))


def separator(choose: Choices, file: File) -> bytes:
    """One separator or terminator is another character, or none."""
    which = choose.of((file.element, file.terminator, b":", b"^"))
    place = file.data.find(which, file.offset(choose))
    place = file.data.find(which) if place < 0 else place
    if place < 0:
        return file.data
    instead = choose.of((b"|", b"\x1d", b"", b" ", b"A", b"\n", b"*", b"~", b":"))
    return file.data[:place] + instead + file.data[place + 1 :]


def all_separators(choose: Choices, file: File) -> bytes:
    """One kind of separator is another character throughout, which data may hold as well."""
    old = choose.of((file.element, file.terminator, b":", b"^"))
    return file.data.replace(old, choose.of((b"|", b"\n", b"\r\n", b"\x1c", b"0", b" ", b".", b"\xff")))


def line_break(choose: Choices, file: File) -> bytes:
    ending = choose.of((b"\r", b"\n", b"\r\n"))
    if choose.integer(0, 1):
        width = choose.of((80, choose.integer(20, 120)))
        return ending.join([file.data[n : n + width] for n in range(0, len(file.data), width)])
    return file.inserted(file.offset(choose), ending)


def line_ends(choose: Choices, file: File) -> bytes:
    """A line break after each terminator, or none, or blanks."""
    ending = choose.of((b"\r\n", b"\n", b"", b"\r", b" \n", b"\n\n", b"\t"))
    return file.joined([segment.strip(b"\r\n") + ending for segment in file.segments]).replace(
        ending + file.terminator, file.terminator + ending
    )


def byte_order_mark(choose: Choices, file: File) -> bytes:
    return choose.of((b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \r\n\t", b"  \n")) + file.data


def encoding(choose: Choices, file: File) -> bytes:
    """Letters that are one byte in Latin-1, two in UTF-8, or no UTF-8 at all; or a null in the middle."""
    letters = choose.of(
        ("é".encode("latin-1"), "é".encode(), "漢".encode(), b"\xed\xa0\x80", b"\xc0\xaf", b"\x85", b"\xa0")
    )
    return file.inserted(file.offset(choose), letters)


def wide_characters(choose: Choices, file: File) -> bytes:
    """UTF-16: every other byte is NUL."""
    return file.data.decode("latin-1").encode("utf-16")


def nul_bytes(choose: Choices, file: File) -> bytes:
    return file.inserted(file.offset(choose), b"\x00" * choose.integer(1, 300))


def byte_flips(choose: Choices, file: File) -> bytes:
    damaged = bytearray(file.data)
    for _ in range(choose.integer(1, 8) if damaged else 0):
        damaged[choose.integer(0, len(damaged) - 1)] ^= choose.integer(1, 255)
    return bytes(damaged)


def splice(choose: Choices, file: File) -> bytes:
    """A run of bytes is gone, or stands twice."""
    start = file.offset(choose)
    end = min(start + choose.integer(1, 200), len(file.data))
    run = file.data[start:end]
    return choose.of((file.data[:start] + file.data[end:], file.data[:end] + run + file.data[end:]))
