"""Which services are one device."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tympan_discovery_bonjour._announcement import Announcement, ServiceType, Txt
from tympan_discovery_bonjour._folding import fold
from tympan_discovery_bonjour._hints import hints, ipp_uris, other_uris

ONE, TWO = "01e16151-e488-39e9-676f-fda5a2b28150", "02e16151-e488-39e9-676f-fda5a2b28150"


def service(
    type_: ServiceType = ServiceType.IPP, instance: str = "Laser", host: str = "laser.local", **txt: str
) -> Announcement:
    keys = Txt({name.lower(): value for name, value in txt.items()})
    at = ("192.0.2.7", "fe80::7%3")
    return Announcement(type=type_, instance=instance, domain="local", host=host, port=631, addresses=at, txt=keys)


SAME = {
    "uuid under other names": [service(UUID=ONE), service(ServiceType.IPPS, "Laser (2)", UUID=ONE)],
    "instance, one without uuid": [service(UUID=ONE), service(ServiceType.RAW)],
    "instance": [service(), service(ServiceType.LPD)],
    "model": [
        service(usb_MFG="Acme", usb_MDL="9"),
        service(ServiceType.RAW, "Laser raw", usb_MFG="Acme", usb_MDL="9"),
    ],
    "case of the host": [service(UUID=ONE), service(ServiceType.IPPS, "B", "LASER.local", UUID=ONE.upper())],
}
OTHERS = {
    "cloned uuid on two hosts": [service(UUID=ONE), service(host="other.local", UUID=ONE)],
    "two queues of a host": [service(UUID=ONE), service(instance="Other", UUID=TWO)],
    "one name, two uuids": [service(UUID=ONE), service(ServiceType.IPPS, UUID=TWO)],
    "one name on two hosts": [service(), service(ServiceType.LPD, host="other.local")],
    "nil uuid": [
        service(instance="A", UUID="00000000-0000-0000-0000-000000000000"),
        service(instance="B", UUID="00000000-0000-0000-0000-000000000000"),
    ],
}


@pytest.mark.parametrize("name", SAME)
def test_services_of_one_device(name: str) -> None:
    for order in itertools.permutations(SAME[name]):
        (device,) = fold(order).values()
        assert set(device) == set(order)


@pytest.mark.parametrize("name", OTHERS)
def test_services_of_different_devices(name: str) -> None:
    for order in itertools.permutations(OTHERS[name]):
        assert len(fold(order)) == len(order)


def test_the_key_stays_when_a_service_goes_or_comes() -> None:
    both = [service(UUID=ONE), service(ServiceType.IPPS, UUID=ONE)]
    assert fold(both).keys() == fold(both[:1]).keys() == fold(both[1:]).keys()


def test_ipps_is_asked_first_and_everybodys_address() -> None:
    (device,) = fold([service(rp="ipp/print"), service(ServiceType.IPPS, rp="/ipp/print/")]).values()
    assert ipp_uris(device) == (
        "ipps://192.0.2.7:631/ipp/print",
        "ipp://192.0.2.7:631/ipp/print",
        "ipps://[fe80::7%253]:631/ipp/print",
        "ipp://[fe80::7%253]:631/ipp/print",
    )


def test_a_device_without_ipp_is_asked_where_ipp_usually_is() -> None:
    (device,) = fold([service(ServiceType.RAW), service(ServiceType.SCAN, rs="eSCL")]).values()
    assert ipp_uris(device) == ("ipps://192.0.2.7:631", "ipp://192.0.2.7:631")
    assert other_uris(device) == ("socket://192.0.2.7:631", "http://192.0.2.7:631/eSCL")


def test_announcements_say_what_the_device_does_not() -> None:
    txt: dict[str, Any] = {
        "UUID": ONE,
        "ty": "Acme 9",
        "note": "Room\x1b 4",
        "pdl": "application/pdf,image/urf,,x",
        "Color": "T",
    }
    said = service(**txt, Duplex="F", adminurl="javascript:x", usb_SER="S-17")
    told = hints((said, service(ServiceType.RAW, product="(Other)")))
    assert (told.uuid, told.serial, told.make_and_model, told.location) == (ONE, "S-17", "Acme 9", "Room 4")
    assert (told.formats, told.color, told.sides, told.more_info) == (
        ("application/pdf", "image/urf"), True, ("one-sided",), "",
    )  # fmt: skip
    assert told.name == "Laser"


def test_a_txt_record_is_read_as_the_standard_says() -> None:
    def record(*pairs: bytes) -> Txt:
        return Txt.parse(b"".join(bytes((len(pair),)) + pair for pair in pairs))

    assert record(b"RP=a", b"rp=b", b"flag", b"=x", b"").keys == {"rp": "a"}
    assert Txt.parse(b"\xffrp=short").keys == {"rp": "short"}
    assert len(record(*(b"k%d=v" % number for number in range(150))).keys) == 64
    with pytest.raises(ValueError, match="TXT"):
        Txt.parse(bytes(5000))
