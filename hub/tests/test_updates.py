"""Updates: rings, what agents tell of versions, and the gate that stops one that makes them unhealthy."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, problem
from update_rig import Folder

from tympan_hub.domain.errors import BadInput, Changed, Decided, NotAllowed, NotFound, SoAlready
from tympan_hub.domain.ids import SERVICE, AgentId, GroupId, TenantId
from tympan_hub.domain.people import CONSOLE, Role
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Day, Ring, Step, Update, UpdateRules, Window, is_newer, sorted_versions
from tympan_hub.domain.wakes import LookAtUpdates
from tympan_hub.service.rollouts import Rollout
from tympan_wire import hub as wire
from tympan_wire.hub import (
    UPDATES_TOLD,
    Code,
    Operation,
    StoppedVersion,
    UpdatesRequest,
    UpdateStep,
    UpdatesWanted,
    UpdateTold,
)

pytestmark = pytest.mark.anyio
NEW = "2.0.0"


@attrs.define
class Fleet:
    """A tenant with some agents."""

    hub: Bench
    tenant: TenantId
    agents: list[RemoteAgent] = attrs.field(factory=list)

    async def add(self, count: int) -> list[RemoteAgent]:
        added = [await self.hub.agent(self.tenant, f"desk-{len(self.agents) + each}") for each in range(count)]
        self.agents += added
        return added

    async def tell(self, agent: RemoteAgent, step: UpdateStep = UpdateStep.SWITCHED, **said: Any) -> UpdatesWanted:
        """An agent tells of its update to the new version."""
        told = UpdateTold(
            subject=said.pop("subject", ""),
            version=said.pop("version", NEW),
            step=step,
            reason=said.pop("reason", ""),
            missing=said.pop("missing", ()),
            at=self.hub.clock.now(),
        )
        installed = "1.0.0" if step in (UpdateStep.RETURNED, UpdateStep.SWITCHING) else NEW
        request = UpdatesRequest(installed=installed, previous="1.0.0", updates=(told,), **said)
        wanted: UpdatesWanted = await agent.ask(Operation.UPDATES, request)
        return wanted

    async def tell_again(self, agent: RemoteAgent) -> UpdatesWanted:
        """An agent tells again what it told at first."""
        told = UpdateTold(version=NEW, step=UpdateStep.RETURNED, at=BIRTH)
        wanted: UpdatesWanted = await agent.ask(
            Operation.UPDATES, UpdatesRequest(installed="1.0.0", previous="1.0.0", updates=(told,))
        )
        return wanted

    async def look(self) -> Rollout:
        return await self.hub.services.rollouts.look(self.tenant, CONSOLE)

    async def say(self, **rules: Any) -> UpdateRules:
        return await self.hub.services.rollouts.change(self.tenant, CONSOLE, UpdateRules(**rules))


@pytest.fixture
async def fleet(hub: Bench) -> Fleet:
    return Fleet(hub, await hub.tenant())


async def stopped(fleet: Fleet) -> list[str]:
    return [shown.stop.name for shown in (await fleet.look()).stops if shown.stop.holds]


async def test_an_agent_of_which_nobody_said_anything_follows_the_last_ring_of_the_hubs_own_repository(
    fleet: Fleet,
) -> None:
    [agent] = await fleet.add(1)
    assert await agent.ask(Operation.UPDATES, UpdatesRequest(installed="1.0.0")) == UpdatesWanted()


async def test_rings_are_groups_of_computers_and_the_first_of_several_counts(fleet: Fleet) -> None:
    first, second, third, both = await fleet.add(4)
    groups = [await fleet.hub.services.groups.add(fleet.tenant, CONSOLE, name=name) for name in ("Brave", "Calm")]
    for agent, group in ((first, groups[0]), (second, groups[1]), (both, groups[1]), (both, groups[0])):
        await fleet.hub.services.groups.join_agent(fleet.tenant, CONSOLE, group.id, AgentId(agent.id))
    await fleet.say(canary=(groups[0].id,), early=(groups[1].id,))
    rings = [(await fleet.tell(agent)).ring for agent in (first, second, third, both)]
    assert rings == [wire.Ring.CANARY, wire.Ring.EARLY, wire.Ring.ALL, wire.Ring.CANARY]
    counted = {one.ring: one.agents for one in (await fleet.look()).versions}
    assert counted == {Ring.CANARY: 2, Ring.EARLY: 1, Ring.ALL: 1}


async def test_pause_pin_window_and_repository_reach_the_agents(fleet: Fleet) -> None:
    [agent] = await fleet.add(1)
    window = Window(days=(Day.SAT, Day.SUN), begin_min=22 * 60, end_min=5 * 60)
    await fleet.say(paused=True, pin="1.4.0", window=window, repository="https://updates.example.org/")
    wanted = await fleet.tell(agent)
    assert (wanted.paused, wanted.pin, wanted.repository) == (True, "1.4.0", "https://updates.example.org/")
    assert wanted.window == wire.UpdateWindow(days=(wire.Weekday.SAT, wire.Weekday.SUN), begin_min=1320, end_min=300)


async def test_connected_agents_are_woken_when_anything_is_said(fleet: Fleet) -> None:
    heard: list[object] = []
    fleet.hub.wakeups.listen(lambda _, wake: heard.append(wake))
    await fleet.say(paused=True)
    assert LookAtUpdates() in heard


async def test_a_version_that_agents_come_back_from_stops_by_itself_and_the_log_says_why(fleet: Fleet) -> None:
    heard: list[object] = []
    first, second, third = await fleet.add(3)
    assert (await fleet.tell(first, UpdateStep.RETURNED, reason="It did not start.")).stopped == ()
    assert await stopped(fleet) == [], "one computer alone may have a trouble of its own"
    fleet.hub.wakeups.listen(lambda _, wake: heard.append(wake))
    wanted = await fleet.tell(second, UpdateStep.RETURNED)
    assert wanted.stopped == (StoppedVersion(version=NEW),)
    assert LookAtUpdates() in heard
    asked = await third.ask(Operation.UPDATES, UpdatesRequest(installed="1.0.0"))
    assert asked.stopped == (StoppedVersion(version=NEW),), "no further agent takes it"
    [entry] = await fleet.hub.services.audit.page(fleet.tenant, CONSOLE, limit=1)
    assert (entry.act, entry.by, entry.subject) == ("update.stop", "hub", f"Tympan {NEW}")
    assert entry.detail == "2 of 2 unhealthy: 2 returned"


async def test_agents_that_lack_plugins_or_say_they_are_not_well_count_as_unhealthy(fleet: Fleet) -> None:
    first, second = await fleet.add(2)
    await fleet.tell(first, missing=("spool_cups",))
    await fleet.tell(second, healthy=False, trouble="No queue can be made.")
    [shown] = (await fleet.look()).stops
    assert (shown.stop.toll.taken, shown.stop.toll.failing) == (2, 2)


async def test_what_ails_an_agent_is_laid_at_the_version_it_names_or_took_last_and_not_at_earlier_ones(
    fleet: Fleet,
) -> None:
    earlier = UpdateTold(subject="acme-ledger", version="1.0.0", step=UpdateStep.SWITCHED, at=BIRTH)
    later = UpdateTold(version=NEW, step=UpdateStep.SWITCHED, at=BIRTH + dt.timedelta(days=3))
    for agent, missing in zip(await fleet.add(2), ((), ("spool_cups",)), strict=True):
        told = attrs.evolve(later, missing=missing)
        request = UpdatesRequest(installed=NEW, healthy=False, trouble="It prints no more.", updates=(earlier, told))
        await agent.ask(Operation.UPDATES, request)
    assert await stopped(fleet) == [f"Tympan {NEW}"]
    [shown] = (await fleet.look()).stops
    assert shown.now.failing == 2
    assert {update.subject for update in (await fleet.look()).troubles} == {""}


async def test_an_agent_that_is_not_heard_of_after_it_said_it_switches_counts_and_nobody_need_ask(
    fleet: Fleet,
) -> None:
    for agent in await fleet.add(2):
        await fleet.tell(agent, UpdateStep.SWITCHING)
    await fleet.hub.services.updates.round()
    assert await stopped(fleet) == []
    fleet.hub.clock.forward(minutes=31)
    await fleet.hub.services.updates.round()
    [shown] = (await fleet.look()).stops
    assert shown.stop.toll.silent == 2 and not shown.stop.by


async def test_what_a_process_took_down_and_died_over_is_judged_by_the_next_round(fleet: Fleet) -> None:
    for agent in await fleet.add(2):
        told = Update(agent=AgentId(agent.id), version=NEW, step=Step.RETURNED, at=BIRTH, told_at=fleet.hub.clock.now())
        async with fleet.hub.units.writing() as unit:
            await unit.updates.keep(fleet.tenant, AgentId(agent.id), [told])
    assert await stopped(fleet) == []
    await fleet.hub.services.updates.round()
    assert await stopped(fleet) == [f"Tympan {NEW}"]


async def test_an_agent_that_switches_and_is_heard_of_again_is_not_silent(fleet: Fleet) -> None:
    for agent in await fleet.add(2):
        await fleet.tell(agent, UpdateStep.SWITCHING)
    fleet.hub.clock.forward(minutes=31)
    for agent in fleet.agents:
        await agent.renew()
        await fleet.tell(agent)
    await fleet.hub.services.updates.round()
    assert await stopped(fleet) == []


@pytest.mark.parametrize(("well", "stops"), [(17, True), (18, False)])
async def test_a_share_of_them_decides_and_not_a_number_alone(fleet: Fleet, well: int, stops: bool) -> None:
    """2 of 19 are more than 10 percent, 2 of 20 are not."""
    for agent in await fleet.add(well):
        await fleet.tell(agent)
    for agent in await fleet.add(2):
        await fleet.tell(agent, UpdateStep.RETURNED)
    assert bool(await stopped(fleet)) is stops


async def test_what_two_agents_tell_at_once_is_not_counted_apart(fleet: Fleet) -> None:
    agents = await fleet.add(4)
    await asyncio.gather(*(fleet.tell(agent, UpdateStep.RETURNED) for agent in agents))
    assert await stopped(fleet) == [f"Tympan {NEW}"]


async def test_fetching_checking_and_refusing_take_nothing(fleet: Fleet) -> None:
    for agent in await fleet.add(3):
        for step in (UpdateStep.FETCHED, UpdateStep.CHECKED, UpdateStep.REFUSED):
            await fleet.tell(agent, step, reason="The signature is nobody's.")
    rollout = await fleet.look()
    assert not rollout.stops
    assert len(rollout.troubles) == 3 and rollout.troubles[0].reason == "The signature is nobody's."


async def test_a_plugin_is_stopped_by_itself_and_the_agent_goes_on(fleet: Fleet) -> None:
    for agent in await fleet.add(2):
        wanted = await fleet.tell(agent, UpdateStep.RETURNED, subject="acme-raw9100", version="1.0.1")
    assert wanted.stopped == (StoppedVersion(subject="acme-raw9100", version="1.0.1"),)


async def test_what_was_let_go_on_is_stopped_again_only_by_those_that_take_it_then(fleet: Fleet) -> None:
    for agent in await fleet.add(2):
        await fleet.tell(agent, UpdateStep.RETURNED)
    await fleet.hub.services.rollouts.go_on(fleet.tenant, CONSOLE, "", NEW)
    fleet.hub.clock.forward(hours=13)
    for agent in fleet.agents:
        await agent.renew()
        assert (await fleet.tell_again(agent)).stopped == ()
    assert await stopped(fleet) == []
    for agent in await fleet.add(2):
        wanted = await fleet.tell(agent, UpdateStep.RETURNED)
    assert wanted.stopped == (StoppedVersion(version=NEW),)
    with pytest.raises(SoAlready):
        await fleet.hub.services.rollouts.stop(fleet.tenant, CONSOLE, "", NEW)


async def test_inventing_versions_that_went_wrong_pushes_no_true_stop_out_of_what_agents_are_told(fleet: Fleet) -> None:
    [evil, honest] = await fleet.add(2)
    await fleet.hub.services.rollouts.stop(fleet.tenant, CONSOLE, "", NEW)
    await fleet.say(least=1)
    fleet.hub.clock.forward(minutes=1)
    told = tuple(
        UpdateTold(subject=f"made-up-{each}", version=NEW, step=UpdateStep.RETURNED, at=BIRTH)
        for each in range(UPDATES_TOLD)
    )
    await evil.ask(Operation.UPDATES, UpdatesRequest(installed="1.0.0", updates=told))
    wanted = await fleet.tell(honest, UpdateStep.SWITCHING)
    assert StoppedVersion(version=NEW) in wanted.stopped
    [kept] = (await fleet.hub.services.rollouts.of_agent(fleet.tenant, CONSOLE, AgentId(honest.id)))[1]
    assert kept.step is Step.CHECKED


async def test_a_revoked_agent_counts_no_more(fleet: Fleet) -> None:
    first, second, third = await fleet.add(3)
    await fleet.tell(first, UpdateStep.RETURNED)
    await fleet.hub.services.agents.revoke(fleet.tenant, CONSOLE, AgentId(first.id))
    await fleet.tell(second, UpdateStep.RETURNED)
    assert await stopped(fleet) == []
    await fleet.tell(third, UpdateStep.RETURNED)
    assert await stopped(fleet) == [f"Tympan {NEW}"]


async def test_nothing_of_one_tenant_stops_anything_of_another(fleet: Fleet) -> None:
    other = Fleet(fleet.hub, await fleet.hub.tenant("Bolt"))
    [ours] = await other.add(1)
    for agent in await fleet.add(3):
        await fleet.tell(agent, UpdateStep.RETURNED)
    assert (await other.tell(ours)).stopped == ()
    assert await stopped(other) == []


async def test_a_version_is_stopped_by_hand_and_let_go_on_once_each(fleet: Fleet) -> None:
    rollouts = fleet.hub.services.rollouts
    with pytest.raises(NotFound):
        await rollouts.go_on(fleet.tenant, CONSOLE, "", NEW)
    stop = await rollouts.stop(fleet.tenant, CONSOLE, "", NEW)
    assert stop.by == "console" and await stopped(fleet) == [f"Tympan {NEW}"]
    await rollouts.go_on(fleet.tenant, CONSOLE, "", NEW)
    with pytest.raises(SoAlready):
        await rollouts.go_on(fleet.tenant, CONSOLE, "", NEW)


async def test_an_agent_that_tells_nothing_new_writes_nothing(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    [agent] = await fleet.add(1)
    request = UpdatesRequest(installed="1.0.0", updates=(UpdateTold(version=NEW, step=UpdateStep.FETCHED, at=BIRTH),))
    await agent.ask(Operation.UPDATES, request)
    before = (await fleet.hub.services.rollouts.of_agent(fleet.tenant, CONSOLE, AgentId(agent.id)))[0]
    fleet.hub.clock.forward(minutes=5)
    await agent.ask(Operation.UPDATES, request)
    assert (await fleet.hub.services.rollouts.of_agent(fleet.tenant, CONSOLE, AgentId(agent.id)))[0] == before


@pytest.mark.parametrize(
    "request_",
    [
        UpdatesRequest(installed="../../etc"),
        UpdatesRequest(installed="1", updates=(UpdateTold(version="", step=UpdateStep.FETCHED, at=BIRTH),)),
        UpdatesRequest(installed="1", updates=(UpdateTold(subject="a b", version="1", step="fetched", at=BIRTH),)),  # type: ignore[arg-type]
        UpdatesRequest(
            installed="1",
            updates=tuple(
                UpdateTold(subject=f"p{each}", version="1", step=UpdateStep.FETCHED, at=BIRTH) for each in range(101)
            ),
        ),
    ],
    ids=["a path", "no version", "no distribution", "too many"],
)
async def test_what_cannot_be_a_version_is_refused(fleet: Fleet, request_: UpdatesRequest) -> None:
    [agent] = await fleet.add(1)
    answer = await agent.post(Operation.UPDATES, request_)
    assert answer.status_code == 400 and problem(answer).code is Code.BAD_MESSAGE


async def test_a_reason_with_lines_and_controls_is_kept_as_one_short_line(fleet: Fleet) -> None:
    [agent] = await fleet.add(1)
    await fleet.tell(agent, UpdateStep.RETURNED, reason="first\nsecond\x1b[31m" + "x" * 3000)
    [update] = (await fleet.look()).troubles
    assert update.reason.startswith("first second") and len(update.reason) == 500 and "\x1b" not in update.reason


@pytest.mark.parametrize(
    "rules",
    [
        UpdateRules(pin="../1"),
        UpdateRules(least=0),
        UpdateRules(percent=100),
        UpdateRules(repository="http://updates.example.org/"),
        UpdateRules(repository="https://user:secret@updates.example.org/"),
        UpdateRules(window=Window(begin_min=0, end_min=1440)),
        UpdateRules(canary=(GroupId("nowhere"),)),
    ],
    ids=["pin", "least", "percent", "plain-http", "password", "window", "group"],
)
async def test_rules_nobody_can_mean_are_refused(fleet: Fleet, rules: UpdateRules) -> None:
    with pytest.raises(BadInput):
        await fleet.hub.services.rollouts.change(fleet.tenant, CONSOLE, rules)


async def test_what_somebody_else_said_meanwhile_is_not_undone(fleet: Fleet) -> None:
    read = await fleet.hub.services.rollouts.rules(fleet.tenant, CONSOLE)
    await fleet.say(pin="1.0.0")
    with pytest.raises(Changed):
        await fleet.hub.services.rollouts.change(fleet.tenant, CONSOLE, UpdateRules(paused=True), read=read)
    with pytest.raises(SoAlready):
        await fleet.say(pin="1.0.0")


async def test_an_operator_sees_all_and_changes_nothing_and_a_user_sees_none(fleet: Fleet) -> None:
    operator = (await fleet.hub.person(fleet.tenant, Role.OPERATOR)).actor
    user = (await fleet.hub.person(fleet.tenant, Role.USER)).actor
    rollouts = fleet.hub.services.rollouts
    await rollouts.look(fleet.tenant, operator)
    for refused in (
        rollouts.look(fleet.tenant, user),
        rollouts.stop(fleet.tenant, operator, "", NEW),
        rollouts.go_on(fleet.tenant, operator, "", NEW),
        rollouts.change(fleet.tenant, operator, UpdateRules(paused=True)),
    ):
        with pytest.raises(NotAllowed):
            await refused


async def floor(fleet: Fleet, **said: Any) -> None:
    await fleet.hub.services.update_floors.change(CONSOLE, UpdateFloor(**said))


async def test_a_pause_of_the_service_owner_holds_for_everybody_and_its_agents_are_woken(fleet: Fleet) -> None:
    other = Fleet(fleet.hub, await fleet.hub.tenant("Bolt"))
    heard: list[object] = []
    fleet.hub.wakeups.listen(lambda tenant, wake: heard.append((tenant, wake)))
    [ours], [theirs] = await fleet.add(1), await other.add(1)
    await floor(fleet, paused=True)
    assert (SERVICE, LookAtUpdates()) in heard
    assert (await fleet.tell(ours)).paused and (await other.tell(theirs)).paused
    await fleet.say(paused=False, pin="1.0.0")
    assert (await fleet.tell(ours)).paused, "a tenant is not laxer"
    await floor(fleet)
    assert not (await fleet.tell(ours)).paused


async def test_no_agent_takes_a_version_newer_than_the_latest_the_service_owner_allows_wherever_it_comes_from(
    fleet: Fleet,
) -> None:
    [agent] = await fleet.add(1)
    await fleet.say(pin="2.1.0")
    await floor(fleet, latest="1.9")
    wanted = await fleet.tell(agent, UpdateStep.SWITCHING)
    assert wanted.stopped == (StoppedVersion(version=NEW),) and wanted.pin == ""
    assert (await fleet.tell(agent, UpdateStep.SWITCHING, version="1.9.0")).stopped == ()
    with pytest.raises(Decided):
        await fleet.say(pin="2.2.0")
    await fleet.say(pin="1.8.0")
    assert (await fleet.tell(agent)).pin == "1.8.0"


@pytest.mark.parametrize("rules", [{"paused": True}, {"pin": "1.4.0"}], ids=["paused", "pinned"])
async def test_who_was_held_back_as_it_was_about_to_switch_took_nothing_and_is_not_missed(
    fleet: Fleet, rules: dict[str, Any]
) -> None:
    await fleet.say(**rules)
    for agent in await fleet.add(2):
        await fleet.tell(agent, UpdateStep.SWITCHING)
    fleet.hub.clock.forward(minutes=31)
    await fleet.hub.services.updates.round()
    assert await stopped(fleet) == []
    for agent in fleet.agents:
        await agent.renew()
        assert (await fleet.tell(agent, UpdateStep.SWITCHING)).stopped == ()


async def test_a_version_above_it_that_the_ring_s_channel_names_is_told_before_anybody_fetches_it(
    fleet: Fleet, tmp_path: Path
) -> None:
    [agent] = await fleet.add(1)
    folder = Folder(next(tmp_path.rglob("hub.db"), tmp_path / "hub.db").parent / "updates")
    folder.channel("all", NEW, {"acme-raw9100": "1.0.1", "acme-ledger": "3.0"})
    folder.publish()
    await floor(fleet, latest="1.0.0", held=("Acme_Raw9100",))
    fleet.hub.services.updates._repository._read_at = -100.0  # type: ignore[union-attr]
    wanted = await agent.ask(Operation.UPDATES, UpdatesRequest(installed="1.0.0"))
    assert set(wanted.stopped) == {StoppedVersion(version=NEW), StoppedVersion(subject="acme-raw9100", version="1.0.1")}


async def test_a_vendor_s_plugin_that_is_held_back_stops_nothing_else(fleet: Fleet) -> None:
    [agent] = await fleet.add(1)
    await floor(fleet, held=("acme-raw9100",))
    for step, stopped_ in ((UpdateStep.SWITCHING, True), (UpdateStep.SWITCHED, False)):
        wanted = await fleet.tell(agent, step, subject="acme-raw9100", version="1.0.1")
        assert bool(wanted.stopped) is stopped_, "who has it keeps it"
    assert (await fleet.tell(agent, UpdateStep.SWITCHING)).stopped == ()


async def test_only_the_service_owner_says_what_holds_for_everybody(fleet: Fleet) -> None:
    boss = (await fleet.hub.person(fleet.tenant)).actor
    floors = fleet.hub.services.update_floors
    for refused in (floors.look(boss), floors.change(boss, UpdateFloor(paused=True))):
        with pytest.raises(NotAllowed):
            await refused
    owner = (await fleet.hub.person(SERVICE, Role.OWNER)).actor
    read = (await floors.look(owner)).floor
    await floors.change(owner, UpdateFloor(latest="1.4.0"), read=read)
    with pytest.raises(SoAlready):
        await floors.change(owner, UpdateFloor(latest="1.4.0"))
    with pytest.raises(Changed):
        await floors.change(owner, UpdateFloor(paused=True), read=read)
    [entry] = await fleet.hub.services.audit.page(SERVICE, owner, limit=1)
    assert (entry.act, entry.detail) == ("update.floor", "latest: none → 1.4.0")
    assert (await fleet.look()).floor == UpdateFloor(latest="1.4.0"), "and every tenant sees it"


@pytest.mark.parametrize(
    "said", [{"latest": "../1"}, {"held": ("",)}, {"held": ("a b",)}, {"held": tuple(f"p{n}" for n in range(101))}]
)
async def test_what_the_service_owner_cannot_mean_is_refused(fleet: Fleet, said: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await floor(fleet, **said)


@pytest.mark.parametrize(
    ("version", "other", "newer"),
    [
        ("1.10", "1.9", True),
        ("1.4", "1.4.0", False),
        ("1.4.0", "1.4", False),
        ("2.0rc1", "2.0", False),
        ("2.0.1", "2", True),
    ],
)
def test_a_version_is_newer_than_another_as_people_read_them(version: str, other: str, newer: bool) -> None:
    assert is_newer(version, other) is newer


def test_versions_are_in_the_order_people_read_them() -> None:
    mixed = ["1.9.0", "1.10.0", "2.0.0rc1", "2.0.0", "1.10.0.1", "dev"]
    assert sorted_versions(mixed) == ["2.0.0", "2.0.0rc1", "1.10.0.1", "1.10.0", "1.9.0", "dev"]


async def test_the_hub_tells_what_its_repository_says(fleet: Fleet, tmp_path: Path) -> None:
    assert (await fleet.look()).contents is None
    folder = Folder(next(tmp_path.rglob("hub.db"), tmp_path / "hub.db").parent / "updates")
    folder.channel("canary", "2.0.0", {"acme-raw9100": "1.0.1"})
    folder.channel("all", "1.0.0")
    folder.publish()
    fleet.hub.services.rollouts._repository._read_at = -100.0  # type: ignore[union-attr]
    contents = (await fleet.look()).contents
    assert contents is not None and not contents.trouble
    assert {ring: channel.agent for ring, channel in contents.channels.items()} == {
        Ring.CANARY: "2.0.0",
        Ring.ALL: "1.0.0",
    }
    assert contents.ends_at == dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
