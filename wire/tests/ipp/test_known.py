"""What is remembered: bounded in number and length, never somebody's own words, and never in place of a check."""

import tracemalloc

import pytest

from tympan_wire.ipp import Attribute, Tag, Value, attr, decode, encode_attributes
from tympan_wire.ipp._known import Known
from tympan_wire.ipp._limits import KNOWN_LENGTH, KNOWN_THINGS
from tympan_wire.ipp._readers import read_attribute
from tympan_wire.ipp._tags import STRINGS

HEADER = bytes.fromhex("0200 000b 00000001")
OWN = {Tag.TEXT_WITHOUT_LANGUAGE, Tag.NAME_WITHOUT_LANGUAGE, Tag.URI}


def counted() -> tuple[Known[str, bytes], list[str]]:
    made: list[str] = []

    def make(text: str) -> bytes:
        made.append(text)
        return text.encode("ascii")

    return Known(make), made


def test_a_thing_is_made_once() -> None:
    known, made = counted()
    assert known["a"] is known["a"]
    assert made == ["a"]


def test_the_table_starts_anew_when_it_is_full() -> None:
    known, made = counted()
    words = [f"word-{number}" for number in range(3 * KNOWN_THINGS)]
    assert [known[word] for word in words] == [word.encode("ascii") for word in words]
    assert len(known) <= KNOWN_THINGS
    assert made == words


@pytest.mark.parametrize(("length", "kept"), [(KNOWN_LENGTH, True), (KNOWN_LENGTH + 1, False)])
def test_long_things_are_made_every_time(length: int, kept: bool) -> None:
    known, made = counted()
    assert known["x" * length] == known["x" * length]
    assert (len(made), len(known)) == ((1, 1) if kept else (2, 0))


def test_what_cannot_be_made_is_not_kept() -> None:
    known, made = counted()
    for _ in range(2):
        with pytest.raises(UnicodeEncodeError):
            known["é"]
    assert (len(made), len(known)) == (2, 0)


def test_a_peer_that_makes_up_words_and_numbers_cannot_fill_memory() -> None:
    """Every tag at once, each with three times the things that are kept, of the greatest length that is."""
    tags = sorted(STRINGS - OWN)
    kept = 0  # at most: how full a table is at the end says how full it was before
    tracemalloc.start()
    try:
        for number in range(3 * KNOWN_THINGS):
            text, whole = f"{number:0{KNOWN_LENGTH}}", number.to_bytes(4, "big")
            built = [Attribute(text, (Value(tag, text),)).wire for tag in tags]
            built += [bytes((tag, 0, 1)) + b"a" + bytes((0, 4)) + whole for tag in (Tag.INTEGER, Tag.ENUM)]
            built.append(bytes((Tag.RANGE_OF_INTEGER, 0, 1)) + b"a" + bytes((0, 8)) + whole * 2)
            built.append(bytes((Tag.RESOLUTION, 0, 1)) + b"a" + bytes((0, 9)) + whole * 2 + b"\3")
            message, _ = decode(HEADER + b"\x02" + b"".join(built) + b"\x03")
            assert all(attribute.values for attribute in message.groups[0])
            kept = max(kept, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert KNOWN_THINGS * len(tags) * KNOWN_LENGTH < kept < 2 << 20


@pytest.mark.parametrize("tag", sorted(STRINGS))
def test_words_are_remembered_and_somebodys_own_text_is_not(tag: Tag) -> None:
    wire = bytes((tag,)) + bytes.fromhex("0001 61 0003") + b"own"
    first, second = read_attribute(wire), read_attribute(wire)
    assert first == second == (Value(tag, "own"),)
    assert (first[0] is second[0]) is (tag not in OWN)


def test_a_number_that_was_met_lets_no_other_type_pass() -> None:
    encode_attributes([Attribute("a", (Value(Tag.INTEGER, 1), Value(Tag.KEYWORD, "x")))])
    assert decode(HEADER + bytes.fromhex("02 21 0001 61 0004 00000001 03"))
    for value in (Value(Tag.INTEGER, 1.0), Value(Tag.KEYWORD, b"x"), Value(Tag.BOOLEAN, 1.0), Value(Tag.KEYWORD, None)):
        with pytest.raises(ValueError, match="wanted"):
            encode_attributes([Attribute("a", (value,))])


def test_a_word_that_fits_one_syntax_does_not_pass_in_another() -> None:
    word = "x" * 64
    assert attr.keyword("k", word).strings() == (word,)
    with pytest.raises(ValueError, match="at most 63 bytes"):
        attr.charset("c", word)


def test_a_name_that_fits_a_message_does_not_pass_in_a_builder() -> None:
    name = "n" * 256
    assert encode_attributes([Attribute(name, (Value(Tag.INTEGER, 1),))])
    with pytest.raises(ValueError, match="at most 255 bytes"):
        attr.integer(name, 1)


def test_one_word_under_two_tags_stays_two_values() -> None:
    both = encode_attributes([attr.keyword("a", "utf-8"), attr.charset("a", "utf-8"), attr.keyword("a", "utf-8")])
    message, _ = decode(HEADER + b"\x02" + both + b"\x03")
    assert [attribute.tag for attribute in message.groups[0]] == [Tag.KEYWORD, Tag.CHARSET, Tag.KEYWORD]
