"""Enrolment: a token and a proof of the key make an agent.

- Token and agent change in one unit of work: there is never a used token without its agent, nor the other way.
- The key book says of every key in the same unit of work: nobody has one that does not stand there.
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
from tympan_hub.domain.key_book import KeyEntry, KeyEvent
from tympan_hub.domain.limits.agents import RENEW_AFTER
from tympan_hub.domain.people import Actor, Role
from tympan_hub.domain.text import fit
from tympan_hub.domain.wakes import EndAgent, LookAtKeys
from tympan_hub.ports import Bearer, Clock, Secrets, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.key_entries import add_entry, add_revoked
from tympan_hub.service.known import known_agent
from tympan_hub.service.new_readers import NewReaders
from tympan_hub.service.sightings import end_sightings
from tympan_hub.service.tunnel_ends import shut_out
from tympan_hub.service.views import PART
from tympan_wire.hub import Enrolled, EnrolRequest, PolicyKey, Renewed, RenewRequest
from tympan_wire.key_proofs import proves

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
            TokenRefused: No such token, one that was used by another or has ended, or no proof of a key.
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
            if known.is_for_many:
                known = await self._own(unit, known, request.token, public_key)
            agent = await self._again(unit, known, public_key) or await self._new(unit, known, request, public_key)
            answer = await self._answer(unit, agent)
        if agent.replaces is not None:
            await self._wakeups.send(agent.tenant, EndAgent(agent=agent.replaces))
            await self._wakeups.send(agent.tenant, LookAtKeys())
        return answer

    async def _own(self, unit: Unit, many: EnrolmentToken, secret: str, public_key: bytes) -> EnrolmentToken:
        """The row of one computer that comes with a token for many; made when it comes first."""
        own = hash_of(f"{secret} {base64.b64encode(public_key).decode()}")
        known = await unit.enrolments.get(many.tenant, own)
        if known is not None:
            return known
        if not await unit.enrolments.join(many.tenant, many.hash):
            raise _refused()
        made = attrs.evolve(many, hash=own, computers=1, joined=0)
        await unit.enrolments.add(many.tenant, made)
        return made

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
        recipient = _bytes(request.recipient, "recipient")
        proof = _proof(public_key, recipient, request.recipient_proof)
        agent = Agent(
            id=name,
            tenant=token.tenant,
            name=fit(request.name),
            replaces=token.replaces,
            platform=Platform(request.platform.value),
            release=fit(request.release),
            public_key=public_key,
            recipient=recipient,
            certificate=self._secrets.certificate(Bearer(tenant=token.tenant, agent=name), public_key, now),
            enrolled_at=now,
            seen_at=now,
        )
        await self._take_place(unit, token, agent, proof)
        if not await unit.enrolments.use(token.tenant, token.hash, name):
            raise _refused()
        by = Actor(label=f"token {token.hash[:12]}", tenant=token.tenant, role=Role.USER)
        await record(unit, token.tenant, by, "agent.enrol", name, agent.name, at=now)
        return agent

    async def _take_place(self, unit: Unit, token: EnrolmentToken, agent: Agent, proof: bytes) -> None:
        """Adds the agent; one that replaces another has its name, and the other is revoked in the same breath."""
        before = None if token.replaces is None else await unit.agents.get(token.tenant, token.replaces)
        joined = agent if before is None else attrs.evolve(agent, name=before.name)
        await unit.agents.add(token.tenant, joined)
        await add_entry(
            unit, token.tenant, KeyEvent.JOINED, joined, proof=proof, by=token.made_by, at=agent.enrolled_at
        )
        if before is None:
            return
        if await unit.agents.revoke(token.tenant, before.id, agent.enrolled_at):
            by = Actor(label=token.made_by, tenant=token.tenant, role=Role.USER)
            await end_sightings(unit, token.tenant, before.id, agent.enrolled_at)
            await add_revoked(unit, token.tenant, before, by=token.made_by, at=agent.enrolled_at)
            await shut_out(unit, token.tenant, before.id, agent.enrolled_at)
            detail = f"{before.name}, by {agent.id}"
            await record(unit, token.tenant, by, "agent.replace", before.id, detail, at=agent.enrolled_at)

    async def renew(self, bearer: Bearer, request: RenewRequest) -> Renewed:
        """A new certificate for the key an agent has; one that was made just now is given again.

        Another key for envelopes is written down, and believed by nobody before an administrator confirmed it.

        Raises:
            BadInput: A key for envelopes that no agent can have.
            TokenRefused: It is signed, and not with the agent's key.
        """
        now, recipient = self._clock.now(), _bytes(request.recipient, "recipient")
        event = None
        async with self._units.writing() as unit:
            agent = await known_agent(unit, bearer.tenant, bearer.agent)
            made, recipient = agent.certificate, recipient or agent.recipient
            if now - _issued(made) >= RENEW_AFTER:
                made = self._secrets.certificate(bearer, agent.public_key, now)
            if (made, recipient) != (agent.certificate, agent.recipient):
                await unit.agents.certify(bearer.tenant, bearer.agent, made, recipient)
            if request.recipient:
                proof = _proof(agent.public_key, recipient, request.recipient_proof)
                event = await self._keyed(unit, attrs.evolve(agent, recipient=recipient), proof, now)
        await self._tell_of(bearer, event)
        return Renewed(certificate=made)

    async def _keyed(self, unit: Unit, agent: Agent, proof: bytes, now: dt.datetime) -> KeyEvent | None:
        """Writes down what an agent says of its key for envelopes, where that is new."""
        event = _event(await unit.key_book.of_agent(agent.tenant, agent.id), agent.recipient, proof)
        if event is None:
            return None
        by = Actor(label=f"agent {agent.id}", tenant=agent.tenant, role=Role.USER)
        await add_entry(unit, agent.tenant, event, agent, proof=proof, by=agent.name, at=now)
        if event is KeyEvent.CHANGED:
            await unit.agents.trust(agent.tenant, agent.id, False)
            await record(unit, agent.tenant, by, "agent.change-key", agent.id, agent.name, at=now)
        return event

    async def _tell_of(self, bearer: Bearer, event: KeyEvent | None) -> None:
        if event is KeyEvent.PROVED:
            self._readers.keyed(bearer.tenant)
        if event is KeyEvent.CHANGED:
            await self._wakeups.send(bearer.tenant, LookAtKeys())

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


def _event(known: KeyEntry | None, recipient: bytes, proof: bytes) -> KeyEvent | None:
    """What the book shall say of a key for envelopes that an agent tells of; None where it says so already.

    A key that waits is not believed for its proof: whoever has the agent's own key could have made both.
    """
    if known is not None and known.recipient == recipient:
        if known.proof or not proof:
            return None
        return KeyEvent.CHANGED if known.event is KeyEvent.CHANGED else KeyEvent.PROVED
    first = known is None or not known.recipient
    return KeyEvent.PROVED if first and proof else KeyEvent.CHANGED


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


def _proof(public_key: bytes, recipient: bytes, text: str) -> bytes:
    """The proof of a key for envelopes; b"" from an agent that gives none."""
    proof = _bytes(text, "recipient_proof")
    if proof and not proves(public_key, recipient, proof):
        raise TokenRefused("the proof of the key for envelopes is not made with the agent's key")
    return proof


def _bytes(text: str, field: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(f"{field} is no base64") from error
    if len(decoded) > _KEY_BYTES:
        raise BadInput(f"{field} is longer than {_KEY_BYTES} bytes")
    return decoded
