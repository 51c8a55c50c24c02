"""A hub on a folder, its database there or in a PostgreSQL: real keys, cheap password hashes, a clock set by hand."""

from __future__ import annotations

import datetime as dt
import functools
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import attrs
import httpx
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import LRUCache
from starlette.applications import Starlette

from hub_rig._agent import AgentKey, RemoteAgent
from hub_rig._at_once import cheap_passwords
from tympan_hub.adapters.blobs import BlobAddress, BlobsProbe, ObjectBlobs, blobs_at
from tympan_hub.adapters.converters import found_converters
from tympan_hub.adapters.metrics import Metrics
from tympan_hub.adapters.openid import OpenIdClient
from tympan_hub.adapters.postman import HttpsPostman
from tympan_hub.adapters.rooms import Rooms
from tympan_hub.adapters.sandbox import ProcessSandbox
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, DatabaseProbe, SqlUnits, migrate
from tympan_hub.adapters.sql.scope import Scope
from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.adapters.wakeups import InProcess
from tympan_hub.domain.ids import SERVICE, TenantId
from tympan_hub.domain.mail_addresses import MailPlace
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.http.app import create_app
from tympan_hub.ports.conversion import Found
from tympan_hub.service import Services, services
from tympan_hub.service.sessions import Entered

BIRTH = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)
PASSWORD = "correct horse battery"
MAIL = MailPlace(domain="print.hub.example", server="mx.hub.example")
_STATEMENTS = 4_000  # more than there are: none is forgotten between two tests that use it


@attrs.define
class FixedClock:
    """``Clock`` that stands until it is moved."""

    moment: dt.datetime = BIRTH

    def now(self) -> dt.datetime:
        return self.moment

    def forward(self, **time: float) -> None:
        self.moment += dt.timedelta(**time)


@attrs.define
class Bench:
    """A hub to be tested."""

    services: Services
    units: SqlUnits
    blobs: ObjectBlobs
    secrets: FileSecrets
    clock: FixedClock
    database: Database
    wakeups: InProcess
    app: Starlette
    client: httpx.AsyncClient
    meter: Metrics

    @asynccontextmanager
    async def raw(self, tenant: str = "") -> AsyncIterator[AsyncConnection]:
        """The database itself, in the scope of a tenant where that matters."""
        async with self.database.writer.begin() as connection:
            if self.database.shared:
                await Scope(connection).enter(tenant)
            yield connection

    async def tenant(self, name: str = "Acme") -> TenantId:
        """A new tenant."""
        return (await self.services.tenants.add(CONSOLE, name)).id

    async def person(self, tenant: TenantId, role: Role = Role.ADMINISTRATOR, email: str = "") -> Person:
        """A new person; their address tells role and tenant."""
        address = email or f"{role.value}@{tenant.strip('-')}.example"
        return await self.services.people.add(
            tenant, CONSOLE, email=address, name=role.value, role=role, password=PASSWORD
        )

    async def enter(self, email: str, password: str = PASSWORD, *, source: str = "x", browser: str = "") -> Entered:
        """Signs a person in who needs no second factor."""
        entered = await self.services.passwords.sign_in(email, password, source=source, browser=browser)
        assert isinstance(entered, Entered)
        return entered

    async def owner(self) -> Person:
        """A service owner."""
        return await self.person(SERVICE, Role.OWNER)

    async def agent(self, tenant: TenantId, name: str = "desk-1") -> RemoteAgent:
        """An enrolled agent with an access token."""
        remote = RemoteAgent(client=self.client, clock=self.clock, key=AgentKey.new(), name=name)
        await remote.enrol(await self.services.agents.make_token(tenant, CONSOLE))
        await remote.renew()
        return remote


