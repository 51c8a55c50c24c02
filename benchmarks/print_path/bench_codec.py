"""The IPP codec beside pyipp: ippeveprinter's answer to Get-Printer-Attributes, decoded and encoded.

Both read the same 9 KB. pyipp writes no collections, ranges, resolutions, dates or out-of-band values, so for encoding
both write the rest of the answer, byte for byte the same. An attribute that was decoded or encoded before keeps its
bytes, as an agent that forwards or repeats an answer has it; the rows on first encoding show the cost without that.
"""

import timeit
from collections.abc import Callable
from pathlib import Path

from pyipp import parser, serializer
from pyipp.enums import IppTag

from tympan_wire.ipp import Attribute, Group, Message, Value, attr, decode, encode, encode_attributes

VECTOR = Path(__file__).parents[2] / "wire/tests/ipp/vectors/ippeveprinter-get-printer-attributes.bin"
_BUILDERS: dict[int, Callable[..., Attribute]] = {
    0x21: attr.integer,
    0x22: attr.boolean,
    0x23: attr.enum,
    0x41: attr.text,
    0x42: attr.name_,
    0x44: attr.keyword,
    0x45: attr.uri,
    0x46: attr.uri_scheme,
    0x47: attr.charset,
    0x48: attr.language,
    0x49: attr.mime,
}
"""The tags pyipp can write."""

Plain = list[tuple[int, list[tuple[str, tuple[Value, ...]]]]]


def run() -> list[dict[str, object]]:
    """Measure every figure, ours beside the peer's, in microseconds per message."""
    raw = VECTOR.read_bytes()
    message, _ = decode(raw)
    shared = _shared(message)
    peer_decode = _microseconds(lambda: parser.parse(raw))
    peer_encode = _peer_encode(shared)
    kept, _ = decode(encode(_message(shared)))
    return [
        _row("ipp decode", lambda: decode(raw), peer_decode),
        _row("ipp decode and read every value", lambda: _read_all(raw), peer_decode),
        _row("ipp encode, attributes never encoded before", lambda: encode(_message(shared)), peer_encode),
        _row("ipp encode, attributes decoded or kept", lambda: encode(kept), peer_encode),
        _row("ipp build from plain values and encode", lambda: encode(_built(shared)), peer_encode, target=None),
    ]


def _microseconds(work: Callable[[], object]) -> float:
    return min(timeit.repeat(work, number=100, repeat=7)) / 100 * 1e6


def _row(figure: str, work: Callable[[], object], peer: float, target: float | None = 5.0) -> dict[str, object]:
    ours = _microseconds(work)
    ratio = round(peer / ours, 2)
    met = target is None or ratio >= target
    return {
        "figure": figure,
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "unit": "us",
        "ratio": ratio,
        "target": f">= {target:g}x pyipp" if target else "for the record",
        "met": met,
    }


def _read_all(raw: bytes) -> int:
    message, _ = decode(raw)
    return sum(len(attribute.values) for group in message.groups for attribute in group)


def _shared(message: Message) -> Plain:
    """The attributes that pyipp can write as well, told their tags."""
    return [(group.tag, [(a.name, a.values) for a in group if _plain(a)]) for group in message.groups]


def _plain(attribute: Attribute) -> bool:
    return attribute.tag in _BUILDERS and {value.tag for value in attribute.values} == {attribute.tag}


def _message(shared: Plain) -> Message:
    groups = [Group(tag, [Attribute(name, values) for name, values in named]) for tag, named in shared]
    return Message((2, 0), 0x0B, 1, groups)


def _built(shared: Plain) -> Message:
    groups = []
    for tag, named in shared:
        attributes = [_BUILDERS[values[0].tag](name, *[value.value for value in values]) for name, values in named]
        groups.append(Group(tag, attributes))
    return Message((2, 0), 0x0B, 1, groups)


def _peer_encode(shared: Plain) -> float:
    plain = [
        (name, [value.value for value in values], IppTag(values[0].tag))
        for _, named in shared
        for name, values in named
    ]

    def work() -> bytes:
        return b"".join([serializer.construct_attribute(name, values, tag) for name, values, tag in plain])

    ours = b"".join(encode_attributes(Attribute(name, values) for name, values in named) for _, named in shared)
    if work() != ours:
        raise RuntimeError("not the same work: pyipp and ours write different bytes")
    return _microseconds(work)


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
