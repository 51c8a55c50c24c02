"""Printers, and how agents see their devices and queues."""

from collections.abc import Collection, Mapping
from typing import Protocol

from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.printers import DeviceSeen, Look, Printer, PrinterName, QueueSeen


class Printers(Protocol):
    """Printers, and how agents see their devices and queues."""

    async def add(self, tenant: TenantId, printer: Printer) -> None:
        """Adds one."""
        ...

    async def get(self, tenant: TenantId, printer: PrinterId) -> Printer | None:
        """One."""
        ...

    async def all(self, tenant: TenantId) -> tuple[Printer, ...]:
        """All, by name."""
        ...

    async def some(self, tenant: TenantId, printers: Collection[PrinterId]) -> tuple[Printer, ...]:
        """Those of these ids, by name."""
        ...

    async def tunneled(self, tenant: TenantId) -> tuple[Printer, ...]:
        """Those whose jobs may go through the hub, by name."""
        ...

    async def names(self, tenant: TenantId) -> tuple[PrinterName, ...]:
        """All, by name, with what a list shows of them."""
        ...

    async def change(self, tenant: TenantId, printer: Printer) -> bool:
        """Replaces the one of that id, but for whom it is; tells whether there is one."""
        ...

    async def set_everybody(self, tenant: TenantId, printer: PrinterId, everybody: bool) -> bool:
        """Makes it everybody's, or theirs alone whom it was given to; tells whether there is one."""
        ...

    async def remove(self, tenant: TenantId, printer: PrinterId) -> bool:
        """Removes one with all that was seen of it; tells whether there was one."""
        ...

    async def saw_device(self, tenant: TenantId, seen: DeviceSeen) -> None:
        """Keeps how an agent sees the device, unless what is kept is newer."""
        ...

    async def saw_queue(self, tenant: TenantId, seen: QueueSeen) -> None:
        """Keeps how an agent sees its queue, unless what is kept is newer."""
        ...

    async def queues_at(self, tenant: TenantId, agents: Collection[AgentId]) -> tuple[QueueSeen, ...]:
        """The queues some agents have."""
        ...

    async def looks(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[PrinterId, Look]:
        """How the devices of these printers are; one nobody saw is left out."""
        ...

    async def best(self, tenant: TenantId, printers: Collection[PrinterId]) -> Mapping[PrinterId, DeviceSeen]:
        """The look at the device of each of these that tells most: the last that reaches it, else the last."""
        ...

    async def devices(self, tenant: TenantId, printer: PrinterId, limit: int) -> tuple[DeviceSeen, ...]:
        """How agents see the device of a printer: those first that reach it, then the latest look."""
        ...

    async def devices_at(
        self, tenant: TenantId, agent: AgentId, printers: Collection[PrinterId]
    ) -> tuple[DeviceSeen, ...]:
        """How one agent sees the devices of these printers."""
        ...

    async def queues(self, tenant: TenantId, printer: PrinterId, limit: int) -> tuple[QueueSeen, ...]:
        """The queues agents have for a printer, the latest look first."""
        ...