@attrs.frozen
class New:
    """A hub that is new: made once and then copied, for making one takes longer than most tests."""

    database: bytes
    secrets: dict[str, bytes]

    def lay_out(self, folder: Path, *, with_database: bool) -> None:
        """Puts into a folder what is not there yet."""
        if with_database and not (folder / "hub.db").exists():
            (folder / "hub.db").write_bytes(self.database)
        if not (folder / "secrets").exists():
            (folder / "secrets").mkdir(mode=0o700)
            for name, content in self.secrets.items():
                (folder / "secrets" / name).touch(mode=0o600)
                (folder / "secrets" / name).write_bytes(content)


_made: list[New] = []


async def _new() -> New:
    """Its database by the real migrations, its secrets by the real maker: all hubs of these tests share them."""
    if not _made:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(Path(folder) / "hub.db")
            await migrate(database)
            await database.close()
            FileSecrets(Path(folder) / "secrets")
            secrets = {path.name: path.read_bytes() for path in (Path(folder) / "secrets").iterdir()}
            _made.append(New(database.path.read_bytes(), secrets))
    return _made[0]


def _careless(database: Database) -> None:
    """Nothing of these tests outlives the machine: no commit waits for the disk."""

    def connected(connection: Any, _: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    for engine in (database.writer, database.reader):
        event.listen(engine.sync_engine, "connect", connected)


@functools.cache
def _converters() -> Sequence[Found]:
    """Looked for once: all distributions are read for that, which takes a third of a bench's time."""
    return found_converters()


_compiled: dict[tuple[str, str], tuple[Dialect, Any]] = {}


def _compiling_once(database: Database) -> None:
    """A statement is compiled once for all hubs of these tests, as in a hub that serves.

    An engine compiles what it did not see yet, and each test has new ones: that was a third of most tests' time. What
    is kept belongs to a dialect, which has asked its database for its version when its first connection is there.
    """
    for use, engine in (("write", database.writer.sync_engine), ("read", database.reader.sync_engine)):
        kind = engine.dialect.name, use
        if kind in _compiled:
            engine.dialect, engine._compiled_cache = _compiled[kind]
        else:
            event.listen(engine, "connect", _keeping(kind, engine))


def _keeping(kind: tuple[str, str], engine: Engine) -> Callable[[Any, object], None]:
    def connected(_: Any, __: object) -> None:
        kept = cast("LRUCache[Any, Any]", engine._compiled_cache)
        kept.capacity = _STATEMENTS
        _compiled.setdefault(kind, (engine.dialect, kept))

    return connected


@asynccontextmanager
async def bench(
    folder: Path, clock: FixedClock | None = None, *, database_url: str = "", store: str = ""
) -> AsyncIterator[Bench]:
    """A hub on a folder; the same folder again is the same hub after a restart."""
    clock = clock or FixedClock()
    folder.mkdir(exist_ok=True)
    (await _new()).lay_out(folder, with_database=not database_url)
    database = Database(database_url or folder / "hub.db")
    _compiling_once(database)
    if not database_url:
        _careless(database)
    units, secrets, wakeups = SqlUnits(database), FileSecrets(folder / "secrets"), InProcess()
    meter = Metrics("0")
    blobs = blobs_at(BlobAddress.read(store, folder / "blobs"))
    wired = services(
        units=units,
        blobs=blobs,
        clock=clock,
        secrets=secrets,
        passwords=cheap_passwords(),
        wakeups=wakeups,
        postman=HttpsPostman(to_private=True),
        meter=meter,
        sandbox=ProcessSandbox(Rooms(folder / "conversions")),
        converters=_converters(),
        probes=[DatabaseProbe(database), BlobsProbe(blobs)],
        pools=database.pools,
        openid=OpenIdClient(to_private=True),
        mail_place=MAIL,
        repository=FolderRepository(folder / "updates"),
    )
    app = create_app(wired, public_url="http://hub.example", meter=meter, updates=folder / "updates")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.example") as client:
        yield Bench(
            services=wired,
            units=units,
            blobs=blobs,
            secrets=secrets,
            clock=clock,
            database=database,
            wakeups=wakeups,
            app=app,
            client=client,
            meter=meter,
        )
    await database.close()
