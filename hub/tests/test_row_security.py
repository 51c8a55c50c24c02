"""Row-level security: who goes around the repositories meets nothing of another tenant."""

from __future__ import annotations

import pytest
from hub_rig import BIRTH, PASSWORD, Bench, PostgreSQL, job_report, report
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from tympan_hub.adapters.sql import Database, migrate
from tympan_hub.adapters.sql.scope import Scope
from tympan_hub.adapters.sql.tables import metadata
from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.ids import SERVICE, TenantId, hash_of

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
TABLES = list(metadata.sorted_tables)


async def furnished(hub: Bench, name: str) -> TenantId:
    tenant = await hub.tenant(name)
    person = await hub.person(tenant)
    await hub.services.passwords.sign_in(person.email, PASSWORD, source="x")
    await (await hub.agent(tenant)).report(report(job_report()))
    return tenant


async def counted(hub: Bench, tenant: str, table: Table) -> int:
    async with hub.raw(tenant) as connection:
        counting = await connection.execute(text(f'SELECT count(*) FROM "{table.name}"'))
        return int(counting.scalar_one())


async def test_a_statement_without_any_tenant_sees_the_rows_of_the_scope_alone(hub: Bench) -> None:
    ours, theirs = await furnished(hub, "Ours"), await furnished(hub, "Theirs")
    full = {table.name: await counted(hub, theirs, table) for table in TABLES}
    assert full["jobs"] == full["people"] == full["agents"] == full["sessions"] == full["tenants"] == 1
    await hub.services.printers.add(ours, (await hub.person(ours, email="b@c.example")).actor, name="L", uri="ipp://p")
    assert {table.name: await counted(hub, theirs, table) for table in TABLES} == full


async def test_outside_any_scope_there_is_nothing(hub: Bench) -> None:
    await furnished(hub, "Ours")
    for table in TABLES:
        async with hub.database.reader.connect() as connection:
            assert (await connection.execute(table.select())).all() == [], table.name


async def test_rows_of_another_tenant_are_neither_changed_nor_removed(hub: Bench) -> None:
    ours, theirs = await furnished(hub, "Ours"), await furnished(hub, "Theirs")
    for table in TABLES:
        before = await counted(hub, theirs, table)
        owner = "id" if table.name == "tenants" else "tenant"
        async with hub.raw(ours) as connection:
            for statement in (
                f"DELETE FROM \"{table.name}\" WHERE {owner} = '{theirs}'",
                f"UPDATE \"{table.name}\" SET {owner} = {owner} WHERE {owner} = '{theirs}'",
            ):
                assert (await connection.execute(text(statement))).rowcount == 0, table.name
        assert await counted(hub, theirs, table) == before, table.name


async def test_a_row_cannot_be_written_under_another_tenant(hub: Bench) -> None:
    ours, theirs = await hub.tenant("Ours"), await hub.tenant("Theirs")
    with pytest.raises(DBAPIError, match="row-level security"):
        async with hub.raw(ours) as connection:
            await connection.execute(metadata.tables["attempts"].insert().values(tenant=theirs, key="x", at=BIRTH))


async def test_the_directory_sees_the_one_row_it_names(hub: Bench) -> None:
    tenant = await hub.tenant()
    people = [await hub.person(tenant, email=f"{name}@acme.example") for name in ("ada", "bob")]
    async with hub.database.reader.connect() as connection:
        await Scope(connection).seek(people[0].email)
        found = (await connection.execute(metadata.tables["people"].select())).all()
        assert [row.email for row in found] == [people[0].email]
        assert (await connection.execute(metadata.tables["sessions"].select())).all() == []


async def test_what_is_sought_can_be_read_and_not_changed(hub: Bench) -> None:
    person = await hub.person(await hub.tenant())
    async with hub.database.writer.begin() as connection:
        await Scope(connection).seek(person.email)
        assert (await connection.execute(text("UPDATE people SET name = 'x'"))).rowcount == 0
        assert (await connection.execute(text("DELETE FROM people"))).rowcount == 0


async def test_a_connection_forgets_its_scope_with_the_transaction(hub: Bench) -> None:
    tenant = await furnished(hub, "Ours")
    async with hub.units.reading() as unit:
        assert await unit.people.all(tenant)
    for _ in range(10):
        async with hub.database.reader.connect() as connection:
            assert (await connection.execute(metadata.tables["people"].select())).all() == []


async def test_names_of_tenants_are_for_the_service_and_each_for_itself(hub: Bench) -> None:
    ours, _ = await hub.tenant("Ours"), await hub.tenant("Theirs")
    assert await counted(hub, ours, metadata.tables["tenants"]) == 1
    assert await counted(hub, SERVICE, metadata.tables["tenants"]) == 3


async def test_the_border_holds_for_a_secret_of_another_tenant(hub: Bench) -> None:
    person = await hub.person(await hub.tenant("Theirs"))
    secret = (await hub.enter(person.email, PASSWORD, source="x")).secret
    ours = await hub.tenant("Ours")
    async with hub.raw(ours) as connection:
        wanted = text("SELECT count(*) FROM sessions WHERE hash = :hash")
        assert (await connection.execute(wanted, {"hash": hash_of(secret)})).scalar_one() == 0


async def test_a_role_that_passes_by_row_security_is_refused(server: PostgreSQL, database_url: str) -> None:
    for attribute in ("SUPERUSER", "BYPASSRLS"):
        await server.run("DROP ROLE IF EXISTS mighty", f"CREATE ROLE mighty LOGIN {attribute}")
        database = Database(database_url.replace("tympan@", "mighty@"))
        with pytest.raises(Conflict, match="row-level security"):
            await migrate(database)
        await database.close()
    await server.run("DROP ROLE mighty")


async def test_a_table_that_lost_its_security_has_it_back_at_the_next_start(hub: Bench) -> None:
    tenant = await furnished(hub, "Ours")
    async with hub.database.writer.begin() as connection:
        await connection.execute(text("ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY"))
    await migrate(hub.database)
    async with hub.database.reader.connect() as connection:
        assert (await connection.execute(metadata.tables["jobs"].select())).all() == []
    assert await counted(hub, tenant, metadata.tables["jobs"]) == 1
