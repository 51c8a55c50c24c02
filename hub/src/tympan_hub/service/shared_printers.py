"""Printers of shares: how they come, how they change with their queue, and how they go without being forgotten."""

import datetime as dt
from collections.abc import Iterable

import attrs

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.ids import AgentId, PersonId, PrinterId, ShareId, TenantId, word_from
from tympan_hub.domain.limits.printers import PEOPLE_PER_PRINTER, PRINTERS
from tympan_hub.domain.printers import DeviceSeen, Printer
from tympan_hub.domain.shares import Kept, Queue, QueueState, SharedFor, SharedQueue, SharingRules, free_name
from tympan_hub.domain.tunnel_use import TunnelChoice, TunnelUse
from tympan_hub.ports import Unit

THROUGH_THE_HUB = TunnelChoice(use=TunnelUse.ALWAYS)
"""How jobs come to a share, whoever prints."""


class Room:
    """Names and ids that printers of a tenant have; those made here are among them."""

    def __init__(self, printers: Iterable[Printer]) -> None:
        self._names = {one.id: one.name for one in printers}

    @property
    def is_full(self) -> bool:
        """Whether the tenant has as many printers as it may have."""
        return len(self._names) >= PRINTERS

    def name(self, wanted: str, computer: str) -> str:
        """One that is free."""
        return free_name(wanted, self._names.values(), computer)

    def id(self, wanted: PrinterId | None, name: str) -> PrinterId:
        """The one it had, if that is free; else one made of its name."""
        if wanted is not None and wanted not in self._names:
            return wanted
        return PrinterId(word_from(name, self._names.keys(), otherwise="printer"))

    def take(self, printer: Printer) -> None:
        """A printer has this name now."""
        self._names[printer.id] = printer.name

    def leave(self, printer: PrinterId) -> None:
        """A printer has its name no more."""
        self._names.pop(printer, None)


async def room_of(unit: Unit, tenant: TenantId) -> Room:
    """What a tenant has now."""
    return Room(await unit.printers.all(tenant))


async def appear(
    unit: Unit, share: SharedQueue, agent: Agent, room: Room, rules: SharingRules, now: dt.datetime
) -> SharedQueue:
    """Makes a share a printer, as it was when it was one before; where there is no room it stays none."""
    if room.is_full:
        return share
    kept = share.kept
    name = room.name(kept.name if kept else share.told.name, agent.name)
    printer = Printer(
        id=room.id(kept.printer if kept else None, name),
        tenant=share.tenant,
        name=name,
        uri="",
        location=kept.location if kept else share.told.location,
        everybody=kept.everybody if kept else rules.audience is SharedFor.EVERYBODY,
        created_at=now,
        tunnel=THROUGH_THE_HUB,
        share=share.id,
    )
    await unit.printers.add(share.tenant, printer)
    room.take(printer)
    if kept is not None:
        await _give_again(unit, share.tenant, kept, printer.id)
        waits = share.waits
    else:
        waits = rules.audience is SharedFor.SIGNED_IN and not await _give_those_here(unit, share, printer.id, now)
    return attrs.evolve(share, printer=printer.id, kept=None, waits=waits)


async def _give_again(unit: Unit, tenant: TenantId, kept: Kept, printer: PrinterId) -> None:
    for person in kept.people:
        if await unit.people.get(tenant, person) is not None:
            await unit.assignments.give_person(tenant, printer, person)
    for group in kept.groups:
        if await unit.groups.get(tenant, group) is not None:
            await unit.assignments.give_group(tenant, printer, group)


async def _give_those_here(unit: Unit, share: SharedQueue, printer: PrinterId, now: dt.datetime) -> bool:
    """Tells whether anybody is."""
    present = await unit.sign_ins.present(share.tenant, share.agent, now)
    people = dict.fromkeys(there.sign_in.person for there in present)
    for person in list(people)[:PEOPLE_PER_PRINTER]:
        await unit.assignments.give_person(share.tenant, printer, person)
    return bool(people)


