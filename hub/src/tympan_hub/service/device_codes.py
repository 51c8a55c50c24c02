"""Device codes: asked for by machines, approved or denied by people, asked about until somebody did.

- A code that enrols belongs to the service until somebody decides, and then to their tenant. Nobody else ever sees it.
- A short code that is typed wrong is counted, for the person and for where they are: it cannot be guessed.
- A granted code gives the same token to whoever asks again with it, so a lost answer costs nothing.
"""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.domain.agents import EnrolmentToken, Platform, check_agent_name
from tympan_hub.domain.device_codes import (
    Decision,
    DeviceCode,
    Purpose,
    enrolment_token,
    new_user_code,
    typed,
)
from tympan_hub.domain.errors import Conflict, Decided, Full, NotAllowed, NotFound, TooMany
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, hash_of, new_secret
from tympan_hub.domain.limits.agents import AGENTS
from tympan_hub.domain.limits.attempts import CODES_PER_AGENT, CODES_PER_SOURCE, GUESSES_PER_PERSON, GUESSES_PER_SOURCE
from tympan_hub.domain.limits.sign_ins import (
    DEVICE_CODE,
    DEVICE_CODE_INTERVAL_MOST_S,
    DEVICE_CODE_INTERVAL_S,
    DEVICE_CODE_SLOWER_S,
    DEVICE_CODES,
)
from tympan_hub.domain.people import Act, Person
from tympan_hub.domain.policy import USER_ENROLMENT, is_on
from tympan_hub.domain.sign_ins import check_user
from tympan_hub.domain.sources import source_key
from tympan_hub.domain.text import fit
from tympan_hub.ports import Bearer, Clock, Unit, Units
from tympan_hub.service.attempts import count
from tympan_hub.service.audit import record
from tympan_hub.service.known import known_agent
from tympan_wire.hub import DeviceCodeAnswer, DeviceCodeQuestion, DeviceCodeRequest, Grant, SignInCodeRequest

_TRIES = 8
"""Short codes drawn until one is free; two in a row that are taken are rarer than a broken disk."""


@frozen(kw_only=True)
class Made:
    """A new code: the long one is known to nobody but who asked."""

    secret: str
    code: DeviceCode


@frozen(kw_only=True)
class Asked:
    """A code as the person sees it who is to decide.

    Attributes:
        code: What asks.
        agent: Name of the agent, where there is one already.
        may_replace: Whether they may let it take another agent's place.
    """

    code: DeviceCode
    agent: str = ""
    may_replace: bool = False


