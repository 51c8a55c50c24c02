"""Identity of devices: the same for the same device, another for another."""

import pytest

from tympan.plugin import QueueKind
from tympan_spool_cups._identity import identity_of, kind_of, normalised
from tympan_wire.ipp import Group, GroupTag, attr


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ipp://Printer.example/ipp/print", "ipps://printer.example:631/ipp/print/"),
        ("ipp://printer.example/ipp/print", "ipp://user:secret@printer.example/ipp/print?waitjob=false"),
        ("socket://192.0.2.1", "socket://192.0.2.1:9100/?waiteof=false"),
        ("usb://Example/Laser%209?serial=AB12", "usb://EXAMPLE/laser%209?serial=ab12&interface=1"),
        (
            "dnssd://Laser%209._ipp._tcp.local/?uuid=01234567-89ab-4def-8123-456789abcdef",
            "dnssd://Renamed._ipp._tcp.local/?uuid=01234567-89AB-4DEF-8123-456789ABCDEF",
        ),
    ],
)
def test_one_device_has_one_identity(one: str, other: str) -> None:
    assert normalised(one) == normalised(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("usb://Example/Laser?serial=1", "usb://Example/Laser?serial=2"),
        ("ipp://printer.example/ipp/print/a", "ipp://printer.example/ipp/print/b"),
        ("ipp://printer.example/ipp/print/a", "ipp://printer.example/ipp/print/A"),
        ("socket://192.0.2.1:9100", "socket://192.0.2.1:9101"),
        ("lpd://server/one", "lpd://server/two"),
    ],
)
def test_two_devices_have_two(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


def test_no_password_is_part_of_an_identity() -> None:
    assert "secret" not in normalised("smb://user:secret@server/share")
    assert "secret" not in normalised("odd://user:secret@server/share")


def test_an_address_that_is_none_is_kept() -> None:
    assert normalised("ipp://[oops/ipp") == "ipp://[oops/ipp"
    assert normalised("") == ""


@pytest.mark.parametrize(
    ("uri", "bits", "kind"),
    [
        ("usb://Example/Laser", 0x0004, QueueKind.PRINTER),
        ("usb://Example/Laser", 0x40000, QueueKind.FAX),
        ("hpfax:/usb/OfficeJet?serial=1", 0x0004, QueueKind.FAX),
        ("ipp://printer.example/ipp/faxout", 0x0004, QueueKind.FAX),
        ("///dev/null", 0x1, QueueKind.CLASS),
        ("file:///dev/null", 0x0004, QueueKind.FILE),
        ("cups-pdf:/", 0x0004, QueueKind.FILE),
    ],
)
def test_kinds_are_told_by_type_and_address(uri: str, bits: int, kind: QueueKind) -> None:
    told = (attr.name_("printer-name", "q"), attr.uri("device-uri", uri), attr.enum("printer-type", bits))
    assert kind_of(Group(GroupTag.PRINTER, told)) is kind


def test_a_class_is_known_by_its_name() -> None:
    told = (attr.name_("printer-name", "both"), attr.uri("device-uri", "///dev/null"), attr.enum("printer-type", 1))
    assert identity_of(Group(GroupTag.PRINTER, told)) == "class:both"
