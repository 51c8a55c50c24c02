"""One table of messages drives writer and reader; the reader gets each whole, byte by byte, and with a document."""

from pathlib import Path

import pytest

from tympan_wire.ipp import (
    Attribute,
    Collection,
    DateTime,
    Decoder,
    Group,
    GroupTag,
    LocalizedText,
    Message,
    Range,
    Resolution,
    Tag,
    Value,
    attr,
    decode,
    encode,
    encode_attributes,
    encode_group,
)

HEADER = bytes.fromhex("0200 000b 00000001")
CHARSET = "47 0012 617474726962757465732d63686172736574 0005 7574662d38"
A_DATE = "07ea 0b 15 06 1d 3c 05 2d 01 1e"


def message(*groups: Group) -> Message:
    return Message((2, 0), 0x0B, 1, groups)


def job(*attributes: Attribute) -> Message:
    return message(Group(GroupTag.JOB, attributes))


# name: (what it means, the bytes between the header and the end tag)
CASES: dict[str, tuple[Message, str]] = {
    "no group at all": (message(), ""),
    "an empty group": (message(Group(GroupTag.DOCUMENT)), "09"),
    "empty groups repeated": (message(Group(2), Group(2), Group(2)), "02 02 02"),
    "group tags not known": (
        message(Group(0x0B), Group(0x0F, [attr.integer("a", 1)])),
        "0b 0f 21 0001 61 0004 00000001",
    ),
    "every known group": (
        message(*[Group(tag) for tag in GroupTag if tag != GroupTag.END]),
        "01 02 04 05 06 07 08 09 0a",
    ),
    "two operation groups in a row": (message(Group(1), Group(1)), "01 01"),
    "charset": (message(Group(1, [attr.charset("attributes-charset", "utf-8")])), "01" + CHARSET),
    "integers": (job(attr.integer("a", -1, 2**31 - 1)), "02 21 0001 61 0004 ffffffff 21 0000 0004 7fffffff"),
    "enum": (job(attr.enum("a", 3)), "02 23 0001 61 0004 00000003"),
    "enum below 1": (job(Attribute("a", (Value(Tag.ENUM, 0),))), "02 23 0001 61 0004 00000000"),
    "booleans": (job(attr.boolean("a", True, False)), "02 22 0001 61 0001 01 22 0000 0001 00"),
    "boolean that is neither": (job(Attribute("a", (Value(Tag.BOOLEAN, 0xFF),))), "02 22 0001 61 0001 ff"),
    "keywords": (job(attr.keyword("a", "x", "y")), "02 44 0001 61 0001 78 44 0000 0001 79"),
    "empty text": (job(attr.text("a", "")), "02 41 0001 61 0000"),
    "text that is not UTF-8": (job(attr.text("a", "\udcff\udcfe")), "02 41 0001 61 0002 fffe"),
    "name that is not UTF-8": (job(Attribute("\udcff", (Value(Tag.KEYWORD, "x"),))), "02 44 0001 ff 0001 78"),
    "control characters in a name": (job(attr.name_("a", "\0\x1b")), "02 42 0001 61 0002 001b"),
    "uri": (job(attr.uri("a", "ipp://p")), "02 45 0001 61 0007 6970703a2f2f70"),
    "uri scheme": (job(attr.uri_scheme("a", "ipp")), "02 46 0001 61 0003 697070"),
    "natural language": (job(attr.language("a", "en")), "02 48 0001 61 0002 656e"),
    "mime type": (job(attr.mime("a", "a/b")), "02 49 0001 61 0003 612f62"),
    "octets": (job(attr.octets("a", b"\x00\xff", b"")), "02 30 0001 61 0002 00ff 30 0000 0000"),
    "date": (job(attr.date_time("a", DateTime(bytes.fromhex(A_DATE)))), "02 31 0001 61 000b " + A_DATE),
    "impossible date": (job(attr.date_time("a", DateTime(b"\xff" * 11))), "02 31 0001 61 000b " + "ff" * 11),
    "resolution": (
        job(attr.resolution("a", Resolution(600, 300, 3))),
        "02 32 0001 61 0009 00000258 0000012c 03",
    ),
    "resolution in odd units": (
        job(Attribute("a", (Value(Tag.RESOLUTION, Resolution(1, 2, -1)),))),
        "02 32 0001 61 0009 00000001 00000002 ff",
    ),
    "ranges": (
        job(attr.range_("a", Range(1, 2), Range(3, 4))),
        "02 33 0001 61 0008 00000001 00000002 33 0000 0008 00000003 00000004",
    ),
    "range upside down": (
        job(Attribute("a", (Value(Tag.RANGE_OF_INTEGER, Range(2, 1)),))),
        "02 33 0001 61 0008 00000002 00000001",
    ),
    "text with a language": (
        job(attr.text("a", LocalizedText("Hé", "fr"))),
        "02 35 0001 61 0009 0002 6672 0003 48c3a9",
    ),
    "texts with a language and without in one set": (
        job(attr.text("a", "x", LocalizedText("y", "fr"), "z")),
        "02 41 0001 61 0001 78 35 0000 0007 0002 6672 0001 79 41 0000 0001 7a",
    ),
    "name with empty language and text": (job(attr.name_("a", LocalizedText("", ""))), "02 36 0001 61 0004 0000 0000"),
    "out-of-band values": (
        job(attr.no_value("a"), attr.unknown("b"), attr.unsupported("c")),
        "02 13 0001 61 0000 12 0001 62 0000 10 0001 63 0000",
    ),
    "every other out-of-band tag": (
        job(*[Attribute("a", (Value(tag, None),)) for tag in (0x11, 0x14, 0x15, 0x16, 0x17, 0x1F)]),
        "02 11 0001 61 0000 14 0001 61 0000 15 0001 61 0000 16 0001 61 0000 17 0001 61 0000 1f 0001 61 0000",
    ),
    "mixed types in one set": (
        job(Attribute("a", (Value(Tag.INTEGER, 1), Value(Tag.KEYWORD, "x"), Value(Tag.NO_VALUE, None)))),
        "02 21 0001 61 0004 00000001 44 0000 0001 78 13 0000 0000",
    ),
    "one name twice": (
        job(attr.integer("a", 1), attr.integer("a", 2)),
        "02 21 0001 61 0004 00000001 21 0001 61 0004 00000002",
    ),
    "tags not known": (
        job(Attribute("a", (Value(0x2A, b"\xff"), Value(0x4F, b"x"), Value(0xFF, b""), Value(0x80, b"y")))),
        "02 2a 0001 61 0001 ff 4f 0000 0001 78 ff 0000 0000 80 0000 0001 79",
    ),
    "extension tag": (job(Attribute("a", (Value(Tag.EXTENSION, b"\0\0\1\0zz"),))), "02 7f 0001 61 0006 00000100 7a7a"),
    "empty collection": (job(attr.collection("a", [])), "02 34 0001 61 0000 37 0000 0000"),
    "set of collections": (
        job(attr.collection("a", [attr.integer("x", 1)], [attr.integer("x", 2)])),
        "02 34 0001 61 0000 4a 0000 0001 78 21 0000 0004 00000001 37 0000 0000"
        "34 0000 0000 4a 0000 0001 78 21 0000 0004 00000002 37 0000 0000",
    ),
    "set inside a collection": (
        job(attr.collection("a", [attr.keyword("x", "p", "q"), attr.boolean("y", True)])),
        "02 34 0001 61 0000 4a 0000 0001 78 44 0000 0001 70 44 0000 0001 71"
        "4a 0000 0001 79 22 0000 0001 01 37 0000 0000",
    ),
    "collections inside collections, then a sibling": (
        job(attr.collection("a", [attr.collection("x", [attr.integer("y", 1)], []), attr.integer("z", 2)])),
        "02 34 0001 61 0000 4a 0000 0001 78 34 0000 0000 4a 0000 0001 79 21 0000 0004 00000001 37 0000 0000"
        "34 0000 0000 37 0000 0000 4a 0000 0001 7a 21 0000 0004 00000002 37 0000 0000",
    ),
    "one member twice, one without values": (
        job(
            Attribute(
                "a",
                (
                    Value(
                        Tag.BEG_COLLECTION,
                        Collection([("x", (Value(0x21, 1),)), ("x", (Value(0x21, 2),)), ("\udcff", ())]),
                    ),
                ),
            )
        ),
        "02 34 0001 61 0000 4a 0000 0001 78 21 0000 0004 00000001 4a 0000 0001 78 21 0000 0004 00000002"
        "4a 0000 0001 ff 37 0000 0000",
    ),
    "no-value inside a collection": (
        job(attr.collection("a", [attr.no_value("x")])),
        "02 34 0001 61 0000 4a 0000 0001 78 13 0000 0000 37 0000 0000",
    ),
    "a collection and more values in one set": (
        job(Attribute("a", (Value(Tag.BEG_COLLECTION, Collection()), Value(Tag.KEYWORD, "x")))),
        "02 34 0001 61 0000 37 0000 0000 44 0000 0001 78",
    ),
    "the longest value": (job(Attribute("a", (Value(0x30, b"z" * 32767),))), "02 30 0001 61 7fff " + "7a" * 32767),
}


