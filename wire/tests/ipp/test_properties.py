"""Properties: any message survives, any cut gives the same, and bad bytes give a protocol error and nothing else."""

import random
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tympan_wire.ipp import (
    Attribute,
    Collection,
    DateTime,
    Decoder,
    Group,
    GroupTag,
    IppProtocolError,
    Limits,
    LocalizedText,
    Message,
    Range,
    Resolution,
    Tag,
    Value,
    decode,
    describe,
    encode,
)

ANSWER = (Path(__file__).parent / "vectors" / "ippeveprinter-get-printer-attributes.bin").read_bytes()
SMALL = encode(
    Message.request(
        2,
        1,
        Group(
            GroupTag.JOB,
            [
                Attribute("c", (Value(Tag.BEG_COLLECTION, Collection([("m", (Value(Tag.INTEGER, 1),))])),)),
                Attribute("t", (Value(Tag.TEXT_WITH_LANGUAGE, LocalizedText("a", "en")), Value(Tag.BOOLEAN, True))),
            ],
        ),
    )
)

i32 = st.integers(-(2**31), 2**31 - 1)
octets = st.binary(max_size=40)
texts = octets.map(lambda raw: raw.decode("utf-8", "surrogateescape"))
names = st.binary(min_size=1, max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
languages = st.text("abc-", max_size=63)
STRINGS = [tag for tag in Tag if 0x41 <= tag <= 0x49]
OPAQUE = [tag for tag in range(0x20, 0x100) if tag not in set(Tag)] + [Tag.OCTET_STRING]


def tagged(tags: list[int] | list[Tag], values: st.SearchStrategy[object]) -> st.SearchStrategy[Value]:
    return st.builds(Value, st.sampled_from([int(tag) for tag in tags]), values)


simple = st.one_of(
    tagged([Tag.INTEGER, Tag.ENUM], i32),
    tagged([Tag.BOOLEAN], st.one_of(st.booleans(), st.integers(2, 255))),
    tagged(STRINGS, texts),
    tagged(OPAQUE, octets),
    tagged(list(range(0x10, 0x20)), st.none()),
    tagged([Tag.RANGE_OF_INTEGER], st.builds(Range, i32, i32)),
    tagged([Tag.RESOLUTION], st.builds(Resolution, i32, i32, st.integers(-128, 127))),
    tagged([Tag.DATE_TIME], st.builds(DateTime, st.binary(min_size=11, max_size=11))),
    tagged([Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE], st.builds(LocalizedText, texts, languages)),
    tagged([Tag.EXTENSION], octets.map(lambda raw: b"\0\0\1\0" + raw)),
)


def collections_of(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    members = st.lists(st.tuples(names, st.lists(values, max_size=3).map(tuple)), max_size=3)
    return tagged([Tag.BEG_COLLECTION], st.builds(Collection, members))


values = st.recursive(simple, lambda inner: st.one_of(inner, collections_of(inner)), max_leaves=8)
attributes = st.builds(Attribute, names, st.lists(values, min_size=1, max_size=4).map(tuple))
group_tags = st.sampled_from([tag for tag in range(2, 16) if tag != GroupTag.END])
groups = st.builds(Group, group_tags, st.lists(attributes, max_size=4))
messages = st.builds(
    Message,
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
    st.integers(0, 0xFFFF),
    i32,
    st.lists(groups, max_size=4),
)


@given(messages)
def test_what_is_written_is_read(message: Message) -> None:
    raw = encode(message)
    read, end = decode(raw)
    assert (read, end) == (message, len(raw))
    assert encode(read) == raw


@given(messages, st.binary(max_size=20), st.lists(st.integers(0, 400), max_size=6))
def test_split_anywhere_gives_the_same(message: Message, document: bytes, cuts: list[int]) -> None:
    raw = encode(message) + document
    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    decoder = Decoder()
    answers = [decoder.feed(raw[start:stop]) for start, stop in pairwise(places)]
    assert answers[-1] == message
    assert decoder.rest == document


def outcome(raw: bytes, limits: Limits) -> tuple[object, ...]:
    """What decoding gives: a message whose every value can be read and written back, or a protocol error."""
    try:
        message, end = decode(raw, limits)
    except IppProtocolError as error:
        assert 0 <= error.offset <= len(raw)
        return (error.reason, error.offset)
    again = [Group(group.tag, [Attribute(a.name, a.values) for a in group]) for group in message.groups]
    assert encode(Message(message.version, message.code, message.request_id, again)) == encode(message) == raw[:end]
    assert all(describe(attribute).isprintable() for group in message.groups for attribute in group)
    return (message, end)


def piecewise_outcome(raw: bytes, limits: Limits, step: int) -> tuple[object, ...]:
    decoder = Decoder(limits)
    try:
        for at in range(0, len(raw), step):
            message = decoder.feed(raw[at : at + step])
            if message is not None:
                return (message, len(encode(message)))
        decoder.eof()
    except IppProtocolError as error:
        return (error.reason, error.offset)
    raise AssertionError("neither a message nor an error")


@given(st.binary(max_size=200), st.integers(1, 20))
def test_any_bytes_give_a_message_or_a_protocol_error(tail: bytes, step: int) -> None:
    raw = SMALL[:9] + tail
    assert outcome(raw, Limits()) == piecewise_outcome(raw, Limits(), step)


@settings(max_examples=300)
@given(st.data(), st.integers(1, 30))
def test_mutated_bytes_give_a_message_or_a_protocol_error(data: st.DataObject, step: int) -> None:
    raw = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    limits = Limits(message_bytes=data.draw(st.integers(9, 200)), elements=data.draw(st.integers(1, 40)), depth=2)
    assert outcome(bytes(raw), limits) == piecewise_outcome(bytes(raw), limits, step)


@pytest.mark.parametrize("seed", range(8))
def test_mutated_answers_of_a_real_printer(seed: int) -> None:
    chance = random.Random(seed)
    refused = 0
    for _ in range(100):
        raw = bytearray(ANSWER)
        for _ in range(chance.randint(1, 8)):
            raw[chance.randrange(len(raw))] = chance.choice(
                (0, 1, 3, 0x34, 0x37, 0x4A, 0x7F, 0xFF, chance.randrange(256))
            )
        whole = outcome(bytes(raw), Limits())
        assert whole == piecewise_outcome(bytes(raw), Limits(), 1000)
        refused += isinstance(whole[0], str)
    assert 0 < refused < 100


def test_byte_by_byte_looks_at_each_element_once() -> None:
    """A message near the limit, fed in single bytes, costs work in proportion to its length."""
    looks = 0

    class Counted(bytearray):
        def __getitem__(self, index: object) -> object:  # type: ignore[override]
            nonlocal looks
            looks += 1
            return super().__getitem__(index)  # type: ignore[call-overload]

    decoder = Decoder()
    decoder._data = Counted()
    raw = SMALL[:8] + b"\x02\x44\0\1a\0\1x" + b"\x44\0\0\0\1y" * 5000 + b"\x03"
    read = [decoder.feed(raw[at : at + 1]) for at in range(len(raw))][-1]
    assert read is not None
    assert len(read.first(2).attributes[0].values) == 5001
    assert looks < 3 * len(raw)


def test_memory_is_bounded_by_the_limits() -> None:
    limits = Limits(message_bytes=100_000)
    hostile = SMALL[:8] + b"\x02\x10\0\1a\0\0" + b"\x10\0\0\0\0" * 30_000
    decoder = Decoder(limits)
    tracemalloc.start()
    try:
        with pytest.raises(IppProtocolError):
            for at in range(0, 100 * len(hostile), 10_000):
                decoder.feed(hostile[at % len(hostile) :][:10_000])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * limits.message_bytes
