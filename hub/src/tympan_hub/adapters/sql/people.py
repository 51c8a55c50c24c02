"""People, their sessions, and failed sign-ins."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tympan_hub.adapters.sql import tables
from tympan_hub.adapters.sql.rows import in_parts
from tympan_hub.domain.errors import Taken
from tympan_hub.domain.ids import GroupId, PersonId, TenantId, TokenHash
from tympan_hub.domain.people import NO_PASSWORD, Person, PersonFilter, Role, Session, sought
from tympan_hub.domain.sessions import OpenSession

_P, _S, _A, _M, _V = tables.people, tables.sessions, tables.attempts, tables.memberships, tables.vouchings
SHOWN = [column for column in _P.c if column.name not in ("password", "sought")]


_OPENED = [
    _S.c.id.label("session"),
    _S.c.begun_at,
    _S.c.seen_at,
    _S.c.expires_at,
    _S.c.source,
    _S.c.browser,
]


def _opened(row: Any) -> OpenSession:
    return OpenSession(
        id=row.session,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        source=row.source,
        browser=row.browser,
    )


def shown_person(row: Any) -> Person:
    """A person from the columns that are shown of one."""
    return Person(
        id=PersonId(row.id),
        tenant=TenantId(row.tenant),
        email=row.email,
        name=row.name,
        login=row.login,
        role=Role(row.role),
        created_at=row.created_at,
        disabled_at=row.disabled_at,
    )


class SqlPeople:
    """``People``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, person: Person, password: str) -> None:
        """As the port says."""
        tables.same_tenant(tenant, person.tenant)
        row = {
            "tenant": tenant,
            "id": person.id,
            "email": person.email,
            "name": person.name,
            "login": person.login,
            "sought": sought(person),
            "role": person.role.value,
            "password": password,
            "created_at": person.created_at,
            "disabled_at": person.disabled_at,
        }
        try:
            await self._connection.execute(insert(_P).values(row))
        except IntegrityError as error:
            cause = f"{person.email} signs in here already"
            raise Taken(cause, next_step="Give another address.") from error

    async def get(self, tenant: TenantId, person: PersonId) -> Person | None:
        """As the port says."""
        found = select(*SHOWN).where(_P.c.tenant == tenant, _P.c.id == person)
        row = (await self._connection.execute(found)).one_or_none()
        return shown_person(row) if row else None

    async def by_email(self, tenant: TenantId, email: str) -> Person | None:
        """As the port says."""
        found = select(*SHOWN).where(_P.c.tenant == tenant, _P.c.email == email)
        row = (await self._connection.execute(found)).one_or_none()
        return shown_person(row) if row else None

    async def by_logins(self, tenant: TenantId, logins: Collection[str]) -> Mapping[str, PersonId]:
        """As the port says."""
        found: dict[str, PersonId] = {}
        for part in in_parts(name for name in logins if name):
            named = select(_P.c.login, func.min(_P.c.id)).where(_P.c.tenant == tenant, _P.c.login.in_(part))
            for login, person in await self._connection.execute(named.group_by(_P.c.login).having(func.count() == 1)):
                found[login] = PersonId(person)
        return found

    async def names(self, tenant: TenantId, people: Collection[PersonId]) -> Mapping[PersonId, str]:
        """As the port says."""
        found: dict[PersonId, str] = {}
        for part in in_parts(people):
            named = select(_P.c.id, _P.c.name).where(_P.c.tenant == tenant, _P.c.id.in_(part))
            found.update({PersonId(row.id): row.name for row in await self._connection.execute(named)})
        return found

    async def all(self, tenant: TenantId) -> tuple[Person, ...]:
        """As the port says."""
        rows = await self._connection.execute(select(*SHOWN).where(_P.c.tenant == tenant).order_by(_P.c.name, _P.c.id))
        return tuple(shown_person(row) for row in rows)

    async def count(self, tenant: TenantId) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_P).where(_P.c.tenant == tenant)
        return (await self._connection.execute(counted)).scalar_one()

    async def find(self, tenant: TenantId, wanted: PersonFilter) -> tuple[Person, ...]:
        """As the port says."""
        found = select(*SHOWN).where(*_conditions(tenant, wanted)).order_by(_P.c.sought, _P.c.id)
        rows = await self._connection.execute(found.offset(wanted.first).limit(wanted.limit))
        return tuple(shown_person(row) for row in rows)

    async def tally(self, tenant: TenantId, wanted: PersonFilter) -> int:
        """As the port says."""
        counted = select(func.count()).select_from(_P).where(*_conditions(tenant, wanted))
        return (await self._connection.execute(counted)).scalar_one()

    async def password(self, tenant: TenantId, person: PersonId) -> str | None:
        """As the port says."""
        found = select(_P.c.password).where(_P.c.tenant == tenant, _P.c.id == person)
        kept: str | None = (await self._connection.execute(found)).scalar_one_or_none()
        return kept

    async def set_password(self, tenant: TenantId, person: PersonId, password: str) -> bool:
        """As the port says."""
        return await self._set(tenant, person, password=password)

    async def change(self, tenant: TenantId, person: Person) -> bool:
        """As the port says."""
        tables.same_tenant(tenant, person.tenant)
        values = {"name": person.name, "login": person.login, "role": person.role.value, "sought": sought(person)}
        return await self._set(tenant, person.id, **values)

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """As the port says."""
        removed = delete(_P).where(_P.c.tenant == tenant, _P.c.id == person)
        return (await self._connection.execute(removed)).rowcount == 1

    async def set_disabled(self, tenant: TenantId, person: PersonId, at: dt.datetime | None) -> bool:
        """As the port says."""
        return await self._set(tenant, person, disabled_at=at)

    async def _set(self, tenant: TenantId, person: PersonId, **values: Any) -> bool:
        changed = update(_P).where(_P.c.tenant == tenant, _P.c.id == person).values(**values)
        return (await self._connection.execute(changed)).rowcount == 1