def wire(body: str) -> bytes:
    return HEADER + bytes.fromhex(body) + b"\x03"


every_case = pytest.mark.parametrize(("meaning", "body"), CASES.values(), ids=CASES.keys())


@every_case
def test_writer(meaning: Message, body: str) -> None:
    assert encode(meaning) == wire(body)


@every_case
def test_reader_whole(meaning: Message, body: str) -> None:
    read, end = decode(wire(body))
    assert read == meaning
    assert end == len(wire(body))
    assert encode(read) == wire(body)


@every_case
def test_values_survive_without_their_bytes(meaning: Message, body: str) -> None:
    read, _ = decode(wire(body))
    again = [Group(group.tag, [Attribute(a.name, a.values) for a in group]) for group in read.groups]
    assert encode(Message(read.version, read.code, read.request_id, again)) == wire(body)


@every_case
def test_reader_byte_by_byte(meaning: Message, body: str) -> None:
    decoder = Decoder()
    raw = wire(body)
    answers = [decoder.feed(raw[at : at + 1]) for at in range(len(raw))]
    assert answers[-1] == meaning
    assert set(answers[:-1]) == {None}
    assert decoder.rest == b""


@every_case
def test_reader_with_a_document(meaning: Message, body: str) -> None:
    document = b"\x03\x00%PDF"
    read, end = decode(memoryview(wire(body) + document))
    decoder = Decoder()
    assert decoder.feed(bytearray(wire(body) + document)) == read == meaning
    assert (wire(body) + document)[end:] == decoder.rest == document
    decoder.feed(b"more")
    assert decoder.rest == document + b"more"
    decoder.eof()