class DeviceCodeService:
    """Codes that people approve."""

    def __init__(self, units: Units, clock: Clock) -> None:
        self._units = units
        self._clock = clock

    # ------------------------------------------------------------------ machines

    async def begin(self, request: DeviceCodeRequest, *, source: str) -> Made:
        """A code for a machine that wants to enrol; ``source`` is the network address it asks from.

        Raises:
            BadInput: A name or account nobody can have.
            TooMany: Too many codes wait, or too many were asked for from there.
        """
        check_agent_name(fit(request.name))
        if request.user:
            check_user(fit(request.user))
        made = self._made(SERVICE, Purpose.ENROL, source, fit(request.user))
        code = attrs.evolve(
            made.code,
            name=fit(request.name),
            platform=Platform(request.platform.value),
            release=fit(request.release),
        )
        return await self._keep(attrs.evolve(made, code=code), f"codes {source_key(source)}", CODES_PER_SOURCE)

    async def begin_sign_in(self, bearer: Bearer, request: SignInCodeRequest, *, source: str) -> Made:
        """A code by which a person signs in at an agent. Raises as `begin`."""
        check_user(fit(request.user))
        async with self._units.reading() as unit:
            agent = await known_agent(unit, bearer.tenant, bearer.agent)
        made = self._made(bearer.tenant, Purpose.SIGN_IN, source, fit(request.user))
        code = attrs.evolve(made.code, agent=agent.id, name=agent.name, platform=agent.platform, release=agent.release)
        return await self._keep(attrs.evolve(made, code=code), f"codes of {bearer.agent}", CODES_PER_AGENT)

    async def ask(self, question: DeviceCodeQuestion) -> DeviceCodeAnswer:
        """What became of a code that enrols, with the token when it was granted."""
        now = self._clock.now()
        async with self._units.writing() as unit:
            code = await known_code(unit, question.device_code, now)
            if code is None or code.purpose is not Purpose.ENROL:
                return DeviceCodeAnswer(grant=Grant.EXPIRED)
            grant = await polled(unit, code, now)
            if grant is not Grant.GRANTED:
                return DeviceCodeAnswer(grant=grant)
            by = None if code.person is None else await unit.people.get(code.tenant, code.person)
            if by is None or by.disabled_at is not None:
                return DeviceCodeAnswer(grant=Grant.DENIED)
            token = enrolment_token(question.device_code)
            await self._admit(unit, code, by, token, now)
            return DeviceCodeAnswer(grant=grant, token=token)

    async def _admit(self, unit: Unit, code: DeviceCode, by: Person, token: str, now: dt.datetime) -> None:
        if await unit.enrolments.get(code.tenant, hash_of(token)) is not None:
            return
        enrolment = EnrolmentToken(
            hash=hash_of(token),
            tenant=code.tenant,
            name=code.name,
            made_by=by.email,
            maker=by.id,
            made_at=now,
            expires_at=code.expires_at,
            replaces=code.replaces,
        )
        await unit.enrolments.add(code.tenant, enrolment)

    def _made(self, tenant: TenantId, purpose: Purpose, source: str, user: str) -> Made:
        secret, now = new_secret(), self._clock.now()
        code = DeviceCode(
            hash=hash_of(secret),
            tenant=tenant,
            user_code=new_user_code(),
            purpose=purpose,
            user=user,
            name="",
            source=fit(source)[:100],
            asked_at=now,
            expires_at=now + DEVICE_CODE,
            interval_s=DEVICE_CODE_INTERVAL_S,
        )
        return Made(secret=secret, code=code)

    async def _keep(self, made: Made, key: str, most: int) -> Made:
        now = self._clock.now()
        async with self._units.writing() as unit:
            await count(unit, {key: most}, now, "codes were asked for")
            await unit.device_codes.forget(made.code.tenant, now)
            if await unit.device_codes.count(made.code.tenant) >= DEVICE_CODES:
                wait_s = int(DEVICE_CODE.total_seconds())
                raise TooMany("too many codes wait already", next_step="Try again later.", retry_after_s=wait_s)
            for _ in range(_TRIES):
                if await unit.directory.of_user_code(made.code.user_code) is None:
                    break
                made = attrs.evolve(made, code=attrs.evolve(made.code, user_code=new_user_code()))
            await unit.device_codes.add(made.code.tenant, made.code)
        return made

    # ------------------------------------------------------------------ people

    async def asked(self, tenant: TenantId, by: Person, text: str, *, source: str) -> Asked:
        """What asks with the short code somebody typed.

        Raises:
            NotFound: No such code waits for this person.
            NotAllowed: They may not decide about it.
            TooMany: Too many codes of nobody were typed.
        """
        code = await self._waiting(tenant, by, text, source)
        async with self._units.reading() as unit:
            await _require(unit, tenant, by, code)
            agent = None if code.agent is None else await unit.agents.get(tenant, code.agent)
        return Asked(
            code=code,
            agent=agent.name if agent else "",
            may_replace=code.purpose is Purpose.ENROL and by.actor.may(Act.MANAGE_AGENTS, tenant),
        )

    async def approve(
        self,
        tenant: TenantId,
        by: Person,
        text: str,
        *,
        source: str,
        replaces: AgentId | None = None,
        signs_in: bool = False,
    ) -> DeviceCode:
        """Lets a machine in, or signs oneself in at an agent. Raises as `asked`, and ``Conflict``."""
        code = await self._waiting(tenant, by, text, source)
        signs_in = code.purpose is Purpose.SIGN_IN or (signs_in and bool(code.user))
        if replaces is not None:
            by.actor.require(Act.MANAGE_AGENTS, tenant)
        return await self._decide(tenant, by, code, Decision.APPROVED, replaces, signs_in=signs_in)

    async def deny(self, tenant: TenantId, by: Person, text: str, *, source: str) -> DeviceCode:
        """Refuses. Raises as `asked`."""
        code = await self._waiting(tenant, by, text, source)
        return await self._decide(tenant, by, code, Decision.DENIED, None, signs_in=False)

    async def _waiting(self, tenant: TenantId, by: Person, text: str, source: str) -> DeviceCode:
        now, wanted = self._clock.now(), typed(text)
        limits = {f"guesses {by.id}": GUESSES_PER_PERSON, f"guesses from {source_key(source)}": GUESSES_PER_SOURCE}
        async with self._units.writing() as unit:
            code = await _of_user_code(unit, tenant, wanted) if wanted else None
            if code is not None and code.decision is Decision.WAITING and now < code.expires_at:
                await count(unit, limits, now, "codes of nobody were typed", add=False)
                return code
            await count(unit, limits, now, "codes of nobody were typed")
        raise NotFound("no computer waits with this code", next_step="Look at the code again, or ask for a new one.")

    async def _decide(
        self,
        tenant: TenantId,
        by: Person,
        code: DeviceCode,
        decision: Decision,
        replaces: AgentId | None,
        *,
        signs_in: bool,
    ) -> DeviceCode:
        now = self._clock.now()
        async with self._units.writing() as unit:
            waiting = await unit.device_codes.get(code.tenant, code.hash)
            if waiting is None or waiting.decision is not Decision.WAITING:
                raise Decided("somebody decided about this code already")
            await _require(unit, tenant, by, waiting)
            await _check_place(unit, tenant, replaces, enrols=code.purpose is Purpose.ENROL)
            decided = attrs.evolve(
                waiting,
                tenant=tenant,
                decision=decision,
                person=by.id,
                replaces=replaces,
                signs_in=signs_in,
                expires_at=now + DEVICE_CODE,
            )
            await unit.device_codes.remove(waiting.tenant, waiting.hash)
            await unit.device_codes.add(tenant, decided)
            act = f"{code.purpose.value}.{'approve' if decision is Decision.APPROVED else 'deny'}"
            await record(unit, tenant, by.actor, act, code.agent or code.name, _told(decided), at=now)
        return decided


