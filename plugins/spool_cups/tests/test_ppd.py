"""Reading PPDs: options, what is installed, constraints; and whatever else somebody calls a PPD."""

import pytest
from cups_steps import LASER
from hypothesis import given
from hypothesis import strategies as some

from tympan_spool_cups import _limits
from tympan_spool_cups._ppd import Ppd, PpdConstraint, parse_ppd

SOURCE = LASER.read_bytes()


def ppd(*lines: str) -> Ppd:
    return parse_ppd("\n".join(lines).encode())


def test_options_are_read_with_choices_and_default() -> None:
    told = {option.keyword: (option.choices, option.default) for option in parse_ppd(SOURCE).options}
    assert told["Duplex"] == (("None", "DuplexNoTumble", "DuplexTumble"), "None")
    assert told["PageSize"] == (("A4", "A3", "Letter"), "A4"), "code over two lines hides nothing"
    assert parse_ppd(SOURCE).device_id == "MFG:Example;MDL:Laser 9;CMD:PDF;"
    assert ("A3", 842.0, 1191.0) in parse_ppd(SOURCE).sizes


def test_what_is_not_installed_cannot_be_chosen() -> None:
    tray = parse_ppd(SOURCE).option("InputSlot")
    assert tray is not None
    assert "Tray3" not in tray.choices
    fitted = SOURCE.replace(b"*DefaultOptionTray3: False", b"*DefaultOptionTray3: True")
    tray = parse_ppd(fitted).option("InputSlot")
    assert tray is not None
    assert "Tray3" in tray.choices
    assert parse_ppd(SOURCE).option("OptionTray3") is None


def test_a_constraint_said_from_both_sides_is_one() -> None:
    assert parse_ppd(SOURCE).constraints == (PpdConstraint(one=("Duplex", ""), other=("MediaType", "Transparency")),)


def test_a_duplexer_that_is_not_there_leaves_one_side() -> None:
    told = ppd(
        "*OpenGroup: InstallableOptions/Installed",
        "*OpenUI *Duplexer/Duplexer: Boolean",
        "*DefaultDuplexer: False",
        '*Duplexer True: ""',
        '*Duplexer False: ""',
        "*CloseUI: *Duplexer",
        "*CloseGroup: InstallableOptions",
        "*OpenUI *Duplex: PickOne",
        "*DefaultDuplex: DuplexTumble",
        '*Duplex None: ""',
        '*Duplex DuplexTumble/Short: ""',
        "*CloseUI: *Duplex",
        "*UIConstraints: *Duplexer False *Duplex",
    )
    [duplex] = told.options
    assert (duplex.choices, duplex.default) == (("None",), ""), "a default that cannot be is none"


def test_any_line_end_and_either_encoding_is_read() -> None:
    for end in (b"\r\n", b"\r"):
        assert parse_ppd(SOURCE.replace(b"\n", end)) == parse_ppd(SOURCE)
    umlaut = 'OpenUI *X/Größe: PickOne\n*X A: ""\n*CloseUI: *X\n'
    assert parse_ppd(("*" + umlaut).encode("latin-1")).options == parse_ppd(("*" + umlaut).encode()).options != ()


def test_a_ppd_without_an_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    choices = "\n".join(f'*X C{number}: ""' for number in range(_limits.PPD_CHOICES + 50))
    [option] = ppd("*OpenUI *X: PickOne", choices).options
    assert len(option.choices) <= _limits.PPD_CHOICES + 1
    opens = "\n".join(f'*OpenUI *X{number}: PickOne\n*X{number} A: ""' for number in range(_limits.PPD_OPTIONS + 50))
    assert len(ppd(opens).options) == _limits.PPD_OPTIONS


@given(some.binary(max_size=400) | some.text('*:/" \nOpenUIDuplexA', max_size=400).map(str.encode))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    parse_ppd(data)
    parse_ppd(SOURCE[: len(data) * 4] + data)
