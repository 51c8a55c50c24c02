"""Queues that agents share: told in differences, printers at once, and never anybody else's."""

from __future__ import annotations

import uuid
from typing import Any

import attrs
import pytest
from hub_rig import Bench, RemoteAgent, problem
from tunnel_site import Site, new_site

from tympan_hub.domain.errors import BadInput, NotAllowed, SoAlready
from tympan_hub.domain.ids import AgentId, PrinterId, ShareId
from tympan_hub.domain.limits.shares import SHARE_GRACE
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.printers import Printer
from tympan_hub.domain.serving import Hindrance
from tympan_hub.domain.shares import Origin, SharedFor, SharingRules
from tympan_hub.domain.tunnel_use import TunnelChoice
from tympan_wire.hub import (
    SHARES_AT_ONCE,
    DefaultOrigin,
    Operation,
    Share,
    ShareOption,
    SharesAnswer,
    SharesChange,
    SharesRequest,
    ShareState,
    shares_digest,
)

pytestmark = pytest.mark.anyio

SIDES = ShareOption(
    name="sides", values=("one-sided", "two-sided-long-edge"), default="one-sided", origin=DefaultOrigin.OS
)
COPIES = ShareOption(name="copies", values=("1-99",), default="1")


def queue(number: int = 1, **said: Any) -> Share:
    """A queue as its agent tells it."""
    share = Share(id=uuid.UUID(int=number), queue=f"Laser_{number}", name=f"Laser {number}", options=(SIDES, COPIES))
    return attrs.evolve(share, formats=("application/pdf",), **said).hashed()


@pytest.fixture
async def site(hub: Bench) -> Site:
    return await new_site(hub)


@pytest.fixture
async def agent(site: Site) -> RemoteAgent:
    return await site.agent("desk")


async def put(agent: RemoteAgent, *shares: Share, gone: tuple[int, ...] = ()) -> SharesAnswer:
    change = SharesChange(put=shares, gone=tuple(uuid.UUID(int=one) for one in gone))
    answer: SharesAnswer = await agent.ask(Operation.SHARES_CHANGE, change)
    return answer


async def ask(agent: RemoteAgent, digest: str) -> SharesAnswer:
    answer: SharesAnswer = await agent.ask(Operation.SHARES, SharesRequest(digest=digest))
    return answer


async def shared(site: Site) -> list[Printer]:
    """Printers of shares."""
    async with site.hub.units.reading() as unit:
        return [one for one in await unit.printers.all(site.tenant) if one.share is not None]


def key(number: int = 1) -> ShareId:
    return ShareId(str(uuid.UUID(int=number)))


async def test_a_share_is_a_printer_at_once_and_for_nobody_until_somebody_gives_it(
    site: Site, agent: RemoteAgent
) -> None:
    assert not (await ask(agent, shares_digest([]))).known
    answer = await put(agent, queue(location="Second floor", make_and_model="Example 9"))
    assert [(one.id, one.hash) for one in answer.known] == [(queue().id, answer.known[0].hash)]
    [printer] = await shared(site)
    assert (printer.name, printer.location, printer.uri) == ("Laser 1", "Second floor", "")
    assert not printer.everybody
    user = await site.hub.person(site.tenant, Role.USER, "ben@acme.example")
    assert printer.id not in await site.hub.services.printers.names(site.tenant, user.actor)
    shown = await site.hub.services.printers.get(site.tenant, site.admin, printer.id)
    assert [(one.make_and_model, one.duplex) for one in shown.devices] == [("Example 9", True)]


async def test_a_round_in_which_nothing_changed_is_one_small_question(site: Site, agent: RemoteAgent) -> None:
    shares = [queue(number) for number in range(1, 8)]
    known = (await put(agent, *shares)).known
    answer = await ask(agent, shares_digest(known))
    assert answer == SharesAnswer(same=True)
    other = await ask(agent, shares_digest(known[1:]))
    assert not other.same
    assert set(other.known) == set(known)


