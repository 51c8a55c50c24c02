"""The IPP codec beside pyipp: ippeveprinter's answer to Get-Printer-Attributes, decoded and encoded.

Both read the same 9 KB. pyipp writes no collections, ranges, resolutions, dates or out-of-band values, so for encoding
both write the rest of the answer, byte for byte the same. An attribute that was decoded, built or encoded before keeps
its bytes, as an agent that forwards or repeats an answer has it; the rows on encoding anew show the cost without that.

The codec also remembers the words and numbers it met, and a benchmark says the same ones in every round, as a printer
does. The rows "nothing met before" are the worst case: every name, string and number is another one in every round.
"""

import timeit
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from pyipp import parser, serializer
from pyipp.enums import IppTag

from tympan_wire.ipp import Attribute, Collection, Group, Message, Value, attr, decode, encode, encode_attributes

VECTOR = Path(__file__).parents[2] / "wire/tests/ipp/vectors/ippeveprinter-get-printer-attributes.bin"
ROUNDS = 150
LOOPS = 2
"""Messages per round and side; few, so that some rounds are disturbed by nothing."""
STRANGERS = 40
"""Different answers in the rows "nothing met before"; their words are far more than the codec remembers."""

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

Work = Callable[[], object]
Valued = list[tuple[int, list[tuple[str, tuple[Value, ...]]]]]
"""Groups, their attributes as name and values."""


class Answer(NamedTuple):
    """One answer in the forms the two sides start from; all but the first without what pyipp cannot write."""

    raw: bytes
    valued: Valued
    plain: list[tuple[int, list[tuple[Callable[..., Attribute], str, list[Any]]]]]
    peer: list[tuple[str, list[Any], IppTag]]


def run() -> list[dict[str, object]]:
    """Measure every figure, ours beside the peer's, in microseconds per message."""
    message, _ = decode(VECTOR.read_bytes())
    one = _answer(message)
    kept, _ = decode(_encode_values(one))
    strangers = [_answer(_stranger(message, number)) for number in range(STRANGERS)]
    ours, peers = cycle(strangers), cycle(strangers)
    return [
        _row("ipp decode", lambda: decode(one.raw), lambda: _peer_decode(one)),
        _row("ipp decode and read every value", lambda: _read(one), lambda: _peer_decode(one)),
        _row("ipp decode, read every value and encode anew", lambda: _read_and_encode(one), lambda: _peer_both(one)),
        _row("ipp encode, attributes never encoded before", lambda: _encode_values(one), lambda: _peer_encode(one)),
        _row("ipp encode, attributes decoded or kept", lambda: encode(kept), lambda: _peer_encode(one)),
        _record("ipp build from plain values and encode", lambda: _build(one), lambda: _peer_encode(one)),
        _record(
            "ipp decode and read every value, nothing met before",
            lambda: _read(next(ours)),
            lambda: _peer_decode(next(peers)),
        ),
        _record(
            "ipp encode, attributes never encoded, nothing met before",
            lambda: _encode_values(next(ours)),
            lambda: _peer_encode(next(peers)),
        ),
    ]


def _row(figure: str, work: Work, peer_work: Work, target: float | None = 5.0) -> dict[str, object]:
    """Measure both turn by turn; what other work on the machine adds is left out by taking the best of each."""
    rounds = [(_microseconds(work), _microseconds(peer_work)) for _ in range(ROUNDS)]
    ours, peer = (min(side) for side in zip(*rounds, strict=True))
    ratio = round(peer / ours, 2)
    return {
        "figure": figure,
        "ours": round(ours, 1),
        "peer": round(peer, 1),
        "unit": "us",
        "ratio": ratio,
        "target": f">= {target:g}x pyipp" if target else "for the record: pyipp",
        "met": ratio >= target if target else None,
    }


def _record(figure: str, work: Work, peer_work: Work) -> dict[str, object]:
    return _row(figure, work, peer_work, target=None)


def _microseconds(work: Work) -> float:
    return timeit.timeit(work, number=LOOPS) / LOOPS * 1e6


def _answer(message: Message) -> Answer:
    valued = [(group.tag, [(a.name, a.values) for a in group if _is_shared(a)]) for group in message.groups]
    named = [attribute for _, attributes in valued for attribute in attributes]
    plain = [(tag, [_as_plain(name, values) for name, values in attributes]) for tag, attributes in valued]
    peer = [(name, [value.value for value in values], IppTag(values[0].tag)) for name, values in named]
    answer = Answer(encode(message), valued, plain, peer)
    if _peer_encode(answer) != encode_attributes(Attribute(name, values) for name, values in named):
        raise RuntimeError("not the same work: pyipp and ours write different bytes")
    if not _build(answer) == _encode_values(answer) == _read_and_encode(answer):
        raise RuntimeError("not the same work: our three ways to encode differ")
    return answer


def _is_shared(attribute: Attribute) -> bool:
    return attribute.tag in _BUILDERS and {value.tag for value in attribute.values} == {attribute.tag}


def _as_plain(name: str, values: tuple[Value, ...]) -> tuple[Callable[..., Attribute], str, list[Any]]:
    return _BUILDERS[values[0].tag], name, [value.value for value in values]


def _stranger(message: Message, number: int) -> Message:
    """The same answer of a printer that has other words and numbers for everything."""
    groups = [Group(group.tag, [_renamed(a, number) for a in group]) for group in message.groups]
    return Message(message.version, message.code, message.request_id, groups)


def _renamed(attribute: Attribute, number: int) -> Attribute:
    return Attribute(f"{attribute.name}{number}", _strange(attribute.values, number))


def _strange(values: tuple[Value, ...], number: int) -> tuple[Value, ...]:
    return tuple(Value(value.tag, _other(value.value, number)) for value in values)


def _other(value: object, number: int) -> object:
    match value:
        case bool():
            return value
        case int():
            return value + 10_000 * number
        case str():
            return f"{value}{number}"
        case Collection():
            return Collection((f"{name}{number}", _strange(values, number)) for name, values in value.members)
    return value


def _read(answer: Answer) -> int:
    message, _ = decode(answer.raw)
    return sum(len(attribute.values) for group in message.groups for attribute in group)


def _read_and_encode(answer: Answer) -> bytes:
    message, _ = decode(answer.raw)
    read = [(group.tag, [(a.name, a.values) for a in group]) for group in message.groups]
    return _encoded([(tag, [one for one in named if one[1][0].tag in _BUILDERS]) for tag, named in read])


def _encode_values(answer: Answer) -> bytes:
    return _encoded(answer.valued)


def _encoded(valued: Valued) -> bytes:
    groups = [Group(tag, [Attribute(name, values) for name, values in named]) for tag, named in valued]
    return encode(Message((2, 0), 0x0B, 1, groups))


def _build(answer: Answer) -> bytes:
    groups = [Group(tag, [build(name, *values) for build, name, values in named]) for tag, named in answer.plain]
    return encode(Message((2, 0), 0x0B, 1, groups))


def _peer_decode(answer: Answer) -> object:
    return parser.parse(answer.raw)


def _peer_encode(answer: Answer) -> bytes:
    return b"".join([serializer.construct_attribute(name, values, tag) for name, values, tag in answer.peer])


def _peer_both(answer: Answer) -> bytes:
    _peer_decode(answer)
    return _peer_encode(answer)


if __name__ == "__main__":
    for row in run():
        print(*row.values(), sep="\t")
