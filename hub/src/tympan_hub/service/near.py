"""Proof by network: the phone reaches an agent that sees the device, and brings it the challenge of the hub.

- The answer goes to the agent and from there, by a redirect, to the browser that brought the challenge. A page that
  makes some browser in that network call, with a challenge of somebody elsewhere, cannot read it.
- Only an agent counts that reaches the device itself, as it told last; being in a network of the same numbers does not.
- Nothing is kept of a challenge: it is sealed with the hub's key, names person and device, and ends after two minutes.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Collection
from typing import Final

from attrs import frozen

from tympan_hub.domain.errors import BadInput, NotAllowed, Unreached
from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.limits.proximity import CHALLENGE, DOOR_TOLD, DOORS_SHOWN, PROOF_CHARS, SEERS, TICKET
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.proximity import (
    Challenge,
    Proximity,
    Ticket,
    challenge_from,
    challenge_text,
    check_doors,
)
from tympan_hub.ports import Bearer, Clock, Secrets, Unit, Units
from tympan_hub.service.known import welcome_agent
from tympan_hub.service.points import usable_point
from tympan_hub.service.presence import PresenceService
from tympan_hub.service.proofs import sealed_ticket
from tympan_wire.hub import NearAnswer, NearRequest

_MARK: Final = "c."


@frozen(kw_only=True)
class NearChallenge:
    """Where a phone goes to show that it is in the device's network.

    Attributes:
        challenge: To be brought there.
        places: Addresses of pages to go to, ``http://host:port/near?...``: the first that answers does.
        expires_at: Until when.
    """

    challenge: str
    places: tuple[str, ...]
    expires_at: dt.datetime


class NearService:
    """Proof through networks of a tenant."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, presence: PresenceService) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._presence = presence

    async def challenge(self, tenant: TenantId, by: Person, point: PrinterId) -> NearChallenge:
        """A challenge for this person and device; raises ``Unreached`` where no agent there listens."""
        by.actor.require(Act.SEE_OWN_JOBS, tenant)
        now = self._clock.now()
        async with self._units.reading() as unit:
            known, _ = await usable_point(unit, tenant, by, point)
            doors = await self._doors(unit, tenant, point, now)
        if not doors:
            cause = "no computer in the network of this device can be reached by phones"
            raise Unreached(cause, next_step="Ask an administrator to switch on 'pull.nearby' for a computer there.")
        challenge = Challenge(person=by.id, point=point, until=now + CHALLENGE)
        sealed = self._secrets.seal(challenge_text(challenge), _about(tenant))
        text = _MARK + base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        places = tuple(f"{door}/near?challenge={text}&point={known.code}" for door in doors)
        return NearChallenge(challenge=text, places=places, expires_at=challenge.until)

    async def reached(self, bearer: Bearer, request: NearRequest, *, own_machine: bool = False) -> NearAnswer:
        """A phone reached this agent with a challenge, or only the agent's doors are told.

        Args:
            bearer: Which agent.
            request: What it tells.
            own_machine: The hub is reached on this machine alone, as when somebody tries it: so may the agent be.

        Raises:
            BadInput: The doors are none.
            NotAllowed: The challenge is none, has ended, or the agent does not reach the device.
        """
        if not request.challenge:
            await self._keep(bearer, request.doors, own_machine)
            return NearAnswer()
        now = self._clock.now()
        brought = self._opened(bearer.tenant, request.challenge)
        if brought is None or now >= brought.until:
            raise NotAllowed("this link has ended", next_step="Go back to the app, and try again.")
        async with self._units.reading() as unit:
            await welcome_agent(unit, bearer.tenant, bearer.agent)
            person = await unit.people.get(bearer.tenant, brought.person)
            if person is None or person.disabled_at is not None:
                raise NotAllowed("this link has ended", next_step="Sign in again.")
            await usable_point(unit, bearer.tenant, person, brought.point)
            if bearer.agent not in await seers(unit, bearer.tenant, brought.point):
                cause = "this computer does not reach the device"
                raise NotAllowed(cause, next_step="Join the network in which the device is, and try again.")
        ticket = Ticket(person=brought.person, point=brought.point, how=Proximity.NEAR, until=now + TICKET)
        return NearAnswer(ticket=sealed_ticket(self._secrets, bearer.tenant, ticket))

    async def _keep(self, bearer: Bearer, doors: tuple[str, ...], own_machine: bool) -> None:
        check_doors(doors, own_machine=own_machine)
        async with self._units.writing(f"agent {bearer.agent}") as unit:
            await welcome_agent(unit, bearer.tenant, bearer.agent)
            await unit.near_doors.put(bearer.tenant, bearer.agent, doors, self._clock.now())

    async def _doors(self, unit: Unit, tenant: TenantId, point: PrinterId, now: dt.datetime) -> tuple[str, ...]:
        told = await unit.near_doors.of(tenant, await seers(unit, tenant, point), now - DOOR_TOLD)
        connected = await self._presence.connected_of(unit, tenant, list(told))
        found = [door for agent, doors in sorted(told.items()) if agent in connected for door in doors]
        return tuple(dict.fromkeys(found))[:DOORS_SHOWN]

    def _opened(self, tenant: TenantId, text: str) -> Challenge | None:
        if not text.startswith(_MARK) or len(text) > PROOF_CHARS:
            return None
        try:
            sealed = base64.b64decode(text[len(_MARK) :] + "==", altchars=b"-_", validate=False)
            return challenge_from(self._secrets.unseal(sealed, _about(tenant)))
        except (BadInput, binascii.Error, ValueError, UnicodeEncodeError):
            return None


async def seers(unit: Unit, tenant: TenantId, point: PrinterId) -> Collection[AgentId]:
    """Agents that reach the device of a point: by their last look at it, or because they have it in view."""
    seen = {look.agent for look in await unit.printers.devices(tenant, point, SEERS) if look.reachable}
    printer = await unit.printers.get(tenant, point)
    if printer is not None and printer.device is not None:
        sightings = await unit.sightings.of(tenant, printer.device, SEERS)
        seen |= {sighting.trace.name.agent for sighting in sightings if sighting.trace.in_view}
    return seen


def _about(tenant: TenantId) -> str:
    return f"release challenge {tenant}"