def _conditions(tenant: TenantId, wanted: PersonFilter) -> list[ColumnElement[bool]]:
    conditions = [_P.c.tenant == tenant, *(_P.c.sought.contains(word, autoescape=True) for word in wanted.words)]
    if wanted.role is not None:
        conditions.append(_P.c.role == wanted.role.value)
    if wanted.disabled is not None:
        conditions.append(_P.c.disabled_at.is_not(None) if wanted.disabled else _P.c.disabled_at.is_(None))
    if wanted.local is not None:
        conditions.append(_P.c.password != NO_PASSWORD if wanted.local else _P.c.password == NO_PASSWORD)
    if wanted.group is not None:
        conditions.append(_in_group(wanted.group))
    if wanted.outside is not None:
        conditions.append(~_in_group(wanted.outside))
    return conditions


def _in_group(group: GroupId) -> ColumnElement[bool]:
    member = (_M.c.tenant == _P.c.tenant) & (_M.c.person == _P.c.id) & (_M.c.group == group)
    return select(_M.c.person).where(member).exists()


class SqlSessions:
    """``Sessions``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, session: TokenHash, person: PersonId, csrf: str, opened: OpenSession) -> None:
        """As the port says."""
        row = {
            "tenant": tenant,
            "hash": session,
            "person": person,
            "csrf": csrf,
            "expires_at": opened.expires_at,
            "id": opened.id,
            "begun_at": opened.begun_at,
            "seen_at": opened.seen_at,
            "source": opened.source,
            "browser": opened.browser,
        }
        await self._connection.execute(insert(_S).values(row))

    async def get(self, tenant: TenantId, session: TokenHash) -> Session | None:
        """As the port says."""
        joined = _S.join(_P, (_S.c.tenant == _P.c.tenant) & (_S.c.person == _P.c.id)).outerjoin(
            _V, (_S.c.tenant == _V.c.tenant) & (_S.c.hash == _V.c.session)
        )
        wanted = select(*SHOWN, _S.c.csrf, *_OPENED, _V.c.due_at).select_from(joined)
        found = wanted.where(_S.c.tenant == tenant, _S.c.hash == session)
        row = (await self._connection.execute(found)).one_or_none()
        if row is None:
            return None
        return Session(person=shown_person(row), csrf=row.csrf, opened=_opened(row), due_at=row.due_at)

    async def of_person(self, tenant: TenantId, person: PersonId) -> tuple[OpenSession, ...]:
        """As the port says."""
        found = select(*_OPENED).where(_S.c.tenant == tenant, _S.c.person == person)
        rows = await self._connection.execute(found.order_by(_S.c.seen_at.desc(), _S.c.begun_at.desc(), _S.c.id))
        return tuple(_opened(row) for row in rows)

    async def saw(self, tenant: TenantId, session: TokenHash, at: dt.datetime) -> None:
        """As the port says."""
        seen = update(_S).where(_S.c.tenant == tenant, _S.c.hash == session).values(seen_at=at)
        await self._connection.execute(seen)

    async def end(self, tenant: TenantId, person: PersonId, session_id: str) -> bool:
        """As the port says."""
        ended = delete(_S).where(_S.c.tenant == tenant, _S.c.person == person, _S.c.id == session_id)
        return (await self._connection.execute(ended)).rowcount > 0

    async def remove(self, tenant: TenantId, session: TokenHash) -> None:
        """As the port says."""
        await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, _S.c.hash == session))

    async def remove_all(self, tenant: TenantId, person: PersonId) -> None:
        """As the port says."""
        await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, _S.c.person == person))

    async def forget(self, tenant: TenantId, before: dt.datetime, unused_since: dt.datetime) -> None:
        """As the port says."""
        over = or_(_S.c.expires_at < before, _S.c.seen_at < unused_since)
        await self._connection.execute(delete(_S).where(_S.c.tenant == tenant, over))


class SqlAttempts:
    """``Attempts``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def times(self, tenant: TenantId, key: str, since: dt.datetime) -> tuple[dt.datetime, ...]:
        """As the port says."""
        found = select(_A.c.at).where(_A.c.tenant == tenant, _A.c.key == key, _A.c.at > since).order_by(_A.c.at)
        return tuple((await self._connection.execute(found)).scalars())

    async def add(self, tenant: TenantId, key: str, at: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(insert(_A).values(tenant=tenant, key=key, at=at))

    async def take_back(self, tenant: TenantId, key: str) -> None:
        """As the port says."""
        last = select(func.max(_A.c.id)).where(_A.c.tenant == tenant, _A.c.key == key).scalar_subquery()
        await self._connection.execute(delete(_A).where(_A.c.tenant == tenant, _A.c.id == last))

    async def clear(self, tenant: TenantId, key: str) -> None:
        """As the port says."""
        await self._connection.execute(delete(_A).where(_A.c.tenant == tenant, _A.c.key == key))

    async def forget(self, tenant: TenantId, before: dt.datetime) -> None:
        """As the port says."""
        await self._connection.execute(delete(_A).where(_A.c.tenant == tenant, _A.c.at < before))
