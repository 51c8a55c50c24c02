"""When the jobs of a printer go through the hub: chosen by administrators, where the service owner has the tunnel on.

- Off at the service owner is off everywhere at once; what was chosen is kept, and holds again when it is on again.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping

import attrs

from tympan_hub.domain.errors import BadInput, NotAllowed, SoAlready
from tympan_hub.domain.ids import SERVICE, PrinterId, TenantId
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.policy import MOBILITY_PRINT, TUNNEL_SEND, Verdict, binding
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.tunnel_use import TunnelChoice
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_printer


class TunnelUseService:
    """What was chosen for the printers of a tenant.

    Args:
        units: Of work.
        clock: The time.
        wakeups: What agents are told by.
        call_off: Ends what waits for printers of a tenant that use the tunnel no more.
    """

    def __init__(
        self, units: Units, clock: Clock, wakeups: WakeUps, call_off: Callable[[TenantId], Awaitable[None]]
    ) -> None:
        self._call_off = call_off
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    async def may_choose(self, tenant: TenantId, by: Actor) -> bool:
        """Whether the service owner has the tunnel on."""
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await tunnel_on(unit)

    async def choose(self, tenant: TenantId, by: Actor, printer: PrinterId, choice: TunnelChoice) -> Printer:
        """Chooses for a printer.

        Raises:
            NotAllowed: The service owner does not have the tunnel on; to switch a printer's off is always allowed.
            BadInput: There is no such group.
            SoAlready: It is so.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        wanted = choice if choice.on else TunnelChoice()
        async with self._units.writing() as unit:
            known = await known_printer(unit, tenant, printer)
            if known.share is not None:
                cause = f"{known.name} is a queue that a computer shares: its jobs always go through the hub"
                raise BadInput(cause, next_step="Stop sharing it where nobody shall print on it.", field="use")
            if known.tunnel == wanted:
                raise SoAlready(f"{known.name} is set so already")
            await _check(unit, tenant, wanted)
            changed = attrs.evolve(known, tunnel=wanted)
            await unit.printers.change(tenant, changed)
            detail = f"tunnel: {known.tunnel} → {wanted}"
            await record(unit, tenant, by, "printer.change", known.id, detail, at=self._clock.now())
        await self._wakeups.send(tenant, LookAgain())
        if not wanted.on:
            await self._call_off(tenant)
        return changed


async def tunnel_on(unit: Unit) -> bool:
    """Whether the service owner has the tunnel on."""
    return binding(await unit.policies.current(SERVICE), TUNNEL_SEND) is Verdict.ON


async def tunneled(unit: Unit, tenant: TenantId) -> Mapping[PrinterId, Printer]:
    """The printers of a tenant whose jobs may go through the hub now."""
    return {one.id: one for one in await crossing_at(unit, await unit.printers.tunneled(tenant))}


async def crossing_at(unit: Unit, printers: Collection[Printer]) -> tuple[Printer, ...]:
    """Those of some printers whose jobs may go through the hub now.

    A queue that holds jobs has no device, and is none of them: what it holds is mirrored instead.
    """
    chosen = tuple(one for one in printers if one.tunnel.on and not one.holds)
    return chosen if chosen and await tunnel_on(unit) else ()


async def handed_at(unit: Unit, tenant: TenantId, printers: Collection[Printer]) -> tuple[Printer, ...]:
    """Those of some printers for which people may hand documents in now: all, or none.

    What an administrator chose of the tunnel says when agents send; whoever hands in has no other way.
    """
    for scope in (SERVICE, tenant):
        if binding(await unit.policies.current(scope), MOBILITY_PRINT) is Verdict.OFF:
            return ()
    return tuple(printers)


async def choices_of(unit: Unit, printers: Collection[Printer]) -> Mapping[PrinterId, TunnelChoice]:
    """What holds now for those of some printers that use the tunnel."""
    chosen = {printer.id: printer.tunnel for printer in printers if printer.tunnel.on}
    return chosen if chosen and await tunnel_on(unit) else {}


async def _check(unit: Unit, tenant: TenantId, wanted: TunnelChoice) -> None:
    if wanted.on and not await tunnel_on(unit):
        cause = f"printing through the hub is off: the service owner has not switched {TUNNEL_SEND} on"
        raise NotAllowed(cause, next_step=f"Ask the owner of this service to switch {TUNNEL_SEND} on, then try again.")
    if wanted.group is not None and await unit.groups.get(tenant, wanted.group) is None:
        raise BadInput("there is no such group", next_step="Choose one of the groups there are.", field="group")
