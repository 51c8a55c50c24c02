"""Nothing crosses from one tenant to another: every method of every repository is tried, taken from the ports."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import pytest
from border_rig import Estate, new_estate
from hub_rig import Bench, rows

from tympan_hub.adapters.sql.tables import metadata
from tympan_hub.domain.crossings import CrossingTally
from tympan_hub.domain.ids import TenantId
from tympan_hub.domain.keeping import Keeping
from tympan_hub.domain.reaches import ReachSums
from tympan_hub.domain.updates import Toll
from tympan_hub.domain.uploads import UploadTally
from tympan_hub.ports import Unit

pytestmark = pytest.mark.anyio


@pytest.fixture
async def estate(hub: Bench) -> Estate:
    return await new_estate(hub)


def repositories() -> dict[str, Any]:
    """Repositories by the name a unit gives them, all but the directory."""
    found = {}
    for name, member in inspect.getmembers(Unit, lambda member: isinstance(member, property)):
        if name != "directory":
            found[name] = typing.get_type_hints(member.fget)["return"]
    return found


METHODS = [
    (repository, name)
    for repository, port in repositories().items()
    for name, _ in inspect.getmembers(port, inspect.isfunction)
    if not name.startswith("_")
]


async def called(hub: Bench, estate: Estate, tenant: TenantId, repository: str, name: str) -> Any:
    port = repositories()[repository]
    method = getattr(port, name)
    hints = typing.get_type_hints(method)
    parameters = list(inspect.signature(method).parameters.values())[2:]
    arguments = [estate.argument(parameter, hints[parameter.name]) for parameter in parameters]
    async with hub.units.writing() as unit:
        return await getattr(getattr(unit, repository), name)(tenant, *arguments)


async def test_the_estate_has_a_row_in_every_table(hub: Bench, estate: Estate) -> None:
    empty = {name for name, found in (await rows(hub, estate.tenant)).items() if not found}
    assert empty == set()


async def test_nothing_of_a_tenant_is_read_or_changed_from_another(hub: Bench, estate: Estate) -> None:
    """One estate serves all methods, for none of them changed it: making one takes longer than trying a repository."""
    before = await rows(hub, estate.tenant)
    for repository, name in METHODS:
        await tried_from_next_door(hub, estate, repository, name)
        assert await rows(hub, estate.tenant) == before, (repository, name)


async def tried_from_next_door(hub: Bench, estate: Estate, repository: str, name: str) -> None:
    intruder = await hub.tenant(f"Intruder {repository} {name}")
    own = await rows(hub, intruder)
    try:
        found = await called(hub, estate, intruder, repository, name)
    except Exception as error:
        # A value that names another tenant, or a reference to a row of one: refused before anything is written.
        assert type(error).__name__ in {"ValueError", "IntegrityError", "Conflict", "Unavailable"}, (repository, name)
        assert await rows(hub, intruder) == own, (repository, name)
    else:
        spends_an_id = repository in {"assertions", "departures"}
        own_default = found in (Keeping(tenant=intruder), NOTHING, ReachSums(), CrossingTally(), Toll())
        assert not found or own_default or spends_an_id or (repository, name) == ("tenants", "get"), (repository, name)
        assert name != "get" or repository != "tenants" or found.id == intruder


NOTHING = UploadTally(count=0, size=0, tenant_count=0, tenant_size=0)
READS = {
    "about",
    "addressees",
    "alive",
    "all",
    "alone",
    "any_free_for",
    "any_of",
    "any_unbegun",
    "at",
    "backlog",
    "by_digest",
    "batch",
    "best",
    "by_code",
    "by_email",
    "by_hash",
    "by_kiosk",
    "by_logins",
    "by_name",
    "by_upload",
    "by_user_code",
    "codes_left",
    "count",
    "crossed",
    "current",
    "devices",
    "devices_at",
    "editions",
    "envelope",
    "envelopes",
    "find",
    "free",
    "following",
    "get",
    "gone",
    "groups_of",
    "heard_between",
    "held",
    "held_by",
    "keys",
    "keys_for",
    "keepers",
    "kept_by",
    "kin",
    "installed",
    "known",
    "last",
    "last_changes",
    "loads",
    "newest",
    "looks",
    "levels",
    "lying",
    "memberships",
    "minded",
    "methods",
    "moving",
    "names",
    "near",
    "naming",
    "networks",
    "of",
    "of_agent",
    "of_agents",
    "of_devices",
    "of_group",
    "of_people",
    "of_person",
    "of_printers",
    "of_tenant",
    "of_users",
    "older",
    "open_at",
    "open_of",
    "outdated",
    "page",
    "parts",
    "password",
    "people_of",
    "pick_for",
    "present",
    "printers",
    "progress",
    "queues",
    "queues_at",
    "reach",
    "reaching",
    "readers",
    "receivers",
    "rules",
    "running",
    "secret",
    "seen_at",
    "sighted",
    "silent",
    "since",
    "sizes",
    "states",
    "some",
    "stop",
    "stops",
    "suspects",
    "some_parts",
    "sums",
    "tally",
    "tally_alone",
    "times",
    "toll",
    "troubled",
    "tunneled",
    "unbegun_for",
    "unbegun_of",
    "versions",
    "waiting",
}


async def test_the_same_questions_by_the_tenant_itself_find_something(hub: Bench, estate: Estate) -> None:
    for repository, name in METHODS:
        if name in READS:
            assert await called(hub, estate, estate.tenant, repository, name), (repository, name)


def test_every_method_takes_the_tenant_first_and_has_no_default() -> None:
    assert len(METHODS) > 50
    for repository, name in METHODS:
        parameters = list(inspect.signature(getattr(repositories()[repository], name)).parameters.values())
        assert parameters[1].name == "tenant", (repository, name)
        assert all(parameter.default is inspect.Parameter.empty for parameter in parameters), (repository, name)


def test_every_row_names_its_tenant_and_every_reference_carries_it() -> None:
    for table in metadata.sorted_tables:
        if table.name == "tenants":
            continue
        assert not table.c.tenant.nullable, table.name
        for constraint in table.foreign_key_constraints:
            assert "tenant" in constraint.column_keys, (table.name, constraint.column_keys)
