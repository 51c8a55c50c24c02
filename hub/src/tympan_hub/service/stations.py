"""Trusted stations: made by administrators; each releases at its own devices for whoever shows there."""

from collections.abc import Sequence
from typing import Final

from tympan_hub.domain.errors import Full, NotFound, NotSignedIn, Taken
from tympan_hub.domain.ids import PrinterId, StationId, TenantId, hash_of, new_id, new_secret
from tympan_hub.domain.limits.proximity import PROOFS_OF_STATION
from tympan_hub.domain.limits.pull import STATIONS
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.releases import Batch
from tympan_hub.domain.stations import Station, StationMade, check_station
from tympan_hub.domain.text import fit
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.attempts import count
from tympan_hub.service.audit import record
from tympan_hub.service.badges import holder
from tympan_hub.service.points import known_point
from tympan_hub.service.releases import ReleaseService

TOKEN_CHARS_MOST: Final = 200
"""A token longer than this is none of ours; no more of it is hashed."""

_UNKNOWN: Final = "badges and names of nobody were shown at this station"


class StationService:
    """Stations of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, releases: ReleaseService) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._releases = releases

    async def all(self, tenant: TenantId, by: Person) -> tuple[Station, ...]:
        """All, by name."""
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await unit.stations.all(tenant)

    async def make(self, tenant: TenantId, by: Person, name: str, points: Sequence[PrinterId]) -> StationMade:
        """A new one, and its token: shown once.

        Raises:
            NotFound: There is no such release point.
            Taken: There is one of this name already.
        """
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        beside = tuple(dict.fromkeys(points))
        check_station(name, beside)
        now, token = self._clock.now(), new_secret()
        station = Station(id=StationId(new_id()), tenant=tenant, name=name, points=beside, created_at=now)
        async with self._units.writing() as unit:
            for point in beside:
                await known_point(unit, tenant, point)
            there = await unit.stations.all(tenant)
            if any(other.name == name for other in there):
                cause = f"there is a station called {name!r} already"
                raise Taken(cause, next_step="Choose another name.", field="name")
            if len(there) >= STATIONS:
                raise Full(f"there are {STATIONS} stations already", next_step="Remove one first.")
            await unit.stations.add(tenant, station, hash_of(token))
            await record(unit, tenant, by.actor, "station.make", station.id, name, at=now)
        return StationMade(station=station, token=token)

    async def remove(self, tenant: TenantId, by: Person, station: StationId) -> None:
        """Its token is worthless from now on."""
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            if not await unit.stations.remove(tenant, station):
                raise NotFound("there is no such station")
            await record(unit, tenant, by.actor, "station.remove", station, at=self._clock.now())

    async def release(self, token: str, login: str, point: PrinterId, *, badge: str = "") -> Batch:
        """Releases all jobs held for whoever shows at a station.

        Args:
            token: The station's.
            login: Name at the computers, or address, of who stands there; "" where a badge tells.
            point: Where; one of the station's.
            badge: The number of their badge.

        Raises:
            NotSignedIn: The token is none of a station.
            NotFound: There is no such person or device.
            BadInput: It is no number of a badge.
            TooMany: It showed too many of nobody lately.
        """
        hashed = hash_of(token[:TOKEN_CHARS_MOST])
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_station(hashed)
            station = await unit.stations.by_hash(tenant, hashed) if tenant else None
        if tenant is None or station is None:
            raise NotSignedIn("this token is none of a station", next_step="Make the station anew in the portal.")
        who = await self._before(tenant, station, login, badge)
        if point not in station.points:
            raise NotFound("this station stands beside no such device", next_step="Name one it was made for.")
        return await self._releases.ordered(tenant, who, point, (), None, {}, via=station.name)

    async def _before(self, tenant: TenantId, station: Station, login: str, badge: str) -> Person:
        """Who shows at a station; who is nobody is counted, or a stolen token could try all names and badges."""
        now, tried = self._clock.now(), {f"shown at station {station.id}": PROOFS_OF_STATION}
        async with self._units.writing(f"station {station.id}") as unit:
            await count(unit, tried, now, _UNKNOWN, add=False)
            await unit.stations.used(tenant, station.id, now)
            named = holder(unit, self._secrets, tenant, badge) if badge else _named(unit, tenant, fit(login))
            person = await named
            if person is None:
                await count(unit, tried, now, _UNKNOWN)
        if person is None:
            raise NotFound("nobody known by this prints here", next_step="Use your phone, or ask an administrator.")
        return person


async def _named(unit: Unit, tenant: TenantId, login: str) -> Person | None:
    """Whose name at the computers, or address, this is; nobody who is locked out."""
    if "@" in login:
        person = await unit.people.by_email(tenant, login.strip().lower())
    else:
        found = (await unit.people.by_logins(tenant, [login])).get(login) if login else None
        person = await unit.people.get(tenant, found) if found else None
    return person if person is not None and person.disabled_at is None else None
