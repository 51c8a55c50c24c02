"""Proof by network: the phone reaches an agent that sees the device, and brings it the challenge of the hub."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.ids import PrinterId, TenantId
from tympan_hub.domain.people import Person
from tympan_hub.ports import Bearer, Clock, Secrets, Units
from tympan_hub.service.presence import PresenceService
from tympan_wire.hub import NearAnswer, NearRequest


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
        raise NotImplementedError

    async def reached(self, bearer: Bearer, request: NearRequest) -> NearAnswer:
        """A phone reached this agent with a challenge, or only the agent's doors are told."""
        return NearAnswer()
