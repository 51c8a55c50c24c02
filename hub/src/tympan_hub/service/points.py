"""Release points: administrators make them, people find them by the code on the device."""

import datetime as dt
import math
from typing import Final

import attrs
from attrs import frozen

from tympan_hub.domain.errors import BadInput, NotFound
from tympan_hub.domain.ids import PrinterId, TenantId, hash_of, new_secret
from tympan_hub.domain.limits.attempts import GUESSES_PER_PERSON
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.printers import Look, Printer
from tympan_hub.domain.proximity import Proximity, new_code, new_point_secret, screen_at, typed
from tympan_hub.domain.release_points import ReleasePoint, sealed_about
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Secrets, Unit, Units, WakeUps
from tympan_hub.service.attempts import count
from tympan_hub.service.audit import record
from tympan_hub.service.guesses import limits_of, part_of
from tympan_hub.service.holding import held_of
from tympan_hub.service.known import known_printer
from tympan_hub.service.proofs import Proofs, strongest
from tympan_hub.service.usable import usable

SECRET_CHARS_MOST: Final = 200
"""A token longer than this is none of ours; no more of it is hashed."""


@frozen(kw_only=True)
class PointShown:
    """A release point as administrators see it.

    Attributes:
        printer: The printer that was defined on the device.
        code: Its short code, as it is typed.
        proximity: What is wanted as proof here; None: as each queue says.
        kiosk: Whether there is a link for a screen beside it.
        created_at: When it was made.
        look: How its device is; None when nobody saw it.
    """

    printer: Printer
    code: str
    proximity: Proximity | None = None
    kiosk: bool = False
    created_at: dt.datetime
    look: Look | None = None


@frozen(kw_only=True)
class PointSeen:
    """A release point as somebody sees it who stands before it.

    Attributes:
        printer: The printer's id: what releases name.
        name: For people.
        location: For people.
        code: Its short code; "" where they named the printer: who was told it would have proved that they stand there.
        look: How its device is, truly; None when nobody saw it.
        wanted: The strongest proof that any of their held jobs wants here.
    """

    printer: PrinterId
    name: str
    location: str
    code: str
    look: Look | None
    wanted: Proximity


@frozen(kw_only=True)
class KioskShown:
    """What a screen beside a device shows.

    Attributes:
        name: Of the device.
        location: Of it.
        code: Its short code.
        rotating: The code of the moment; the QR code leads to ``/r/<code>?p=<rotating>``.
        lasts_s: For how many seconds it is shown.
        look: How its device is; None when nobody saw it.
    """

    name: str
    location: str
    code: str
    rotating: str
    lasts_s: int
    look: Look | None


