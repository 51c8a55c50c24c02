"""What the tenant says of shares: for whom they are, who takes whose over, and how many there may be."""

from __future__ import annotations

import uuid

import attrs
import pytest
from hub_rig import Bench, Stage, problem

from tympan_hub.domain.errors import BadInput
from tympan_hub.domain.ids import AgentId, PrinterId, ShareId
from tympan_hub.domain.limits import shares as limits
from tympan_hub.domain.limits.shares import PATTERN_OCTETS, SHARE_GRACE, SHARE_PATTERNS
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.shares import SharedFor, SharingRules
from tympan_hub.service import shared_printers, shares
from tympan_wire import hub as wire
from tympan_wire.hub import SHARES_AT_ONCE, Operation, Share, SharesAnswer, SharesChange, SharesRequest, shares_digest

pytestmark = pytest.mark.anyio


def queue(number: int = 1, name: str = "") -> Share:
    called = name or f"Laser {number}"
    return Share(id=uuid.UUID(int=number), queue=called.replace(" ", "_"), name=called).hashed()


async def put(stage: Stage, *told: Share, gone: tuple[int, ...] = ()) -> SharesAnswer:
    change = SharesChange(put=told, gone=tuple(uuid.UUID(int=one) for one in gone))
    answer: SharesAnswer = await stage.machine.ask(Operation.SHARES_CHANGE, change)
    return answer


async def shared(hub: Bench, stage: Stage) -> list[Printer]:
    async with hub.units.reading() as unit:
        return [one for one in await unit.printers.all(stage.tenant) if one.share is not None]


async def users(stage: Stage, *people: Person) -> list[bool]:
    """Who of these may use the printer of the first share."""
    [printer] = await shared(stage.hub, stage)
    names = stage.hub.services.printers.names
    return [printer.id in await names(stage.tenant, one.actor) for one in people]


@pytest.fixture
async def ben(stage: Stage) -> Person:
    return await stage.hub.person(stage.tenant, Role.USER, "ben@acme.example")


@pytest.fixture
async def eve(stage: Stage) -> Person:
    return await stage.hub.person(stage.tenant, Role.USER, "eve@acme.example")


async def share_for(stage: Stage, audience: SharedFor) -> None:
    rules = SharingRules(audience=audience)
    await stage.hub.services.sharing.change_rules(stage.tenant, stage.admin.actor, rules)


# ------------------------------------------------------------------ for whom


async def test_a_share_for_who_is_signed_in_is_for_those_who_are_then_and_for_nobody_else(
    stage: Stage, ben: Person, eve: Person
) -> None:
    await stage.enrolled()
    await share_for(stage, SharedFor.SIGNED_IN)
    await stage.signed_in(ben, user="ben")
    await put(stage, queue())
    assert await users(stage, ben, eve) == [True, False]
    await stage.signed_in(eve, user="eve")
    assert await users(stage, ben, eve) == [True, False]


async def test_a_share_that_came_before_anybody_signed_in_is_for_the_first_who_does(
    stage: Stage, ben: Person, eve: Person
) -> None:
    await stage.enrolled()
    await share_for(stage, SharedFor.SIGNED_IN)
    await put(stage, queue())
    assert await users(stage, ben, eve) == [False, False]
    await stage.signed_in(ben, user="ben")
    assert await users(stage, ben, eve) == [True, False]
    assert "printer.give" in await stage.acts()
    await stage.signed_in(eve, user="eve")
    assert await users(stage, ben, eve) == [True, False]


@pytest.mark.parametrize("how", ["the first who signed in", "a group", "everybody"])
async def test_a_share_an_administrator_took_from_all_is_given_to_nobody_who_signs_in_then(
    stage: Stage, ben: Person, eve: Person, how: str
) -> None:
    await stage.enrolled()
    await share_for(stage, SharedFor.SIGNED_IN)
    await put(stage, queue())
    [printer] = await shared(stage.hub, stage)
    given, by = stage.hub.services.assignments, stage.admin.actor
    if how == "a group":
        press = await stage.hub.services.groups.add(stage.tenant, by, name="Press")
        await given.give_group(stage.tenant, by, printer.id, press.id)
        await given.take_group(stage.tenant, by, printer.id, press.id)
    elif how == "everybody":
        for everybody in (True, False):
            await given.set_everybody(stage.tenant, by, printer.id, everybody)
    else:
        await stage.signed_in(ben, user="ben")
        assert await users(stage, ben) == [True]
        await given.take_person(stage.tenant, by, printer.id, ben.id)
    await stage.signed_in(eve, user="eve")
    assert await users(stage, ben, eve) == [False, False]


