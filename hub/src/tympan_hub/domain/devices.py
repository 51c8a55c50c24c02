"""Devices found in networks or entered by hand: what the hub knows of each, from all that saw it.

- A device is quarantined: agents hear nothing of it until an administrator makes a printer of it.
- What it says of itself is merged by field: who asked the device itself beats who only heard its name, and the later
  beats the earlier. What one does not say stays as another said it.
- What it can do and with which certificate is watched: a difference is kept as a change.
"""

import datetime as dt
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, DeviceId, PrinterId, TenantId
from tympan_hub.domain.limits.pages import PAGE, WORDS_MOST
from tympan_hub.domain.limits.values import NAME_OCTETS
from tympan_hub.domain.sightings import IMPORT, Description, Sighting, is_method
from tympan_hub.domain.text import cut

_WATCHED: Final = ("make_and_model", "firmware", "formats", "color", "sides", "media", "fingerprint")
_STATE: Final = ("state", "reasons", "supplies")


class Standing(StrEnum):
    """Where a device stands with the administrators."""

    NEW = "new"
    KNOWN = "known"
    IGNORED = "ignored"


@frozen(kw_only=True)
class Device:
    """A device.

    Attributes:
        id: Its name at the hub; kept when it moves in the network.
        tenant: Whose.
        first_seen_at: When it was found or entered.
        described_at: When it last told of itself.
        description: What it says of itself.
        fingerprint: SHA-256 of its certificate, as told last; "" for none.
        place: Its address, or name in the network, as told last.
        host_name: Its name in the network, as told last.
        mac: Its hardware address, as told last.
        given_name: What an administrator's list calls it; "" when none does.
        given_location: Where such a list says it stands.
        in_view: How many agents see it now.
        printers: How many printers were made of it.
        ignored_at: When an administrator said to ignore it; None while nobody did.
    """

    id: DeviceId
    tenant: TenantId
    first_seen_at: dt.datetime
    described_at: dt.datetime
    description: Description = attrs.field(factory=Description)
    fingerprint: str = ""
    place: str = ""
    host_name: str = ""
    mac: str = ""
    given_name: str = ""
    given_location: str = ""
    in_view: int = 0
    printers: int = 0
    ignored_at: dt.datetime | None = None

    @property
    def name(self) -> str:
        """For people: as an administrator said, else what it calls itself, else what it is, else where."""
        told = self.description
        return self.given_name or told.name or told.make_and_model or self.host_name or self.place or self.id[:8]

    @property
    def location(self) -> str:
        """Where it stands: as an administrator said, else as it says itself."""
        return self.given_location or self.description.location

    @property
    def printer_name(self) -> str:
        """What a printer made of it is called, when nobody says otherwise."""
        return cut(self.name, NAME_OCTETS)

    @property
    def printer_location(self) -> str:
        """Where such a printer stands."""
        return cut(self.location, NAME_OCTETS)

    @property
    def standing(self) -> Standing:
        """Where it stands; a printer made of it outweighs that it was to be ignored."""
        if self.printers:
            return Standing.KNOWN
        return Standing.NEW if self.ignored_at is None else Standing.IGNORED

    @property
    def sought(self) -> str:
        """The text in which words about it are looked for."""
        told = self.description
        said = (told.name, told.make_and_model, told.location, told.serial, told.uuid)
        where = (self.place, self.host_name, self.mac)
        return " ".join(filter(None, (self.given_name, self.given_location, *said, *where))).casefold()


@frozen(kw_only=True)
class Difference:
    """What was, and what is; lists tell what went and what came."""

    field: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@frozen(kw_only=True)
class Change:
    """A device told something else of itself than before.

    Attributes:
        device: Which.
        at: When.
        agent: Who was told; "" for an administrator's list.
        method: By which discovery.
        differences: What is other.
    """

    device: DeviceId
    at: dt.datetime
    agent: AgentId
    method: str
    differences: tuple[Difference, ...]


@frozen(kw_only=True)
class Reach:
    """Who sees a device, in short, for a list.

    Attributes:
        device: Which.
        methods: By which it is or was seen.
        seen_at: When it was seen last.
    """

    device: DeviceId
    methods: tuple[str, ...]
    seen_at: dt.datetime


