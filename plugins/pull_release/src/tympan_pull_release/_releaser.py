"""The desk: releases for people at this machine, and for who brings grants (the port ``Releaser``).

- A job of the hub's printers is released by the hub's word alone: it is asked, with the same checks as its portal
  makes, and the order comes as any other. While it is away, a grant does.
- A job of this machine's own pull printer comes out at its own device.
- An account meets its own jobs only; those of others are not there.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

import attrs

from tympan.plugin import Host, Job, JobState, Member, NotReleased, PrinterId, Released, ReleaseWish, Retry, TympanError
from tympan_pull_release._clock import GrantClock
from tympan_pull_release._errors import ElsewhereOnly, GrantRefused, HubNeeded, HubNotThere, NoDevice, NothingHeld
from tympan_pull_release._grants import UsedGrants, read
from tympan_pull_release._limits import WITHIN_S
from tympan_pull_release._orders import Orders
from tympan_pull_release._terms import PullSettings, is_pull, of_hub, rules_of
from tympan_pull_release._ticket import changed
from tympan_relay import Link, member_of
from tympan_wire.hub import (
    GRANTS_AT_ONCE,
    HubMessageError,
    Operation,
    ReleaseAnswer,
    ReleaseAsked,
    ReleaseGrant,
    ReleaseOrder,
    TicketChanges,
    decode,
    encode,
)


@attrs.frozen(kw_only=True, eq=False)
class _Room:
    """What the desk works with while the service runs."""

    host: Host
    orders: Orders
    look_again: Callable[[], None]
    used: UsedGrants
    clock: GrantClock


class Desk:
    """``Releaser``. Open while the service runs."""

    def __init__(self) -> None:
        self._room: _Room | None = None

    def open(self, host: Host, orders: Orders, clock: GrantClock, look_again: Callable[[], None]) -> None:
        """The service runs."""
        used = UsedGrants(host.state)
        self._room = _Room(host=host, orders=orders, look_again=look_again, used=used, clock=clock)

    def close(self) -> None:
        """It does not."""
        self._room = None

    async def granted(self) -> tuple[uuid.UUID, ...]:
        """Jobs that were let go for a grant of late and are not held here: their end may still have to be told.

        None where what was used cannot be read: no grant is honoured there, and everything else goes on.
        """
        if self._room is None:
            return ()
        try:
            used = await self._room.used.jobs(self._room.clock.now())
        except GrantRefused:
            return ()
        found = {name: self._room.host.jobs.find(name) for name in used}
        return tuple(name for name, job in found.items() if job is None or job.state is not JobState.HELD)

    async def release(self, wish: ReleaseWish) -> Released:
        """The port's act."""
        room = self._room
        if room is None:
            raise HubNotThere("the plugin that releases jobs is being started")
        if wish.grants:
            return await _by_grants(room, wish)
        jobs, strangers = _wished(room.host, wish)
        there = [job for job in jobs if of_hub(room.host.printers.get(job.printer))]
        here = [job for job in jobs if job not in there]
        if not wish.jobs:  # all that can come out there, and nothing of what cannot
            here = [job for job in here if wish.at in ("", job.printer)]
            there = [] if here else there
        released = await _here(room, wish, here)
        asked = await _ask(room, wish, there) if there else Released()
        refused = (*strangers, *released.refused, *asked.refused)
        return Released(jobs=(*released.jobs, *asked.jobs), refused=refused, notes=asked.notes)


def _wished(host: Host, wish: ReleaseWish) -> tuple[list[Job], tuple[NotReleased, ...]]:
    """The jobs a wish is about in its order, and what it names that is not there for this account."""
    held = {
        job.uuid: job
        for job in host.jobs.all()
        if job.user == wish.user and job.state is JobState.HELD and is_pull(host.printers.get(job.printer))
    }
    names: Sequence[uuid.UUID] = wish.jobs or tuple(held)
    if not names:
        raise NothingHeld(wish.user)
    strangers = tuple(
        NotReleased(job=name, detail="no held job of yours has this id; 'tympan held' lists them")
        for name in names
        if name not in held
    )
    return [held[name] for name in dict.fromkeys(names) if name in held], strangers


async def _here(room: _Room, wish: ReleaseWish, jobs: Sequence[Job]) -> Released:
    """At each job's own device."""
    done: list[uuid.UUID] = []
    refused: list[NotReleased] = []
    for job in jobs:
        try:
            if wish.at not in ("", job.printer):
                raise ElsewhereOnly(job.printer)
            await room.host.jobs.release(job.uuid, by=wish.user, ticket=changed(job.ticket, _changes(wish)))
            done.append(job.uuid)
        except (TympanError, ValueError) as error:
            refused.append(NotReleased(job=job.uuid, detail=_sentence(error)))
    return Released(jobs=tuple(done), refused=tuple(refused))


