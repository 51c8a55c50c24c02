"""Backup and restore: a hub comes back whole, on either database, or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from alembic import command
from hub_rig import Bench, PostgreSQL, bench, bucket_server, job_report, report
from sqlalchemy import select, text

from tympan_hub.adapters.sql import Database, migrate
from tympan_hub.adapters.sql import dump as sql_dump
from tympan_hub.adapters.sql import load as sql_load
from tympan_hub.adapters.sql.schema import migrating
from tympan_hub.adapters.sql.scope import Scope
from tympan_hub.adapters.sql.tables import PASSING, metadata
from tympan_hub.adapters.sql.upgrades import config
from tympan_hub.cli.backup import backup, restore
from tympan_hub.cli.home import Home
from tympan_hub.domain.agents import AgentFilter
from tympan_hub.domain.errors import BadInput, Conflict
from tympan_hub.domain.ids import SERVICE, AgentId, TenantId, UploadId
from tympan_hub.domain.people import CONSOLE
from tympan_hub.domain.policy import REQUIRE_SIGN_IN, Verdict
from tympan_hub.ports import Bearer
from tympan_wire.hub import UploadAbandon, UploadFinish, UploadRequest, digest_of

pytestmark = pytest.mark.anyio
SEALED = bytes(range(256)) * 300


@pytest.fixture(params=["sqlite", "postgresql"])
async def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Home]:
    """Where there is no hub yet; on PostgreSQL an empty database."""
    if request.param == "sqlite":
        yield Home(tmp_path / "elsewhere")
        return
    server: PostgreSQL = request.getfixturevalue("server")
    url = await server.empty()
    yield Home(tmp_path / "elsewhere", url)
    await server.drop(url)


async def lived_in(hub: Bench) -> TenantId:
    tenant = await hub.tenant("Acme")
    await hub.owner()
    admin = await hub.person(tenant)
    agent = await hub.agent(tenant)
    printer = await hub.services.printers.add(tenant, admin.actor, name="Lobby", uri="ipp://p.example/ipp")
    await hub.services.policy.switch(tenant, admin.actor, "document.stats", Verdict.OFF)
    await agent.report(report(job_report(user="zoë", name="Überweisung.pdf", printer=printer.id)))
    await hub.services.presence.write()
    await hub.services.policy.switch(tenant, admin.actor, REQUIRE_SIGN_IN, Verdict.OFF)
    await uploaded(hub, Bearer(tenant=tenant, agent=AgentId(agent.id)), "job/1")
    return tenant


async def uploaded(hub: Bench, bearer: Bearer, name: str) -> UploadId:
    """A finished upload of two parts."""
    wanted = UploadRequest(name=name, size=len(SEALED), part_bytes=1 << 16, user="zoë")
    standing = await hub.services.uploads.begin(bearer.uploader, wanted)
    pieces = SEALED[: 1 << 16], SEALED[1 << 16 :]
    sums = [hashlib.sha256(piece).hexdigest() for piece in pieces]
    for number, piece in enumerate(pieces):
        await hub.services.uploads.put(bearer.uploader, standing.upload, number, piece, sums[number])
    await hub.services.uploads.finish(bearer.uploader, UploadFinish(upload=standing.upload, digest=digest_of(sums)))
    return UploadId(standing.upload)


async def sealed(hub: Bench, tenant: TenantId) -> bytes:
    """What the hub has of the one upload there is."""
    async with hub.units.reading() as unit:
        [upload] = await unit.uploads.page(tenant, "", 2)
    return b"".join([piece async for piece in hub.services.uploads.read(tenant, upload.id, 0, upload.size)])


async def rows(database: Database, *tenants: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    async with database.reader.connect() as connection:
        scope = Scope(connection)
        for tenant in tenants:
            if database.shared:
                await scope.enter(tenant)
            for table in metadata.sorted_tables:
                if table.name in PASSING:
                    continue
                whose = table.c.id if table.name == "tenants" else table.c.tenant
                theirs = select(table).where(whose == tenant)
                found.setdefault(table.name, []).extend(map(tuple, await connection.execute(theirs)))
    return {name: sorted(each, key=repr) for name, each in found.items()}


def home_of(hub: Bench, folder: Path) -> Home:
    return Home(folder, hub.database.address)


async def test_a_hub_comes_back_whole_on_either_database(hub: Bench, elsewhere: Home, tmp_path: Path) -> None:
    tenant = await lived_in(hub)
    file = tmp_path / "hub.backup"
    told = await backup(home_of(hub, tmp_path), file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not PASSING & told.holding.rows.keys()
    restored = await restore(elsewhere, file)
    assert restored == told and told.blobs == 2
    before, database = await rows(hub.database, SERVICE, tenant), Database(elsewhere.where)
    assert await rows(database, SERVICE, tenant) == before
    assert sum(map(len, before.values())) == sum(told.holding.rows.values())
    await database.close()
    secrets = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert {path.name: path.read_bytes() for path in elsewhere.secrets.iterdir()} == secrets
    async with bench(elsewhere.root, hub.clock, database_url=elsewhere.address) as again:
        assert [
            shown.agent.name for shown in (await again.services.agents.find(tenant, CONSOLE, AgentFilter())).agents
        ] == ["desk-1"]
        assert await again.services.audit.first_broken(tenant, CONSOLE) is None
        assert again.secrets.identity == hub.secrets.identity
        assert await sealed(again, tenant) == SEALED
        assert await again.tenant("Later")


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
async def test_where_there_is_a_hub_nothing_is_restored(hub: Bench, tmp_path: Path, server: PostgreSQL) -> None:
    await lived_in(hub)
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)
    with pytest.raises(Conflict, match="there is a hub"):
        await restore(Home(tmp_path), file)
    url = await server.empty()
    await restore(Home(tmp_path / "first", url), file)
    with pytest.raises(Conflict, match="there is a hub in the database already"):
        await restore(Home(tmp_path / "second", url), file)
    assert list((tmp_path / "second").iterdir()) == []
    await server.drop(url)


def blobs_in(folder: Path) -> list[Path]:
    """Blobs in a folder, by their places there."""
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


@on_sqlite
async def test_a_refused_restoration_takes_nothing_from_the_hub_that_is_there(
    hub: Bench, tmp_path: Path, server: PostgreSQL
) -> None:
    tenant = await lived_in(hub)
    file, store, url = tmp_path / "hub.backup", tmp_path / "store", await server.empty()
    await backup(Home(tmp_path), file)
    live = Home(tmp_path / "live", url, str(store))
    await restore(live, file)
    with pytest.raises(Conflict, match="there is a hub in the database already"):
        await restore(attrs.evolve(live, root=tmp_path / "second"), file)
    async with bench(live.root, hub.clock, database_url=url, store=live.store) as there:
        assert await sealed(there, tenant) == SEALED
    await server.drop(url)


@on_sqlite
async def test_a_failed_restoration_takes_back_only_the_blobs_it_put(hub: Bench, tmp_path: Path) -> None:
    await lived_in(hub)
    file, store = tmp_path / "hub.backup", tmp_path / "store"
    await backup(Home(tmp_path), file)
    there = blobs_in(tmp_path / "blobs")[0]
    (store / there).parent.mkdir(parents=True)
    (store / there).write_bytes((tmp_path / "blobs" / there).read_bytes())
    change, kind, sentence = DAMAGE["a row less"]
    with pytest.raises(kind, match=sentence):
        await restore(Home(tmp_path / "target", "", str(store)), changed(file, tmp_path / "damaged", change))
    assert blobs_in(store) == [there]


@on_sqlite
@pytest.mark.parametrize("before_the_keys", [True, False])
async def test_what_fails_after_the_rows_leaves_no_half_hub(
    hub: Bench, elsewhere: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_the_keys: bool
) -> None:
    tenant = await lived_in(hub)
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)

    async def cut(database: Database, holding: Any, give: Any, last: Any) -> None:
        async def then_fails(unit: Any) -> None:
            if not before_the_keys:
                await last(unit)
            raise OSError("the disk is full")

        await sql_load(database, holding, give, then_fails)

    with monkeypatch.context() as patched, pytest.raises(Conflict, match="cannot be restored"):
        patched.setattr("tympan_hub.cli.backup.load", cut)
        await restore(elsewhere, file)
    assert list(elsewhere.root.iterdir()) == []
    await restore(elsewhere, file)
    async with bench(elsewhere.root, hub.clock, database_url=elsewhere.address) as again:
        assert await sealed(again, tenant) == SEALED


@on_sqlite
async def test_keys_that_find_no_place_leave_no_rows(
    hub: Bench, elsewhere: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived_in(hub)
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)

    async def in_the_way(*_: Any) -> None:
        elsewhere.secrets.write_text("")

    with monkeypatch.context() as patched, pytest.raises(Conflict, match="cannot be restored"):
        patched.setattr("tympan_hub.cli.backup.drop_torn", in_the_way)
        await restore(elsewhere, file)
    elsewhere.secrets.unlink()
    assert list(elsewhere.root.iterdir()) == []
    await restore(elsewhere, file)


@on_sqlite
async def test_a_backup_never_takes_the_place_of_another_file(hub: Bench, tmp_path: Path) -> None:
    file = tmp_path / "hub.backup"
    file.write_text("mine")
    with pytest.raises(Conflict, match="there already"):
        await backup(Home(tmp_path), file)
    assert file.read_text() == "mine"
    with pytest.raises(Conflict, match="there is no hub"):
        await backup(Home(tmp_path / "nothing"), tmp_path / "b")


def changed(file: Path, into: Path, change: Any) -> Path:
    """A backup with some of its members changed."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(into, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return into


