"""What devices say of themselves, normalised; beside pyipp's reading of the same answer."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyipp.models import Printer
from pyipp.parser import parse

from tympan_wire.device import Description, Supply
from tympan_wire.ipp import Attribute, Group, GroupTag, Tag, Value, attr, decode
from tympan_wire.ipp._quirks import QUIRKS, Quirks
from tympan_wire.ipp.device import ASKED, clean, describe_device, plain_serial, plain_uuid

VECTOR = Path(__file__).parent / "vectors" / "ippeveprinter-get-printer-attributes.bin"


def described(*attributes: Attribute) -> Description:
    return describe_device(Group(GroupTag.PRINTER, attributes))


def test_a_device_that_says_nothing() -> None:
    assert described() == Description()


def test_an_answer_of_ippeveprinter() -> None:
    told = describe_device(decode(VECTOR.read_bytes())[0].first(GroupTag.PRINTER))
    assert told.uuid == "01e16151-e488-39e9-676f-fda5a2b28150"
    assert (told.name, told.make_and_model, told.location) == ("Test Printer", "Example Printer", "")
    assert (told.color, told.state, told.reasons) == (False, "idle", ())
    assert told.sides == ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
    assert "iso_a4_210x297mm" in told.media
    assert "application/pdf" in told.formats
    assert told.more_info == "https://localhost:38631/"
    assert told.supplies == (
        Supply(name="Toner Waste Tank", kind="waste-toner", percent=25),
        Supply(name="Black Toner", kind="toner", color="#000000", percent=75),
    )


def test_reads_an_answer_as_pyipp_does() -> None:
    raw = VECTOR.read_bytes()
    theirs = Printer.from_dict(parse(raw)["printers"][0])
    ours = describe_device(decode(raw)[0].first(GroupTag.PRINTER))
    assert ours.uuid == theirs.info.uuid
    assert ours.make_and_model == theirs.info.name
    assert ours.name == theirs.info.printer_info
    assert ours.location == theirs.info.location
    assert ours.more_info == theirs.info.more_info
    assert (ours.serial or None, ours.firmware or None) == (theirs.info.serial, theirs.info.version)
    assert (ours.state, ours.reasons) == (theirs.state.printer_state, ())
    assert theirs.state.reasons is None


def test_reads_markers_as_pyipp_does() -> None:
    names, kinds, colors, levels = ["Black", "Color"], ["toner", "ink"], ["#000000", "#00FFFF"], [40, 7]
    markers = [
        attr.name_("marker-names", *names),
        attr.keyword("marker-types", *kinds),
        attr.name_("marker-colors", *colors),
        attr.integer("marker-levels", *levels),
        attr.integer("marker-high-levels", 100, 100),
        attr.integer("marker-low-levels", 1, 1),
    ]
    ours = described(*markers).supplies
    plain = {one.name: [value.value for value in one.values] for one in markers}
    theirs = Printer.merge_marker_data(plain)
    assert [(one.name, one.kind, one.color.upper(), one.percent) for one in ours] == [
        (one.name, one.marker_type, one.color, one.level) for one in theirs
    ]


def test_lists_of_markers_may_be_of_unequal_length() -> None:
    told = described(
        attr.name_("marker-names", "Black", "Waste", "Third"),
        attr.keyword("marker-types", "toner", "waste-toner"),
        attr.name_("marker-colors", "#000000#FF0000", "none"),
        attr.integer("marker-levels", 101),
    )
    assert told.supplies == (
        Supply(name="Black", kind="toner", color="#000000"),
        Supply(name="Waste", kind="waste-toner"),
        Supply(name="Third"),
    )


@pytest.mark.parametrize(
    ("level", "most", "percent"), [("50", "200", 25), ("-3", "100", None), ("9", "-2", None), ("300", "100", 100)]
)
def test_the_share_of_a_supply(level: str, most: str, percent: int | None) -> None:
    text = f"index=1;type=ink;unit=percent;maxcapacity={most};level={level};colorantname=cyan;"
    assert described(attr.octets("printer-supply", text.encode())).supplies == (
        Supply(name="ink", kind="ink", color="#00ffff", percent=percent),
    )


@pytest.mark.parametrize(
    "said",
    [
        "urn:uuid:01E16151-e488-39e9-676f-fda5a2b28150",
        "01e16151-e488-39e9-676f-fda5a2b28150",
        " URN:UUID:01e16151-e488-39e9-676f-fda5a2b28150",
    ],
)
def test_a_uuid_is_plain(said: str) -> None:
    assert plain_uuid(said) == "01e16151-e488-39e9-676f-fda5a2b28150"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "urn:uuid:",
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "01e16151e48839e9676ffda5a2b28150",
        "{01e16151-e488-39e9-676f-fda5a2b28150}",
        "01e16151-e488-39e9-676f-fda5a2b2815０",
    ],
)
def test_what_is_no_devices_uuid_is_none(said: str) -> None:
    assert plain_uuid(said) == ""


@pytest.mark.parametrize(
    ("device_id", "serial"),
    [
        ("MFG:hp;MDL:photosmart 7700 series;SN:MY36H120GDD6;", "MY36H120GDD6"),
        ("MFG:A;MDL:B;SERN:17-4;", "17-4"),
        ("MFG:A;MDL:B;SERIALNUMBER: 17 ;", "17"),
        ("MFG:DYMO;MDL:LabelWriter Twin Turbo;\0ERN:006103010161575", "006103010161575"),
        ("MFG:DYMO;CMD: ;MDL:LabelWriter 450;SERN:01010112345600;", ""),
        ("MFG:Other;MDL:LabelWriter 450;SERN:01010112345600;", "01010112345600"),
        ("MFG:HP;MDL:LaserJet P2055dn;SN:00CNB1P12345;", "CNB1P12345"),
        ("MFG:A;MDL:B;SN:0000000000;", ""),
        ("MFG:A;MDL:B;SN:XXXXXXXX;", ""),
        ("MFG:A;MDL:B;SN:N/A;", ""),
        ("MFG:A;MDL:B;SN:;", ""),
        (";;:;SN", ""),
    ],
)
def test_a_serial_number_of_a_device_id(device_id: str, serial: str) -> None:
    assert described(attr.text("printer-device-id", device_id)).serial == serial


def test_the_serial_number_said_by_itself_counts_first_unless_it_is_none() -> None:
    told = attr.text("printer-device-id", "MFG:A;MDL:B;SN:77;")
    assert described(told, attr.text("printer-serial-number", "88")).serial == "88"
    assert described(told, attr.text("printer-serial-number", "unknown")).serial == "77"


def test_the_model_may_stand_in_the_device_id_alone() -> None:
    assert described(attr.text("printer-device-id", "MFG:Acme;MDL:Laser 9;")).make_and_model == "Acme Laser 9"
    assert described(attr.text("printer-device-id", "MFG:Acme;MDL:ACME Laser 9;")).make_and_model == "ACME Laser 9"


def test_colour_may_stand_in_the_modes_alone() -> None:
    assert described(attr.keyword("print-color-mode-supported", "auto", "color")).color is True
    assert described(attr.keyword("print-color-mode-supported", "monochrome")).color is False


@pytest.mark.parametrize(
    "page",
    ["javascript:alert(1)", "http://a b/", "http://ann:pw@host/", "ftp://host/", "http://[", "http://", "//host"],
)
def test_a_page_nobody_should_open_is_none(page: str) -> None:
    assert described(attr.uri("printer-more-info", page)).more_info == ""


def test_texts_are_one_clean_line() -> None:
    assert clean("a\x1b[2J\nb\u202ec\u2028d\0", 127) == "a[2J bc d"
    assert clean("x" * 200, 127) == "x" * 126 + "…"
    assert clean("\ud800", 10) == ""
    assert clean("<b>&amp;", 127) == "<b>&amp;"  # who shows it escapes it


def test_lists_are_bounded() -> None:
    told = described(
        attr.keyword("media-supported", *(f"m{number}" for number in range(5000))),
        attr.keyword("printer-state-reasons", "none", *(f"r{number}" for number in range(500))),
        attr.name_("marker-names", *("x" for _ in range(5000))),
    )
    assert (len(told.media), len(told.reasons), len(told.supplies)) == (300, 30, 50)


VALUES = st.one_of(
    st.text(max_size=40).map(lambda text: Value(Tag.TEXT_WITHOUT_LANGUAGE, text)),
    st.integers(-(2**31), 2**31 - 1).map(lambda number: Value(Tag.INTEGER, number)),
    st.booleans().map(lambda flag: Value(Tag.BOOLEAN, flag)),
    st.binary(max_size=20).map(lambda raw: Value(Tag.OCTET_STRING, raw)),
    st.just(Value(Tag.UNKNOWN, None)),
)


@given(st.dictionaries(st.sampled_from(ASKED), st.lists(VALUES, min_size=1, max_size=3), max_size=6))
def test_whatever_is_said_gives_a_description(said: dict[str, list[Value]]) -> None:
    told = described(*(Attribute(name, tuple(values)) for name, values in said.items()))
    texts = (told.uuid, told.serial, told.name, told.make_and_model, told.location, told.firmware, told.more_info)
    every = (*texts, *told.formats, *told.sides, *told.media, *told.reasons, *(one.name for one in told.supplies))
    assert all(text.isprintable() and len(text) <= 1023 for text in every)
    "".join(every).encode()


def test_each_quirk_says_where_it_is_from() -> None:
    assert len(QUIRKS.known) > 5
    assert all(one.link.startswith("https://") and len(one.symptom) > 20 for one in QUIRKS.known)


@pytest.mark.parametrize(
    "entry",
    [
        'field = "colour"\nvalue = "x"\nsymptom = "s"\nlink = "l"\ndate = 2026-01-01',
        'field = "uuid"\nvalue = "x"\nsymptom = "s"\ndate = 2026-01-01',
        'field = "uuid"\nvalue = "x"\nsymptom = "s"\nlink = "l"\ndate = "soon"',
        'field = "uuid"\nvalue = "x"\nsymptom = "s"\nlink = "l"\ndate = 2026-01-01\nvalu = "y"',
    ],
)
def test_a_quirk_that_is_none_is_refused(entry: str) -> None:
    table: dict[str, Any] = tomllib.loads(f"[[quirk]]\n{entry}")
    with pytest.raises(ValueError, match="quirk"):
        Quirks.of([table])


def test_a_serial_number_is_cut() -> None:
    assert len(plain_serial("a1" * 500)) == 100