async def test_whoever_signs_in_elsewhere_gets_no_share_of_this_computer(stage: Stage, ben: Person) -> None:
    await stage.enrolled()
    await share_for(stage, SharedFor.SIGNED_IN)
    other = await stage.hub.agent(stage.tenant, "other")
    await other.ask(Operation.SHARES_CHANGE, SharesChange(put=(queue(),)))
    await stage.signed_in(ben, user="ben")
    assert await users(stage, ben) == [False]


@pytest.mark.parametrize("audience", [SharedFor.NOBODY, SharedFor.EVERYBODY])
async def test_a_sign_in_gives_no_share_where_the_tenant_says_otherwise(
    stage: Stage, ben: Person, audience: SharedFor
) -> None:
    await stage.enrolled()
    await share_for(stage, audience)
    await put(stage, queue())
    await stage.signed_in(ben, user="ben")
    [printer] = await shared(stage.hub, stage)
    async with stage.hub.units.reading() as unit:
        assert await unit.assignments.people_of(stage.tenant, printer.id) == ()
    assert printer.everybody is (audience is SharedFor.EVERYBODY)


async def test_a_share_that_was_given_to_somebody_or_stopped_waits_for_nobody(stage: Stage, ben: Person) -> None:
    await stage.enrolled()
    await share_for(stage, SharedFor.SIGNED_IN)
    await put(stage, queue(1), queue(2), queue(3))
    first, second, third = await shared(stage.hub, stage)
    services, by = stage.hub.services, stage.admin.actor
    press = await services.groups.add(stage.tenant, by, name="Press")
    await services.assignments.give_group(stage.tenant, by, first.id, press.id)
    await services.assignments.set_everybody(stage.tenant, by, second.id, True)
    await services.sharing.stop(stage.tenant, by, ShareId(str(third.share)))
    await stage.signed_in(ben, user="ben")
    async with stage.hub.units.reading() as unit:
        given = [await unit.assignments.people_of(stage.tenant, one.id) for one in (first, second)]
    assert given == [(), ()]
    assert len(await shared(stage.hub, stage)) == 2


