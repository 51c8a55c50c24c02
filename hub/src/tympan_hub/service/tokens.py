"""Access: an assertion signed with the agent's key gives a short-lived token, and every request shows one.

- An assertion's id is accepted once, within the unit of work that gives the token.
- A token says who asks; whether that agent is still welcome is looked up, and believed for a few seconds at most.
"""

import base64
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tympan_hub.domain.agents import Agent
from tympan_hub.domain.errors import AgentRevoked, TokenRefused
from tympan_hub.domain.ids import AgentId, TenantId
from tympan_hub.domain.limits.agents import ACCESS_TOKEN, ASSERTION, JTI_CHARS, REVOCATION
from tympan_hub.domain.wakes import EndAgent, Wake
from tympan_hub.ports import Bearer, Clock, Secrets, Unit, Units, WakeUps
from tympan_wire.hub import Token, TokenRequest

_REMEMBERED = 20_000


@frozen(kw_only=True)
class _Claims:
    """What an assertion says, once its signature has verified."""

    assertion: str
    expires_at: dt.datetime


class TokenService:
    """Gives tokens and knows whose they are."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._welcome: dict[Bearer, dt.datetime] = {}
        wakeups.listen(self._heard)

    async def give(self, request: TokenRequest) -> Token:
        """An access token for an assertion.

        Raises:
            TokenRefused: An assertion that is forged, ended, used before, or not for this hub.
            AgentRevoked: The agent was ended.
        """
        name = _issuer(request.assertion)
        now = self._clock.now()
        async with self._units.writing(f"agent {name}") as unit:
            agent = await _known(unit, name)
            said = self._verified(request.assertion, agent, now)
            if agent.revoked_at is not None:
                raise _revoked()
            if not await unit.assertions.spend(agent.tenant, agent.id, said.assertion, said.expires_at):
                raise TokenRefused("the assertion was used before")
            await unit.agents.saw(agent.tenant, agent.id, now)
        bearer, expires_at = Bearer(tenant=agent.tenant, agent=agent.id), now + ACCESS_TOKEN
        return Token(access_token=self._secrets.access_token(bearer, now, expires_at), expires_at=expires_at)

    async def bearer(self, token: str) -> Bearer:
        """Whose token it is.

        Raises:
            NotSignedIn: Not ours, or ended.
            AgentRevoked: The agent was ended.
        """
        now = self._clock.now()
        bearer = self._secrets.bearer(token, now)
        looked = self._welcome.get(bearer)
        if looked is None or not dt.timedelta() <= now - looked < REVOCATION:
            await self._look(bearer, now)
        return bearer

    async def _look(self, bearer: Bearer, now: dt.datetime) -> None:
        async with self._units.reading() as unit:
            agent = await unit.agents.get(bearer.tenant, bearer.agent)
        if agent is None or agent.revoked_at is not None:
            self._welcome.pop(bearer, None)
            raise _revoked()
        if len(self._welcome) >= _REMEMBERED:
            self._welcome.clear()
        self._welcome[bearer] = now

    def _heard(self, tenant: TenantId, wake: Wake) -> None:
        if isinstance(wake, EndAgent):
            self._welcome.pop(Bearer(tenant=tenant, agent=wake.agent), None)

    def _verified(self, assertion: str, agent: Agent, now: dt.datetime) -> _Claims:
        try:
            key = ECKey.import_key(agent.public_key)
            claims = jwt.decode(assertion, key, algorithms=["ES256"]).claims
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise TokenRefused("the assertion is not signed with the agent's key") from error
        return self._checked(claims, agent, now)

    def _checked(self, claims: Mapping[str, Any], agent: Agent, now: dt.datetime) -> _Claims:
        expected = {"iss": agent.id, "sub": agent.id, "aud": self._secrets.identity}
        for name, value in expected.items():
            if claims.get(name) != value:
                raise TokenRefused(f"the assertion's {name} is not the one expected")
        expires, assertion = claims.get("exp"), claims.get("jti")
        if type(assertion) is not str or not 1 <= len(assertion) <= JTI_CHARS or not assertion.isprintable():
            raise TokenRefused("the assertion has no jti")
        if type(expires) is not int or not now.timestamp() < expires <= now.timestamp() + ASSERTION.total_seconds():
            cause = f"the assertion's exp is not within {ASSERTION.seconds} s from {now.isoformat(timespec='seconds')}"
            raise TokenRefused(cause, next_step="Set the agent's clock right.")
        return _Claims(assertion=assertion, expires_at=dt.datetime.fromtimestamp(expires, dt.UTC))


def _issuer(assertion: str) -> AgentId:
    """Who claims to have signed: only to find the key that must have."""
    try:
        part = assertion.split(".")[1].encode("ascii")
        claims = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
        issuer = claims["iss"]
        if type(issuer) is not str or not issuer.isalnum() or not issuer.isascii():
            raise ValueError("no name of an agent")
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise TokenRefused("the assertion is no JWT with an iss") from error
    return AgentId(issuer)


async def _known(unit: Unit, name: AgentId) -> Agent:
    tenant = await unit.directory.of_agent(name)
    agent = None if tenant is None else await unit.agents.get(tenant, name)
    if agent is None:
        raise TokenRefused("no such agent is known", next_step="Enrol it again.")
    return agent


def _revoked() -> AgentRevoked:
    return AgentRevoked("this agent was revoked", next_step="Ask an administrator of your organisation.")
