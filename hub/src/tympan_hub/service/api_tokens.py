"""Tokens of the API: made by people, shown once, and what a program may do that shows one.

- A token acts while it has not ended, its maker may sign in, and it has asked less often than the limit.
- The limit is counted in this process: it keeps a hub alive, it bills nobody.
"""

import datetime as dt
from collections import deque

import attrs

from tympan_hub.domain.api_tokens import (
    SHOWN_CHARS,
    ApiToken,
    Caller,
    check_api_token,
    new_api_token,
    role_today,
)
from tympan_hub.domain.errors import Full, NeedsPassword, NotAllowed, NotFound, NotSignedIn, SoAlready, TooMany
from tympan_hub.domain.ids import SERVICE, ApiTokenId, TenantId, TokenHash, hash_of, new_id
from tympan_hub.domain.limits.requests import API_REQUESTS, API_TOKEN_USED, API_TOKENS
from tympan_hub.domain.people import Act, Actor, Person, Role
from tympan_hub.ports import Clock, Unit, Units
from tympan_hub.service.audit import record
from tympan_hub.service.standing import require_still

_WINDOW = dt.timedelta(minutes=1)
_REMEMBERED = 10_000


class ApiTokenService:
    """Tokens of a tenant, or with the tenant ``SERVICE`` those of service owners."""

    def __init__(self, units: Units, clock: Clock, *, requests: int = API_REQUESTS) -> None:
        self._units = units
        self._clock = clock
        self._requests = requests
        self._asked: dict[ApiTokenId, deque[dt.datetime]] = {}

    async def list(self, tenant: TenantId, by: Actor) -> tuple[ApiToken, ...]:
        """One's own tokens, the newest first; who manages people sees everybody's."""
        by.require(Act.USE_API, tenant)
        async with self._units.reading() as unit:
            tokens = await unit.api_tokens.all(tenant)
        return tuple(token for token in tokens if _may_touch(by, token))

    async def make(
        self,
        tenant: TenantId,
        by: Actor,
        *,
        name: str,
        role: Role,
        validity: dt.timedelta,
        makes_administrators: bool = False,
    ) -> tuple[str, ApiToken]:
        """Makes a token; the first of the answer is shown this once and never again."""
        by.require(Act.USE_API, tenant)
        if by.person is None or by.tenant != tenant:
            raise NotAllowed("a token is made by a person, where they belong", next_step="Sign in to the portal.")
        if by.vouched and tenant == SERVICE:  # it would outlive the provider's word
            cause = "a token of a service owner is made by one who signed in with a password"
            raise NeedsPassword(cause, next_step="Sign out, and sign in with your password here.")
        check_api_token(name, role, by.role, validity)
        now, secret = self._clock.now(), new_api_token()
        token = ApiToken(
            id=ApiTokenId(new_id()),
            tenant=tenant,
            hash=hash_of(secret),
            prefix=secret[:SHOWN_CHARS],
            name=name,
            role=role,
            person=by.person,
            made_at=now,
            expires_at=now + validity,
            makes_administrators=makes_administrators,
        )
        async with self._units.writing() as unit:
            await require_still(unit, tenant, by, Act.USE_API)
            if await unit.api_tokens.count(tenant) >= API_TOKENS:
                raise Full(f"there are {API_TOKENS} tokens already", next_step="Revoke those not needed.")
            await unit.api_tokens.add(tenant, token)
            await record(unit, tenant, by, "token.make", token.prefix, f"{name}, {role.value}", at=now)
        return secret, token

    async def revoke(self, tenant: TenantId, by: Actor, token: ApiTokenId) -> None:
        """Ends a token at once; another's is touched only by who may make, and unmake, such people."""
        by.require(Act.USE_API, tenant)
        now = self._clock.now()
        async with self._units.writing() as unit:
            known = await unit.api_tokens.get(tenant, token)
            if known is None or not _may_touch(by, known):
                raise NotFound("there is no such token")
            if known.person != by.person:
                by.require_making(await _maker_s_role(unit, known))
            if not await unit.api_tokens.revoke(tenant, token, now):
                raise SoAlready(f"{known.name} is revoked already")
            await record(unit, tenant, by, "token.revoke", known.prefix, known.name, at=now)

    async def caller(self, secret: str) -> Caller:
        """Who shows this token.

        Raises:
            NotSignedIn: No such token, it has ended, or its maker is locked out.
            TooMany: It asks too often.
        """
        now = self._clock.now()
        async with self._units.reading() as unit:
            caller = await _caller(unit, hash_of(secret), now)
        self._pace(caller.token.id, now)
        if caller.token.used_at is None or now - caller.token.used_at >= API_TOKEN_USED:
            async with self._units.writing() as unit:
                await unit.api_tokens.used(caller.token.tenant, caller.token.id, now)
        return caller

    def _pace(self, token: ApiTokenId, now: dt.datetime) -> None:
        if len(self._asked) > _REMEMBERED:
            self._asked.clear()
        times = self._asked.setdefault(token, deque(maxlen=self._requests))
        if len(times) == self._requests and now - times[0] < _WINDOW:
            wait_s = int((times[0] + _WINDOW - now).total_seconds()) + 1
            raise TooMany(
                f"a token may ask {self._requests} times a minute",
                next_step=f"Ask again in {wait_s} seconds.",
                retry_after_s=wait_s,
            )
        times.append(now)


async def _caller(unit: Unit, hashed: TokenHash, now: dt.datetime) -> Caller:
    tenant = await unit.directory.of_api_token(hashed)
    token = None if tenant is None else await unit.api_tokens.by_hash(tenant, hashed)
    maker = None if token is None else await unit.people.get(token.tenant, token.person)
    if token is None or maker is None or not token.works(now) or maker.disabled_at is not None:
        raise NotSignedIn("this token is not valid any more", next_step="Make a new one in the portal.")
    return Caller(token=token, person=_through(maker, token))


async def _maker_s_role(unit: Unit, token: ApiToken) -> Role:
    maker = await unit.people.get(token.tenant, token.person)
    return token.role if maker is None else maker.role


def _through(maker: Person, token: ApiToken) -> Person:
    return attrs.evolve(maker, role=role_today(token, maker))


def _may_touch(by: Actor, token: ApiToken) -> bool:
    return token.person == by.person or by.may(Act.MANAGE_PEOPLE, token.tenant)
