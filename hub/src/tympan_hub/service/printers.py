"""Printers: defined by administrators; every change is told to the tenant's agents."""

import bisect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, Changed, Conflict, Full, Taken
from tympan_hub.domain.ids import DeviceId, PrinterId, TenantId, word_from
from tympan_hub.domain.limits.devices import AGENTS_SEEING, DEVICES_SEEING
from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.limits.printers import PRINTERS
from tympan_hub.domain.moves import Move, move_of
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.printers import (
    Delivery,
    DeviceSeen,
    Look,
    Printer,
    PrinterName,
    QueueSeen,
    check_kind,
    check_printer,
    check_way,
)
from tympan_hub.domain.pull import PullSettings
from tympan_hub.domain.wakes import LookAgain, LookAtShares
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.checks import keep_findings
from tympan_hub.service.devices import known_device
from tympan_hub.service.known import known_printer
from tympan_hub.service.sharing import stop_share
from tympan_hub.service.usable import seen, visible
from tympan_hub.service.views import PART

_T = TypeVar("_T")


@frozen(kw_only=True)
class PrinterShown:
    """A printer with what agents see of it: those first that reach the device; the latest queues; a few of many.

    Attributes:
        printer: The printer.
        devices: How agents see its device.
        queues: The queues they have for it.
    """

    printer: Printer
    devices: tuple[DeviceSeen, ...] = ()
    queues: tuple[QueueSeen, ...] = ()


@frozen(kw_only=True)
class PrinterListed:
    """A printer as lists show it; nobody saw a device without a look."""

    printer: PrinterName
    look: Look | None = None


@frozen(kw_only=True)
class PrintersFound:
    """Some of those that were found, and how many were."""

    printers: tuple[PrinterListed, ...]
    total: int


