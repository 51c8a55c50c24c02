"""What is told of devices: what they say of themselves, who sees them, and how they changed."""

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from tympan_hub.domain.devices import Change, Linked, Standing
from tympan_hub.domain.moves import Move
from tympan_hub.domain.sightings import Pause, Sighting
from tympan_hub.http.api._kinds import Moment, Told
from tympan_hub.service.devices import DeviceListed, DeviceShown


class Supply(Told):
    """A supply; the percentage is what is left, of a waste box what is taken."""

    name: str
    kind: str
    color: str
    percent: int | None


class Description(Told):
    """What a device says of itself; nobody has proved it."""

    uuid: str
    serial: str
    name: str
    make_and_model: str
    location: str
    firmware: str
    formats: list[str]
    color: bool | None
    sides: list[str]
    media: list[str]
    state: str
    reasons: list[str]
    supplies: list[Supply]
    more_info: str


class FoundDevice(Told):
    """A device. Agents hear nothing of it until somebody makes a printer of it."""

    id: str
    name: str = Field(description="What people call it: from an administrator's list, else as it calls itself.")
    location: str
    standing: Standing = Field(description="known: a printer was made of it.")
    in_view: int = Field(description="How many agents see it now.")
    printers: int = Field(description="How many printers were made of it.")
    methods: list[str] = Field(description="By which discoveries it is or was seen.")
    first_seen_at: Moment
    seen_at: Moment | None
    ignored_at: Moment | None
    place: str = Field(description="Its address in the network, else its name there.")
    host_name: str
    mac: str
    fingerprint: str = Field(description="SHA-256 of its certificate as told last, hex; empty where it has none.")
    description: Description


class DeviceSighting(Told):
    """Who sees a device, how, and since when."""

    agent: str | None = Field(description="Null for an administrator's list.")
    method: str
    in_view: bool
    paused: Literal["", "away", "off"] = Field(
        description="Why the agent does not look for the time being: it is away, or the discovery off there."
    )
    away_since: Moment | None = Field(description="When the agent was last heard of, where it is away.")
    first_seen_at: Moment
    seen_at: Moment
    uri: str
    addresses: list[str]
    services: list[str]
    detail: str


class Difference(Told):
    """What was and what is; of lists what went and what came."""

    field: str
    before: list[str]
    after: list[str]


class DeviceChange(Told):
    """A device told something else than before."""

    at: Moment
    agent: str | None
    method: str
    differences: list[Difference]


class DevicePrinter(Told):
    """A printer made of a device; ``moved_to`` is where the device is said to be now, where that is another address."""

    printer: str
    name: str
    uri: str
    moved_to: str | None
    moved_proven: bool = Field(description="The certificate that is pinned is shown there.")


class DeviceSeen(FoundDevice):
    """A device with who sees it, how it changed, and printers made of it."""

    fingerprint: str = Field(description="SHA-256 of the certificate that is shown at ``uri``, hex; empty for none.")
    uri: str = Field(description="The address a printer would be made with; empty when nobody knows one.")
    sightings: list[DeviceSighting]
    changes: list[DeviceChange]
    made: list[DevicePrinter]


class Dropped(Told):
    """What was dropped of an agent's sightings on a day."""

    agent: str
    day: dt.date
    too_many: int
    too_fast: int
    strange: int
    no_room: int


class Sweep(Told):
    """The last sweep of an agent by one discovery."""

    method: str
    at: Moment
    in_view: int
    took_ms: int
    packets: int | None
    dropped: int


def found_device(listed: DeviceListed) -> FoundDevice:
    """A device as it stands in lists."""
    return FoundDevice(**_told(listed))


def seen_device(shown: DeviceShown) -> DeviceSeen:
    """A device by itself."""
    return DeviceSeen(
        **(_told(DeviceListed(device=shown.device, reach=shown.reach)) | {"fingerprint": shown.fingerprint}),
        uri=shown.uri,
        sightings=[_sighting(one, shown.away.get(one.trace.name.agent)) for one in shown.sightings],
        changes=[_change(one) for one in shown.changes],
        made=[_made(one, shown.moved.get(one.printer)) for one in shown.printers],
    )


def _sighting(one: Sighting, away_since: dt.datetime | None) -> DeviceSighting:
    return DeviceSighting(
        agent=one.trace.name.agent or None,
        method=one.trace.name.method,
        in_view=one.trace.in_view,
        paused=one.trace.paused.value,
        away_since=away_since if one.trace.paused is Pause.AWAY else None,
        first_seen_at=one.trace.first_seen_at,
        seen_at=one.trace.seen_at,
        uri=one.uri,
        addresses=list(one.addresses),
        services=list(one.services),
        detail=one.detail,
    )


def _change(one: Change) -> DeviceChange:
    return DeviceChange(
        at=one.at,
        agent=one.agent or None,
        method=one.method,
        differences=[Difference.model_validate(each) for each in one.differences],
    )


def _made(one: Linked, move: Move | None) -> DevicePrinter:
    return DevicePrinter(
        printer=one.printer,
        name=one.name,
        uri=one.uri,
        moved_to=move.uri if move else None,
        moved_proven=move is not None and move.proven,
    )


def _told(listed: DeviceListed) -> dict[str, Any]:
    device, reach = listed.device, listed.reach
    return {
        "id": device.id,
        "name": device.name,
        "location": device.location,
        "standing": device.standing,
        "in_view": device.in_view,
        "printers": device.printers,
        "methods": list(reach.methods) if reach else [],
        "first_seen_at": device.first_seen_at,
        "seen_at": reach.seen_at if reach else None,
        "ignored_at": device.ignored_at,
        "place": device.place,
        "host_name": device.host_name,
        "mac": device.mac,
        "fingerprint": device.fingerprint,
        "description": Description.model_validate(device.description),
    }