@frozen(kw_only=True)
class DeviceFilter:
    """Which devices of a tenant are wanted; what is not given is no condition.

    Attributes:
        text: Words, each of which stands in what is known of it, in whatever case.
        method: Seen by this.
        agent: Seen by this one.
        standing: Where it stands.
        in_view: Whether an agent sees it now.
        printer: Whether there is a printer of it.
        first: So many of the first ones are passed over.
        limit: So many at most.
    """

    text: str = ""
    method: str = ""
    agent: AgentId | None = None
    standing: Standing | None = None
    in_view: bool | None = None
    printer: bool | None = None
    first: int = 0
    limit: int = PAGE

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text in the form they are looked for."""
        return tuple(dict.fromkeys(self.text.casefold().split()))[:WORDS_MOST]


@frozen(kw_only=True)
class Intake:
    """How much of an agent's sightings was taken, on one day.

    Attributes:
        agent: Whose.
        day: Which.
        hour: The hour that is counted now.
        told: Sightings and sweeps taken in this hour.
        too_many: Dropped on that day, because as many are in view as may be.
        too_fast: The same, because more came within an hour than may.
        strange: The same, because they were too large, or nothing a device could say.
        no_room: The same, because the tenant has as many devices as it may have.
    """

    agent: AgentId
    day: dt.date
    hour: int = 0
    told: int = 0
    too_many: int = 0
    too_fast: int = 0
    strange: int = 0
    no_room: int = 0

    @property
    def dropped(self) -> int:
        """All that was dropped."""
        return self.too_many + self.too_fast + self.strange + self.no_room

    def at(self, now: dt.datetime) -> "Intake":
        """The same, with the hour that is now."""
        return self if self.hour == now.hour else attrs.evolve(self, hour=now.hour, told=0)


def newly(tenant: TenantId, device: DeviceId, sighting: Sighting) -> Device:
    """A device as its first sighting tells."""
    trace = sighting.trace
    blank = Device(id=device, tenant=tenant, first_seen_at=trace.first_seen_at, described_at=trace.seen_at)
    return told_by(blank, sighting)


def told_by(device: Device, sighting: Sighting) -> Device:
    """A device after more was told of it; what is older, or from an administrator's list, only fills what is blank."""
    trace, told = sighting.trace, sighting.description
    by_hand = trace.name.method == IMPORT
    fresh = not by_hand and trace.seen_at >= device.described_at
    later = fresh and (told.read or not device.description.read)
    new = trace.fingerprint, trace.host, sighting.host_name, trace.mac
    old = device.fingerprint, device.place, device.host_name, device.mac
    first, then = (new, old) if fresh else (old, new)
    fingerprint, place, host_name, mac = (one or other for one, other in zip(first, then, strict=True))
    return attrs.evolve(
        device,
        description=_merged(device.description, told) if later else _merged(told, device.description),
        described_at=device.described_at if by_hand else max(trace.seen_at, device.described_at),
        first_seen_at=min(trace.first_seen_at, device.first_seen_at),
        fingerprint=fingerprint,
        place=place,
        host_name=host_name,
        mac=mac,
        given_name=(told.name if by_hand else "") or device.given_name,
        given_location=(told.location if by_hand else "") or device.given_location,
    )


def joined(device: Device, other: Device) -> Device:
    """A device that turned out to be another one too."""
    newer, older = (other, device) if other.described_at > device.described_at else (device, other)
    return attrs.evolve(
        device,
        description=_merged(older.description, newer.description),
        described_at=newer.described_at,
        first_seen_at=min(device.first_seen_at, other.first_seen_at),
        fingerprint=newer.fingerprint or older.fingerprint,
        place=newer.place or older.place,
        host_name=newer.host_name or older.host_name,
        mac=newer.mac or older.mac,
        given_name=device.given_name or other.given_name,
        given_location=device.given_location or other.given_location,
        ignored_at=device.ignored_at or other.ignored_at,
    )


def differences(before: Device, after: Device) -> tuple[Difference, ...]:
    """What a device can do otherwise than before; what it only had not told yet is no change."""
    found = (_difference(name, _told(before, name), _told(after, name)) for name in _WATCHED)
    return tuple(one for one in found if one is not None)


def check_seen_by(method: str) -> None:
    """Raises ``BadInput`` for what is no method."""
    if method and method != IMPORT and not is_method(method):
        raise BadInput("there is no such method")


def _merged(below: Description, above: Description) -> Description:
    """What one says over what another said; how it is now comes from the upper one as a whole, if it tells."""
    values = {
        name: getattr(above, name) if getattr(above, name) not in ("", (), None) else getattr(below, name)
        for name in attrs.fields_dict(Description)
    }
    if above.state:
        values |= {name: getattr(above, name) for name in _STATE}
    return Description(**values)


def _told(device: Device, name: str) -> tuple[str, ...]:
    value = device.fingerprint if name == "fingerprint" else getattr(device.description, name)
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    return (value,) if value else ()


def _difference(field: str, before: tuple[str, ...], after: tuple[str, ...]) -> Difference | None:
    gone = tuple(word for word in before if word not in set(after))
    come = tuple(word for word in after if word not in set(before))
    return Difference(field=field, before=gone, after=come) if before and (gone or come) else None


@frozen(kw_only=True)
class Linked:
    """A printer that was made of a device, as far as its page shows it."""

    printer: PrinterId
    name: str
    uri: str
    fingerprint: str = ""