def _told(**other: Any) -> Any:
    return lambda name, data: json.dumps({**json.loads(data), **other}) if name == "backup.json" else data


def _holding(**other: Any) -> Any:
    def change(name: str, data: bytes) -> bytes | str:
        if name != "backup.json":
            return data
        told = json.loads(data)
        return json.dumps({**told, "holding": {**told["holding"], **other}})

    return change


def _member(wanted: str, change: Any) -> Any:
    return lambda name, data: change(data) if name == wanted else data


DAMAGE = {
    "no backup": (_told(format="zip"), BadInput, "no backup"),
    "a newer edition": (_told(edition=3), Conflict, "newer release"),
    "a newer schema": (_holding(schema="9999"), Conflict, "newer release"),
    "counts that are not so": (_holding(rows={}), BadInput, "rows of"),
    "a row less": (
        _member("tables/audit.jsonl", lambda data: data[data.index(b"\n") + 1 :]),
        BadInput,
        "rows of audit",
    ),
    "an audit entry changed": (
        _member("tables/audit.jsonl", lambda data: data.replace(b"printer.add", b"printer.see")),
        BadInput,
        "tampered",
    ),
    "a table less": (_member("tables/jobs.jsonl", lambda _: None), BadInput, "damaged"),
    "a blob less": (_told(blobs=3), BadInput, "tells of 3 blobs, and 2"),
    "a blob changed": (lambda name, data: b"x" + data[1:] if name.startswith("blobs/") else data, BadInput, "checksum"),
    "a key less": (_member("secrets/seal.key", lambda _: None), BadInput, "damaged"),
    "no key": (_member("secrets/policy.key", lambda _: b"!"), Conflict, "secrets"),
    "half a row": (_member("tables/people.jsonl", lambda data: data[:-9]), BadInput, "row of people"),
    "no moment": (_member("tables/people.jsonl", lambda data: data.replace(b"2026-", b"soon-")), BadInput, "row of"),
}


