"""What is refused: each rule of RFC 8010 a hostile or broken peer may break, with the offset that is reported."""

import gc
import weakref

import pytest

from tympan_wire.ipp import Decoder, IppProtocolError, Limits, decode

HEADER = bytes.fromhex("0200 000b 00000001")
BEGIN, END = "34 0000 0000", "37 0000 0000"

# name: (bytes behind the header, offset of the element that is wrong, a word of the reason)
REFUSALS: dict[str, tuple[str, int, str]] = {
    "tag zero": ("01 00 03", 9, "0x00"),
    "no end tag": ("01", 9, "ends before"),
    "length past the data": ("01 44 0001 61 0002 78", 9, "ends before"),
    "name past the data": ("01 44 0009 61", 9, "ends before"),
    "value length above 32767": ("01 44 0001 61 8000", 9, "32768"),
    "name length above 32767": ("01 44 8000 61 0000", 9, "32768"),
    "value length that steps back when read as signed": ("01 44 0001 78 fffa", 9, "65530"),
    "second operation group after another": ("01 02 01 03", 10, "second operation"),
    "group tag inside a collection": ("02 34 0001 61 0000 02", 15, "inside a collection"),
    "end tag inside a collection": ("02 34 0001 61 0000 03", 15, "inside a collection"),
    "attribute before any group": ("44 0001 61 0001 78 03", 8, "before any group"),
    "value without an attribute": ("01 44 0000 0001 78 03", 9, "no attribute"),
    "value without an attribute in the next group": ("01 44 0001 61 0000 02 44 0000 0000", 16, "no attribute"),
    "member name outside a collection": ("01 44 0001 61 0000 4a 0000 0001 78", 15, "outside"),
    "member name with a name": ("01 4a 0001 61 0001 78", 9, "name"),
    "member name with a name inside": ("01 34 0001 61 0000 4a 0001 62 0001 78", 15, "name"),
    "member name without a value": ("01 34 0001 61 0000 4a 0000 0000", 15, "without a name"),
    "named attribute inside a collection": ("01 34 0001 61 0000 44 0001 62 0000", 15, "name"),
    "value before its member name": ("01 34 0001 61 0000 44 0000 0001 78", 15, "no attribute"),
    "collection before its member name": ("01 34 0001 61 0000" + BEGIN, 15, "no attribute"),
    "begin of a collection with a value": ("01 34 0001 61 0001 78", 9, "carries bytes"),
    "end of a collection with a value": ("01 34 0001 61 0000 37 0000 0001 78", 15, "carries bytes"),
    "end of a collection with a name": ("01 34 0001 61 0000 37 0001 78 0000", 15, "name"),
    "end of a collection outside one": ("01 44 0001 61 0000" + END, 15, "never began"),
    "end of a collection as an attribute": ("01 37 0001 61 0000", 9, "name"),
    "two ends of one collection": ("01 34 0001 61 0000" + END * 2, 20, "never began"),
    "integer of 3 bytes": ("01 21 0001 61 0003 000000", 9, "4 bytes"),
    "integer of 8 bytes": ("01 21 0001 61 0008 0000000000000000", 9, "4 bytes"),
    "integer of no bytes": ("01 21 0001 61 0000", 9, "4 bytes"),
    "enum of 2 bytes": ("01 23 0001 61 0002 0000", 9, "4 bytes"),
    "boolean of no bytes": ("01 22 0001 61 0000", 9, "1 bytes"),
    "boolean of 2 bytes": ("01 22 0001 61 0002 0000", 9, "1 bytes"),
    "date of 10 bytes": ("01 31 0001 61 000a" + "00" * 10, 9, "11 bytes"),
    "resolution of 8 bytes": ("01 32 0001 61 0008" + "00" * 8, 9, "9 bytes"),
    "range of 4 bytes": ("01 33 0001 61 0004 00000001", 9, "8 bytes"),
    "wrong size of a second value": ("01 21 0001 61 0004 00000001 21 0000 0002 0000", 19, "4 bytes"),
    "wrong size inside a collection": ("01 34 0001 61 0000 4a 0000 0001 78 21 0000 0001 00", 21, "4 bytes"),
    "text with a language of 3 bytes": ("01 35 0001 61 0003 000000", 9, "language"),
    "text with a language of 64 bytes": ("01 35 0001 61 0044 0040" + "61" * 64 + "0000", 9, "language"),
    "language longer than its value": ("01 36 0001 61 0006 0003 616161 00", 9, "language"),
    "text shorter than its value": ("01 35 0001 61 0006 0000 0001 7878", 9, "fill"),
    "text longer than its value": ("01 35 0001 61 0005 0000 0002 78", 9, "fill"),
    "extension tag too short": ("01 7f 0001 61 0003 000001", 9, "extension"),
    "extension tag below zero": ("01 7f 0001 61 0004 80000000", 9, "extension"),
}

