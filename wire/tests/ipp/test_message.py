"""Messages, groups and attributes as the rest of the product uses them."""

import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tympan_wire._errors import WireError
from tympan_wire.ipp import (
    JOB_TEMPLATE,
    Attribute,
    Collection,
    DateTime,
    Group,
    GroupTag,
    IppProtocolError,
    JobState,
    LocalizedText,
    Message,
    Operation,
    PrinterState,
    Range,
    Resolution,
    Status,
    Tag,
    Value,
    attr,
    check_order,
    decode,
    default_tag,
    describe,
    encode,
    encode_attributes,
    encode_group,
    max_length,
    status_keyword,
)

URI = attr.uri("printer-uri", "ipp://localhost/ipp/print/x")


def request(*groups: Group) -> Message:
    return Message.request(Operation.PRINT_JOB, 7, *groups)


def names(group: Group) -> list[str]:
    return [attribute.name for attribute in group]


def test_a_request_begins_with_charset_and_language() -> None:
    message = request(Group(GroupTag.JOB, [attr.integer("copies", 2)]), Group(GroupTag.OPERATION, [URI]))
    assert [group.tag for group in message.groups] == [GroupTag.OPERATION, GroupTag.JOB]
    assert names(message.operation) == ["attributes-charset", "attributes-natural-language", "printer-uri"]
    assert (message.version, message.code, message.request_id) == ((2, 0), Operation.PRINT_JOB, 7)
    assert message.operation.string("attributes-charset") == "utf-8"


def test_a_language_given_is_kept_and_moved_to_its_place() -> None:
    message = request(Group(GroupTag.OPERATION, [URI, attr.language("attributes-natural-language", "de")]))
    assert names(message.operation) == ["attributes-charset", "attributes-natural-language", "printer-uri"]
    assert message.operation.string("attributes-natural-language") == "de"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [((1, 0), (1, 0)), ((1, 1), (1, 1)), ((2, 2), (2, 2)), ((3, 0), (2, 0)), ((0, 9), (1, 1)), ((255, 255), (2, 0))],
)
def test_a_response_echoes_version_and_id(asked: tuple[int, int], answered: tuple[int, int]) -> None:
    response = Message.response(Message(asked, 0x0B, -5), Status.CLIENT_ERROR_BAD_REQUEST)
    assert (response.version, response.request_id, response.code) == (answered, -5, 0x0400)
    assert names(response.operation) == ["attributes-charset", "attributes-natural-language"]


def test_groups_are_found_by_tag() -> None:
    jobs = [Group(GroupTag.JOB, [attr.integer("job-id", number)]) for number in (1, 2)]
    message = request(*jobs)
    assert message.groups_of(GroupTag.JOB) == tuple(jobs)
    assert message.first(GroupTag.JOB).integer("job-id") == 1
    assert message.first(GroupTag.PRINTER) == Group(GroupTag.PRINTER)
    assert message != request(*reversed(jobs))
    assert hash(message) == hash(request(*jobs))


def test_typed_access() -> None:
    group = Group(
        GroupTag.JOB,
        [
            attr.keyword("media", "a4", "letter"),
            attr.integer("copies", 2),
            attr.integer("copies", 3),
            attr.boolean("fidelity", False),
            attr.name_("job-name", LocalizedText("Brief", "de")),
            attr.no_value("job-hold-until"),
        ],
    )
    assert (group.strings("media"), group.string("media")) == (("a4", "letter"), "a4")
    assert (group.integer("copies"), group.integers("copies"), group.integer("media", 5)) == (2, (2,), 5)
    assert (group.boolean("fidelity", True), group.boolean("absent", True)) == (False, True)
    assert group.integers("fidelity") == ()
    assert group.string("job-name") == "Brief"
    assert group.string("job-hold-until", "none") == "none"
    assert group.strings("absent") == ()
    assert ("media" in group, "absent" in group, 5 in group, len(group)) == (True, False, False, 6)
    hold = group.get("job-hold-until")
    assert hold is not None
    assert (hold.value, hold.tag) == (None, Tag.NO_VALUE)


def test_values_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        request().code = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        URI.name = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Group(1).tag = 2  # type: ignore[misc]


def test_a_collection_is_a_mapping_that_forgets_nothing() -> None:
    one, two = (Value(Tag.INTEGER, 1),), (Value(Tag.INTEGER, 2),)
    collection = Collection([("x", one), ("y", ()), ("x", two)])
    assert (list(collection), len(collection), collection["x"]) == (["x", "y"], 2, one)
    assert (collection.first("x"), collection.first("y", 9), collection.first("z")) == (1, 9, None)
    assert collection.members[2] == ("x", two)
    assert collection != Collection([("x", one), ("y", ())])
    with pytest.raises(KeyError):
        collection["z"]