@on_sqlite
async def test_what_is_damaged_is_refused_and_leaves_nothing(hub: Bench, tmp_path: Path) -> None:
    await lived_in(hub)
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)
    for number, (what, (change, kind, sentence)) in enumerate(DAMAGE.items()):
        target = Home(tmp_path / f"target-{number}")
        with pytest.raises(kind, match=sentence):
            await restore(target, changed(file, tmp_path / f"{number}.backup", change))
        assert not target.root.exists() or list(target.root.iterdir()) == [], what
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BadInput, match="damaged"):
        await restore(Home(tmp_path / "cut"), file)


@on_sqlite
async def test_names_of_blobs_in_a_backup_are_no_way_out(hub: Bench, tmp_path: Path) -> None:
    await lived_in(hub)
    file = tmp_path / "hub.backup"
    await backup(Home(tmp_path), file)
    right, checksum = f"uploads/{'0' * 32}/{'0' * 32}", hashlib.sha256(b"x").hexdigest()
    tricks = (f"../{right}", f"/{right}", f"acme/../../{right}", "acme/uploads/../../x", f"acme/{right}/..", "acme")
    for number, trick in enumerate((*tricks, f"ACME/{right}")):
        into = tmp_path / f"{number}.backup"
        into.write_bytes(file.read_bytes())
        with zipfile.ZipFile(into, "a") as archive:
            archive.writestr(f"blobs/{trick}.{checksum}", b"x")
        target = Home(tmp_path / "far" / "down" / f"target-{number}")
        with pytest.raises(BadInput):
            await restore(target, into)
        assert not [path for path in (tmp_path / "far").rglob("*") if path.is_file()], trick