class PrinterService:
    """Printers of a tenant.

    Args:
        units: Of work.
        clock: The time.
        wakeups: What agents are told by.
        call_off: Ends what waits for printers of a tenant that are none any more.
    """

    def __init__(
        self, units: Units, clock: Clock, wakeups: WakeUps, call_off: Callable[[TenantId], Awaitable[None]]
    ) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups
        self._call_off = call_off

    async def list(self, tenant: TenantId, by: Actor) -> tuple[PrinterListed, ...]:
        """Printers whoever asks may see, by name: theirs, or all for those who oversee the tenant."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await _listed(unit, tenant, await visible(unit, tenant, by, await unit.printers.names(tenant)))

    async def find(
        self, tenant: TenantId, by: Actor, text: str = "", *, first: int = 0, limit: int = PAGE
    ) -> PrintersFound:
        """Those of them with each word of a text in their name, place or model.

        Args:
            tenant: Whose.
            by: Who asks.
            text: Words; "" finds all.
            first: Place of the first one told; past the end it is the last page.
            limit: How many are told at most.
        """
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            printers = await visible(unit, tenant, by, await unit.printers.names(tenant))
            words = text.casefold().split()
            if words:
                found = [one for one in await _listed(unit, tenant, printers) if _fits(one, words)]
                return PrintersFound(printers=tuple(_page(found, first, limit)), total=len(found))
            page = tuple(_page(printers, first, limit))
            return PrintersFound(printers=await _listed(unit, tenant, page), total=len(printers))

    async def names(self, tenant: TenantId, by: Actor) -> Mapping[PrinterId, str]:
        """What those of them are called, by name."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            printers = await visible(unit, tenant, by, await unit.printers.names(tenant))
        return {printer.id: printer.name for printer in printers}

    async def page(
        self, tenant: TenantId, by: Actor, after: tuple[str, ...], limit: int
    ) -> tuple[tuple[Printer, ...], bool]:
        """Those of them behind a name and id, ``()`` for all, as they were defined; and whether there are more."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            printers = await visible(unit, tenant, by, await unit.printers.names(tenant))
            names = sorted((printer.name, printer.id) for printer in printers)
            begin = bisect.bisect_right(names, after) if after else 0
            page = names[begin : begin + limit]
            return await unit.printers.some(tenant, [name for _, name in page]), begin + limit < len(names)

    async def get(self, tenant: TenantId, by: Actor, printer: PrinterId) -> PrinterShown:
        """One of those; raises ``NotFound``."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            known = await seen(unit, tenant, by, printer)
            devices = await unit.printers.devices(tenant, printer, AGENTS_SEEING)
            queues = await unit.printers.queues(tenant, printer, AGENTS_SEEING)
            return PrinterShown(printer=known, devices=devices, queues=queues)

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
        everybody: bool = True,
        device: DeviceId | None = None,
        pull: PullSettings | None = None,
    ) -> Printer:
        """Defines a printer under a free id made from its name; ``device`` is what it is made of, where it was found.

        One that holds jobs has no ``uri``; ``pull`` says how it does, None for what is usual.

        Raises:
            NotFound: There is no such device any more.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        pull = PullSettings() if pull is None and delivery is Delivery.PULL else pull
        check_way(delivery, pull)
        check_printer(name, uri, location, fingerprint, pull)
        now = self._clock.now()
        async with self._units.writing(*(("", PART) if device else ())) as unit:
            if device is not None:
                await known_device(unit, tenant, device)
            await _check_keepers(unit, tenant, pull)
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
                device=device,
                pull=pull,
            )
            await unit.printers.add(tenant, made)
            await keep_findings(unit, tenant, made, now)
            await record(unit, tenant, by, "printer.add", made.id, uri, at=now)
        await self._wakeups.send(tenant, LookAgain())
        return made

    async def change(self, tenant: TenantId, by: Actor, changed: Printer, *, read: Printer | None = None) -> Printer:
        """Replaces the printer of that id, except for whom it is and when its jobs go through the hub.

        Raises:
            Changed: It is not any more as it was ``read``.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        check_way(changed.delivery, changed.pull)
        shared = changed.share is not None
        check_printer(changed.name, changed.uri, changed.location, changed.fingerprint, changed.pull, shared=shared)
        async with self._units.writing() as unit:
            known = await known_printer(unit, tenant, changed.id)
            _check_same(known, read)
            check_kind(known, changed)
            if changed.pull is not None and (known.pull is None or changed.pull.keepers != known.pull.keepers):
                await _check_keepers(unit, tenant, changed.pull)
            others = tuple(other for other in await unit.printers.all(tenant) if other.id != known.id)
            _check_free(others, changed.name)
            kept = attrs.evolve(
                changed,
                tenant=tenant,
                everybody=known.everybody,
                created_at=known.created_at,
                device=known.device,
                tunnel=known.tunnel,
            )
            await unit.printers.change(tenant, kept)
            await record(unit, tenant, by, "printer.change", known.id, _difference(known, kept), at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())
        return kept

    async def move(
        self, tenant: TenantId, by: Actor, printer: PrinterId, uri: str, *, unproven: bool = False
    ) -> Printer:
        """Gives a printer the address its device is said to have now.

        A pinned certificate stays, so that no other device gets its jobs; else the one that is shown there is pinned.

        Args:
            tenant: Whose.
            by: Who asks.
            printer: Which.
            uri: The address they were shown.
            unproven: They know that nothing proves it to be the same device.

        Raises:
            Conflict: Its device is not seen at this address, nothing proves that it is, or it was made of no device.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing("", PART) as unit:
            known = await known_printer(unit, tenant, printer)
            seen = await unit.sightings.of(tenant, known.device, DEVICES_SEEING) if known.device else ()
            move = move_of(known.uri, known.fingerprint, seen)
            if move is None or move.uri != uri:
                raise Conflict("its device has another address by now", next_step="Look at the device again.")
            if not (move.proven or unproven):
                cause = "nothing proves that the device at this address is the same one"
                raise Conflict(cause, next_step="Look at it and at who sees it there, then say that you know.")
            moved = attrs.evolve(known, uri=uri, fingerprint=known.fingerprint or move.fingerprint)
            await unit.printers.change(tenant, moved)
            await record(unit, tenant, by, "printer.change", known.id, _difference(known, moved), at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())
        return moved

    async def moved(self, tenant: TenantId, by: Actor, printer: PrinterId) -> Move | None:
        """Where the printer's device is said to be now, when that is another address than the printer has."""
        by.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            known = await known_printer(unit, tenant, printer)
            seen = await unit.sightings.of(tenant, known.device, DEVICES_SEEING) if known.device else ()
        return move_of(known.uri, known.fingerprint, seen)

    async def holds(self, tenant: TenantId, by: Actor, printer: PrinterId) -> int:
        """How many jobs are held for a printer: while there are any, it is not removed."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await _held(unit, tenant, await known_printer(unit, tenant, printer))

    async def remove(self, tenant: TenantId, by: Actor, printer: PrinterId, *, read: Printer | None = None) -> None:
        """Removes a printer; its jobs stay, and those that wait for it at the hub are over with the reason told.

        Raises:
            Changed: It is not any more as it was ``read``.
            Conflict: Jobs are held for it: nobody could release them, and nobody would be told.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known = await known_printer(unit, tenant, printer)
            _check_same(known, read)
            await _check_holds_nothing(unit, tenant, known)
            if share := await unit.shares.get(tenant, known.share) if known.share else None:
                await stop_share(unit, by, share, self._clock.now())
            await unit.printers.remove(tenant, printer)
            await record(unit, tenant, by, "printer.remove", known.id, known.uri, at=self._clock.now())
        if share is not None:
            await self._wakeups.send(tenant, LookAtShares(agent=share.agent))
        await self._wakeups.send(tenant, LookAgain())
        await self._call_off(tenant)


