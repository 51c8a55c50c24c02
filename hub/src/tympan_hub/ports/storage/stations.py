"""Trusted stations."""

import datetime as dt
from typing import Protocol

from tympan_hub.domain.ids import StationId, TenantId, TokenHash
from tympan_hub.domain.stations import Station


class Stations(Protocol):
    """Trusted stations."""

    async def add(self, tenant: TenantId, station: Station, station_token: TokenHash) -> None:
        """Adds one with the hash of its token."""
        ...

    async def by_hash(self, tenant: TenantId, station_token: TokenHash) -> Station | None:
        """The one whose token has this hash."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Station, ...]:
        """All, by name."""
        ...

    async def used(self, tenant: TenantId, station: StationId, at: dt.datetime) -> None:
        """It was heard of."""
        ...

    async def remove(self, tenant: TenantId, station: StationId) -> bool:
        """Removes one; tells whether there was one."""
        ...
