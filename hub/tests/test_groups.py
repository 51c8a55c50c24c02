"""Groups: made, named, filled and emptied; found among many people."""

from __future__ import annotations

import attrs
import pytest
from hub_rig import Bench

from tympan_hub.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from tympan_hub.domain.groups import Source
from tympan_hub.domain.ids import SERVICE, GroupId, PersonId
from tympan_hub.domain.limits.pages import PAGE_MOST
from tympan_hub.domain.limits.people import GROUPS, GROUPS_PER_PERSON
from tympan_hub.domain.people import CONSOLE, PersonFilter, Role
from tympan_hub.domain.wakes import LookAgain

pytestmark = pytest.mark.anyio


async def test_a_group_is_made_named_filled_and_removed(hub: Bench) -> None:
    tenant = await hub.tenant()
    admin, user = (await hub.person(tenant)).actor, await hub.person(tenant, Role.USER)
    groups = hub.services.groups
    made = await groups.add(tenant, admin, name="Front Desk")
    assert (made.id, made.source) == ("front-desk", Source.LOCAL)
    await groups.join(tenant, admin, made.id, user.id)
    await groups.rename(tenant, admin, made.id, "Reception")
    (shown,) = await groups.list(tenant, admin)
    assert (shown.group.id, shown.group.name, shown.people) == ("front-desk", "Reception", 1)
    assert await groups.of_person(tenant, admin, user.id) == (shown.group,)
    await groups.leave(tenant, admin, made.id, user.id)
    assert await groups.of_person(tenant, admin, user.id) == ()
    await groups.join(tenant, admin, made.id, user.id)
    await groups.remove(tenant, admin, made.id)
    assert await groups.list(tenant, admin) == ()
    assert (await hub.services.people.get(tenant, admin, user.id)).id == user.id
    acts = [entry.act for entry in await hub.services.audit.page(tenant, admin) if entry.act.startswith("group.")]
    assert acts[::-1] == [f"group.{act}" for act in ("add", "join", "rename", "leave", "join", "remove")]


async def test_what_changes_nothing_is_refused_and_not_recorded(hub: Bench) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    group = (await hub.services.groups.add(tenant, CONSOLE, name="Post")).id
    await hub.services.groups.join(tenant, CONSOLE, group, user.id)
    before = await hub.services.audit.page(tenant, CONSOLE)
    with pytest.raises(Conflict):
        await hub.services.groups.join(tenant, CONSOLE, group, user.id)
    with pytest.raises(Conflict):
        await hub.services.groups.add(tenant, CONSOLE, name="Post")
    other = (await hub.services.groups.add(tenant, CONSOLE, name="Other")).id
    with pytest.raises(Conflict):
        await hub.services.groups.rename(tenant, CONSOLE, other, "Post")
    with pytest.raises(Conflict):
        await hub.services.groups.leave(tenant, CONSOLE, other, user.id)
    for unknown in (
        hub.services.groups.join(tenant, CONSOLE, GroupId("none"), user.id),
        hub.services.groups.join(tenant, CONSOLE, group, PersonId("none")),
        hub.services.groups.remove(tenant, CONSOLE, GroupId("none")),
    ):
        with pytest.raises(NotFound):
            await unknown
    assert len(await hub.services.audit.page(tenant, CONSOLE)) == len(before) + 1


async def test_who_is_in_a_providers_group_is_not_for_administrators_to_say(hub: Bench) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    group = await hub.services.groups.add(tenant, CONSOLE, name="Staff", source=Source.PROVIDER)
    for refused in (hub.services.groups.join, hub.services.groups.leave):
        with pytest.raises(BadInput, match="provider"):
            await refused(tenant, CONSOLE, group.id, user.id)
    await hub.services.groups.rename(tenant, CONSOLE, group.id, "All staff")