@on_sqlite
async def test_an_upload_that_went_while_the_backup_was_made_is_not_in_it(
    hub: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await lived_in(hub)
    agent = await hub.agent(tenant, "desk-2")
    gone = await uploaded(hub, Bearer(tenant=tenant, agent=AgentId(agent.id)), "job/2")
    dumped = sql_dump

    async def then_goes(*arguments: Any) -> Any:
        holding = await dumped(*arguments)
        await hub.services.uploads.abandon(
            Bearer(tenant=tenant, agent=AgentId(agent.id)).uploader, UploadAbandon(upload=gone)
        )
        return holding

    monkeypatch.setattr("tympan_hub.cli.backup.dump", then_goes)
    await backup(Home(tmp_path), tmp_path / "hub.backup")
    await restore(Home(tmp_path / "again"), tmp_path / "hub.backup")
    async with bench(tmp_path / "again", hub.clock) as again:
        assert await sealed(again, tenant) == SEALED


@on_sqlite
async def test_blobs_move_between_files_and_a_bucket(
    hub: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = await lived_in(hub)
    await backup(Home(tmp_path), tmp_path / "files.backup")
    with bucket_server() as bucket:
        for name, value in bucket.environment.items():
            monkeypatch.setenv(name, value)
        there = Home(tmp_path / "there", "", f"s3://{bucket.name}/hub")
        await restore(there, tmp_path / "files.backup")
        assert not (there.root / "blobs").exists()
        told = await backup(there, tmp_path / "bucket.backup")
        assert told.blobs == 2
        await restore(Home(tmp_path / "back"), tmp_path / "bucket.backup")
        await restore(attrs.evolve(there, root=tmp_path / "over"), tmp_path / "files.backup")  # the very same blobs
        async with bench(there.root, hub.clock, store=there.store) as moved:
            other = await moved.agent(tenant, "desk-3")
            await uploaded(moved, Bearer(tenant=tenant, agent=AgentId(other.id)), "job/3")
        with pytest.raises(Conflict, match="there are blobs of a hub already"):
            await restore(attrs.evolve(there, root=tmp_path / "no"), tmp_path / "files.backup")
    async with bench(tmp_path / "back", hub.clock) as again:
        assert await sealed(again, tenant) == SEALED


@on_sqlite
async def test_a_log_that_was_broken_already_comes_back_and_is_told(hub: Bench, tmp_path: Path) -> None:
    tenant = await lived_in(hub)
    async with hub.raw(tenant) as connection:
        await connection.execute(text("UPDATE audit SET subject = 'x' WHERE number = 2 AND tenant = 'acme'"))
    file = tmp_path / "hub.backup"
    assert (await backup(Home(tmp_path), file)).broken == [tenant]
    assert (await restore(Home(tmp_path / "again"), file)).broken == [tenant]


async def test_a_backup_of_an_older_release_is_restored_and_brought_to_this_one(
    hub: Bench, elsewhere: Home, tmp_path: Path
) -> None:
    tenant = await lived_in(hub)
    before = await rows(hub.database, SERVICE, tenant)
    async with migrating(hub.database) as connection:
        await connection.run_sync(lambda sync: command.downgrade(config(sync), "0010"))
    told = await backup(home_of(hub, tmp_path), tmp_path / "old.backup")
    assert told.holding.schema == "0010"
    await restore(elsewhere, tmp_path / "old.backup")
    database = Database(elsewhere.where)
    await migrate(database, upgrade=False)
    assert (await rows(database, SERVICE, tenant))["jobs"] == before["jobs"]
    await database.close()
    await migrate(hub.database)