async def _check_keepers(unit: Unit, tenant: TenantId, pull: PullSettings | None) -> None:
    """Whether the group that keeps what a queue holds is there."""
    if pull is not None and pull.keepers is not None and await unit.groups.get(tenant, pull.keepers) is None:
        raise BadInput("there is no such group", next_step="Choose one of the groups there are.", field="keepers")


def _check_same(known: Printer, read: Printer | None) -> None:
    if read is not None and known != read:
        raise Changed(f"{known.name} was changed meanwhile", next_step="Read it again, then decide.")


async def _check_holds_nothing(unit: Unit, tenant: TenantId, known: Printer) -> None:
    if held := await _held(unit, tenant, known):
        next_step = "Give it to nobody any more, and remove it when they came out, were deleted or expired."
        cause = "1 job is held" if held == 1 else f"{held} jobs are held"
        raise Conflict(f"{cause} for {known.name}", next_step=next_step)


async def _held(unit: Unit, tenant: TenantId, known: Printer) -> int:
    return sum((await unit.jobs.holders(tenant, [known.id])).values()) if known.holds else 0


def _check_free(there: tuple[Printer, ...], name: str) -> None:
    if any(printer.name == name for printer in there):
        raise Taken(f"there is a printer called {name!r} already", next_step="Choose another name.")
    if len(there) >= PRINTERS:
        raise Full(f"there are {PRINTERS} printers already", next_step="Remove one first.")


def _difference(before: Printer, after: Printer) -> str:
    names = ("name", "uri", "delivery", "location", "fingerprint", "pull")
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return ", ".join(f"{name}: {getattr(before, name)!s} → {getattr(after, name)!s}" for name in changed)


async def _listed(unit: Unit, tenant: TenantId, printers: Sequence[PrinterName]) -> tuple[PrinterListed, ...]:
    looks = await unit.printers.looks(tenant, [printer.id for printer in printers])
    return tuple(PrinterListed(printer=printer, look=looks.get(printer.id)) for printer in printers)


def _fits(listed: PrinterListed, words: Iterable[str]) -> bool:
    model = listed.look.model if listed.look else ""
    text = f"{listed.printer.name} {listed.printer.location} {model}".casefold()
    return all(word in text for word in words)


def _page(found: Sequence[_T], first: int, limit: int) -> Sequence[_T]:
    if first >= len(found):
        first = max(len(found) - 1, 0) // limit * limit
    return found[first : first + limit]