async def test_a_message_said_twice_changes_nothing(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue(1), queue(2))
    before = await shared(site)
    await put(agent, queue(2), queue(1))
    assert await shared(site) == before


async def test_names_that_are_taken_are_made_different(site: Site, agent: RemoteAgent) -> None:
    other = await site.agent("till")
    await put(agent, queue(1, name="Lobby"), queue(2, name="Lobby"))
    await put(other, queue(3, name="Lobby"))
    assert sorted(one.name for one in await shared(site)) == ["Lobby (desk)", "Lobby (desk) 2", "Lobby (till)"]


async def test_a_queue_called_anew_is_the_same_printer_called_anew(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [before] = await shared(site)
    await put(agent, queue(queue="Colour", name="Colour", location="Third floor"))
    [after] = await shared(site)
    assert (after.id, after.name, after.location) == (before.id, "Colour", "Third floor")


async def test_a_name_a_person_gave_stays_whatever_the_queue_is_called(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.printers.change(site.tenant, site.admin, attrs.evolve(printer, name="Ours"))
    await put(agent, queue(name="Colour"))
    assert [one.name for one in await shared(site)] == ["Ours"]


async def test_a_queue_that_is_gone_takes_its_printer_along_after_a_while_and_comes_back_with_its_users(
    site: Site, agent: RemoteAgent
) -> None:
    ben = await site.hub.person(site.tenant, Role.USER, "ben@acme.example")
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.assignments.give_person(site.tenant, site.admin, printer.id, ben.id)
    answer = await put(agent, gone=(1,))
    assert answer.known == ()
    await site.hub.services.housekeeping.tidy()
    assert [one.id for one in await shared(site)] == [printer.id], "a queue is named anew by removing and adding it"
    assert await served(agent) == []
    site.hub.clock.forward(seconds=SHARE_GRACE.total_seconds())
    await site.hub.services.housekeeping.tidy()
    assert await shared(site) == []
    await agent.renew()
    await put(agent, queue())
    assert [one.id for one in await shared(site)] == [printer.id]
    assert printer.id in await site.hub.services.printers.names(site.tenant, ben.actor)


async def served(agent: RemoteAgent) -> list[tuple[str, str]]:
    return [(one.printer, one.uri) for one in (await agent.desired()).served]


async def test_its_own_agent_prints_it_and_no_other(site: Site, agent: RemoteAgent) -> None:
    other = await site.agent("other")
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.assignments.set_everybody(site.tenant, site.admin, printer.id, True)
    assert await served(agent) == [(printer.id, f"tympan-share:{key()}")]
    assert await served(other) == []
    [wanted] = [one for one in (await other.desired()).printers if one.id == printer.id]
    assert wanted.tunnel is not None
    assert wanted.tunnel.use.value == "always"
    assert [reader.agent for reader in wanted.tunnel.readers] == [agent.id]
    assert (wanted.uri, wanted.options) == (f"tympan-share:{key()}", (SIDES, COPIES))
    assert printer.id not in [one.id for one in (await agent.desired()).printers], "it has the queue itself"


async def test_where_no_agent_may_send_its_own_agent_prints_what_people_hand_in(site: Site, agent: RemoteAgent) -> None:
    other = await site.agent("other")
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.assignments.set_everybody(site.tenant, site.admin, printer.id, True)
    await site.switch("tunnel.send", Verdict.OFF)
    assert [one for one, _ in await served(agent)] == [printer.id]
    assert printer.id not in [one.id for one in (await other.desired()).printers], "nothing would come out"


async def test_where_policy_has_sharing_off_nothing_is_registered_or_printed(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue(1))
    await site.switch("share.queues", Verdict.OFF, site.tenant)
    refused = await agent.post(Operation.SHARES_CHANGE, SharesChange(put=(queue(2),)))
    assert refused.status_code == 403
    assert await served(agent) == []
    [printer] = await shared(site)
    [server] = (await site.hub.services.serving.of(site.tenant, site.admin, printer.id)).servers
    assert server.hindrance is Hindrance.POLICY


async def test_a_share_another_computer_claims_is_refused(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    thief = await site.agent("thief")
    refused = await thief.post(Operation.SHARES_CHANGE, SharesChange(put=(queue(name="Mine"),)))
    assert refused.status_code == 409
    assert "another computer" in problem(refused).detail
    assert [one.name for one in await shared(site)] == ["Laser 1"]


async def test_an_agent_takes_no_share_of_another_away(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    assert (await put(await site.agent("thief"), gone=(1,))).known == ()
    assert len((await ask(agent, "")).known) == 1


async def test_the_computer_that_joined_anew_has_its_shares_again(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.agents.revoke(site.tenant, site.admin, AgentId(agent.id))
    again = await site.agent("desk again")
    await put(again, queue())
    assert await served(again) == [(printer.id, f"tympan-share:{key()}")]


async def test_a_share_of_another_tenant_by_the_same_id_is_another_share(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    other = await site.hub.tenant("Globex")
    stranger = await site.hub.agent(other, "stranger")
    answer = await put(stranger, queue(name="Theirs"))
    assert len(answer.known) == 1
    assert [one.name for one in await shared(site)] == ["Laser 1"]


async def test_one_that_a_person_stopped_stays_stopped_until_it_is_allowed(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.assignments.set_everybody(site.tenant, site.admin, printer.id, True)
    await site.hub.services.sharing.stop(site.tenant, site.admin, key())
    with pytest.raises(SoAlready):
        await site.hub.services.sharing.stop(site.tenant, site.admin, key())
    answer = await put(agent, queue(name="Other"))
    assert answer.known == ()
    assert [(str(one.id), one.stopped) for one in answer.wanted] == [(key(), True)]
    assert (await agent.desired()).shares == answer.wanted
    assert await shared(site) == []
    await site.hub.services.sharing.allow(site.tenant, site.admin, key())
    [again] = await shared(site)
    assert (again.id, again.everybody) == (printer.id, True)


async def test_a_share_of_a_computer_that_may_not_come_any_more_is_allowed_and_no_printer_until_it_joins_anew(
    site: Site, agent: RemoteAgent
) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.sharing.stop(site.tenant, site.admin, key())
    await site.hub.services.agents.revoke(site.tenant, site.admin, AgentId(agent.id))
    await site.hub.services.sharing.allow(site.tenant, site.admin, key())
    assert await shared(site) == [], "nobody would print there"
    await put(await site.agent("desk again"), queue())
    assert [one.id for one in await shared(site)] == [printer.id]


async def test_a_printer_deleted_in_the_portal_stops_its_share(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    await site.hub.services.printers.remove(site.tenant, site.admin, printer.id)
    shown = await site.hub.services.sharing.get(site.tenant, site.admin, key())
    assert shown.share.stopped_by == site.admin.label
    assert [one.stopped for one in (await ask(agent, "")).wanted] == [True]


async def test_a_default_of_the_tenant_holds_above_the_queues_and_says_who_set_it(
    site: Site, agent: RemoteAgent
) -> None:
    await put(agent, queue())
    sharing = site.hub.services.sharing
    with pytest.raises(BadInput):
        await sharing.set_default(site.tenant, site.admin, key(), "sides", "upside-down")
    with pytest.raises(BadInput):
        await sharing.set_default(site.tenant, site.admin, key(), "copies", "100")
    await sharing.set_default(site.tenant, site.admin, key(), "copies", "2")
    shown = await sharing.set_default(site.tenant, site.admin, key(), "sides", "two-sided-long-edge")
    [sides, _] = shown.options
    assert (sides.value, sides.origin, sides.told, sides.told_origin) == (
        "two-sided-long-edge",
        Origin.TENANT,
        "one-sided",
        Origin.OS,
    )
    assert sides.set is not None
    assert sides.set.by == site.admin.label
    [wanted] = (await ask(agent, "")).wanted
    assert {(one.name, one.default) for one in wanted.defaults} == {("sides", "two-sided-long-edge"), ("copies", "2")}
    shown = await sharing.set_default(site.tenant, site.admin, key(), "sides", "")
    assert shown.options[0].origin is Origin.OS


async def test_a_default_the_queue_has_no_more_does_not_hold(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    sharing = site.hub.services.sharing
    await sharing.set_default(site.tenant, site.admin, key(), "sides", "two-sided-long-edge")
    await put(agent, queue(options=(attrs.evolve(SIDES, values=("one-sided",)),)))
    [sides] = (await sharing.get(site.tenant, site.admin, key())).options
    assert (sides.value, sides.origin) == ("one-sided", Origin.OS)


@pytest.mark.parametrize(("audience", "sees"), [(SharedFor.EVERYBODY, True), (SharedFor.NOBODY, False)])
async def test_the_tenant_says_for_whom_new_shares_are(
    site: Site, agent: RemoteAgent, audience: SharedFor, sees: bool
) -> None:
    rules = SharingRules(audience=audience, allow=("Laser*",), deny=("*PDF*",))
    await site.hub.services.sharing.change_rules(site.tenant, site.admin, rules)
    answer = await put(agent, queue())
    assert (answer.allow, answer.deny) == (rules.allow, rules.deny)
    assert [one.everybody for one in await shared(site)] == [sees]


async def test_how_a_queue_stands_is_shown_where_devices_are(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    site.hub.clock.forward(seconds=1)
    await put(agent, queue(state=ShareState.STOPPED, reasons=("media-empty-error",)))
    assert await reason(site, printer.id) == "media-empty-error"
    site.hub.clock.forward(seconds=1)
    await put(agent, queue(accepting=False))
    assert await reason(site, printer.id) == "paused"


async def reason(site: Site, printer: PrinterId) -> str:
    shown = await site.hub.services.printers.get(site.tenant, site.admin, printer)
    return shown.devices[0].reason


async def test_too_many_or_too_large_shares_are_refused(site: Site, agent: RemoteAgent) -> None:
    many = SharesChange(put=tuple(queue(number) for number in range(SHARES_AT_ONCE + 1)))
    long = ShareOption(name="media", values=tuple(f"custom_{number}" for number in range(2_000)))
    for change in (many, SharesChange(put=(queue(options=(long,)),))):
        assert (await agent.post(Operation.SHARES_CHANGE, change)).status_code == 409
    assert await shared(site) == []


async def test_a_hash_that_is_not_of_what_is_said_is_refused(site: Site, agent: RemoteAgent) -> None:
    lying = attrs.evolve(queue(), hash="0" * 64)
    assert (await agent.post(Operation.SHARES_CHANGE, SharesChange(put=(lying,)))).status_code == 400


async def test_a_share_always_goes_through_the_hub(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    [printer] = await shared(site)
    with pytest.raises(BadInput, match="always go through the hub"):
        await site.hub.services.tunnel_use.choose(site.tenant, site.admin, printer.id, TunnelChoice())
    with pytest.raises(BadInput):
        moved = attrs.evolve(printer, uri="ipp://printer.example/ipp/print")
        await site.hub.services.printers.change(site.tenant, site.admin, moved)


async def test_who_may_not_manage_printers_stops_and_sets_nothing(site: Site, agent: RemoteAgent) -> None:
    await put(agent, queue())
    operator = (await site.hub.person(site.tenant, Role.OPERATOR, "op@acme.example")).actor
    sharing = site.hub.services.sharing
    with pytest.raises(NotAllowed):
        await sharing.stop(site.tenant, operator, key())
    with pytest.raises(NotAllowed):
        await sharing.set_default(site.tenant, operator, key(), "sides", "one-sided")
