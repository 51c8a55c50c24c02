"""OpenID providers, people as they know them, and the sessions they vouch for."""

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import put, table_of, value_of
from tympan_hub.domain.arrivals import Identity, Vouched
from tympan_hub.domain.errors import Taken
from tympan_hub.domain.ids import PersonId, ProviderId, TenantId, TokenHash
from tympan_hub.domain.people import Role
from tympan_hub.domain.providers import ClaimNames, Provider, Rule, TenantRule

_P, _D, _I, _V, _S = (
    tables.providers,
    tables.provider_domains,
    tables.identities,
    tables.vouchings,
    tables.departures,
)


class SqlProviders:
    """``Providers``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, provider: Provider, secret: bytes) -> None:
        """As the port says."""
        tables.same_tenant(tenant, provider.tenant)
        own = {
            "tenant": tenant,
            "id": provider.id,
            "secret": secret,
            "for_owners": provider.for_owners,
            "created_at": provider.created_at,
        }
        try:
            await self._connection.execute(insert(_P).values(own | _columns(provider)))
        except IntegrityError as error:
            raise Taken(
                "there is a provider of this issuer already", next_step="Change that one.", field="issuer"
            ) from error
        await self._keep_domains(tenant, provider)

    async def get(self, tenant: TenantId, provider: ProviderId) -> Provider | None:
        """As the port says."""
        found = await self._found(tenant, _P.c.id == provider)
        return found[0] if found else None

    async def all(self, tenant: TenantId) -> tuple[Provider, ...]:
        """As the port says."""
        return await self._found(tenant)

    async def secret(self, tenant: TenantId, provider: ProviderId) -> bytes | None:
        """As the port says."""
        found = select(_P.c.secret).where(_P.c.tenant == tenant, _P.c.id == provider)
        kept: bytes | None = (await self._connection.execute(found)).scalar_one_or_none()
        return kept

    async def change(self, tenant: TenantId, provider: Provider) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, provider.tenant)
        changed = update(_P).where(_P.c.tenant == tenant, _P.c.id == provider.id).values(_columns(provider))
        try:
            if (await self._connection.execute(changed)).rowcount != 1:
                return False
        except IntegrityError as error:
            raise Taken(
                "there is a provider of this issuer already", next_step="Change that one.", field="issuer"
            ) from error
        await self._connection.execute(delete(_D).where(_D.c.tenant == tenant, _D.c.provider == provider.id))
        await self._keep_domains(tenant, provider)
        return True

    async def set_secret(self, tenant: TenantId, provider: ProviderId, secret: bytes) -> bool:
        """As the port says."""
        changed = update(_P).where(_P.c.tenant == tenant, _P.c.id == provider).values(secret=secret)
        return (await self._connection.execute(changed)).rowcount == 1

    async def remove(self, tenant: TenantId, provider: ProviderId) -> bool:
        """As the port says."""
        removed = delete(_P).where(_P.c.tenant == tenant, _P.c.id == provider)
        return (await self._connection.execute(removed)).rowcount == 1

    async def _found(self, tenant: TenantId, *where: ColumnElement[bool]) -> tuple[Provider, ...]:
        rows = await self._connection.execute(select(_P).where(_P.c.tenant == tenant, *where).order_by(_P.c.name))
        domains: dict[str, list[str]] = {}
        for row in await self._connection.execute(select(_D).where(_D.c.tenant == tenant).order_by(_D.c.domain)):
            domains.setdefault(row.provider, []).append(row.domain)
        return tuple(_provider(row, tuple(domains.get(row.id, ()))) for row in rows)

    async def _keep_domains(self, tenant: TenantId, provider: Provider) -> None:
        rows = [{"tenant": tenant, "provider": provider.id, "domain": domain} for domain in provider.domains]
        try:
            if rows:
                await self._connection.execute(insert(_D), rows)
        except IntegrityError as error:
            cause = "one of the e-mail domains belongs to another provider already"
            raise Taken(
                cause, next_step="Leave it out, or ask the service owner whose it is.", field="domains"
            ) from error


def _columns(provider: Provider) -> dict[str, Any]:
    return {
        "name": provider.name,
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "scopes": list(provider.scopes),
        "claims": table_of(provider.claims),
        "rules": [table_of(rule) for rule in provider.rules],
        "homes": [table_of(home) for home in provider.homes],
        "adds_unknown": provider.adds_unknown,
        "links_by_email": provider.links_by_email,
    }


def _provider(row: Any, domains: tuple[str, ...]) -> Provider:
    return Provider(
        id=ProviderId(row.id),
        tenant=TenantId(row.tenant),
        name=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        scopes=tuple(row.scopes),
        claims=value_of(ClaimNames, row.claims),
        rules=tuple(value_of(Rule, rule) for rule in row.rules),
        homes=tuple(value_of(TenantRule, home) for home in row.homes),
        domains=domains,
        adds_unknown=row.adds_unknown,
        links_by_email=row.links_by_email,
        for_owners=row.for_owners,
        created_at=row.created_at,
    )


class SqlIdentities:
    """``Identities``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant: TenantId, issuer: str, subject: str) -> Identity | None:
        """As the port says."""
        found = select(_I).where(_I.c.tenant == tenant, _I.c.issuer == issuer, _I.c.subject == subject)
        row = (await self._connection.execute(found)).one_or_none()
        return _identity(row) if row else None

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[Identity, ...]:
        """As the port says."""
        found = select(_I).where(_I.c.tenant == tenant, _I.c.person == person).order_by(_I.c.issuer, _I.c.subject)
        return tuple(_identity(row) for row in await self._connection.execute(found))

    async def remove(self, tenant: TenantId, issuer: str, subject: str) -> bool:
        """As the port says."""
        removed = delete(_I).where(_I.c.tenant == tenant, _I.c.issuer == issuer, _I.c.subject == subject)
        return (await self._connection.execute(removed)).rowcount == 1

    async def put(self, tenant: TenantId, identity: Identity) -> None:
        """As the port says."""
        tables.same_tenant(tenant, identity.tenant)
        row = {
            "tenant": tenant,
            "issuer": identity.issuer,
            "subject": identity.subject,
            "person": identity.person,
            "own_role": identity.own_role.value,
            "given_role": identity.given_role.value,
            "linked_at": identity.linked_at,
            "seen_at": identity.seen_at,
        }
        await put(self._connection, _I, [row])


