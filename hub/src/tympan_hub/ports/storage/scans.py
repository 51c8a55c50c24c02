"""Scans."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, ScanId, ScanPartId, TenantId
from tympan_hub.domain.scans import Progress, Scan, ScanPart


class Scans(Protocol):
    """Scans, and what agents do of them."""

    async def add(self, tenant: TenantId, scan: Scan, share: Collection[ScanPart]) -> None:
        """Keeps a new one with its parts."""
        ...

    async def get(self, tenant: TenantId, scan: ScanId) -> Scan | None:
        """One."""
        ...

    async def page(self, tenant: TenantId, first: int, limit: int) -> tuple[Scan, ...]:
        """Some from a place on, the newest first."""
        ...

    async def older(
        self, tenant: TenantId, after_scan: tuple[dt.datetime, ScanId] | None, limit: int
    ) -> tuple[Scan, ...]:
        """Those ordered before one, the newest first; from the newest one on after None."""
        ...

    async def tally(self, tenant: TenantId) -> int:
        """How many there are."""
        ...

    async def running(self, tenant: TenantId) -> int:
        """How many have a part that is not through."""
        ...

    async def keep(self, tenant: TenantId, scan: Scan) -> bool:
        """Keeps who stopped the one of that id, and when; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, scan: ScanId) -> bool:
        """Removes one with its parts; tells whether there was one."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """Forgets those ordered earlier of which no part is open."""
        ...

    async def crowd_out(self, tenant: TenantId, most: int) -> None:
        """Forgets the oldest of which no part is open, so that at most so many are left."""
        ...

    async def parts(self, tenant: TenantId, scan: ScanId) -> tuple[ScanPart, ...]:
        """The parts of one, those passed on last, else in the order they were ordered."""
        ...

    async def progress(self, tenant: TenantId, scans: Collection[ScanId]) -> Mapping[ScanId, Progress]:
        """How far some are."""
        ...

    async def part(self, tenant: TenantId, part: ScanPartId) -> ScanPart | None:
        """One part."""
        ...

    async def add_part(self, tenant: TenantId, part: ScanPart) -> None:
        """Adds a part to a scan that is there."""
        ...

    async def keep_part(self, tenant: TenantId, part: ScanPart, kept: ScanPart) -> bool:
        """Replaces a part that still stands as it was ``kept``; tells whether it did."""
        ...

    async def stop_parts(self, tenant: TenantId, scan: ScanId) -> bool:
        """Stops what is open of one, whatever its agents told meanwhile; tells whether there was any."""
        ...

    async def resume_parts(self, tenant: TenantId, scan: ScanId, now: dt.datetime) -> None:
        """Has those parts of one wait that were stopped, as if ordered now."""
        ...

    async def pass_part_on(self, tenant: TenantId, part: ScanPartId) -> bool:
        """Ends a part that another agent does; tells whether it was neither done nor passed on already."""
        ...

    async def open_parts(self, tenant: TenantId) -> tuple[ScanPart, ...]:
        """The open parts of all scans."""
        ...

    async def at(self, tenant: TenantId, agent: AgentId) -> tuple[tuple[Scan, ScanPart], ...]:
        """The open parts of an agent with their scans, oldest first."""
        ...