def test_date_time_both_ways() -> None:
    moment = datetime(2026, 2, 28, 23, 59, 58, 700_000, timezone(-timedelta(hours=3, minutes=30)))
    assert DateTime.from_datetime(moment).raw == bytes.fromhex("07ea 02 1c 17 3b 3a 07 2d 03 1e")
    assert DateTime.from_datetime(moment).to_datetime() == moment
    leap = DateTime(bytes.fromhex("07e0 0c 1f 17 3b 3c 00 2b 00 00"))
    assert leap.to_datetime() == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("raw", ["0000 01 01 00 00 00 00 2b 00 00", "07ea 00 01 00 00 00 00 2b 00 00", "ff" * 11])
def test_impossible_dates_name_no_moment(raw: str) -> None:
    assert DateTime(bytes.fromhex(raw)).to_datetime() is None


def test_a_moment_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="UTC offset"):
        DateTime.from_datetime(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="11 bytes"):
        DateTime(b"short")


@pytest.mark.parametrize(
    "build",
    [
        lambda: attr.keyword("k", "x" * 256),
        lambda: attr.name_("n", "é" * 128),
        lambda: attr.text("t", "x" * 1024),
        lambda: attr.text("t", LocalizedText("x" * 1024, "en")),
        lambda: attr.text("t", LocalizedText("x", "e" * 64)),
        lambda: attr.uri("u", "x" * 1024),
        lambda: attr.uri_scheme("u", "x" * 64),
        lambda: attr.charset("c", "x" * 64),
        lambda: attr.language("l", "x" * 64),
        lambda: attr.mime("m", "x" * 256),
        lambda: attr.octets("o", b"x" * 1024),
        lambda: attr.integer("i", 2**31),
        lambda: attr.enum("e", 0),
        lambda: attr.range_("r", Range(2, 1)),
        lambda: attr.resolution("r", Resolution(1, 1, 5)),
        lambda: attr.keyword("k"),
        lambda: attr.keyword("", "x"),
        lambda: attr.keyword("x" * 256, "x"),
        lambda: attr.text("x" * 256, "x", LocalizedText("x", "en")),
        lambda: attr.text("t", "x" * 1024, LocalizedText("x", "en")),
        lambda: attr.collection("c", [Attribute("", (Value(Tag.KEYWORD, "x"),))]),
        lambda: attr.keyword("k", "\ud800"),
        lambda: encode_attributes([Attribute("a", ())]),
        lambda: encode_attributes([Attribute("", (Value(Tag.KEYWORD, "x"),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.KEYWORD, 5),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.INTEGER, "x"),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.INTEGER, 2**31),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.INTEGER, None),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.KEYWORD, ["x"]),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.BOOLEAN, -1),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.URI, "x" * 32768),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.BOOLEAN, 256),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.RESOLUTION, (1, 2)),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.OCTET_STRING, b"x" * 32768),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.NO_VALUE, 1),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.END_COLLECTION, b""),))]),
        lambda: encode_attributes([Attribute("a", (Value(3, b""),))]),
        lambda: encode_attributes([Attribute("a", (Value(256, b""),))]),
        lambda: encode_attributes([Attribute("a", (Value(-1, b""),))]),
        lambda: encode_attributes([Attribute("a", (Value(Tag.BEG_COLLECTION, Collection([("", ())])),))]),
        lambda: encode_group(Group(GroupTag.END)),
        lambda: encode_group(Group(0)),
        lambda: encode_group(Group(0x10)),
        lambda: encode(Message((2, 0), 0x10000, 1)),
        lambda: encode(Message((2, 0), 1, 2**31)),
    ],
)
def test_our_own_mistakes_are_value_errors(build: object) -> None:
    assert callable(build)
    with pytest.raises(ValueError, match=r"\w"):
        build()


ORDERLY = request(Group(GroupTag.OPERATION, [URI]), Group(GroupTag.JOB)).groups
CHARSET, LANGUAGE = ORDERLY[0].attributes[:2]