async def known_code(unit: Unit, secret: str, now: dt.datetime) -> DeviceCode | None:
    """The code whose long form this is, unless it has ended."""
    hashed = hash_of(secret)
    tenant = await unit.directory.of_device_code(hashed)
    code = None if tenant is None else await unit.device_codes.get(tenant, hashed)
    return code if code is not None and now < code.expires_at else None


async def polled(unit: Unit, code: DeviceCode, now: dt.datetime) -> Grant:
    """What an agent hears that asks about a code now; who asks too often is told to be slower."""
    if code.decision is Decision.APPROVED:
        return Grant.GRANTED
    if code.decision is Decision.DENIED:
        return Grant.DENIED
    hasty = code.polled_at is not None and (now - code.polled_at).total_seconds() < code.interval_s
    slower = min(code.interval_s + DEVICE_CODE_SLOWER_S, DEVICE_CODE_INTERVAL_MOST_S)
    asked = attrs.evolve(code, polled_at=now, interval_s=slower if hasty else code.interval_s)
    await unit.device_codes.change(code.tenant, asked)
    return Grant.SLOW_DOWN if hasty else Grant.PENDING


async def _of_user_code(unit: Unit, tenant: TenantId, user_code: str) -> DeviceCode | None:
    """The code for a person of a tenant: one of their agents, or of a machine that belongs to nobody yet."""
    own = await unit.device_codes.by_user_code(tenant, user_code)
    return own or await unit.device_codes.by_user_code(SERVICE, user_code)


async def _require(unit: Unit, tenant: TenantId, by: Person, code: DeviceCode) -> None:
    if code.purpose is Purpose.SIGN_IN:
        by.actor.require(Act.SIGN_IN_AT_AGENTS, tenant)
        return
    if by.actor.may(Act.MANAGE_AGENTS, tenant) and tenant != SERVICE:
        return
    by.actor.require(Act.SIGN_IN_AT_AGENTS, tenant)
    if not is_on(await unit.policies.current(SERVICE), await unit.policies.current(tenant), USER_ENROLMENT):
        raise NotAllowed("only administrators join computers to this hub", next_step="Ask one to type the code.")


async def _check_place(unit: Unit, tenant: TenantId, replaces: AgentId | None, *, enrols: bool) -> None:
    if replaces is not None:
        known = await known_agent(unit, tenant, replaces)
        if known.revoked_at is not None:
            raise Conflict(f"{known.name} is revoked already", next_step="Let the computer in as a new one.")
    elif enrols and await unit.agents.count(tenant) >= AGENTS:
        raise Full(f"there are {AGENTS} agents already", next_step="Revoke those that are gone.")


def _told(code: DeviceCode) -> str:
    parts = [code.name, f"asked from {code.source}" if code.source else ""]
    parts += [f"account {code.user}" if code.user else "", f"replaces {code.replaces}" if code.replaces else ""]
    return ", ".join(filter(None, parts))
