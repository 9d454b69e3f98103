"""The side tables of a code object: exception table (3.11 and later) and line table, read and written."""

from __future__ import annotations

import sys
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_V310 = sys.version_info < (3, 11)

# Offsets in bytes; what raises in start..end goes to target with `depth` entries kept, and the offset pushed if `lasti`.
Entry = namedtuple("Entry", "start end target depth lasti")


def read_exceptions(table: Any) -> list[Entry]:
    """Entries from bytes, or from objects, mappings or tuples with the fields of Entry."""
    if _V310:
        if table:
            raise ValueError("exception_table: Python 3.10 has none; its handlers are set up by SETUP_FINALLY")
        return []
    if table is None:
        return []
    if isinstance(table, (bytes, bytearray)):
        return list(_decode(iter(table)))
    return [_entry(k, given) for k, given in enumerate(table)]


def _entry(k: int, given: Any) -> Entry:
    if isinstance(given, dict):
        fields = [given.get(name) for name in Entry._fields]
    elif isinstance(given, tuple) and not hasattr(given, "start"):
        fields = list(given)
    else:
        fields = [getattr(given, name, None) for name in Entry._fields]
    if len(fields) != 5 or not all(isinstance(value, int) and value >= 0 for value in fields):
        raise ValueError(f"exception_table[{k}]: needs start, end, target, depth and lasti as ints, not {given!r}")
    entry = Entry(*fields)
    if entry.start >= entry.end or (entry.start | entry.end | entry.target) % 2:
        raise ValueError(f"exception_table[{k}]: offsets must be even and start before end, not {given!r}")
    return entry


def _decode(data: Iterator[int]) -> Iterator[Entry]:
    def varint(byte: int) -> int:
        value = byte & 63
        while byte & 64:
            byte = next(data)
            value = value << 6 | byte & 63
        return value

    try:
        for first in data:
            start = varint(first)
            length, target, flags = (varint(next(data)) for _ in range(3))
            yield Entry(2 * start, 2 * (start + length), 2 * target, flags >> 1, flags & 1)
    except (StopIteration, RuntimeError):
        raise ValueError("exception_table: the bytes end in the middle of an entry") from None


def write_exceptions(entries: list[Entry]) -> bytes:
    """Varints of six bits each, the highest first; the first byte of an entry has its top bit set."""
    table = bytearray()
    for e in sorted(entries):
        first = len(table)
        for value in (e.start // 2, (e.end - e.start) // 2, e.target // 2, e.depth << 1 | int(e.lasti)):
            chunks = [value & 63]
            while value := value >> 6:
                chunks.append(value & 63 | 64)
            table += bytes(reversed(chunks))
        table[first] |= 128
    return bytes(table)


def lines(first: int, of: list[int], ends: list[int]) -> bytes:
    """The line table for instructions on lines `of` that end at offsets `ends`."""
    table = bytearray()
    before, start = first, 0
    for line, end in zip(of, ends):
        table += _lines310(line - before, end - start) if _V310 else _lines311(line - before, (end - start) // 2)
        before, start = line, end
    return bytes(table)


def _lines310(delta: int, size: int) -> bytes:
    """Pairs of an unsigned offset step and a signed line step of at most 254 and 127."""
    out = bytearray()
    while not -127 <= delta <= 127:
        step = 127 if delta > 0 else -127
        out += bytes((0, step & 255))
        delta -= step
    while size > 254:
        out += bytes((254, delta & 255))
        size, delta = size - 254, 0
    return bytes(out) + bytes((size, delta & 255))


def _lines311(delta: int, units: int) -> bytes:
    """Entries of kind 13: a line without columns, for up to eight code units."""
    out = bytearray()
    while units > 0:
        part = min(units, 8)
        out.append(0x80 | 13 << 3 | part - 1)
        value = -delta << 1 | 1 if delta < 0 else delta << 1
        while value > 63:
            out.append(64 | value & 63)
            value >>= 6
        out.append(value)
        units, delta = units - part, 0
    return bytes(out)
