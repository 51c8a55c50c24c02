"""Options of IPP from what a driver tells, and back into its settings."""

from __future__ import annotations

import attrs
import pytest
from windows_of_tests import DEVICE

from tympan_spool_windows._capabilities import RAW, XPS, capabilities_of, settings_for
from tympan_spool_windows._devmode import JobSettings
from tympan_spool_windows._frames import PDF
from tympan_spool_windows._records import DeviceRecord, Named

DEFAULTS = JobSettings(
    paper_size=9, copies=2, color=2, duplex=2, print_quality=600, y_resolution=600, default_source=15
)


def told(device: DeviceRecord = DEVICE, defaults: JobSettings = DEFAULTS) -> dict[str, tuple[tuple[str, ...], str]]:
    return {option.name: (option.values, option.default) for option in capabilities_of(device, defaults, ()).options}


def test_everything_a_driver_tells_is_told_with_its_default() -> None:
    assert told() == {
        "media": (("iso_a4_210x297mm", "na_letter_8.5x11in"), "iso_a4_210x297mm"),
        "media-source": (("auto", "tray-2"), "auto"),
        "copies": (("1-99",), "2"),
        "sides": (("one-sided", "two-sided-long-edge", "two-sided-short-edge"), "two-sided-long-edge"),
        "print-color-mode": (("monochrome", "color"), "color"),
        "printer-resolution": (("300dpi", "600dpi"), "600dpi"),
    }


def test_a_plain_printer_offers_no_more_than_it_has() -> None:
    assert told(DeviceRecord(), JobSettings(color=2)) == {
        "copies": (("1-99",), "1"),
        "sides": (("one-sided",), "one-sided"),
        "print-color-mode": (("monochrome",), "monochrome"),
    }


def test_a_default_that_is_no_value_is_not_told() -> None:
    assert told(defaults=attrs.evolve(DEFAULTS, paper_size=77, default_source=7))["media"][1] == ""
    assert told(defaults=attrs.evolve(DEFAULTS, default_source=7))["media-source"][1] == ""


def test_documents_taken_are_pdf_and_pictures_and_anything_as_it_is() -> None:
    plain = capabilities_of(DEVICE, DEFAULTS, ()).media_types
    assert {PDF, "image/jpeg", RAW} == set(plain)
    assert set(capabilities_of(DEVICE, DEFAULTS, (), passes_xps=True).media_types) == {*plain, *XPS}


def test_options_become_numbers_of_the_driver() -> None:
    asked = settings_for(
        DEVICE,
        {
            "media": "na_letter_8.5x11in",
            "media-source": "tray-2",
            "sides": "two-sided-long-edge",
            "print-color-mode": "color",
            "printer-resolution": "300dpi",
            "copies": "3",
            "job-name": "Plan",
        },
    )
    assert asked.copies == 1
    assert asked.settings == JobSettings(
        paper_size=1, default_source=258, duplex=2, color=2, print_quality=300, y_resolution=300, copies=3
    )


def test_a_paper_by_another_name_of_its_extent_is_that_paper() -> None:
    assert settings_for(DEVICE, {"media": "custom_mine_210x297mm"}).settings.paper_size == 9


def test_copies_that_a_driver_does_not_make_are_sent_as_often() -> None:
    asked = settings_for(attrs.evolve(DEVICE, copies=1), {"copies": "3"})
    assert (asked.copies, asked.settings.copies) == (3, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("media", "iso_a0_841x1189mm"),
        ("media", "main"),
        ("media-source", "tray-9"),
        ("media-type", "stationery"),
        ("sides", "two-sided"),
        ("print-color-mode", "auto"),
        ("printer-resolution", "1200dpi"),
        ("printer-resolution", "very fine"),
        ("copies", "0"),
        ("copies", "-1"),
        ("copies", "9999999"),
        ("copies", "two"),
    ],
)
def test_what_a_queue_cannot_do_is_refused_by_name_and_value(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot be {value}"):
        settings_for(DEVICE, {name: value})


def test_both_sides_are_refused_where_there_is_one() -> None:
    with pytest.raises(ValueError, match="sides cannot be two-sided-long-edge"):
        settings_for(DeviceRecord(), {"sides": "two-sided-long-edge"})


def test_kinds_of_paper_go_both_ways() -> None:
    device = attrs.evolve(DEVICE, media_types=(Named(code=1, name="Plain"), Named(code=300, name="Matte")))
    assert told(device, attrs.evolve(DEFAULTS, media_type=300))["media-type"] == (("stationery", "matte"), "matte")
    assert settings_for(device, {"media-type": "matte"}).settings.media_type == 300