@every_case
def test_parts_are_the_whole(meaning: Message, body: str) -> None:
    parts = b"".join(bytes([group.tag]) + encode_attributes(group) for group in meaning.groups)
    assert parts == b"".join(map(encode_group, meaning.groups)) == bytes.fromhex(body)


def test_stray_bytes_of_an_out_of_band_value_survive() -> None:
    raw = wire("02 13 0001 61 0003 6f6f70 13 0000 0000")
    read, _ = decode(raw)
    stray, plain = read.first(GroupTag.JOB).attributes[0].values
    assert (stray.tag, stray.value, stray.stray) == (Tag.NO_VALUE, None, b"oop")
    assert stray != plain == Value(Tag.NO_VALUE, None)
    assert encode(job(Attribute("a", (stray, plain)))) == raw


def test_stray_bytes_inside_a_collection_survive() -> None:
    raw = wire("02 34 0001 61 0000 4a 0000 0001 78 13 0000 0003 6f6f70 37 0000 0000")
    read, _ = decode(raw)
    collection = read.first(GroupTag.JOB).attributes[0].value
    assert collection["x"][0].stray == b"oop"
    assert encode(job(attr.collection("a", collection))) == raw


def test_members_built_from_values_and_from_bytes_are_the_same() -> None:
    members = [attr.keyword("x", "p", "q"), attr.collection("y", [attr.no_value("z")], []), attr.integer("w", 1)]
    of_bytes = attr.collection("a", members)
    of_values = attr.collection("a", Collection((member.name, member.values) for member in members))
    assert of_bytes.wire == of_values.wire
    assert of_bytes == of_values


def test_answer_of_ippeveprinter() -> None:
    raw = (Path(__file__).parent / "vectors" / "ippeveprinter-get-printer-attributes.bin").read_bytes()
    read, end = decode(raw)
    printer = read.first(GroupTag.PRINTER)
    database = printer.get("media-col-database")
    assert (end, len(printer), printer.string("sides-default")) == (9199, 105, "one-sided")
    assert database is not None
    assert {type(value.tag) for attribute in printer for value in attribute.values} == {int}
    assert database.value["media-size"][0].value.first("x-dimension") == 21590
    assert encode(read) == raw
    again = [Group(group.tag, [Attribute(a.name, a.values) for a in group]) for group in read.groups]
    assert encode(Message(read.version, read.code, read.request_id, again)) == raw
