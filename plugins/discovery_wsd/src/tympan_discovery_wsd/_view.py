"""Devices in view, by the name they give themselves and the hosts that spoke for them. Pure.

- Two hosts that give one name are two devices: firmware is cloned, and liars repeat names. They are one where the one
  known had named the other's address, or one speaks over IPv4, the other over IPv6, and both say one serial number or
  have one hardware address.
- One host is at most `SOURCE_DEVICES`, one name at most `CLONES`, and all together are at most `DEVICES`; what is
  beyond is dropped and counted.
- A computer, a camera, a scanner: seen and passed over, and it takes no room.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import attrs

from tympan.plugin import Sighting
from tympan_discovery_wsd._codec import Match, Sort
from tympan_discovery_wsd._limits import CLONES, DEVICES, SOURCE_DEVICES
from tympan_discovery_wsd._names import USUAL, Wording
from tympan_discovery_wsd._reach import hosts

_HOSTS: Final = 8
"""Hosts of one device: its addresses of both kinds on a link or two."""
_KEY_OCTETS: Final = 120
"""Of an endpoint's name in a key."""


@attrs.define(eq=False, kw_only=True)
class Device:
    """One.

    Attributes:
        endpoint: The name it gives itself.
        anchor: The host that spoke for it first; with the endpoint it names the device here.
        spoke: Hosts that spoke for it.
        match: What was said of it last.
        wording: In which edition.
        sweep: The sweep that heard it last.
        asked: The sweep it was asked in last; 0 for never.
        asked_version: Of its metadata, when it was asked last.
        sighting: What is in view of it; None until it was asked, or when it is no printer.
        serial: Once it said.
    """

    endpoint: str
    anchor: str
    spoke: list[str]
    match: Match
    wording: Wording = USUAL
    sweep: int = 0
    asked: int = 0
    asked_version: int = 0
    sighting: Sighting | None = None
    serial: str = ""

    @property
    def key(self) -> str:
        """Names it within this discovery."""
        name = self.endpoint.encode()[:_KEY_OCTETS].decode(errors="ignore")
        return f"{name} {self.anchor}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Hosts that spoke for it, those anybody can use first: IPv4, then IPv6, then with a zone."""
        return tuple(sorted(self.spoke, key=lambda host: (":" in host, "%" in host, host)))

    @property
    def uuid(self) -> str:
        """Its name as a uuid; "" when it is none."""
        try:
            return str(UUID(self.endpoint))
        except ValueError:
            return ""


class View:
    """All of them."""

    def __init__(self) -> None:
        self._devices: dict[str, list[Device]] = {}
        self._by_source: Counter[str] = Counter()
        self._count = 0
        self.dropped = 0

    def __iter__(self) -> Iterator[Device]:
        return iter([device for devices in self._devices.values() for device in devices])

    def __len__(self) -> int:
        return self._count

    def sightings(self) -> tuple[Sighting, ...]:
        """Those that were asked and print."""
        return tuple(device.sighting for device in self if device.sighting is not None)

    def hear(self, match: Match, source: str, wording: Wording, sweep: int) -> Device | None:
        """A host spoke for a device; None when it is passed over."""
        if match.sort is Sort.OTHER:
            self.leave(match.endpoint, source)
            return None
        device = self._known(match, source) or self._new(match, source)
        if device is None:
            self.dropped += 1
            return None
        if source not in device.spoke and len(device.spoke) < _HOSTS:
            device.spoke.append(source)
        if match.addresses or match.version > device.match.version:
            device.match = attrs.evolve(match, addresses=match.addresses or device.match.addresses)
        device.wording, device.sweep = wording, sweep
        return device

    def known(self, endpoint: str, source: str) -> Device | None:
        """The device a host speaks for under a name."""
        return next((one for one in self._devices.get(endpoint, ()) if source in one.spoke), None)

    def holds(self, device: Device) -> bool:
        """Whether it is in view."""
        return any(one is device for one in self._devices.get(device.endpoint, ()))

    def leave(self, endpoint: str, source: str) -> Device | None:
        """A host says that a device goes; only one that spoke for it is believed."""
        device = self.known(endpoint, source)
        if device is not None:
            self.forget(device)
        return device

    def forget(self, device: Device) -> None:
        """It is out of view."""
        if not self.holds(device):
            return
        others = [one for one in self._devices[device.endpoint] if one is not device]
        self._count -= 1
        self._by_source[device.anchor] -= 1
        self._by_source += Counter()  # those at 0 are let go
        self._devices[device.endpoint] = others
        if not others:
            del self._devices[device.endpoint]

    def fold(self, device: Device) -> Device:
        """A device was asked: where another of its name is the same machine over the other IP, they are one.

        It is the older, and what is in view of it is what says more: where it takes jobs.
        """
        for other in self._devices.get(device.endpoint, ()):
            if other is not device and _is_one(device, other):
                other.spoke = list(dict.fromkeys([*other.spoke, *device.spoke]))[:_HOSTS]
                other.sighting = _better(device.sighting, other.sighting, other)
                self.forget(device)
                return other
        return device

    def _known(self, match: Match, source: str) -> Device | None:
        found = self.known(match.endpoint, source)
        if found is not None:
            return found
        named = _plain(source)  # what the newcomer claims of itself proves nothing
        devices = self._devices.get(match.endpoint, ())
        return next((one for one in devices if named in hosts(one.match.addresses)), None)

    def _new(self, match: Match, source: str) -> Device | None:
        clones = len(self._devices.get(match.endpoint, ()))
        if self._count >= DEVICES or self._by_source[source] >= SOURCE_DEVICES or clones >= CLONES:
            return None
        device = Device(endpoint=match.endpoint, anchor=source, spoke=[source], match=match)
        self._devices.setdefault(match.endpoint, []).append(device)
        self._by_source[source] += 1
        self._count += 1
        return device


def _is_one(device: Device, other: Device) -> bool:
    macs = {one.sighting.mac for one in (device, other) if one.sighting is not None}
    numbered = bool(device.serial) and other.serial == device.serial
    wired = device.sighting is not None and other.sighting is not None and len(macs) == 1 and "" not in macs
    return (numbered or wired) and not _kinds(device) & _kinds(other)


def _better(one: Sighting | None, another: Sighting | None, device: Device) -> Sighting | None:
    found = one if one is not None and (one.uri or another is None) else another
    return None if found is None else attrs.evolve(found, key=device.key, addresses=device.hosts)


def _kinds(device: Device) -> set[bool]:
    return {":" in host for host in device.spoke}


def _plain(host: str) -> str:
    return str(ipaddress.ip_address(host.partition("%")[0]))
