"""The access token: had for an assertion, renewed before it ends, by one caller while the others wait."""

from __future__ import annotations

import trio

from tympan_transport_https._agent_key import AgentKey
from tympan_transport_https._calls import HubCalls
from tympan_transport_https._errors import HubGarbled
from tympan_transport_https._limits import ASSERTION_S, TOKEN_USE
from tympan_transport_https._model import Enrolment
from tympan_transport_https._rules import understood
from tympan_wire.hub import Operation, Token, TokenRequest, encode


class Tokens:
    """The token of one enrolment."""

    def __init__(self, calls: HubCalls, enrolment: Enrolment, key: AgentKey) -> None:
        self._calls = calls
        self._enrolment = enrolment
        self._key = key
        self._token = ""
        self._until = 0.0
        self._renewing = trio.Lock()

    async def get(self) -> str:
        """A token that holds; raises ``HubError`` when none is to be had."""
        async with self._renewing:
            if not self._token or trio.current_time() >= self._until:
                await self._renew()
            return self._token

    def drop(self, token: str) -> None:
        """The hub did not take it."""
        if token == self._token:
            self._token = ""

    def _assertion(self) -> str:
        said = self._enrolment.enrolled
        return self._key.assertion(said.agent, said.hub, self._calls.now(), ASSERTION_S)

    async def _renew(self) -> None:
        request = encode(TokenRequest(assertion=self._assertion()))
        token = understood(Token, await self._calls.post(self._enrolment.address, Operation.TOKEN, request))
        if not token.access_token.isascii() or not token.access_token.isprintable():
            raise HubGarbled("an access token that no header can carry")
        life_s = (token.expires_at - self._calls.now()).total_seconds()
        self._token, self._until = token.access_token, trio.current_time() + TOKEN_USE * life_s
