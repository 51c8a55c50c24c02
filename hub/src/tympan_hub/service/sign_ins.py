"""People signed in at agents: begun by a code they approved, lengthened by tokens that rotate, ended by anybody's word.

- The agent makes the tokens and keeps each before it is sent, so that a lost answer is no lost sign-in.
- Using an old token again, other than in the same request, is theft: the sign-in ends, and the audit log says so.
- Who is locked out is not told to agents any more; their sign-ins stay, and hold again when they are let in.
"""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.domain.device_codes import DeviceCode, Purpose, enrolment_token
from tympan_hub.domain.errors import Full, NotFound, TokenRefused
from tympan_hub.domain.ids import AgentId, PersonId, SignInId, TenantId, hash_of
from tympan_hub.domain.limits.sign_ins import SIGN_IN, SIGN_INS_PER_AGENT
from tympan_hub.domain.people import Act, Actor, Person, Role
from tympan_hub.domain.sign_ins import Present, SignIn, token_hash
from tympan_hub.domain.wakes import LookAgain
from tympan_hub.ports import Bearer, Clock, Unit, Units, WakeUps
from tympan_hub.service.audit import record
from tympan_hub.service.desired import signed_in
from tympan_hub.service.device_codes import known_code, polled
from tympan_hub.service.shared_printers import welcome_person
from tympan_wire.hub import Grant, RefreshRequest, SignInAnswer, SignInQuestion, SignOutRequest


@frozen(kw_only=True)
class AgentSignIn:
    """A sign-in and the name of its agent."""

    sign_in: SignIn
    agent: str