class PointService:
    """Release points of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps, proofs: Proofs) -> None:
        self._proofs = proofs
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._wakeups = wakeups

    async def all(self, tenant: TenantId, by: Person) -> tuple[PointShown, ...]:
        """All, by the printers' names; for those who oversee the tenant."""
        by.actor.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            points = {point.printer: point for point in await unit.release_points.all(tenant)}
            printers = await unit.printers.some(tenant, list(points))
            looks = await unit.printers.looks(tenant, list(points))
        return tuple(_shown(points[printer.id], printer, looks.get(printer.id)) for printer in printers)

    async def get(self, tenant: TenantId, by: Person, printer: PrinterId) -> PointShown:
        """One of those; raises ``NotFound``."""
        by.actor.require(Act.SEE_ALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await _one(unit, await known_point(unit, tenant, printer))

    async def make(self, tenant: TenantId, by: Person, printers: tuple[PrinterId, ...]) -> tuple[PointShown, ...]:
        """Makes release points of printers; one that is one already stays as it is.

        Raises:
            NotFound: There is no such printer.
            BadInput: One has no device of its own.
        """
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            for printer in dict.fromkeys(printers):
                known = await known_printer(unit, tenant, printer)
                if known.pull is not None:
                    cause = f"{known.name} holds jobs and has no device of its own"
                    raise BadInput(cause, next_step="Choose printers with a device.")
                if await unit.release_points.get(tenant, printer) is None:
                    await unit.release_points.put(tenant, self._new(tenant, printer, now))
                    await record(unit, tenant, by.actor, "release-point.make", printer, known.name, at=now)
            made = [await _one(unit, await known_point(unit, tenant, one)) for one in dict.fromkeys(printers)]
        await self._wakeups.send(tenant, LookAgain())
        return tuple(made)

    async def set_proximity(
        self, tenant: TenantId, by: Person, printer: PrinterId, proximity: Proximity | None
    ) -> PointShown:
        """What is wanted as proof at this one, whatever the queues say; None: as they say."""
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            point = attrs.evolve(await known_point(unit, tenant, printer), proximity=proximity)
            await unit.release_points.put(tenant, point)
            said = proximity.value if proximity else "as the queue says"
            await record(unit, tenant, by.actor, "release-point.change", printer, said, at=self._clock.now())
            return await _one(unit, point)

    async def remove(self, tenant: TenantId, by: Person, printer: PrinterId) -> None:
        """Nothing is released there any more."""
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            if not await unit.release_points.remove(tenant, printer):
                raise _no_point()
            await record(unit, tenant, by.actor, "release-point.remove", printer, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())

    async def renew(self, tenant: TenantId, by: Person, printer: PrinterId) -> PointShown:
        """A new code and secret: the old sticker and the old screen are worthless."""
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await known_point(unit, tenant, printer)
            fresh = self._new(tenant, printer, known.created_at)
            point = attrs.evolve(known, code=fresh.code, secret=fresh.secret)
            await unit.release_points.put(tenant, point)
            await record(unit, tenant, by.actor, "release-point.renew", printer, at=now)
            return await _one(unit, point)

    async def found(self, tenant: TenantId, by: Person, code: str, *, source: str = "") -> PointSeen:
        """The release point of a code somebody typed or scanned; ``source`` is the network address they ask from.

        Raises:
            NotFound: There is none, for this tenant.
            TooMany: They guessed too often lately.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now = self._clock.now()
        limits = limits_of(tenant, source, {f"point codes {tenant} {by.id}": GUESSES_PER_PERSON})
        async with self._units.writing(part_of(tenant)) as unit:
            await count(unit, limits, now, "codes of devices", add=False)
            point = await unit.release_points.by_code(tenant, typed(code))
            if point is None:
                await count(unit, limits, now, "codes of devices")
        if point is None:
            raise _no_point()
        async with self._units.reading() as unit:
            return await _seen(unit, tenant, by, point)

    async def seen(self, tenant: TenantId, by: Person, printer: PrinterId) -> PointSeen:
        """The same, by the printer's id, and without its code."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            found = await _seen(unit, tenant, by, await known_point(unit, tenant, printer))
        return attrs.evolve(found, code="")

    async def holds(self, tenant: TenantId, by: Person, printer: PrinterId, ticket: str) -> bool:
        """Whether a ticket of theirs for this device is good now; nothing is counted, for nobody makes one up."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            point, _ = await usable_point(unit, tenant, by, printer)
        return self._proofs.holds(by, point, ticket)

    async def prove(self, tenant: TenantId, by: Person, printer: PrinterId, proof: str, *, source: str = "") -> str:
        """A ticket for this person and device, good 5 minutes; given to `ReleaseService.ask` as ``proof``.

        Args:
            tenant: Whose.
            by: Who stands there.
            printer: The release point.
            proof: The code of its sticker, or of its screen, or a ticket of before.
            source: The network address they ask from.

        Raises:
            NotAllowed: It proves nothing, or was used before.
            TooMany: They guessed too often lately.
        """
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        async with self._units.reading() as unit:
            point, _ = await usable_point(unit, tenant, by, printer)
        return await self._proofs.prove(by, point, proof, source)

    async def kiosk_link(self, tenant: TenantId, by: Person, printer: PrinterId) -> str:
        """A new token for the page of the screen beside it, ``/kiosk/<token>``; the last one is worthless."""
        by.actor.require(Act.MANAGE_PRINTERS, tenant)
        token = new_secret()
        async with self._units.writing() as unit:
            point = await known_point(unit, tenant, printer)
            await unit.release_points.put(tenant, attrs.evolve(point, kiosk=hash_of(token)))
            await record(unit, tenant, by.actor, "release-point.kiosk", printer, at=self._clock.now())
        return token

    async def kiosk(self, token: str) -> KioskShown:
        """What the screen with this token shows; raises ``NotFound``."""
        now, hashed = self._clock.now(), hash_of(token[:SECRET_CHARS_MOST])
        async with self._units.reading() as unit:
            tenant = await unit.directory.of_kiosk(hashed)
            point = await unit.release_points.by_kiosk(tenant, hashed) if tenant else None
            if tenant is None or point is None:
                raise NotFound("this screen belongs to no device", next_step="Make a new link for it.")
            printer = await known_printer(unit, tenant, point.printer)
            look = (await unit.printers.looks(tenant, [point.printer])).get(point.printer)
        secret = self._secrets.unseal(point.secret, sealed_about(tenant, point.printer))
        rotating, left = screen_at(secret, now)
        return KioskShown(
            name=printer.name,
            location=printer.location,
            code=point.code,
            rotating=rotating,
            lasts_s=max(1, math.ceil(left.total_seconds())),
            look=look,
        )

    def _new(self, tenant: TenantId, printer: PrinterId, now: dt.datetime) -> ReleasePoint:
        return ReleasePoint(
            tenant=tenant,
            printer=printer,
            code=new_code(),
            secret=self._secrets.seal(new_point_secret(), sealed_about(tenant, printer)),
            created_at=now,
        )


def _no_point() -> NotFound:
    return NotFound("there is no release point with this code", next_step="Look at the code on the device again.")


def _unknown(printer: PrinterId) -> NotFound:
    step = "Look at the name of the device, or at the code on it, again."
    return NotFound(f"there is no release point {printer!r:.80}", next_step=step)


async def known_point(unit: Unit, tenant: TenantId, printer: PrinterId) -> ReleasePoint:
    """A release point, or ``NotFound``."""
    known = await unit.release_points.get(tenant, printer)
    if known is None:
        raise _unknown(printer)
    return known


async def usable_point(unit: Unit, tenant: TenantId, by: Person, printer: PrinterId) -> tuple[ReleasePoint, Printer]:
    """A release point that somebody may print at; another one does not exist for them."""
    point = await known_point(unit, tenant, printer)
    known = await known_printer(unit, tenant, printer)
    if not await usable(unit, tenant, (known,), [by.id]):
        raise _unknown(printer)
    return point, known


def _shown(point: ReleasePoint, printer: Printer, look: Look | None) -> PointShown:
    return PointShown(
        printer=printer,
        code=point.code,
        proximity=point.proximity,
        kiosk=point.kiosk is not None,
        created_at=point.created_at,
        look=look,
    )


async def _one(unit: Unit, point: ReleasePoint) -> PointShown:
    printer = await known_printer(unit, point.tenant, point.printer)
    looks = await unit.printers.looks(point.tenant, [point.printer])
    return _shown(point, printer, looks.get(point.printer))


async def _seen(unit: Unit, tenant: TenantId, by: Person, point: ReleasePoint) -> PointSeen:
    _, printer = await usable_point(unit, tenant, by, point.printer)
    looks = await unit.printers.looks(tenant, [point.printer])
    held = await held_of(unit, tenant, by)
    wanted = {point.wants(queue.proximity) for _, queue in held}
    return PointSeen(
        printer=printer.id,
        name=printer.name,
        location=printer.location,
        code=point.code,
        look=looks.get(printer.id),
        wanted=strongest(wanted or {point.wants(Proximity.STATIC)}),
    )
