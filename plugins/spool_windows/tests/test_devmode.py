"""DEVMODE as bytes: what counts is read, what is wanted is set, what is the driver's goes through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_spool_windows._devmode import PUBLIC_BYTES, Field, JobSettings, change_devmode, read_devmode

PRIVATE = b"of the driver \x00\xff"


def devmode(fields: int = 0, size: int = PUBLIC_BYTES, private: bytes = PRIVATE) -> bytes:
    head = "Desk".encode("utf-16-le").ljust(64, b"\0") + b"\x01\x04\x05\x00"
    told = head + size.to_bytes(2, "little") + len(private).to_bytes(2, "little") + fields.to_bytes(4, "little")
    return told.ljust(size, b"\0") + private


def test_the_public_part_has_the_length_windows_gives_it() -> None:
    assert PUBLIC_BYTES == 220


def test_members_lie_where_windows_has_them() -> None:
    told = bytearray(devmode(int(Field.PAPER_SIZE | Field.COPIES | Field.DUPLEX | Field.MEDIA_TYPE)))
    for at, value in ((78, 9), (86, 4), (94, 2)):
        told[at : at + 2] = value.to_bytes(2, "little")
    told[196:200] = (257).to_bytes(4, "little")
    assert read_devmode(bytes(told)) == JobSettings(paper_size=9, copies=4, duplex=2, media_type=257)


def test_a_member_that_the_fields_do_not_name_does_not_count() -> None:
    told = bytearray(devmode())
    told[86:88] = b"\x07\x00"
    assert read_devmode(bytes(told)) == JobSettings()


def test_what_is_set_is_named_in_the_fields_and_the_drivers_part_goes_through() -> None:
    made = change_devmode(devmode(), JobSettings(duplex=3, color=1))
    assert read_devmode(made) == JobSettings(duplex=3, color=1)
    assert made.endswith(PRIVATE) and len(made) == len(devmode())


def test_a_paper_takes_the_place_of_an_extent() -> None:
    wide = change_devmode(devmode(), JobSettings(paper_width=2000, paper_length=3000))
    assert read_devmode(change_devmode(wide, JobSettings(paper_size=9))) == JobSettings(paper_size=9)


def test_an_old_drivers_short_public_part_stays_short() -> None:
    short = devmode(size=148)
    made = change_devmode(short, JobSettings(duplex=2, media_type=1))
    assert len(made) == len(short) and made.endswith(PRIVATE)
    assert read_devmode(made) == JobSettings(duplex=2), "its kind of paper lies beyond what this driver has"


@pytest.mark.parametrize("size", [0, 1, 75])
def test_bytes_that_are_none_say_nothing_and_are_not_changed(size: int) -> None:
    assert read_devmode(bytes(size)) == JobSettings()
    with pytest.raises(ValueError, match="DEVMODE"):
        change_devmode(bytes(size), JobSettings(copies=1))


@given(st.binary(max_size=400))
def test_attack_no_bytes_of_a_driver_make_reading_fail(data: bytes) -> None:
    read_devmode(data)
    if len(data) >= 76:
        assert len(change_devmode(data, JobSettings(copies=2))) >= min(len(data), 76)
