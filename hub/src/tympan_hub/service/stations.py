"""Trusted stations: made by administrators; each releases at its own devices for whoever shows there."""

from collections.abc import Sequence

from tympan_hub.domain.ids import PrinterId, StationId, TenantId
from tympan_hub.domain.people import Person
from tympan_hub.domain.releases import Batch
from tympan_hub.domain.stations import Station, StationMade
from tympan_hub.ports import Clock, Units
from tympan_hub.service.releases import ReleaseService


class StationService:
    """Stations of a tenant."""

    def __init__(self, units: Units, clock: Clock, releases: ReleaseService) -> None:
        self._units = units
        self._clock = clock
        self._releases = releases

    async def all(self, tenant: TenantId, by: Person) -> tuple[Station, ...]:
        """All, by name."""
        raise NotImplementedError

    async def make(self, tenant: TenantId, by: Person, name: str, points: Sequence[PrinterId]) -> StationMade:
        """A new one, and its token: shown once.

        Raises:
            NotFound: There is no such release point.
            Taken: There is one of this name already.
        """
        raise NotImplementedError

    async def remove(self, tenant: TenantId, by: Person, station: StationId) -> None:
        """Its token is worthless from now on."""
        raise NotImplementedError

    async def release(self, token: str, login: str, point: PrinterId) -> Batch:
        """Releases all jobs held for whoever shows at a station.

        Args:
            token: The station's.
            login: Name at the computers, or address, of who stands there.
            point: Where; one of the station's.

        Raises:
            NotSignedIn: The token is none of a station.
            NotFound: There is no such person or device.
        """
        raise NotImplementedError