def _identity(row: Any) -> Identity:
    return Identity(
        tenant=TenantId(row.tenant),
        issuer=row.issuer,
        subject=row.subject,
        person=PersonId(row.person),
        own_role=Role(row.own_role),
        given_role=Role(row.given_role),
        linked_at=row.linked_at,
        seen_at=row.seen_at,
    )


class SqlVouchings:
    """``Vouchings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, vouched: Vouched) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "session": vouched.session,
            "whose": vouched.whose,
            "provider": vouched.provider,
            "issuer": vouched.issuer,
            "subject": vouched.subject,
            "tokens": vouched.tokens,
            "due_at": vouched.due_at,
            "confirmed_at": vouched.confirmed_at,
        }
        await self._connection.execute(insert(_V).values(row))

    async def get(self, tenant: TenantId, session: TokenHash) -> Vouched | None:
        """As the port says."""
        row = (await self._connection.execute(select(_V).where(*_at(tenant, session)))).one_or_none()
        if row is None:
            return None
        return Vouched(
            session=TokenHash(row.session),
            whose=TenantId(row.whose),
            provider=ProviderId(row.provider),
            issuer=row.issuer,
            subject=row.subject,
            tokens=row.tokens,
            due_at=row.due_at,
            confirmed_at=row.confirmed_at,
        )

    async def take(self, tenant: TenantId, vouched: Vouched, due_at: dt.datetime) -> bool:
        """As the port says."""
        taken = update(_V).where(*_at(tenant, vouched.session), _V.c.due_at == vouched.due_at).values(due_at=due_at)
        return (await self._connection.execute(taken)).rowcount == 1

    async def keep(self, tenant: TenantId, vouched: Vouched) -> bool:
        """As the port says."""
        kept = {"tokens": vouched.tokens, "due_at": vouched.due_at, "confirmed_at": vouched.confirmed_at}
        changed = update(_V).where(*_at(tenant, vouched.session)).values(kept)
        return (await self._connection.execute(changed)).rowcount == 1

    async def end(self, tenant: TenantId, whose: TenantId, provider: ProviderId) -> int:
        """As the port says."""
        return await self._end(tenant, _V.c.whose == whose, _V.c.provider == provider)

    async def end_as(self, tenant: TenantId, issuer: str, subject: str) -> int:
        """As the port says."""
        return await self._end(tenant, _V.c.issuer == issuer, _V.c.subject == subject)

    async def _end(self, tenant: TenantId, *which: ColumnElement[bool]) -> int:
        vouched = select(_V.c.session).where(_V.c.tenant == tenant, *which)
        sessions = tables.sessions
        ended = delete(sessions).where(sessions.c.tenant == tenant, sessions.c.hash.in_(vouched))
        return (await self._connection.execute(ended)).rowcount


def _at(tenant: TenantId, session: TokenHash) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _V.c.tenant == tenant, _V.c.session == session


class SqlDepartures:
    """``Departures``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def spend(self, tenant: TenantId, state: TokenHash, until: dt.datetime) -> bool:
        """As the port says."""
        row = {"tenant": tenant, "state": state, "until": until}
        return await put(self._connection, _S, [row], nothing=True) == 1

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, _S.c.until < before))
