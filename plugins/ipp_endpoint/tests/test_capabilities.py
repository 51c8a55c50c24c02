"""What a printer offers is what its device can do."""

from __future__ import annotations

import pytest

from tympan_ipp_endpoint._capabilities import Offer, job_attributes_of, offer
from tympan_wire.ipp import Attribute, Collection, Group, GroupTag, Range, Resolution, Value, attr


def group(*attributes: Attribute) -> Group:
    return Group(GroupTag.PRINTER, attributes)


def strings(offered: Offer, name: str) -> tuple[str, ...]:
    return offered[name].strings()


@pytest.mark.parametrize(
    "name",
    [
        "sides-supported",
        "sides-default",
        "media-supported",
        "media-col-database",
        "media-default",
        "urf-supported",
        "printer-resolution-supported",
        "pwg-raster-document-type-supported",
        "output-bin-supported",
        "finishings-supported",
        "print-quality-supported",
        "color-supported",
        "page-ranges-supported",
        "printer-make-and-model",
        "printer-device-id",
    ],
)
def test_the_devices_own_words_come_through_untouched(device: Group, name: str) -> None:
    assert offer(device)[name] == device.get(name)


@pytest.mark.parametrize(
    "name",
    ["document-password-supported", "operations-supported", "printer-uuid", "printer-uri-supported", "printer-state"],
)
def test_what_is_between_us_and_the_device_stays_there(device: Group, name: str) -> None:
    assert device.get(name) is not None or name == "printer-uuid"
    assert name not in offer(device)


def test_a_device_that_says_little_offers_little() -> None:
    offered = offer(group(attr.mime("document-format-supported", "application/pdf")))
    assert strings(offered, "document-format-supported") == ("application/octet-stream", "application/pdf")
    assert strings(offered, "sides-supported") == ("one-sided",)
    assert offered["color-supported"].value is False
    assert "page-ranges-supported" not in offered and "overrides-supported" not in offered
    assert "pages-per-minute-color" not in offered
    assert strings(offered, "ipp-features-supported") == ("none",)


def test_a_device_never_seen_offers_the_least() -> None:
    offered = offer(None)
    assert set(strings(offered, "media-supported")) == {"iso_a4_210x297mm", "na_letter_8.5x11in"}
    assert strings(offered, "sides-supported") == ("one-sided",)
    assert "color" not in strings(offered, "print-color-mode-supported")


def test_of_a_device_other_machines_print_on_everything_usual_may_be_asked_for_though_nobody_here_saw_it() -> None:
    offered = offer(None, afar=True)
    assert strings(offered, "sides-supported") == ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
    assert strings(offered, "sides-default") == ("one-sided",)
    assert "color" in strings(offered, "print-color-mode-supported")
    assert "iso_a3_297x420mm" in strings(offered, "media-supported")
    seen = group(attr.keyword("sides-supported", "one-sided"), attr.boolean("color-supported", False))
    assert strings(offer(seen, afar=True), "sides-supported") == ("one-sided",), "one that answered says it itself"


def test_what_the_route_converts_is_offered_too() -> None:
    device = group(
        attr.mime("document-format-supported", "image/pwg-raster"),
        attr.resolution("pwg-raster-document-resolution-supported", Resolution(300, 300)),
        attr.keyword("pwg-raster-document-type-supported", "sgray_8"),
    )
    formats = strings(offer(device, ("image/pwg-raster", "application/pdf")), "document-format-supported")
    assert formats == ("application/octet-stream", "image/pwg-raster", "application/pdf")


@pytest.mark.parametrize("keys", [(), ("V1.4", "W8")])
def test_urf_without_a_resolution_is_not_offered(keys: tuple[str, ...]) -> None:
    """CUPS 2.4 makes no printer at all of one that offers it."""
    urf = (attr.keyword("urf-supported", *keys),) if keys else ()
    offered = offer(group(attr.mime("document-format-supported", "image/urf", "application/pdf"), *urf))
    assert "image/urf" not in strings(offered, "document-format-supported")
    assert "urf-supported" not in offered


def test_pwg_raster_without_a_resolution_is_not_offered() -> None:
    offered = offer(group(attr.mime("document-format-supported", "image/pwg-raster", "application/pdf")))
    assert "image/pwg-raster" not in strings(offered, "document-format-supported")


def test_formats_that_switch_page_handling_off_are_not_offered() -> None:
    offered = offer(group(attr.mime("document-format-supported", "application/vnd.cups-pdf", "application/pdf")))
    assert strings(offered, "document-format-supported") == ("application/octet-stream", "application/pdf")


def test_media_are_described_from_their_names() -> None:
    offered = offer(group(attr.keyword("media-supported", "iso_a5_148x210mm", "na_letter_8.5x11in", "strange")))
    sizes = [_dimensions(entry) for entry in offered["media-col-database"].values]
    assert sizes == [(14800, 21000), (21590, 27940)]
    assert strings(offered, "media-default") == ("iso_a5_148x210mm",)
    assert strings(offered, "media-ready") == ("iso_a5_148x210mm",)


def _dimensions(entry: Value) -> tuple[object, object]:
    assert isinstance(entry.value, Collection)
    size = entry.value.first("media-size")
    assert isinstance(size, Collection)
    return size.first("x-dimension"), size.first("y-dimension")


def test_a_missing_default_is_the_usual_one_if_offered_else_the_first() -> None:
    offered = offer(
        group(
            attr.keyword("sides-supported", "two-sided-long-edge", "one-sided"),
            attr.enum("print-quality-supported", 5, 3),
            attr.range_("copies-supported", Range(1, 5)),
        )
    )
    assert strings(offered, "sides-default") == ("one-sided",)
    assert offered["print-quality-default"].value == 5
    assert offered["copies-default"].value == 1


def test_colour_modes_of_a_device_that_names_none() -> None:
    """CUPS 2.4 makes colour a queue's default when the printer's default is "auto", even where there is none."""
    assert strings(offer(None), "print-color-mode-default") == ("monochrome",)
    colour = offer(group(attr.boolean("color-supported", True)))
    assert strings(colour, "print-color-mode-supported") == ("auto", "color", "monochrome")
    grey = offer(group(attr.boolean("color-supported", False)))
    assert "color" not in strings(grey, "print-color-mode-supported")


def test_colour_speed_stands_if_and_only_if_there_is_colour() -> None:
    colour = offer(group(attr.boolean("color-supported", True)))
    grey = offer(group(attr.boolean("color-supported", False), attr.integer("pages-per-minute-color", 9)))
    assert "pages-per-minute-color" in colour and "pages-per-minute-color" not in grey


def test_both_spellings_of_document_number_are_answered_or_none() -> None:
    both = offer(group(attr.keyword("overrides-supported", "pages", "document-numbers")))
    assert set(strings(both, "overrides-supported")) == {"pages", "document-numbers", "document-number"}
    none = offer(group(attr.keyword("overrides-supported", "pages")))
    assert strings(none, "overrides-supported") == ("pages",)


def test_page_ranges_can_be_set_only_where_the_device_takes_them() -> None:
    with_ranges = offer(group(attr.boolean("page-ranges-supported", True)))
    without = offer(group(attr.boolean("page-ranges-supported", False)))
    assert "page-ranges" in job_attributes_of(with_ranges)
    assert "page-ranges" not in job_attributes_of(without)
