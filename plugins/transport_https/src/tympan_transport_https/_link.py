"""``HubLink``: requests of this agent to its hub, one at a time each, signed in, paced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import trio

from tympan_net.http_client import HttpAnswer
from tympan_transport_https._beside import Beside
from tympan_transport_https._calls import Payload
from tympan_transport_https._errors import AgentRevoked, HubAway, NotSignedIn
from tympan_transport_https._limits import REVOKED_S
from tympan_transport_https._membership import HubMembership, Standing
from tympan_transport_https._pace import Pace

_A = TypeVar("_A")
_Asked = Callable[[Standing, str], Awaitable[_A]]
"""One request, with an access token."""


class HttpsLink:
    """Requests to the hub."""

    def __init__(self, membership: HubMembership) -> None:
        self._membership = membership
        self._revoked: tuple[Standing, float, AgentRevoked] | None = None
        self.pace = Pace()
        self.beside = Beside()

    async def request(self, operation: str, payload: bytes) -> bytes:
        """One request; the same operation and payload may be repeated safely."""
        return await self._paced(
            lambda standing, token: standing.calls.post(standing.enrolment.address, operation, payload, token)
        )

    async def at_once(self, operation: str, payload: bytes) -> bytes:
        """The same, past the pace of all others, and without a word for them: somebody wants to know how it is now."""
        return await self._signed_in(
            self._membership.standing,
            lambda standing, token: standing.calls.post(standing.enrolment.address, operation, payload, token),
        )

    async def send(self, path: str, headers: Mapping[str, str], payload: Payload) -> bytes:
        """Bytes to a path of the hub; they may be repeated safely."""
        return await self._paced(
            lambda standing, token: standing.calls.send(standing.enrolment.address + path, headers, payload, token)
        )

    async def fetch(self, path: str, first: int, last: int) -> HttpAnswer:
        """Bytes ``first`` to ``last`` of what lies at a path of the hub."""
        return await self._paced(
            lambda standing, token: standing.calls.fetch(standing.enrolment.address + path, first, last, token)
        )

    async def _paced(self, asked: _Asked[_A]) -> _A:
        standing = self._membership.standing
        self._check_known(standing)
        await self.pace.until_due()
        before = self.pace.breaks
        try:
            answer = await self._signed_in(standing, asked)
        except HubAway as error:
            self.failed(error, before)
            raise
        except AgentRevoked as error:
            self.revoked(standing, error)
            raise
        self.pace.well()
        self._membership.trouble("")
        return answer

    def failed(self, error: HubAway, before: int | None = None) -> None:
        """The hub did not answer: nobody asks before it is due.

        Args:
            error: What came of it.
            before: How many breaks there were when it was asked: of many under way, a cut breaks all, and is one.
        """
        self.pace.broken(error.after_s, before)
        self._membership.trouble(error.sentence)

    def revoked(self, standing: Standing, error: AgentRevoked) -> None:
        """The hub does not know this agent any more: nobody asks for a while."""
        self._revoked = (standing, trio.current_time() + REVOKED_S, error)
        self._membership.trouble(error.sentence)

    async def _signed_in(self, standing: Standing, asked: _Asked[_A]) -> _A:
        token = await standing.tokens.get()
        try:
            return await asked(standing, token)
        except NotSignedIn:
            standing.tokens.drop(token)  # it ended early: the hub has new keys, or another clock
        return await asked(standing, await standing.tokens.get())

    def _check_known(self, standing: Standing) -> None:
        if self._revoked is not None and self._revoked[0] is standing and trio.current_time() < self._revoked[1]:
            raise AgentRevoked(self._revoked[2].detail)
