"""Devices, and how they changed."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.devices import Change, Device, DeviceFilter, Linked
from tympan_hub.domain.ids import DeviceId, TenantId


class Devices(Protocol):
    """Devices found or entered by hand."""

    async def get(self, tenant: TenantId, device: DeviceId) -> Device | None:
        """One."""
        ...

    async def some(self, tenant: TenantId, devices: Collection[DeviceId]) -> tuple[Device, ...]:
        """Those of these that are there."""
        ...

    async def find(self, tenant: TenantId, wanted: DeviceFilter) -> tuple[Device, ...]:
        """Those wanted, by name."""
        ...

    async def tally(self, tenant: TenantId, wanted: DeviceFilter) -> int:
        """How many are wanted."""
        ...

    async def following(
        self, tenant: TenantId, wanted: DeviceFilter, after: tuple[str, DeviceId] | None
    ) -> tuple[Device, ...]:
        """Those wanted that come after a name and id, in the order of names; from the first one on after None."""
        ...

    async def put(self, tenant: TenantId, devices: Collection[Device]) -> None:
        """Adds devices, or replaces what is known of them; whether they are ignored stays."""
        ...

    async def ignore(self, tenant: TenantId, device: DeviceId, at: dt.datetime | None) -> bool:
        """Ignores one, or not any more; tells whether there is one."""
        ...

    async def join(self, tenant: TenantId, gone: Mapping[DeviceId, DeviceId]) -> None:
        """These turned out to be others: their printers and changes are the others' now, and they are gone."""
        ...

    async def remove(self, tenant: TenantId, device: DeviceId) -> bool:
        """Forgets one with all sightings of it; tells whether there was one."""
        ...

    async def make_room(self, tenant: TenantId, count: int, needed: Collection[DeviceId]) -> int:
        """Forgets so many, seen longest ago, that nobody sees, entered, ignored or made a printer of, but for those
        needed; tells how many.
        """
        ...

    async def recount(self, tenant: TenantId, devices: Collection[DeviceId]) -> None:
        """Counts anew how many agents see these."""
        ...

    async def printers(self, tenant: TenantId, device: DeviceId) -> tuple[Linked, ...]:
        """Printers that were made of one, by name."""
        ...

    async def forget(self, tenant: TenantId, before: dt.datetime, limit: int) -> int:
        """Forgets some that nobody has seen since, and that have no printer; tells how many."""
        ...


class DeviceChanges(Protocol):
    """How devices changed."""

    async def add(self, tenant: TenantId, changes: Collection[Change], limit: int) -> None:
        """Keeps changes, and of each device no more than so many, the latest."""
        ...

    async def of(self, tenant: TenantId, device: DeviceId, limit: int) -> tuple[Change, ...]:
        """Those of one device, the latest first."""
        ...
