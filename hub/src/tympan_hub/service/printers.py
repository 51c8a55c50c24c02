"""Printers: defined by administrators; every change is told to the tenant's agents."""

import attrs
from attrs import frozen

from tympan_hub.domain.errors import Changed, Full, Taken
from tympan_hub.domain.ids import PrinterId, TenantId, word_from
from tympan_hub.domain.limits import PRINTERS
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.printers import Delivery, DeviceSeen, Printer, QueueSeen, Route, check_printer, check_way
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.checks import keep_findings
from tympan_hub.service.known import known_printer
from tympan_hub.service.usable import seen, visible


@frozen(kw_only=True)
class PrinterShown:
    """A printer with what agents see of it, the latest look first."""

    printer: Printer
    devices: tuple[DeviceSeen, ...] = ()
    queues: tuple[QueueSeen, ...] = ()


class PrinterService:
    """Printers of a tenant."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def list(self, tenant: TenantId, by: Actor) -> tuple[PrinterShown, ...]:
        """Printers whoever asks may see, by name: theirs, or all for those who oversee the tenant."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            printers = await visible(unit, tenant, by, await unit.printers.all(tenant))
            return _shown(printers, await unit.printers.devices(tenant), await unit.printers.queues(tenant))

    async def get(self, tenant: TenantId, by: Actor, printer: PrinterId) -> PrinterShown:
        """One of those; raises ``NotFound``."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            known = await seen(unit, tenant, by, printer)
            return _shown((known,), await unit.printers.devices(tenant), await unit.printers.queues(tenant))[0]

    async def add(
        self,
        tenant: TenantId,
        by: Actor,
        *,
        name: str,
        uri: str,
        delivery: Delivery = Delivery.PUSH,
        location: str = "",
        fingerprint: str = "",
        route: Route = Route.DIRECT,
        everybody: bool = True,
    ) -> Printer:
        """Defines a printer under a free id made from its name."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        check_printer(name, uri, location, fingerprint)
        check_way(delivery, route)
        now = self._clock.now()
        async with self._units.writing() as unit:
            there = await unit.printers.all(tenant)
            _check_free(there, name)
            made = Printer(
                id=PrinterId(word_from(name, {printer.id for printer in there}, otherwise="printer")),
                tenant=tenant,
                name=name,
                uri=uri,
                delivery=delivery,
                location=location,
                fingerprint=fingerprint,
                everybody=everybody,
                created_at=now,
            )
            await unit.printers.add(tenant, made)
            await keep_findings(unit, tenant, made, now)
            await record(unit, tenant, by, "printer.add", made.id, uri, at=now)
        await self._wakeups.send(tenant, LookAgain())
        return made

    async def change(self, tenant: TenantId, by: Actor, changed: Printer, *, read: Printer | None = None) -> Printer:
        """Replaces the printer of that id, except for whom it is.

        Raises:
            Changed: It is not any more as it was ``read``.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        check_printer(changed.name, changed.uri, changed.location, changed.fingerprint)
        check_way(changed.delivery)
        async with self._units.writing() as unit:
            known = await known_printer(unit, tenant, changed.id)
            _check_same(known, read)
            others = tuple(other for other in await unit.printers.all(tenant) if other.id != known.id)
            _check_free(others, changed.name)
            kept = attrs.evolve(changed, tenant=tenant, everybody=known.everybody, created_at=known.created_at)
            await unit.printers.change(tenant, kept)
            await record(unit, tenant, by, "printer.change", known.id, _difference(known, kept), at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())
        return kept

    async def remove(self, tenant: TenantId, by: Actor, printer: PrinterId, *, read: Printer | None = None) -> None:
        """Removes a printer; its jobs stay. Raises ``Changed`` when it is not any more as it was ``read``."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known = await known_printer(unit, tenant, printer)
            _check_same(known, read)
            await unit.printers.remove(tenant, printer)
            await record(unit, tenant, by, "printer.remove", known.id, known.uri, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())


def _check_same(known: Printer, read: Printer | None) -> None:
    if read is not None and known != read:
        raise Changed(f"{known.name} was changed meanwhile", next_step="Read it again, then decide.")


def _check_free(there: tuple[Printer, ...], name: str) -> None:
    if any(printer.name == name for printer in there):
        raise Taken(f"there is a printer called {name!r} already", next_step="Choose another name.")
    if len(there) >= PRINTERS:
        raise Full(f"there are {PRINTERS} printers already", next_step="Remove one first.")


def _difference(before: Printer, after: Printer) -> str:
    names = ("name", "uri", "delivery", "location", "fingerprint")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(f"{name}: {getattr(before, name)!s} → {getattr(after, name)!s}" for name in changed)


def _shown(
    printers: tuple[Printer, ...], devices: tuple[DeviceSeen, ...], queues: tuple[QueueSeen, ...]
) -> tuple[PrinterShown, ...]:
    device_looks: dict[PrinterId, list[DeviceSeen]] = {}
    queue_looks: dict[PrinterId, list[QueueSeen]] = {}
    for device in devices:
        device_looks.setdefault(device.printer, []).append(device)
    for queue in queues:
        queue_looks.setdefault(queue.printer, []).append(queue)
    return tuple(
        PrinterShown(
            printer=printer,
            devices=tuple(device_looks.get(printer.id, ())),
            queues=tuple(queue_looks.get(printer.id, ())),
        )
        for printer in printers
    )
