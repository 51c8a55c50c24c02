"""What people see and decide of shared queues."""

import datetime as dt
from collections.abc import Awaitable, Callable

import attrs
from attrs import frozen

from tympan_hub.domain.errors import NotFound, SoAlready
from tympan_hub.domain.ids import AgentId, PrinterId, ShareId, TenantId
from tympan_hub.domain.people import Act, Actor
from tympan_hub.domain.shares import (
    DefaultSet,
    Effective,
    SharedQueue,
    SharingRules,
    check_rules,
    clear_default,
    effective,
    set_default,
)
from tympan_hub.domain.wakes import LookAgain, LookAtShares
from tympan_hub.ports import Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import check_same, known_agent
from tympan_hub.service.shared_printers import appear, room_of, rules_of, show_queue, vanish
from tympan_hub.service.usable import seen


@frozen(kw_only=True)
class ShareShown:
    """A share as people see it.

    Attributes:
        share: The share.
        computer: What its agent is called.
        seen_at: When that was heard of last.
        revoked: Whether that may not come here any more.
        options: What each option is when nobody asks, and why.
    """

    share: SharedQueue
    computer: str
    seen_at: dt.datetime
    revoked: bool
    options: tuple[Effective, ...]


class SharingService:
    """Shares, for people.

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

    async def of_agent(self, tenant: TenantId, by: Actor, agent: AgentId) -> tuple[ShareShown, ...]:
        """All that an agent shares or shared, by name; raises ``NotFound`` where there is no such agent."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            await known_agent(unit, tenant, agent)
            shares = await unit.shares.of_agent(tenant, agent)
            shown = [await _shown(unit, one) for one in shares]
        return tuple(sorted(shown, key=lambda one: (one.share.told.name.casefold(), one.share.id)))

    async def get(self, tenant: TenantId, by: Actor, share: ShareId) -> ShareShown:
        """One of them; raises ``NotFound``."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await _shown(unit, await _known(unit, tenant, share))

    async def of_printer(self, tenant: TenantId, by: Actor, printer: PrinterId) -> ShareShown | None:
        """The share a printer is, for whoever may see the printer; None for one with a device."""
        by.require(Act.SEE_PRINTERS, tenant)
        async with self._units.reading() as unit:
            known = await seen(unit, tenant, by, printer)
            share = await unit.shares.get(tenant, known.share) if known.share else None
            return await _shown(unit, share) if share else None

    async def stop(self, tenant: TenantId, by: Actor, share: ShareId) -> None:
        """Ends a share: its printer goes, and it does not come back until it is allowed.

        Raises:
            NotFound: There is none.
            SoAlready: It was stopped.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        async with self._units.writing() as unit:
            known = await _known(unit, tenant, share)
            await stop_share(unit, by, known, self._clock.now())
        await self._tell(tenant, known)
        await self._call_off(tenant)

    async def allow(self, tenant: TenantId, by: Actor, share: ShareId) -> None:
        """Lets a share be one again; where its queue is there, it is a printer at once, and whose it was before.

        One of a computer that may not come here any more is none until that computer joins anew and tells of it.

        Raises:
            NotFound: There is none.
            SoAlready: Nobody stopped it.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await _known(unit, tenant, share)
            if known.stopped_at is None:
                raise SoAlready("nobody stopped this share")
            after = attrs.evolve(known, stopped_at=None, stopped_by="")
            agent = await known_agent(unit, tenant, after.agent)
            if after.registered and agent.revoked_at is None:
                rules = await rules_of(unit, tenant)
                after = await appear(unit, after, agent, await room_of(unit, tenant), rules, now)
            await unit.shares.keep(tenant, after)
            await show_queue(unit, after, now)
            await record(unit, tenant, by, "share.allow", after.printer or share, after.told.queue, at=now)
        await self._tell(tenant, known)

    async def set_default(self, tenant: TenantId, by: Actor, share: ShareId, name: str, value: str) -> ShareShown:
        """Sets a default above that of the queue; "" lets the queue's hold again.

        Raises:
            NotFound: There is no such share.
            BadInput: It has no such option, or that cannot be this.
        """
        by.require(Act.MANAGE_PRINTERS, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await _known(unit, tenant, share)
            wanted = DefaultSet(name=name, value=value, by=by.label, at=now)
            after = set_default(known, wanted) if value else clear_default(known, name)
            await unit.shares.keep(tenant, after)
            detail = f"{name}: {value or 'as the queue says'}"
            await record(unit, tenant, by, "share.default", known.printer or share, detail, at=now)
            shown = await _shown(unit, after)
        await self._tell(tenant, known)
        return shown

    async def rules(self, tenant: TenantId, by: Actor) -> SharingRules:
        """What the tenant says of sharing."""
        by.require(Act.SEE_POLICY, tenant)
        async with self._units.reading() as unit:
            return await rules_of(unit, tenant)

    async def change_rules(
        self, tenant: TenantId, by: Actor, rules: SharingRules, *, read: SharingRules | None = None
    ) -> SharingRules:
        """Says another thing; shares that are there stay for whom they are.

        Raises:
            Changed: The rules are not any more what was ``read``.
            BadInput: A pattern is none.
        """
        by.require(Act.SWITCH_POLICY, tenant)
        check_rules(rules)
        async with self._units.writing() as unit:
            before = await rules_of(unit, tenant)
            check_same(before, read)
            await unit.shares.keep_rules(tenant, rules)
            detail = f"{_said(before)} → {_said(rules)}"
            await record(unit, tenant, by, "sharing.rules", "sharing", detail, at=self._clock.now())
        await self._wakeups.send(tenant, LookAtShares())
        return rules

    async def _tell(self, tenant: TenantId, share: SharedQueue) -> None:
        await self._wakeups.send(tenant, LookAtShares(agent=share.agent))
        await self._wakeups.send(tenant, LookAgain())


async def stop_share(unit: Unit, by: Actor, share: SharedQueue, now: dt.datetime) -> None:
    """Ends a share; raises ``SoAlready`` for one that was stopped."""
    if share.stopped_at is not None:
        raise SoAlready("this share was stopped already")
    stopped = attrs.evolve(await vanish(unit, share), stopped_at=now, stopped_by=by.label)
    await unit.shares.keep(share.tenant, stopped)
    await record(unit, share.tenant, by, "share.stop", share.printer or share.id, share.told.queue, at=now)


async def _known(unit: Unit, tenant: TenantId, share: ShareId) -> SharedQueue:
    known = await unit.shares.get(tenant, share)
    if known is None:
        raise NotFound("there is no such share")
    return known


async def _shown(unit: Unit, share: SharedQueue) -> ShareShown:
    agent = await known_agent(unit, share.tenant, share.agent)
    return ShareShown(
        share=share,
        computer=agent.name,
        seen_at=agent.seen_at,
        revoked=agent.revoked_at is not None,
        options=effective(share),
    )


def _said(rules: SharingRules) -> str:
    return f"{rules.audience}, {len(rules.allow)} allowed, {len(rules.deny)} denied"