async def _ask(room: _Room, wish: ReleaseWish, jobs: Sequence[Job]) -> Released:
    if not wish.at:
        raise NoDevice
    link = Link.of(room.host)
    if link is None or link.member is None:
        raise HubNeeded
    asked = ReleaseAsked(
        user=wish.user,
        jobs=tuple(job.uuid for job in jobs),
        point=wish.at,
        proof=wish.proof,
        changes=_changes(wish),
    )
    try:
        answer = decode(ReleaseAnswer, await link.hub.request(Operation.RELEASE_ASK, encode(asked)))
    except HubMessageError as error:
        raise HubNotThere(f"its answer cannot be understood: {error}") from error
    except TympanError as error:
        if error.retry is Retry.NEVER:
            raise
        raise HubNotThere(error.cause) from error
    room.look_again()
    refused = tuple(NotReleased(job=one.job, detail=one.detail) for one in answer.refused)
    return Released(jobs=answer.ordered, refused=refused, notes=answer.notes)


# ---------------------------------------------------------------------- grants


async def _by_grants(room: _Room, wish: ReleaseWish) -> Released:
    if len(wish.grants) > GRANTS_AT_ONCE:
        raise GrantRefused(f"{len(wish.grants)} are more than {GRANTS_AT_ONCE} at a time")
    member = member_of(room.host)
    if member is None:
        raise HubNeeded
    # All are proved before the first is used; one that is void or forged takes none of the others with it.
    grants, refused = _proved(wish.grants, member, room.clock.now())
    done: list[uuid.UUID] = []
    for grant in grants:
        try:
            await _honour(room, wish, grant)
            done.append(grant.job)
        except TympanError as error:
            refused.append(NotReleased(job=grant.job, detail=error.sentence))
    return Released(jobs=tuple(done), refused=tuple(refused))


def _proved(envelopes: Sequence[str], member: Member, now: dt.datetime) -> tuple[list[ReleaseGrant], list[NotReleased]]:
    """Grants that are good, and what is wrong with the others; raises ``GrantRefused`` where none is."""
    grants: list[ReleaseGrant] = []
    refused: list[NotReleased] = []
    first: GrantRefused | None = None
    for place, envelope in enumerate(envelopes, start=1):
        try:
            grants.append(read(envelope, member, now))
        except GrantRefused as error:
            first = first or error
            refused.append(NotReleased(job=None, detail=f"grant {place} of {len(envelopes)}: {error.sentence}"))
    if first is not None and not grants:
        raise first
    return grants, refused


async def _honour(room: _Room, wish: ReleaseWish, grant: ReleaseGrant) -> None:
    job = room.host.jobs.find(grant.job)
    if job is None or job.state is not JobState.HELD:
        raise GrantRefused("its job is not held here any more")
    printer = room.host.printers.get(job.printer)
    if printer is None or not of_hub(printer) or not rules_of(printer, PullSettings()).offline:
        raise GrantRefused("this printer releases nothing while the hub is away")
    point = _point(wish, grant)
    changes = _changes(wish)
    _check(job, changes)
    if room.orders.full:
        raise GrantRefused("too much is being released at this moment")
    await room.clock.keep()
    await room.used.use(grant, room.clock.now())
    order = ReleaseOrder(
        id=grant.id, fence=0, job=grant.job, printer=point, by=grant.by, within_s=int(WITHIN_S), changes=changes
    )
    room.orders.take(order, local=True)


def _point(wish: ReleaseWish, grant: ReleaseGrant) -> PrinterId:
    if not wish.at and len(grant.printers) == 1:
        return PrinterId(grant.printers[0])
    if wish.at not in grant.printers:
        raise GrantRefused("it is good for other devices")
    return PrinterId(wish.at)


def _check(job: Job, changes: TicketChanges) -> None:
    try:
        changed(job.ticket, changes)
    except ValueError as error:
        raise GrantRefused(str(error)) from error


def _changes(wish: ReleaseWish) -> TicketChanges:
    return TicketChanges(copies=wish.copies, sides=wish.sides, color=wish.color)


def _sentence(error: Exception) -> str:
    return error.sentence if isinstance(error, TympanError) else str(error)