every_refusal = pytest.mark.parametrize(("body", "offset", "word"), REFUSALS.values(), ids=REFUSALS.keys())


def refusal(raw: bytes, limits: Limits | None = None) -> IppProtocolError:
    with pytest.raises(IppProtocolError) as caught:
        decode(raw, limits or Limits())
    return caught.value


def piecewise(raw: bytes, limits: Limits | None = None) -> IppProtocolError:
    decoder = Decoder(limits or Limits())
    with pytest.raises(IppProtocolError) as caught:
        for at in range(len(raw)):
            decoder.feed(raw[at : at + 1])
        decoder.eof()
    return caught.value


@every_refusal
def test_refused(body: str, offset: int, word: str) -> None:
    error = refusal(HEADER + bytes.fromhex(body))
    assert error.offset == offset
    assert word in error.reason


@every_refusal
def test_refused_the_same_byte_by_byte(body: str, offset: int, word: str) -> None:
    error = piecewise(HEADER + bytes.fromhex(body))
    assert error.offset == offset
    assert word in error.reason


@pytest.mark.parametrize("size", range(9))
def test_a_cut_header_is_incomplete(size: int) -> None:
    assert refusal((HEADER + b"\x03")[:size]).offset == piecewise((HEADER + b"\x03")[:size]).offset == size


def test_five_thousand_nested_collections() -> None:
    member = bytes.fromhex("4a 0000 0001 78") + bytes.fromhex(BEGIN)
    raw = HEADER + bytes.fromhex("01 34 0001 61 0000") + member * 5000 + bytes.fromhex(END) * 5001 + b"\x03"
    error = refusal(raw)
    assert (error.offset, "deeper than 10" in error.reason) == (15 + 9 * 11 + 6, True)


@pytest.mark.parametrize(("depth", "accepted"), [(9, True), (10, True), (11, False)])
def test_depth_is_counted_exactly(depth: int, accepted: bool) -> None:
    member = bytes.fromhex("4a 0000 0001 78") + bytes.fromhex(BEGIN)
    raw = HEADER + bytes.fromhex("01 34 0001 61 0000") + member * (depth - 1) + bytes.fromhex(END) * depth + b"\x03"
    assert accepted_by(raw, Limits()) is accepted


@pytest.mark.parametrize(("limit", "accepted"), [(15, False), (16, True)])
def test_message_bytes_are_counted_exactly(limit: int, accepted: bool) -> None:
    raw = HEADER + bytes.fromhex("01 44 0001 61 0000 03")
    assert accepted_by(raw + b"a long document", Limits(message_bytes=limit)) is accepted


@pytest.mark.parametrize(("limit", "accepted"), [(3, False), (4, True)])
def test_elements_are_counted_exactly(limit: int, accepted: bool) -> None:
    raw = HEADER + bytes.fromhex("01 44 0001 61 0000 44 0000 0000 03")
    assert accepted_by(raw, Limits(elements=limit)) is accepted


@pytest.mark.parametrize(("limit", "accepted"), [(3, False), (4, True)])
def test_value_bytes_are_counted_exactly(limit: int, accepted: bool) -> None:
    raw = HEADER + bytes.fromhex("01 44 0001 61 0004 78787878 03")
    assert accepted_by(raw, Limits(value_bytes=limit)) is accepted


def accepted_by(raw: bytes, limits: Limits) -> bool:
    """Whether the whole and the piecewise decoder, which must agree, take it."""
    try:
        decode(raw, limits)
    except IppProtocolError as error:
        assert piecewise(raw, limits).offset == error.offset
        return False
    decoder = Decoder(limits)
    return any(decoder.feed(raw[at : at + 1]) for at in range(len(raw)))


def test_a_decoder_holds_no_more_than_its_limit() -> None:
    decoder = Decoder(Limits(message_bytes=100))
    with pytest.raises(IppProtocolError) as caught:
        decoder.feed(HEADER + b"\x01\x30\x00\x01a\x7f\xff" + bytes(1 << 20))
    assert caught.value.offset == 100


def test_a_spent_decoder_repeats_its_error() -> None:
    decoder = Decoder()
    with pytest.raises(IppProtocolError) as first:
        decoder.feed(HEADER + b"\x00")
    with pytest.raises(IppProtocolError) as second:
        decoder.feed(b"\x03")
    with pytest.raises(IppProtocolError) as third:
        decoder.eof()
    assert str(first.value) == str(second.value) == str(third.value)
    assert first.value.offset == second.value.offset == third.value.offset


def test_what_was_read_goes_with_the_error_and_does_not_wait_for_the_collector() -> None:
    gc.disable()
    try:
        decoder = Decoder()
        kept = weakref.ref(decoder)
        with pytest.raises(IppProtocolError):
            decoder.feed(HEADER + b"\x00")
        del decoder
        assert kept() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("wrong", [{"message_bytes": 8}, {"elements": 0}, {"value_bytes": 32768}, {"depth": 101}])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Limits(**wrong)
