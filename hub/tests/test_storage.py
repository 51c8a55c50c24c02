"""What storage promises beyond its methods: whole units, the schema of the migrations, secrets nobody else reads."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from hub_rig import Bench, PostgreSQL, bench, job_report, report
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, OperationalError

from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.adapters.sql import Database, is_damaged, migrate, revisions, turns
from tympan_hub.adapters.sql.tables import metadata
from tympan_hub.adapters.sql.upgrades import config
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.errors import Conflict, Unavailable
from tympan_hub.domain.ids import AgentId, TenantId, UploadId, new_id
from tympan_hub.domain.jobs import JobFilter
from tympan_hub.domain.uploads import Upload, UploadState

pytestmark = pytest.mark.anyio
_MEANWHILE_S = 0.2
"""Longer than a loop needs to hear that a file cannot be opened."""

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture(params=["sqlite", "postgresql"])
async def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Path | str]:
    """A database in which there is nothing yet."""
    if request.param == "sqlite":
        yield tmp_path / "hub.db"
        return
    running: PostgreSQL = request.getfixturevalue("server")
    url = await running.empty()
    yield url
    await running.drop(url)


class PowerCut(BaseException):
    """The process is gone."""


async def test_the_migrations_make_exactly_the_tables_of_the_code(nothing: Path | str) -> None:
    database = Database(nothing)
    await migrate(database)

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    async with database.reader.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


async def test_the_migrations_lead_back_too(nothing: Path | str) -> None:
    database = Database(nothing)
    await migrate(database)
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda inner: command.downgrade(config(inner), "base"))
    await migrate(database)
    await database.close()


async def test_revisions_are_one_chain_and_their_files_are_named_for_them(nothing: Path | str) -> None:
    database = Database(nothing)
    async with database.writer.connect() as connection:
        scripts = await connection.run_sync(lambda inner: ScriptDirectory.from_config(config(inner)))
    await database.close()
    assert [script.revision for script in scripts.walk_revisions()] == list(reversed(revisions.known()))


async def test_several_processes_may_migrate_at_once(nothing: Path | str) -> None:
    databases = [Database(nothing) for _ in range(4)]
    await asyncio.gather(*(migrate(database) for database in databases))
    for database in databases:
        await database.close()


async def test_a_connection_waits_for_another_that_changes_the_journal_and_for_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hub.sqlite"
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    holder.execute("CREATE TABLE held (one)")
    holder.execute("BEGIN EXCLUSIVE")
    waits: list[float] = []

    def let_go(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            holder.execute("COMMIT")

    monkeypatch.setattr("tympan_hub.adapters.sql.engine.time.sleep", let_go)
    monkeypatch.setattr("tympan_hub.adapters.sql.engine._BUSY_S", 0)
    database = Database(file)
    async with database.writer.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar() == "wal"
    assert len(waits) == 2
    await database.close()
    holder.close()

    nowhere = Database(tmp_path / "missing" / "hub.sqlite")
    with pytest.raises(OperationalError):
        await nowhere.writer.connect()
    assert len(waits) == 2
    await nowhere.close()


async def test_a_file_that_cannot_be_opened_leaves_no_thread_that_still_has_to_answer(tmp_path: Path) -> None:
    connection = turns.connect(tmp_path / "missing" / "hub.sqlite")
    waiting = connection._tx

    def fails() -> sqlite3.Connection:
        waiting.put_nowait((None, lambda: threading.Event().wait(_MEANWHILE_S)))  # it gets no time just then
        raise sqlite3.OperationalError

    connection._connector = fails
    with pytest.raises(sqlite3.OperationalError):
        await connection
    assert waiting.empty()


async def test_a_database_of_a_newer_release_is_left_alone(nothing: Path | str) -> None:
    database = Database(nothing)
    await migrate(database)
    async with database.writer.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Conflict, match="newer release"):
        await migrate(database)
    await database.close()


async def test_a_unit_that_raises_leaves_nothing(hub: Bench) -> None:
    with pytest.raises(PowerCut):
        async with hub.units.writing() as unit:
            await unit.tenants.add(TenantId("acme"), "Acme", hub.clock.now())
            raise PowerCut
    async with hub.units.reading() as unit:
        assert await unit.directory.tenants() == ()


async def test_a_batch_cut_off_anywhere_is_there_whole_or_not_at_all(
    hub: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await hub.tenant()
    agent = await hub.agent(tenant)
    reports = [report(job_report()) for _ in range(3)]
    from tympan_hub.adapters.sql.agents import SqlAgents
    from tympan_hub.adapters.sql.jobs import SqlJobs, SqlReportIds

    async def cut(*_: object) -> None:
        raise PowerCut

    for repository, method in ((SqlJobs, "put"), (SqlReportIds, "keep"), (SqlAgents, "saw")):
        with monkeypatch.context() as patched, pytest.raises(PowerCut):
            patched.setattr(repository, method, cut)
            await agent.report(*reports)
        async with hub.units.reading() as unit:
            assert await unit.jobs.find(tenant, JobFilter(), None) == ()
            assert not await unit.report_ids.known(tenant, agent.id, [sent.id for sent in reports])  # type: ignore[arg-type]
    assert len((await agent.report(*reports)).taken) == 3


async def test_a_token_is_not_burnt_by_an_enrolment_that_was_cut_off(
    hub: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub_rig import AgentKey, RemoteAgent

    from tympan_hub.adapters.sql.audit import SqlAuditLog
    from tympan_hub.adapters.sql.enrolments import SqlEnrolments
    from tympan_hub.domain.people import CONSOLE

    tenant = await hub.tenant()
    token = await hub.services.agents.make_token(tenant, CONSOLE)
    agent = RemoteAgent(client=hub.client, clock=hub.clock, key=AgentKey.new())

    async def cut(*_: object) -> None:
        raise PowerCut

    for repository, method in ((SqlEnrolments, "use"), (SqlAuditLog, "add")):
        with monkeypatch.context() as patched, pytest.raises(PowerCut):
            patched.setattr(repository, method, cut)
            await agent.enrol(token)
        assert (await hub.services.agents.find(tenant, CONSOLE, AgentFilter())).agents == ()
    await agent.enrol(token)
    assert len((await hub.services.agents.find(tenant, CONSOLE, AgentFilter())).agents) == 1


async def test_all_is_there_after_a_restart(tmp_path: Path, database_url: str) -> None:
    async with bench(tmp_path, database_url=database_url) as first:
        tenant = await first.tenant()
        agent = await first.agent(tenant)
        identity = first.secrets.identity
    async with bench(tmp_path, database_url=database_url) as second:
        agent.client, agent.clock = second.client, second.clock
        assert second.secrets.identity == identity
        assert (await agent.desired()).edition


async def test_writers_come_one_after_the_other(hub: Bench) -> None:
    async def more() -> None:
        async with hub.units.writing() as unit:
            there = await unit.directory.tenants()
            await asyncio.sleep(0)
            await unit.tenants.add(TenantId(f"t{len(there)}"), "x", hub.clock.now())

    await asyncio.gather(*(more() for _ in range(20)))
    async with hub.units.reading() as unit:
        assert len(await unit.directory.tenants()) == 20


async def test_of_one_name_an_agent_has_one_upload_whatever_writers_do(hub: Bench) -> None:
    tenant = await hub.tenant()
    agent = AgentId((await hub.agent(tenant)).id)

    def upload(state: UploadState) -> Upload:
        now = hub.clock.now()
        return Upload(
            id=UploadId(new_id()),
            tenant=tenant,
            agent=agent,
            name="job/1",
            user="ben",
            size=3,
            part_bytes=1 << 16,
            state=state,
            begun_at=now,
            touched_at=now,
        )

    for state in (UploadState.LEAVING, UploadState.LEAVING, UploadState.OPEN):
        async with hub.units.writing() as unit:
            await unit.uploads.add(tenant, upload(state))
    for state in (UploadState.OPEN, UploadState.FINISHED):
        with pytest.raises((Unavailable, IntegrityError)):
            async with hub.units.writing() as unit:
                await unit.uploads.add(tenant, upload(state))


@on_sqlite
async def test_a_database_that_somebody_holds_is_unavailable(hub: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hub.database.writer.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=1")
    with sqlite3.connect(hub.database.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await hub.tenant()
        other.execute("ROLLBACK")
    other.close()
    await hub.tenant()


async def test_what_is_kept_is_on_disk_when_it_is_acknowledged(tmp_path: Path) -> None:
    database = Database(tmp_path / "hub.db")
    async with database.writer.connect() as connection:
        settings = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("synchronous", "journal_mode", "foreign_keys")
        ]
    await database.close()
    assert settings == [2, "wal", 1]


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    async with bench(tmp_path) as hub:
        await hub.tenant()
        path = hub.database.path
    assert is_damaged(path) == ""
    data = bytearray(path.read_bytes())
    data[4096:12288] = bytes(8192)
    path.write_bytes(data)
    assert is_damaged(path) != ""


def test_secrets_are_made_once_and_nobody_else_reads_them(tmp_path: Path) -> None:
    first, second = FileSecrets(tmp_path / "secrets"), FileSecrets(tmp_path / "secrets")
    assert (first.identity, first.policy_keys()) == (second.identity, second.policy_keys())
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["identity", "policy.key", "tokens.key", "authority.key"])
def test_a_secret_others_can_read_or_that_is_damaged_stops_the_hub(tmp_path: Path, name: str) -> None:
    FileSecrets(tmp_path)
    (tmp_path / name).chmod(0o640)
    with pytest.raises(Conflict, match="others can read"):
        FileSecrets(tmp_path)
    (tmp_path / name).chmod(0o600)
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(Conflict, match="cannot be used"):
        FileSecrets(tmp_path)


async def older(database: Database) -> None:
    """Brings the schema back to what an older release made."""
    async with database.writer.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(config(sync), "-1"))


async def test_an_sqlite_file_is_kept_as_it_was_before_each_upgrade(tmp_path: Path) -> None:
    database = Database(tmp_path / "hub.db")
    await migrate(database)
    assert list(tmp_path.glob("*before*")) == []
    for _ in range(5):
        await older(database)
        await migrate(database)
        await migrate(database)
    copies = sorted(tmp_path.glob("hub.db.before-upgrade-*"))
    assert len(copies) == 3
    assert {copy.stat().st_mode & 0o777 for copy in copies} == {0o600}
    kept = Database(copies[-1])
    async with database.reader.connect() as new, kept.reader.connect() as old:
        asked = "SELECT version_num FROM alembic_version"
        later, before = [(await each.exec_driver_sql(asked)).scalar_one() for each in (new, old)]
    assert later > before
    assert [is_damaged(copy) for copy in copies] == ["", "", ""]
    await kept.close()
    await database.close()


@on_postgresql
async def test_a_postgresql_of_an_older_release_is_upgraded_by_migrate_alone(hub: Bench) -> None:
    await older(hub.database)
    with pytest.raises(Conflict, match="tympan-hub migrate"):
        await migrate(hub.database, upgrade=False)
    await migrate(hub.database, upgrade=True)
    await migrate(hub.database, upgrade=False)
