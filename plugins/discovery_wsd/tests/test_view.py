"""Which hosts that give one name are one device."""

from __future__ import annotations

import datetime as dt

import pytest

from tympan.plugin import Sighting
from tympan_discovery_wsd._codec import Match
from tympan_discovery_wsd._names import USUAL
from tympan_discovery_wsd._view import Device, View

NAME, MAC, OTHER = "urn:uuid:1", "02:00:00:00:00:01", "02:00:00:00:00:02"
V4, V6 = "10.1.2.3", "fe80::3%2"
NOW = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)


def asked(view: View, source: str, *, mac: str = "", uri: str = "", serial: str = "") -> Device:
    """A host spoke for the device, and was asked."""
    device = view.hear(Match(endpoint=NAME), source, USUAL, 1)
    assert device is not None
    device.sighting, device.serial = Sighting(method="wsd", key=device.key, seen_at=NOW, mac=mac, uri=uri), serial
    view.fold(device)
    return device


def test_one_machine_over_both_ips_is_one_device_and_keeps_its_key_and_its_address() -> None:
    view = View()
    first = asked(view, V6, mac=MAC)
    asked(view, V4, mac=MAC, uri="ipps://10.1.2.3/ipp/print")
    assert list(view) == [first]
    assert first.hosts == (V4, V6)
    [sighting] = view.sightings()
    assert (sighting.key, sighting.uri) == (first.key, "ipps://10.1.2.3/ipp/print")


def test_what_is_known_is_not_lost_to_what_did_not_answer() -> None:
    view = View()
    first = asked(view, V4, mac=MAC, uri="ipps://10.1.2.3/ipp/print")
    asked(view, V6, mac=MAC)
    [sighting] = view.sightings()
    assert (sighting.key, sighting.uri) == (first.key, "ipps://10.1.2.3/ipp/print")


@pytest.mark.parametrize(
    ("source", "mac"), [(V6, OTHER), (V6, ""), ("10.1.2.4", MAC)], ids=["other", "unknown", "the same IP"]
)
def test_others_of_that_name_stay_apart(source: str, mac: str) -> None:
    view = View()
    asked(view, V4, mac=MAC if mac else "")
    asked(view, source, mac=mac)
    assert len(view) == 2
