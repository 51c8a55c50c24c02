"""This agent's membership of a hub: joins, leaves, and remembers over restarts.

- Keys are in the vault before the hub hears of them, and are the same when a token is sent again.
- The enrolment is durable before anybody sees it.
"""

from __future__ import annotations

import base64

import attrs
import trio

from tympan.plugin import Host, Member
from tympan_transport_https._agent_key import AgentKey
from tympan_transport_https._calls import HubCalls
from tympan_transport_https._computer import this_computer
from tympan_transport_https._errors import AlreadyEnrolled, HubAway, HubGarbled, HubRefused, NotEnrolled
from tympan_transport_https._key_memory import KeyMemory
from tympan_transport_https._limits import TOKEN_CHARS
from tympan_transport_https._model import Enrolment, told_of
from tympan_transport_https._rules import checked_address, understood
from tympan_transport_https._tokens import Tokens
from tympan_wire.hub import Enrolled, EnrolRequest, Operation, encode
from tympan_wire.sealed import Recipient

_STATE = "enrolment"
_KEY = "agent"
_RECIPIENT = "recipient"


@attrs.frozen(kw_only=True, eq=False)
class Standing:
    """A membership while it lasts: where, and with what token."""

    enrolment: Enrolment
    calls: HubCalls
    tokens: Tokens
    key: AgentKey


class HubMembership:
    """``Membership`` of the hub. Owns: its connections, from ``open`` to ``close``."""

    def __init__(self) -> None:
        self._host: Host | None = None
        self._calls: HubCalls | None = None
        self._standing: Standing | None = None
        self._member: Member | None = None
        self._recipient: Recipient | None = None
        self._changed = trio.Event()
        self._keys_trouble = ""
        self._joining = trio.Lock()

    async def open(self, host: Host) -> None:
        """Takes up what an earlier run kept."""
        self._host, self._calls = host, HubCalls()
        self._recipient = await _recipient(host)
        kept = await host.state.get(_STATE)
        if kept is None:
            self._member = None
        else:
            self._stand(Enrolment.read(kept), AgentKey.load(await host.keys.load(_KEY) or b""))
        self._say()

    async def close(self) -> None:
        """Ends the connections; whose agent this is stays known: a plugin that stops has not left its hub."""
        calls, self._calls, self._host, self._standing = self._calls, None, None, None
        if calls is not None:
            await calls.aclose()

    @property
    def member(self) -> Member | None:
        """What the hub calls this agent."""
        return self._member

    @property
    def recipient(self) -> Recipient:
        """The key for envelopes; raises ``NotEnrolled`` while the plugin does not run."""
        if self._recipient is None:
            raise NotEnrolled
        return self._recipient

    @property
    def standing(self) -> Standing:
        """The membership as it is used; raises ``NotEnrolled``."""
        if self._standing is None:
            raise NotEnrolled
        return self._standing

    def holds(self, standing: Standing) -> bool:
        """Whether a membership is still the one there is."""
        return self._standing is standing

    async def join(self, address: str, token: str) -> Member:
        """Enrols with a one-use token."""
        async with self._joining:
            host, calls = self._opened()
            if self._member is not None:
                raise AlreadyEnrolled(self._member.address)
            address = checked_address(address)
            if not token or len(token) > TOKEN_CHARS:
                raise HubRefused("a token has 1 to 500 characters")
            key = await self._key(host)
            enrolment = await _enrolled(calls, address, encode(_request(key, self.recipient, token)))
            enrolment = attrs.evolve(enrolment, told=told_of(self.recipient))
            await host.state.put(_STATE, enrolment.kept())
            self._stand(enrolment, key)
            self._tell()
            return enrolment.member()

    async def leave(self) -> None:
        """Forgets the hub, and the keys it knew."""
        async with self._joining:
            host, _ = self._opened()
            if self._member is None:
                return
            await host.state.delete(_STATE)
            await KeyMemory(host.state).forget()
            await host.keys.save(_KEY, AgentKey.make().der())  # the old ones are of no use to anybody
            self._recipient = await _new_recipient(host)
            self._standing = self._member = None
            self._tell()

    async def certified(self, standing: Standing, certificate: str, told: str) -> None:
        """Keeps a new certificate and which key for envelopes the hub knows, unless this agent has left meanwhile."""
        async with self._joining:
            host, _ = self._opened()
            if not self.holds(standing):
                return
            said = attrs.evolve(standing.enrolment.enrolled, certificate=certificate)
            renewed = attrs.evolve(standing.enrolment, enrolled=said, told=told)
            await host.state.put(_STATE, renewed.kept())
            self._standing = attrs.evolve(standing, enrolment=renewed)
            self._tell()

    @property
    def calls(self) -> HubCalls:
        """Requests to any hub, while the plugin runs."""
        return self._opened()[1]

    async def wait_changed(self) -> None:
        """Returns when ``member`` is another."""
        await self._changed.wait()

    def trouble(self, sentence: str) -> None:
        """Says why the hub does not take this agent at present; "" when it does."""
        if self._member is not None and self._member.trouble != sentence:
            self._member = attrs.evolve(self._member, trouble=sentence)
            self._tell()

    def keys_trouble(self, sentence: str) -> None:
        """Says why the hub's key book is not followed; "" when it is."""
        if self._keys_trouble != sentence:
            self._keys_trouble = sentence
            self._say()

    def _opened(self) -> tuple[Host, HubCalls]:
        if self._host is None or self._calls is None:
            raise NotEnrolled  # the kernel hands the port out only while the plugin runs
        return self._host, self._calls

    async def _key(self, host: Host) -> AgentKey:
        kept = await host.keys.load(_KEY)
        if kept is not None:
            return AgentKey.load(kept)
        made = AgentKey.make()
        await host.keys.save(_KEY, made.der())
        return made

    def _stand(self, enrolment: Enrolment, key: AgentKey) -> None:
        _, calls = self._opened()
        self._member = enrolment.member()
        self._standing = Standing(enrolment=enrolment, calls=calls, tokens=Tokens(calls, enrolment, key), key=key)

    def _tell(self) -> None:
        self._say()
        self._changed.set()
        self._changed = trio.Event()

    def _say(self) -> None:
        host, member = self._host, self._member
        if host is None:
            return
        if member is None:
            host.note("not enrolled: it waits for 'tympan hub enrol'")
        else:
            well = f"enrolled at {member.address} for {member.tenant_name or member.tenant}"
            host.note(" ".join(filter(None, (self._keys_trouble, member.trouble))) or well)


