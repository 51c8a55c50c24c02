"""Asking an agent to do something: the same wish twice is one command, and few of them wait for one agent."""

import datetime as dt
import uuid

from tympan_hub.domain.commands import Command, CommandState, Order, about
from tympan_hub.domain.errors import Full
from tympan_hub.domain.ids import AgentId, CommandId, TenantId
from tympan_hub.domain.limits.commands import COMMANDS_PER_AGENT
from tympan_hub.domain.people import Actor
from tympan_hub.ports import Unit
from tympan_hub.service.known import welcome_agent

_OPPOSITES = {Order.INSTALL: Order.REMOVE, Order.REMOVE: Order.INSTALL}


async def ask(
    unit: Unit,
    tenant: TenantId,
    by: Actor,
    agent: AgentId,
    order: Order,
    subject: str,
    *,
    now: dt.datetime,
    lasts: dt.timedelta,
) -> Command:
    """Adds a command, or gives the one that asks for the same already; a wish that nobody fetched yet gives way to its
    opposite.

    Raises:
        NotFound: There is no such agent, or it was revoked.
        Conflict: Too many commands wait for it.
    """
    await welcome_agent(unit, tenant, agent)
    waiting = [command for command in await unit.commands.waiting(tenant, agent) if command.is_open(now)]
    alike = [command for command in waiting if command.about == about(order, subject)]
    same = [command for command in alike if command.order is order]
    for command in alike:
        if command.order is _OPPOSITES.get(order) and command.state is CommandState.WAITING:
            await unit.commands.keep(tenant, command.withdrawn(now))
    if same and alike[-1] is same[-1]:
        return same[-1]
    if len(waiting) >= COMMANDS_PER_AGENT:
        raise Full(
            f"{COMMANDS_PER_AGENT} commands wait for this computer already",
            next_step="Wait until it has done them, or withdraw some.",
        )
    made = Command(
        id=CommandId(uuid.uuid4()),
        tenant=tenant,
        agent=agent,
        order=order,
        subject=subject,
        asked_by=by.label,
        asked_at=now,
        expires_at=now + lasts,
    )
    await unit.commands.add(tenant, made)
    return made
