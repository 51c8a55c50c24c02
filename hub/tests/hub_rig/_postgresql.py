"""A PostgreSQL of one's own: Debian's, on a socket in a temporary folder, its durability off; gone with the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import asyncpg
import attrs
import psutil
import pytest

from tympan_hub.adapters.sql import Database, migrate
from tympan_hub.adapters.sql.tables import metadata

_USER = "postgres"
_ROLE = "tympan"
_TEMPLATE = "tympan_empty"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "max_wal_senders": "0",
    "wal_level": "minimal",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
_WAIT_S = 60
_TABLES = [table.name for table in reversed(metadata.sorted_tables) if table.name != "tenants"]
_EMPTY = f"""DO $$ DECLARE name text; BEGIN
    FOREACH name IN ARRAY ARRAY{_TABLES} LOOP
        IF pg_relation_size(quote_ident(name)::regclass) > 0 THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
    DELETE FROM tenants WHERE id <> '-service';
END $$"""
"""Asks only those tables anything that ever held something: a test uses a few of them."""


@attrs.define(kw_only=True)
class PostgreSQL:
    """A server that runs; a database for each who asks.

    Attributes:
        folder: Where its socket and its data are.
        command: What starts it.
    """

    folder: Path
    command: list[str | Path]
    _server: subprocess.Popen[bytes] | None = None
    _has_template: bool = False
    _clean: list[str] = attrs.field(factory=list)

    def url(self, database: str, user: str = _ROLE) -> str:
        """The address of one of its databases, for the hub."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    async def database(self) -> str:
        """The address of an empty database that the real migrations made, owned by a role that is no superuser."""
        if self._clean:
            return self._clean.pop()
        if not self._has_template:
            await self._make(_TEMPLATE, "template1")
            database = Database(self.url(_TEMPLATE))
            await migrate(database)
            await database.close()
            self._has_template = True
        return await self._make(f"t{uuid.uuid4().hex}", _TEMPLATE)

    async def empty(self) -> str:
        """The address of a new database without any table."""
        return await self._make(f"t{uuid.uuid4().hex}", "template1")

    async def give_back(self, url: str) -> None:
        """Empties a database that `database` gave, for the next test: making one takes longer than most tests."""
        connection = await asyncpg.connect(url.replace(f"{_ROLE}@", f"{_USER}@"))
        try:
            await connection.execute(_EMPTY)
        finally:
            await connection.close()
        self._clean.append(url)

    async def drop(self, url: str) -> None:
        """Takes a database away, whoever is connected to it."""
        await self.run(f"DROP DATABASE IF EXISTS {url.partition('@/')[2].partition('?')[0]} WITH (FORCE)")

    async def run(self, *statements: str) -> None:
        """Statements of the superuser, outside of any hub's database."""
        connection = await asyncpg.connect(host=str(self.folder), user=_USER, database=_USER)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    @property
    def running(self) -> bool:
        """Whether it was started, and nobody ended it."""
        return self._server is not None

    def start(self) -> None:
        """Starts it, again with the same data; it ends with this thread. `wait` tells when it answers."""
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")

    def wait(self) -> None:
        """Until it takes connections: asked again as long as the process lives."""
        asking: list[str | Path] = [_programs() / "pg_isready", "-q", "-h", self.folder, "-U", _USER]
        for _ in range(20 * _WAIT_S):
            if subprocess.run(asking, timeout=_WAIT_S, check=False).returncode == 0:
                return
            if self._server is None or self._server.poll() is not None:
                break
            with suppress(subprocess.TimeoutExpired):
                self._server.wait(0.05)
        raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'log').read_text()[-2000:]}")

    def kill9(self) -> None:
        """Ends all its processes as a power cut would."""
        if self._server is None:
            return
        first = psutil.Process(self._server.pid)
        first.suspend()  # no new ones meanwhile
        everyone = [first, *first.children(recursive=True)]
        for each in everyone:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self._server.wait(_WAIT_S)
        psutil.wait_procs(everyone, _WAIT_S)
        self._server = None

    def end(self) -> None:
        """Ends it in order."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGINT)  # "fast": it hangs up on everybody
        with suppress(subprocess.TimeoutExpired):
            self._server.wait(_WAIT_S)
        self._server.kill()
        self._server.wait(_WAIT_S)

    async def _make(self, name: str, template: str) -> str:
        await self.run(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {_ROLE} STRATEGY FILE_COPY")
        return self.url(name)


@contextmanager
def postgresql(*, durable: bool = False) -> Iterator[PostgreSQL]:
    """Starts a server, for benchmarks and power cuts a durable one. It ends with this process, however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="tympan-pg-"))
    try:
        user = _unprivileged(folder)
        data, programs = folder / "data", _programs()
        made = ("-D", data, "-U", _USER, "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        _run(user, programs / "initdb", *made)
        wanted = {**_SETTINGS, **(_DURABLE if durable else {})}
        settings = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
        command = [*user, "setpriv", "--pdeathsig", "INT", programs / "postgres", "-D", data, "-k", folder, *settings]
        server = PostgreSQL(folder=folder, command=command)
        try:
            server.start()
            server.wait()
            _run(user, programs / "psql", "-qX", "-h", folder, "-U", _USER, "-c", f"CREATE ROLE {_ROLE} LOGIN")
            yield server
        finally:
            server.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def database_of(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """What a test's parameter asks for: "" for a file in its folder, or the address of a PostgreSQL."""
    if request.param == "sqlite":
        yield ""
        return
    server: PostgreSQL = request.getfixturevalue("server")
    url = await server.database()
    yield url
    await server.give_back(url)


def _programs() -> Path:
    """Debian's; another PostgreSQL on the path is not meant."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise RuntimeError("Debian's package postgresql is missing: run 'make system', or apt-get install postgresql")
    return found[-1]


def _unprivileged(folder: Path) -> list[str | Path]:
    """What to put before a command, for PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return []
    known = pwd.getpwnam(_USER)
    os.chown(folder, known.pw_uid, known.pw_gid)
    folder.chmod(0o755)
    return ["setpriv", f"--reuid={known.pw_uid}", f"--regid={known.pw_gid}", "--clear-groups"]


def _run(user: list[str | Path], *command: str | Path) -> None:
    done = subprocess.run([*user, *command], capture_output=True, text=True, timeout=_WAIT_S, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
