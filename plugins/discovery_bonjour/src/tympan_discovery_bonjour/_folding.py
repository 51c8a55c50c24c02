"""Services of one device put together. Pure.

- Services with the same UUID on the same host are one device; so are those of one instance name on the same host, and
  those of one maker and model on it where neither has a UUID.
- Services with different UUIDs never are; nor are those on different hosts: a UUID may have been cloned.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from tympan_discovery_bonjour._announcement import Announcement

Device = tuple[Announcement, ...]
"""Services of one device, the best first."""


def fold(announcements: Iterable[Announcement]) -> dict[str, Device]:
    """Devices by their keys."""
    by_host: dict[str, list[Announcement]] = defaultdict(list)
    for one in announcements:
        by_host[one.host.lower()].append(one)
    return {device_key(device): device for on_host in by_host.values() for device in _on_one_host(on_host)}


def device_key(device: Device) -> str:
    """Names a device as long as it is announced: by UUID and host, or else by instance and host."""
    uuid = next((one.uuid for one in device if one.uuid), "")
    name = uuid or min(one.instance for one in device)
    return hashlib.sha256(f"{name}\n{device[0].host.lower()}".encode()).hexdigest()[:32]


def _on_one_host(announcements: list[Announcement]) -> Iterator[Device]:
    groups: list[list[Announcement]] = []
    known: dict[Hashable, list[Announcement]] = {}
    for one in sorted(announcements, key=lambda one: (not one.uuid, one.uuid)):
        group = next((known[mark] for mark in _marks(one) if mark in known and _agree(known[mark], one)), None)
        if group is None:
            group = []
            groups.append(group)
        group.append(one)
        for mark in _marks(one):
            known.setdefault(mark, group)
    order = list(type(announcements[0].type))
    for group in groups:
        yield tuple(sorted(group, key=lambda one: (order.index(one.type), _priority(one), one.instance)))


def _marks(one: Announcement) -> Iterator[Hashable]:
    if one.uuid:
        yield "uuid", one.uuid
    yield "instance", one.instance, one.domain
    maker, model = one.txt.get("usb_MFG"), one.txt.get("usb_MDL")
    if not one.uuid and maker and model:
        yield "model", maker, model


def _agree(group: list[Announcement], one: Announcement) -> bool:
    return not one.uuid or all(other.uuid in ("", one.uuid) for other in group)


def _priority(one: Announcement) -> int:
    """0 is best (Bonjour Printing section 5.2)."""
    text = one.txt.get("priority")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 50