async def _enrolled(calls: HubCalls, address: str, request: bytes) -> Enrolment:
    try:
        return _enrolment(address, await calls.post(address, Operation.ENROL, request))
    except HubAway as error:  # a person waits: nothing is tried again by itself
        error.next_step = "Enrol again when it can be reached; the same token may be given."
        raise


async def _recipient(host: Host) -> Recipient:
    kept = await host.keys.load(_RECIPIENT)
    return await _new_recipient(host) if kept is None else Recipient.from_private(kept)


async def _new_recipient(host: Host) -> Recipient:
    made = Recipient.generate()
    await host.keys.save(_RECIPIENT, made.private)
    return made


def _request(key: AgentKey, recipient: Recipient, token: str) -> EnrolRequest:
    here = this_computer()
    return EnrolRequest(
        token=token,
        public_key=key.public(),
        proof=key.proof(token),
        recipient=base64.b64encode(recipient.public).decode(),
        recipient_proof=key.recipient_proof(recipient.public),
        name=here.name,
        platform=here.platform,
        release=here.release,
    )


def _enrolment(address: str, answer: bytes) -> Enrolment:
    found = Enrolment(address=address, enrolled=understood(Enrolled, answer))
    try:
        keys = found.member().policy_keys
    except ValueError as error:
        raise HubGarbled(str(error)) from error
    if not found.enrolled.agent or not keys or any(len(key) != 32 for key in keys):
        raise HubGarbled("an enrolment without a name or without keys for policy")
    return found
