"""The way through a person's own browser: permits by which their page may ask the agent on the same machine.

A permit is worth something to one agent, which has just given the page its challenge, and to nobody else; so it is
signed for whoever may install there: people signed in at the agent, and those who manage agents. Whether the challenge
holds, the agent decides.
"""

import datetime as dt
import re
from typing import Final

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed
from tympan_hub.domain.ids import SERVICE, AgentId, PrinterId, TenantId
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict, binding
from tympan_hub.ports import Clock, Secrets, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_agent
from tympan_hub.service.usable import check_reaches, seen
from tympan_wire.bridge import PERMIT, Deed, Permit
from tympan_wire.hub import encode

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


class BridgeService:
    """Permits for pages of the portal."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets

    async def permit(
        self, tenant: TenantId, person: Person, *, agent: AgentId, deed: Deed, printer: PrinterId, challenge: str
    ) -> str:
        """A permit for one deed at one agent, once; it stands in the audit log.

        Raises:
            NotFound: There is no such agent or printer.
            Conflict: The agent was revoked.
            NotMeant: Nobody who is signed in at it may use the printer.
        """
        person.actor.require(Act.INSTALL_PRINTERS, tenant)
        if not _CHALLENGE.fullmatch(challenge):
            raise BadInput("this is no challenge of an agent", next_step="Load the page again, and repeat.")
        now = self._clock.now()
        async with self._units.writing() as unit:
            await _check(unit, tenant, agent)
            known = await seen(unit, tenant, person.actor, printer)
            if await _needs_sign_in(unit, tenant, person, agent, now):
                raise NotAllowed("you are not signed in at this computer", next_step="Run 'tympan login' there first.")
            if deed is Deed.INSTALL:
                await check_reaches(unit, tenant, known, agent, now)
            what = f"{deed.value} {printer}"
            await record(unit, tenant, person.actor, "bridge.permit", agent, what, at=now)
        permit = Permit(
            tenant=tenant,
            agent=agent,
            person=person.id,
            deed=deed,
            printer=printer,
            challenge=challenge,
            manages=person.actor.may(Act.MANAGE_AGENTS, tenant),
        )
        return self._signed(encode(permit))

    async def needs_sign_in(self, tenant: TenantId, person: Person, agent: AgentId) -> bool:
        """Whether policy keeps an agent for people signed in at it, and this person, no administrator, is not."""
        person.actor.require(Act.INSTALL_PRINTERS, tenant)
        async with self._units.reading() as unit:
            return await _needs_sign_in(unit, tenant, person, agent, self._clock.now())

    def _signed(self, payload: bytes) -> str:
        signature = self._secrets.sign_permit(PERMIT.to_be_signed(payload))
        return PERMIT.sealed(payload, key_id=signature.key_id, signature=signature.signature)


async def _needs_sign_in(unit: Unit, tenant: TenantId, person: Person, agent: AgentId, now: dt.datetime) -> bool:
    if person.actor.may(Act.MANAGE_AGENTS, tenant):
        return False
    owner, own = await unit.policies.current(SERVICE), await unit.policies.current(tenant)
    if (binding(owner, REQUIRE_SIGN_IN) or binding(own, REQUIRE_SIGN_IN)) is Verdict.OFF:
        return False
    return all(there.sign_in.person != person.id for there in await unit.sign_ins.present(tenant, agent, now))


async def _check(unit: Unit, tenant: TenantId, agent: AgentId) -> None:
    known = await known_agent(unit, tenant, agent)
    if known.revoked_at is not None:
        raise Conflict(f"{known.name} was taken out of the hub", next_step="Ask an administrator to let it in again.")