@pytest.mark.parametrize(
    ("groups", "request_id", "word"),
    [
        (ORDERLY, 1, None),
        (ORDERLY, 0, "request-id"),
        (ORDERLY, -1, "request-id"),
        ((), 1, "come first"),
        ((Group(GroupTag.JOB), *ORDERLY), 1, "come first"),
        ((*ORDERLY[:1], Group(GroupTag.PRINTER), Group(GroupTag.JOB)), 1, "out of order"),
        ((Group(1),), 1, "attributes-charset is not operation attribute number 1"),
        ((Group(1, [LANGUAGE, CHARSET]),), 1, "attributes-charset is not"),
        ((Group(1, [CHARSET, URI, LANGUAGE]),), 1, "attributes-natural-language is not operation attribute number 2"),
        ((Group(1, [attr.keyword("attributes-charset", "utf-8"), LANGUAGE]),), 1, "own syntax"),
        ((Group(1, [CHARSET, attr.language("attributes-natural-language", "en", "de")]),), 1, "own syntax"),
    ],
)
def test_order_of_a_request(groups: tuple[Group, ...], request_id: int, word: str | None) -> None:
    reason = check_order(Message((2, 0), 2, request_id, groups))
    assert reason is None if word is None else word in (reason or "")


@pytest.mark.parametrize(
    ("attribute", "line"),
    [
        (attr.keyword("sides", "two-sided-long-edge"), "sides = two-sided-long-edge"),
        (attr.integer("copies", 1, 2), "copies = 1, 2"),
        (attr.boolean("last-document", True), "last-document = true"),
        (attr.enum("job-state", JobState.PENDING_HELD), "job-state = pending-held"),
        (attr.enum("printer-state", PrinterState.IDLE, 99), "printer-state = idle, 99"),
        (attr.enum("operations-supported", Operation.PRINT_JOB, 0x4F00), "operations-supported = print-job, 20224"),
        (attr.range_("page-ranges", Range(1, 5)), "page-ranges = 1-5"),
        (attr.resolution("r", Resolution(600, 600), Resolution(3, 4, 4)), "r = 600dpi, 3x4dpcm"),
        (attr.resolution("r", Resolution(1, 1)), "r = 1dpi"),
        (attr.no_value("job-hold-until"), "job-hold-until = no-value"),
        (Attribute("x", (Value(0x14, None),)), "x = out-of-band 0x14"),
        (attr.text("t", LocalizedText("Hé", "fr")), "t = Hé"),
        (attr.name_("job-name", "a\x1b[31m\n\u009b\udcff"), "job-name = a\N{REPLACEMENT CHARACTER}[31m" + "\ufffd" * 3),
        (attr.text("t", "a\u202eb\u2028c"), "t = a\ufffdb\ufffdc"),
        (attr.collection("c", [attr.integer("x", 1), attr.keyword("y", "a", "b")]), "c = {x = 1; y = a, b}"),
        (attr.date_time("d", DateTime(bytes.fromhex("07ea0b15061d3c002b0000"))), "d = 2026-11-21T06:29:59+00:00"),
        (attr.date_time("d", DateTime(b"\xff" * 11)), "d = impossible date " + "ff" * 11),
        (attr.octets("o", b"level=25;"), "o = level=25;"),
        (Attribute("x", (Value(0x2A, b"\1\2"),)), "x = 0102"),
    ],
)
def test_description(attribute: Attribute, line: str) -> None:
    assert describe(attribute) == line


def test_status_keywords() -> None:
    assert status_keyword(0) == "successful-ok"
    assert status_keyword(0x0400) == "client-error-bad-request"
    assert status_keyword(0x0509) == "server-error-multiple-document-jobs-not-supported"
    assert status_keyword(0x04FF) == "0x04ff"


def test_names() -> None:
    assert default_tag("sides") is Tag.KEYWORD
    assert default_tag("media-col") is Tag.BEG_COLLECTION
    assert default_tag("no-such-thing") is None
    assert {"copies", "sides", "media-col", "print-color-mode", "overrides", "page-ranges"} <= JOB_TEMPLATE
    assert "printer-uri" not in JOB_TEMPLATE
    assert (max_length(Tag.NAME_WITHOUT_LANGUAGE), max_length(Tag.INTEGER)) == (255, 32767)


def test_the_error_names_its_place_and_survives_pickling() -> None:
    with pytest.raises(IppProtocolError) as caught:
        decode(b"\2\0\0\x0b\0\0\0\1\0")
    error = pickle.loads(pickle.dumps(caught.value))
    assert issubclass(IppProtocolError, WireError)
    assert (error.offset, error.reason, str(error)) == (8, "tag 0x00", "tag 0x00 (at byte 8)")
