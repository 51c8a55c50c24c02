"""Enrolment: a one-use token and a proof of the key make an agent.

- Token and agent change in one unit of work: there is never a used token without its agent, nor the other way.
- An agent whose answer was lost asks again with the same token and key, and gets the same answer. Nobody else does.
"""

import base64
import binascii
import datetime as dt

import attrs
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509 import load_pem_x509_certificate

from tympan_hub.domain.agents import Agent, EnrolmentToken, Platform, check_agent_name
from tympan_hub.domain.errors import AgentRevoked, BadInput, TokenRefused
from tympan_hub.domain.ids import AgentId, TenantId, hash_of, new_id
from tympan_hub.domain.limits.agents import RENEW_AFTER
from tympan_hub.domain.people import Actor, Role
from tympan_hub.domain.text import fit
from tympan_hub.domain.wakes import EndAgent
from tympan_hub.ports import Bearer, Clock, Secrets, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_agent
from tympan_hub.service.new_readers import NewReaders
from tympan_hub.service.sightings import end_sightings
from tympan_hub.service.views import PART
from tympan_wire.hub import Enrolled, EnrolRequest, PolicyKey, Renewed, RenewRequest

_KEY_BYTES = 4096


class EnrolmentService:
    """Makes agents known."""

    def __init__(self, units: Units, clock: Clock, secrets: Secrets, wakeups: WakeUps, readers: NewReaders) -> None:
        self._readers = readers
        self._units = units
        self._clock = clock
        self._secrets = secrets
        self._wakeups = wakeups

    async def enrol(self, request: EnrolRequest) -> Enrolled:
        """Enrols the agent that asks.

        Raises:
            TokenRefused: No such token, one that was used by another or has ended, or no proof of the key.
            BadInput: A key or name that no agent can have.
        """
        public_key = _proved_key(request)
        check_agent_name(fit(request.name))
        token = hash_of(request.token)
        async with self._units.writing("", PART) as unit:
            tenant = await unit.directory.of_enrolment(token)
            known = None if tenant is None else await unit.enrolments.get(tenant, token)
            if known is None or known.revoked_at is not None or known.expires_at <= self._clock.now():
                raise _refused()
            agent = await self._again(unit, known, public_key) or await self._new(unit, known, request, public_key)
            answer = await self._answer(unit, agent)
        if agent.replaces is not None:
            await self._wakeups.send(agent.tenant, EndAgent(agent=agent.replaces))
        return answer

    async def _again(self, unit: Unit, token: EnrolmentToken, public_key: bytes) -> Agent | None:
        """The agent that this token made, for that agent alone; None while nobody used the token."""
        if token.agent is None:
            return None
        agent = await unit.agents.get(token.tenant, token.agent)
        if agent is None or agent.public_key != public_key:
            raise _refused()
        if agent.revoked_at is not None:
            raise AgentRevoked("this agent was revoked", next_step="Ask an administrator for a new token.")
        return agent

    async def _new(self, unit: Unit, token: EnrolmentToken, request: EnrolRequest, public_key: bytes) -> Agent:
        now, name = self._clock.now(), AgentId(new_id())
        agent = Agent(
            id=name,
            tenant=token.tenant,
            name=fit(request.name),
            replaces=token.replaces,
            platform=Platform(request.platform.value),
            release=fit(request.release),
            public_key=public_key,
            recipient=_bytes(request.recipient, "recipient"),
            certificate=self._secrets.certificate(Bearer(tenant=token.tenant, agent=name), public_key, now),
            enrolled_at=now,
            seen_at=now,
        )
        await self._take_place(unit, token, agent)
        if not await unit.enrolments.use(token.tenant, token.hash, name):
            raise _refused()
        by = Actor(label=f"token {token.hash[:12]}", tenant=token.tenant, role=Role.USER)
        await record(unit, token.tenant, by, "agent.enrol", name, agent.name, at=now)
        return agent

    async def _take_place(self, unit: Unit, token: EnrolmentToken, agent: Agent) -> None:
        """Adds the agent; one that replaces another has its name, and the other is revoked in the same breath."""
        before = None if token.replaces is None else await unit.agents.get(token.tenant, token.replaces)
        if before is None:
            await unit.agents.add(token.tenant, agent)
            return
        await unit.agents.add(token.tenant, attrs.evolve(agent, name=before.name))
        if await unit.agents.revoke(token.tenant, before.id, agent.enrolled_at):
            by = Actor(label=token.made_by, tenant=token.tenant, role=Role.USER)
            await end_sightings(unit, token.tenant, before.id, agent.enrolled_at)
            detail = f"{before.name}, by {agent.id}"
            await record(unit, token.tenant, by, "agent.replace", before.id, detail, at=agent.enrolled_at)

    async def renew(self, bearer: Bearer, request: RenewRequest) -> Renewed:
        """A new certificate for the key an agent has; one that was made just now is given again.

        Raises:
            BadInput: A key for envelopes that no agent can have.
        """
        now, recipient = self._clock.now(), _bytes(request.recipient, "recipient")
        async with self._units.writing() as unit:
            agent = await known_agent(unit, bearer.tenant, bearer.agent)
            made, recipient = agent.certificate, recipient or agent.recipient
            if now - _issued(made) >= RENEW_AFTER:
                made = self._secrets.certificate(bearer, agent.public_key, now)
            if (made, recipient) != (agent.certificate, agent.recipient):
                await unit.agents.certify(bearer.tenant, bearer.agent, made, recipient)
        if recipient != agent.recipient:
            self._readers.keyed(bearer.tenant)
        return Renewed(certificate=made)

    async def _answer(self, unit: Unit, agent: Agent) -> Enrolled:
        return Enrolled(
            agent=agent.id,
            tenant=agent.tenant,
            tenant_name=await _tenant_name(unit, agent.tenant),
            hub=self._secrets.identity,
            certificate=agent.certificate,
            policy_keys=tuple(
                PolicyKey(id=name, public=base64.b64encode(public).decode())
                for name, public in self._secrets.policy_keys().items()
            ),
        )


def _issued(certificate: str) -> dt.datetime:
    return load_pem_x509_certificate(certificate.encode()).not_valid_before_utc


async def _tenant_name(unit: Unit, tenant: TenantId) -> str:
    known = await unit.tenants.get(tenant)
    return known.name if known else ""


def _refused() -> TokenRefused:
    return TokenRefused("this enrolment token is not valid any more", next_step="Ask an administrator for a new one.")


def _proved_key(request: EnrolRequest) -> bytes:
    """The agent's key, once it has signed the token with it."""
    encoded = _bytes(request.public_key, "public_key")
    try:
        key = load_der_public_key(encoded)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput("public_key is no key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadInput("public_key is no P-256 key")
    try:
        said = request.token.encode("utf-8", "surrogatepass")
        key.verify(_bytes(request.proof, "proof"), said, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise TokenRefused("the proof is not made with the agent's key") from error
    return encoded


def _bytes(text: str, field: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{field} is no base64") from error
    if len(decoded) > _KEY_BYTES:
        raise BadInput(f"{field} is longer than {_KEY_BYTES} bytes")
    return decoded