@pytest.mark.parametrize(
    "patterns",
    [
        ("",),
        ("   ",),
        ("a\nb",),
        ("\u202edesrever",),
        ("\x00",),
        ("*" * (PATTERN_OCTETS + 1),),
        ("\u00e4" * (PATTERN_OCTETS // 2 + 1),),
        tuple(f"q{number}" for number in range(SHARE_PATTERNS + 1)),
    ],
    ids=["empty", "blank", "lines", "turned", "zero", "long", "octets", "many"],
)
@pytest.mark.parametrize("of", ["allow", "deny"])
async def test_attack_patterns_that_are_none_are_refused_and_change_nothing(
    stage: Stage, of: str, patterns: tuple[str, ...]
) -> None:
    service, by = stage.hub.services.sharing, stage.admin.actor
    await service.change_rules(stage.tenant, by, SharingRules(deny=("keep",)))
    with pytest.raises(BadInput):
        wanted = SharingRules(allow=patterns) if of == "allow" else SharingRules(deny=patterns)
        await service.change_rules(stage.tenant, by, wanted)
    assert await service.rules(stage.tenant, by) == SharingRules(deny=("keep",))


# ------------------------------------------------------------------ who takes whose over


async def test_a_computer_that_takes_the_place_of_another_has_its_shares_with_their_users(
    stage: Stage, ben: Person
) -> None:
    old = await stage.hub.agent(stage.tenant, "Front desk")
    await old.ask(Operation.SHARES_CHANGE, SharesChange(put=(queue(),)))
    [printer] = await shared(stage.hub, stage)
    await stage.hub.services.assignments.give_person(stage.tenant, stage.admin.actor, printer.id, ben.id)
    await stage.enrolled(replaces=AgentId(old.id))
    await put(stage, queue(name="Anew"))
    [after] = await shared(stage.hub, stage)
    assert (after.id, after.name) == (printer.id, "Anew")
    assert await users(stage, ben) == [True]
    shown = await stage.hub.services.sharing.get(stage.tenant, stage.admin.actor, ShareId(str(uuid.UUID(int=1))))
    assert shown.share.agent == stage.machine.id
    late = await old.post(Operation.SHARES_CHANGE, SharesChange(gone=(uuid.UUID(int=1),)))
    assert late.status_code in (401, 403), "what was replaced speaks for nothing"
    assert len(await shared(stage.hub, stage)) == 1


async def test_attack_who_took_the_place_of_one_computer_takes_no_share_of_another(stage: Stage) -> None:
    old = await stage.hub.agent(stage.tenant, "Front desk")
    other = await stage.hub.agent(stage.tenant, "Payroll")
    await other.ask(Operation.SHARES_CHANGE, SharesChange(put=(queue(),)))
    await stage.enrolled(replaces=AgentId(old.id))
    refused = await stage.machine.post(Operation.SHARES_CHANGE, SharesChange(put=(queue(2), queue(name="Mine"))))
    assert (refused.status_code, "another computer" in problem(refused).detail) == (409, True)
    assert [one.name for one in await shared(stage.hub, stage)] == ["Laser 1"], "nothing of the change was taken"


async def test_a_queue_removed_and_made_again_under_another_name_later_keeps_people_groups_and_name_a_person_gave(
    stage: Stage, ben: Person
) -> None:
    await stage.enrolled()
    await put(stage, queue())
    [printer] = await shared(stage.hub, stage)
    services, by = stage.hub.services, stage.admin.actor
    press = await services.groups.add(stage.tenant, by, name="Press")
    await services.assignments.give_person(stage.tenant, by, printer.id, ben.id)
    await services.assignments.give_group(stage.tenant, by, printer.id, press.id)
    await services.printers.change(stage.tenant, by, attrs.evolve(printer, name="Ours", location="Cellar"))
    await put(stage, gone=(1,))
    stage.hub.clock.forward(seconds=SHARE_GRACE.total_seconds())
    await services.housekeeping.tidy()
    assert await shared(stage.hub, stage) == []
    await stage.machine.renew()
    await put(stage, queue(name="Colour"))
    [again] = await shared(stage.hub, stage)
    assert (again.id, again.name, again.location) == (printer.id, "Ours", "Cellar")
    assert await users(stage, ben) == [True]
    async with stage.hub.units.reading() as unit:
        assert [one.id for one in await unit.assignments.groups_of(stage.tenant, again.id)] == [press.id]


# ------------------------------------------------------------------ how many


@pytest.mark.parametrize("many", [120, pytest.param(1000, marks=pytest.mark.soak)])
async def test_very_many_queues_come_in_changes_of_fifty_and_one_more_at_once_is_refused(
    stage: Stage, many: int
) -> None:
    await stage.enrolled()
    every = [queue(number) for number in range(1, many + 1)]
    for first in range(0, many, SHARES_AT_ONCE):
        answer = await put(stage, *every[first : first + SHARES_AT_ONCE])
    assert len(answer.known) == len(await shared(stage.hub, stage)) == many
    same: SharesAnswer = await stage.machine.ask(Operation.SHARES, SharesRequest(digest=shares_digest(answer.known)))
    assert same == SharesAnswer(same=True)
    one_more = SharesChange(put=tuple(every[: SHARES_AT_ONCE + 1]))
    assert (await stage.machine.post(Operation.SHARES_CHANGE, one_more)).status_code == 409


async def test_a_share_there_is_no_room_for_becomes_a_printer_when_there_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.enrolled()
    monkeypatch.setattr(shared_printers, "PRINTERS", 2)
    answer = await put(stage, queue(1), queue(2), queue(3))
    assert [one.hash for one in answer.known].count("") == 1, "the third is asked for again"
    assert len(await shared(stage.hub, stage)) == 2
    await stage.hub.services.printers.remove(stage.tenant, stage.admin.actor, PrinterId("laser-1"))
    asked: SharesAnswer = await stage.machine.ask(Operation.SHARES, SharesRequest(digest=shares_digest(answer.known)))
    assert not asked.same
    await put(stage, queue(3))
    assert sorted(one.id for one in await shared(stage.hub, stage)) == ["laser-2", "laser-3"]


async def test_a_share_there_is_no_room_for_is_told_gone_as_any_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.enrolled()
    monkeypatch.setattr(shared_printers, "PRINTERS", 1)
    answer = await put(stage, queue(1), queue(2))
    [unroomed] = [one.id for one in answer.known if not one.hash]
    answer = await put(stage, gone=(unroomed.int,))
    assert unroomed not in [one.id for one in answer.known]
    by, key = stage.admin.actor, ShareId(str(unroomed))
    assert (await stage.hub.services.sharing.get(stage.tenant, by, key)).share.gone_at is not None


async def test_a_computer_with_too_many_queues_keeps_those_it_has_and_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.enrolled()
    monkeypatch.setattr(shares, "SHARES", 3)
    await put(stage, queue(1), queue(2))
    refused = await stage.machine.post(Operation.SHARES_CHANGE, SharesChange(put=(queue(3), queue(4))))
    assert (refused.status_code, problem(refused).next_step) == (409, "Deny those that nobody needs.")
    assert len(await shared(stage.hub, stage)) == 2
    await put(stage, queue(1, "Anew"), queue(3))
    assert len(await shared(stage.hub, stage)) == 3


def test_agents_are_told_the_limits_the_hub_keeps() -> None:
    kept = (limits.SHARE_OPTIONS, limits.SHARE_VALUES, limits.SHARE_BYTES)
    assert kept == (wire.SHARE_OPTIONS, wire.SHARE_VALUES, wire.SHARE_BYTES)