class SignInService:
    """Sign-ins at agents."""

    def __init__(self, units: Units, clock: Clock, wakeups: WakeUps) -> None:
        self._units = units
        self._clock = clock
        self._wakeups = wakeups

    # ------------------------------------------------------------------ agents

    async def ask(self, bearer: Bearer, question: SignInQuestion) -> SignInAnswer:
        """What became of a code; when it was granted, the person is signed in with the token that came with it.

        Raises:
            BadInput: What came is no token.
            Conflict: Too many are signed in at this agent.
        """
        token_hash(question.refresh_token)
        now = self._clock.now()
        async with self._units.writing() as unit:
            code = await known_code(unit, question.device_code, now)
            if code is None or not await _is_of(unit, bearer, code, question.device_code):
                return SignInAnswer(grant=Grant.EXPIRED)
            grant = await polled(unit, code, now)
            if grant is not Grant.GRANTED or code.person is None:
                return SignInAnswer(grant=grant)
            if not code.signs_in:
                return SignInAnswer(grant=Grant.DENIED)
            made = await self._begin(unit, bearer, code, question.refresh_token)
            given = await welcome_person(unit, bearer.tenant, bearer.agent, made.person) if made else ()
            for printer in given:
                await record(unit, bearer.tenant, _agent(bearer), "printer.give", printer.id, code.user, at=now)
            answer = SignInAnswer(grant=Grant.EXPIRED) if made is None else await _granted(unit, made)
        await self._wakeups.send(bearer.tenant, LookAgain() if given else LookAgain(agent=bearer.agent))
        return answer

    async def refresh(self, bearer: Bearer, request: RefreshRequest) -> SignInAnswer:
        """Lengthens a sign-in, and replaces its token.

        Raises:
            TokenRefused: It has ended; or the token was used before, and so it ends now.
        """
        now, used, following = self._clock.now(), token_hash(request.refresh_token), token_hash(request.next)
        async with self._units.writing() as unit:
            known = await unit.sign_ins.get(bearer.tenant, SignInId(request.sign_in))
            if known is None or known.agent != bearer.agent or not known.lasts(now):
                raise _ended()
            if (known.previous, known.token) == (used, following):
                return await _granted(unit, known)
            stolen = known.token != used or following == used
            if stolen:
                await unit.sign_ins.end(bearer.tenant, known.id, now)
                await record(unit, bearer.tenant, _agent(bearer), "sign-in.reuse", known.id, _told(known), at=now)
            else:
                person = await unit.people.get(bearer.tenant, known.person)
                locked_out = person is None or person.disabled_at is not None
                until = known.expires_at if locked_out else now + SIGN_IN
                renewed = attrs.evolve(known, token=following, previous=used, renewed_at=now, expires_at=until)
                await unit.sign_ins.renew(bearer.tenant, renewed)
                return await _granted(unit, renewed)
        await self._wakeups.send(bearer.tenant, LookAgain(agent=bearer.agent))
        raise _ended()

    async def sign_out(self, bearer: Bearer, request: SignOutRequest) -> None:
        """Ends the sign-in of an account."""
        now = self._clock.now()
        async with self._units.writing() as unit:
            for known in await unit.sign_ins.of_users(bearer.tenant, bearer.agent, [request.user]):
                if await unit.sign_ins.end(bearer.tenant, known.id, now):
                    await record(unit, bearer.tenant, _agent(bearer), "sign-in.end", known.id, _told(known), at=now)
        await self._wakeups.send(bearer.tenant, LookAgain(agent=bearer.agent))

    async def _begin(self, unit: Unit, bearer: Bearer, code: DeviceCode, token: str) -> SignIn | None:
        """The sign-in of a granted code: made once, found again by the same token, and by no other."""
        made = self._made(bearer, code, token)
        there = await unit.sign_ins.get(bearer.tenant, made.id)
        if there is not None:
            return there if there.token == made.token and there.lasts(made.began_at) else None
        others = await unit.sign_ins.present(bearer.tenant, bearer.agent, made.began_at)
        if len(others) >= SIGN_INS_PER_AGENT:
            raise Full(f"{SIGN_INS_PER_AGENT} accounts are signed in at this agent already")
        for before in await unit.sign_ins.of_users(bearer.tenant, bearer.agent, [made.user]):
            await unit.sign_ins.end(bearer.tenant, before.id, made.began_at)
        await unit.sign_ins.add(bearer.tenant, made)
        await record(unit, bearer.tenant, _agent(bearer), "sign-in.begin", made.id, _told(made), at=made.began_at)
        return made

    def _made(self, bearer: Bearer, code: DeviceCode, token: str) -> SignIn:
        if code.person is None:
            raise ValueError("a granted code names who granted it")
        now = self._clock.now()
        return SignIn(
            id=SignInId(hash_of(f"sign-in {code.hash}")[:32]),
            tenant=bearer.tenant,
            agent=bearer.agent,
            user=code.user,
            person=code.person,
            token=token_hash(token),
            began_at=now,
            renewed_at=now,
            expires_at=now + SIGN_IN,
        )

    # ------------------------------------------------------------------ people

    async def at_agent(self, tenant: TenantId, by: Actor, agent: AgentId) -> tuple[Present, ...]:
        """Who is signed in at an agent, by account."""
        by.require(Act.SEE_AGENTS, tenant)
        async with self._units.reading() as unit:
            return await unit.sign_ins.present(tenant, agent, self._clock.now())

    async def mine(self, tenant: TenantId, by: Person) -> tuple[AgentSignIn, ...]:
        """Where one is signed in oneself, the latest first."""
        async with self._units.reading() as unit:
            found = []
            for one in await unit.sign_ins.of_person(tenant, by.id, self._clock.now()):
                agent = await unit.agents.get(tenant, one.agent)
                if agent is not None and agent.revoked_at is None:
                    found.append(AgentSignIn(sign_in=one, agent=agent.name))
        return tuple(found)

    async def end(self, tenant: TenantId, by: Person, sign_in: SignInId) -> None:
        """Ends one's own sign-in, or for who manages agents anybody's; raises ``NotFound``."""
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await unit.sign_ins.get(tenant, sign_in)
            if known is None or not (known.person == by.id or by.actor.may(Act.MANAGE_AGENTS, tenant)):
                raise NotFound("there is no such sign-in")
            if await unit.sign_ins.end(tenant, sign_in, now):
                await record(unit, tenant, by.actor, "sign-in.end", sign_in, _told(known), at=now)
        await self._wakeups.send(tenant, LookAgain(agent=known.agent))


async def _is_of(unit: Unit, bearer: Bearer, code: DeviceCode, secret: str) -> bool:
    """Whether a code is this agent's: asked for by it, or the one it was enrolled by."""
    if code.tenant != bearer.tenant:
        return False
    if code.purpose is Purpose.SIGN_IN:
        return code.agent == bearer.agent
    used = await unit.enrolments.get(bearer.tenant, hash_of(enrolment_token(secret)))
    return used is not None and used.agent == bearer.agent


async def _granted(unit: Unit, sign_in: SignIn) -> SignInAnswer:
    person = await unit.people.get(sign_in.tenant, sign_in.person)
    who = signed_in(Present(sign_in=sign_in, name=person.name if person else ""))
    return SignInAnswer(grant=Grant.GRANTED, sign_in=sign_in.id, who=who, expires_at=sign_in.expires_at)


async def end_sign_ins(unit: Unit, tenant: TenantId, person: PersonId, at: dt.datetime) -> None:
    """Ends every sign-in of a person: whoever had their password may be behind one."""
    for one in await unit.sign_ins.of_person(tenant, person, at):
        await unit.sign_ins.end(tenant, one.id, at)


def _agent(bearer: Bearer) -> Actor:
    return Actor(label=f"agent {bearer.agent}", tenant=bearer.tenant, role=Role.USER)


def _told(sign_in: SignIn) -> str:
    return f"account {sign_in.user}, person {sign_in.person}"


def _ended() -> TokenRefused:
    return TokenRefused("this sign-in has ended", next_step="Sign in again: tympan login")