async def welcome_person(unit: Unit, tenant: TenantId, agent: AgentId, person: PersonId) -> tuple[Printer, ...]:
    """Gives who signs in at a computer those of its shares that were for nobody yet, where the tenant shares so.

    A computer shares its queues before anybody signed in at it: without this they would stay for nobody. One that was
    given to somebody once is an administrator's to give, also when it was taken from everybody again.
    """
    if (await rules_of(unit, tenant)).audience is not SharedFor.SIGNED_IN:
        return ()
    waiting = await unit.shares.waiting(tenant, agent)
    printers = await unit.printers.some(tenant, [one.printer for one in waiting if one.printer])
    for printer in printers:
        await unit.assignments.give_person(tenant, printer.id, person)
    for share in waiting:
        await unit.shares.keep(tenant, attrs.evolve(share, waits=False))
    return printers


async def was_given(unit: Unit, printer: Printer) -> None:
    """An administrator said for whom a printer is: if it is a share, it waits for nobody any more."""
    share = await unit.shares.get(printer.tenant, printer.share) if printer.share else None
    if share is not None and share.waits:
        await unit.shares.keep(printer.tenant, attrs.evolve(share, waits=False))


async def vanish(unit: Unit, share: SharedQueue) -> SharedQueue:
    """Takes the printer of a share away; whom it was given to is kept with the share."""
    if share.printer is None:
        return share
    known = await unit.printers.get(share.tenant, share.printer)
    if known is None:
        return attrs.evolve(share, printer=None)
    people = await unit.assignments.people_of(share.tenant, known.id)
    groups = await unit.assignments.groups_of(share.tenant, known.id)
    await unit.printers.remove(share.tenant, known.id)
    kept = Kept(
        printer=known.id,
        name=known.name,
        location=known.location,
        everybody=known.everybody,
        people=tuple(one.id for one in people),
        groups=tuple(one.id for one in groups),
    )
    return attrs.evolve(share, printer=None, kept=kept)


async def follow_queue(unit: Unit, before: SharedQueue, after: SharedQueue, agent: Agent, room: Room) -> None:
    """Calls a printer as its queue is called now, unless a person called it otherwise."""
    known = await unit.printers.get(after.tenant, after.printer) if after.printer else None
    if known is None:
        return
    name, location = known.name, known.location
    if before.told.name != after.told.name and known.name.startswith(before.told.name):
        room.leave(known.id)
        name = room.name(after.told.name, agent.name)
    if known.location == before.told.location:
        location = after.told.location
    changed = attrs.evolve(known, name=name, location=location)
    if changed != known:
        await unit.printers.change(after.tenant, changed)
    room.take(changed)


async def show_queue(unit: Unit, share: SharedQueue, now: dt.datetime) -> None:
    """Keeps how the queue stands where all pages look for how a device does."""
    if share.printer is not None:
        await unit.printers.saw_device(share.tenant, _seen(share, share.printer, now))


def _seen(share: SharedQueue, printer: PrinterId, now: dt.datetime) -> DeviceSeen:
    told = share.told
    sides, modes, media = (_values(told, name) for name in ("sides", "print-color-mode", "media"))
    return DeviceSeen(
        printer=printer,
        agent=share.agent,
        reachable=share.registered,
        observed_at=now,
        make_and_model=told.make_and_model,
        formats=told.formats,
        color="color" in modes if modes else None,
        duplex=any(one.startswith("two-sided") for one in sides) if sides else None,
        media=media,
        reason=_reason(told) if share.registered else "offline-report",
    )


def _values(told: Queue, name: str) -> tuple[str, ...]:
    return next((option.values for option in told.options if option.name == name), ())


def _reason(told: Queue) -> str:
    spoken = next((one for one in told.reasons if one != "none"), "none")
    is_stopped = told.state is QueueState.STOPPED or not told.accepting
    return "paused" if spoken == "none" and is_stopped else spoken


async def shares_of(unit: Unit, tenant: TenantId, printers: Iterable[Printer]) -> dict[ShareId, SharedQueue]:
    """The shares some printers are, by their ids."""
    wanted = [one.share for one in printers if one.share is not None]
    return {one.id: one for one in await unit.shares.some(tenant, wanted)} if wanted else {}


async def rules_of(unit: Unit, tenant: TenantId) -> SharingRules:
    """What a tenant says of sharing, or is usual."""
    return await unit.shares.rules(tenant) or SharingRules()