async def test_agents_look_again_when_the_people_of_a_group_change(hub: Bench) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    heard: list[object] = []
    hub.wakeups.listen(lambda _, wake: heard.append(wake))
    group = (await hub.services.groups.add(tenant, CONSOLE, name="Post")).id
    await hub.services.groups.join(tenant, CONSOLE, group, user.id)
    await hub.services.groups.leave(tenant, CONSOLE, group, user.id)
    await hub.services.groups.remove(tenant, CONSOLE, group)
    assert heard == [LookAgain()] * 3


@pytest.mark.parametrize("name", ["", " ", "x" * 128, "a\nb", "\udc80"])
async def test_what_is_no_name_is_refused(hub: Bench, name: str) -> None:
    with pytest.raises(BadInput):
        await hub.services.groups.add(await hub.tenant(), CONSOLE, name=name)


async def test_the_service_has_no_groups_and_users_make_none(hub: Bench) -> None:
    with pytest.raises(BadInput):
        await hub.services.groups.add(SERVICE, CONSOLE, name="Owners")
    tenant = await hub.tenant()
    operator = (await hub.person(tenant, Role.OPERATOR)).actor
    with pytest.raises(NotAllowed):
        await hub.services.groups.add(tenant, operator, name="Friends")


async def test_groups_and_memberships_are_bounded(hub: Bench) -> None:
    tenant = await hub.tenant()
    user = await hub.person(tenant, Role.USER)
    first = await hub.services.groups.add(tenant, CONSOLE, name="First")
    async with hub.units.writing() as unit:
        for number in range(1, GROUPS):
            made = attrs.evolve(first, id=GroupId(f"g{number}"), name=f"Group {number}")
            await unit.groups.add(tenant, made)
            if number <= GROUPS_PER_PERSON:
                await unit.groups.join(tenant, made.id, user.id)
    with pytest.raises(Conflict, match="groups already"):
        await hub.services.groups.add(tenant, CONSOLE, name="One too many")
    with pytest.raises(Conflict, match="groups already"):
        await hub.services.groups.join(tenant, CONSOLE, first.id, user.id)


async def test_people_are_found_by_words_role_state_and_group(hub: Bench) -> None:
    tenant = await hub.tenant()
    people = hub.services.people
    for name, role in (("Ärne Straße", Role.USER), ("ada Byron", Role.OPERATOR), ("Zoë 100%", Role.USER)):
        email = f"{name[0].lower().replace('ä', 'ae')}@acme.example"
        await people.add(
            tenant, CONSOLE, email=email, name=name, role=role, password="x" * 12, login=f"LOGIN_{email[0]}"
        )

    async def names(**wanted: object) -> list[str]:
        found = await people.find(tenant, CONSOLE, PersonFilter(**wanted))  # type: ignore[arg-type]
        assert found.total == len(found.people)
        return [person.name for person in found.people]

    assert await names() == ["ada Byron", "Zoë 100%", "Ärne Straße"]
    assert await names(text="STRASSE ÄRNE") == ["Ärne Straße"]
    assert await names(text="login_z") == ["Zoë 100%"]
    assert await names(text="100%") == ["Zoë 100%"]
    assert await names(text="_") == ["ada Byron", "Zoë 100%", "Ärne Straße"]
    assert await names(text="%%") == []
    assert await names(role=Role.OPERATOR) == ["ada Byron"]
    ada = (await people.find(tenant, CONSOLE, PersonFilter(text="ada"))).people[0]
    await people.disable(tenant, CONSOLE, ada.id)
    assert await names(disabled=True) == ["ada Byron"]
    group = (await hub.services.groups.add(tenant, CONSOLE, name="G")).id
    await hub.services.groups.join(tenant, CONSOLE, group, ada.id)
    assert await names(group=group) == ["ada Byron"]
    assert await names(outside=group) == ["Zoë 100%", "Ärne Straße"]
    rest = await people.find(tenant, CONSOLE, PersonFilter(first=1, limit=1))
    assert ([person.name for person in rest.people], rest.total) == (["Zoë 100%"], 3)
    assert len((await people.find(tenant, CONSOLE, PersonFilter(first=-5, limit=10 * PAGE_MOST))).people) == 3
