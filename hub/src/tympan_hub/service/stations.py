"""Trusted stations: made by administrators; each releases at its own devices for whoever shows there.

- A station proves by its token that it stands beside its devices; who shows there needs no proof of nearness more.
- A badge or login of nobody, and one of somebody who is locked out, are answered alike, and counted: a stolen station
  does not search for badges.
"""

from collections.abc import Sequence
from typing import Final

import attrs

from tympan_hub.domain.errors import Full, HubError, NotFound, NotSignedIn, Taken
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

_UNKNOWN: Final = "badges and names of nobody were shown"
_LOGIN_CHARS: Final = 254


class StationService:
    """Stations of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, releases: ReleaseService) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._releases = releases

    async def all(self, tenant: TenantId, by: Person) -> tuple[Station, ...]:
        """All, by name."""
        by.actor.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await unit.stations.all(tenant)

    async def make(self, tenant: TenantId, by: Person, name: str, points: Sequence[PrinterId]) -> StationMade:
        """A new one, and its token: shown once.

        Raises:
            NotFound: There is no such release point.
            Taken: There is one of this name already.
            Full: There are as many as there may be.
        """
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        chosen = tuple(dict.fromkeys(points))
        check_station(name, chosen)
        now, token = self._clock.now(), new_secret()
        station = Station(id=StationId(new_id()), tenant=tenant, name=name, points=chosen, created_at=now)
        async with self._units.writing() as unit:
            for point in chosen:
                await known_point(unit, tenant, point)
            there = await unit.stations.all(tenant)
            if any(one.name == name for one in there):
                raise Taken(f"there is a station {name} already", next_step="Choose another name.", field="name")
            if len(there) >= STATIONS:
                raise Full(f"there are {STATIONS} stations already", next_step="Remove those not needed.")
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
            TooMany: It showed too many of nobody lately.
        """
        station = await self._station(token)
        if point not in station.points:
            raise NotFound("this station does not stand beside this device", next_step="Name one of its own.")
        person = await self._shown(station, login, badge)
        seen = attrs.evolve(person, name=f"{person.name or person.email} ({station.name})")
        return await self._releases.ordered(station.tenant, seen, point, (), None, {})

    async def _station(self, token: str) -> Station:
        hashed, now = hash_of(token), self._clock.now()
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_station(hashed)
        if tenant is None:
            raise _no_station()
        async with self._units.writing(f"station {hashed}") as unit:
            station = await unit.stations.by_hash(tenant, hashed)
            if station is None:
                raise _no_station()
            await unit.stations.used(tenant, station.id, now)
        return station

    async def _shown(self, station: Station, login: str, badge: str) -> Person:
        now, tried = self._clock.now(), {f"station {station.id}": PROOFS_OF_STATION}
        async with self._units.writing(f"tries {station.id}") as unit:
            await count(unit, tried, now, _UNKNOWN, add=False)
            person = await self._person(unit, station.tenant, login, badge)
            if person is None:
                await count(unit, tried, now, _UNKNOWN)
        if person is None:
            raise NotFound(
                "nobody here is known by this", next_step="Release with your phone, or ask who manages people."
            )
        return person

    async def _person(self, unit: Unit, tenant: TenantId, login: str, badge: str) -> Person | None:
        if badge:
            return await holder(unit, self._secrets, tenant, badge)
        name = fit(login.strip())[:_LOGIN_CHARS]
        found = (await unit.people.by_logins(tenant, [name])).get(name)
        person = await unit.people.get(tenant, found) if found else await unit.people.by_email(tenant, name.lower())
        return None if person is None or person.disabled_at is not None else person


def _no_station() -> HubError:
    return NotSignedIn("this token is none of a station", next_step="Make the station anew, and give it the new token.")
