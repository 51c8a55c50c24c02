"""Which agents print what comes through the hub for a printer, and that somebody hears of it when one is left."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hub_rig import AgentKey, Bench, RemoteAgent, notices
from tunnel_site import Site, new_site

from tympan_hub.domain.errors import NotAllowed, NotFound
from tympan_hub.domain.ids import AgentId, PrinterId
from tympan_hub.domain.people import Role
from tympan_hub.domain.policy import Verdict
from tympan_hub.domain.serving import Hindrance, Served
from tympan_hub.domain.tunnel_use import TunnelChoice
from tympan_hub.domain.wakes import LookAgain, Wake
from tympan_hub.domain.webhooks import Happening
from tympan_wire.hub import Hello
from tympan_wire.key_proofs import fingerprint

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(hub: Bench) -> Site:
    return await new_site(hub)


@pytest.fixture
def woken(hub: Bench) -> Iterator[list[str | None]]:
    """Whom the hub lets look at the desired state; None for all."""
    heard: list[str | None] = []

    def listen(_: str, wake: Wake) -> None:
        if isinstance(wake, LookAgain):
            heard.append(wake.agent)

    hub.wakeups.listen(listen)
    yield heard


async def served(site: Site) -> Served:
    """What an administrator sees."""
    return await site.hub.services.serving.of(site.tenant, site.admin, site.printer.id)


async def hook(site: Site) -> None:
    """A webhook that is told of few agents."""
    await site.hub.services.webhooks.add(
        site.tenant, site.admin, name="ours", url="https://x.example/", happenings=(Happening.PRINTER_FEW_AGENTS,)
    )


async def told(site: Site) -> list[tuple[int, list[str]]]:
    """How many agents webhooks were told of, and which, the first time first."""
    async with site.hub.units.reading() as unit:
        [ours] = await unit.webhooks.all(site.tenant)
        sent = await unit.deliveries.of(site.tenant, ours.id, None, 50)
    data = [json.loads(one.body)["data"] for one in sorted(sent, key=lambda one: one.made_at)]
    assert all((one["printer"], one["name"]) == ("lobby", "Lobby") for one in data)
    return [(one["agents"], one["left"]) for one in data]


async def test_a_printer_shows_who_serves_it_who_is_connected_and_what_hinders_the_others(site: Site) -> None:
    near, off, old = await site.agent("near"), await site.agent("off"), await site.hub.agent(site.tenant, "old")
    for agent in (near, off, old):
        await site.looks(agent)
    await site.tells(off, "document.stats")
    await site.choose()
    async with notices(site.hub.app, near.token) as stream:
        assert isinstance(await stream.line(), Hello)
        shown = await served(site)
    assert [(one.receiver.name, one.connected, one.alive, one.hindrance) for one in shown.servers] == [
        ("near", True, True, Hindrance.NONE),
        ("off", False, False, Hindrance.OFF),
        ("old", False, False, Hindrance.NO_KEY),
    ]
    assert shown.alive == 1 and shown.is_few
    assert all(one.reaches for one in shown.servers)


async def test_an_agent_whose_key_changed_is_given_nothing_until_that_is_confirmed(site: Site) -> None:
    near = await site.agent("near")
    await site.looks(near)
    await site.choose()
    await near.rekey(b"another key")
    assert [one.hindrance for one in (await served(site)).servers] == [Hindrance.KEY_WAITS]
    await site.hub.services.key_book.confirm(site.tenant, site.admin, AgentId(near.id), fingerprint(b"another key"))
    assert [one.hindrance for one in (await served(site)).servers] == [Hindrance.NONE]


class Unsigned(AgentKey):
    """Of an agent of an earlier release, which signs no key for envelopes."""

    def recipient_proof(self, recipient: bytes) -> str:
        """None."""
        return ""


async def test_an_agent_that_joined_with_a_key_it_did_not_sign_counts_once_it_signs_it(site: Site) -> None:
    old = RemoteAgent(site.hub.client, site.hub.clock, Unsigned.new(), name="old", recipient=b"a key")
    await old.enrol(await site.hub.services.agents.make_token(site.tenant, site.admin))
    await old.renew()
    await site.looks(old)
    await site.choose()
    shown = await served(site)
    assert [one.hindrance for one in shown.servers] == [Hindrance.KEY_WAITS]
    assert shown.alive == 0, "no sender gives it a document's key"
    await old.rekey(b"a key", AgentKey(old.key.private).recipient_proof(b"a key"))
    assert [one.hindrance for one in (await served(site)).servers] == [Hindrance.NONE]


async def test_an_agent_that_is_away_counts_for_minutes_and_no_longer(site: Site) -> None:
    near = await site.agent("near")
    await site.looks(near)
    await site.choose()
    assert (await served(site)).alive == 1
    site.hub.clock.forward(minutes=6)
    assert (await served(site)).alive == 0
    await near.renew()
    assert (await served(site)).alive == 1


async def test_receiving_that_policy_has_off_is_the_reason_that_is_shown(site: Site) -> None:
    near = await site.agent("near")
    await site.looks(near)
    await site.choose()
    await site.switch("tunnel.receive", Verdict.OFF, site.tenant)
    assert [one.hindrance for one in (await served(site)).servers] == [Hindrance.POLICY]


async def test_two_agents_are_enough_and_a_printer_without_the_tunnel_needs_none(site: Site) -> None:
    assert not (await served(site)).is_few
    await site.choose()
    assert (await served(site)).is_few
    for name in ("one", "two"):
        await site.looks(await site.agent(name))
    assert not (await served(site)).is_few
    await site.switch("tunnel.send", Verdict.OFF)
    assert not (await served(site)).on


async def test_who_may_not_see_agents_is_told_none_and_a_printer_there_is_not_is_not_found(site: Site) -> None:
    user = (await site.hub.person(site.tenant, Role.USER, "u@acme.example")).actor
    with pytest.raises(NotAllowed):
        await site.hub.services.serving.of(site.tenant, user, site.printer.id)
    with pytest.raises(NotFound):
        await site.hub.services.serving.of(site.tenant, site.admin, PrinterId("nowhere"))


async def test_few_agents_are_told_once_for_each_change_and_not_each_round(site: Site) -> None:
    await hook(site)
    await site.choose()
    one, two = await site.agent("one"), await site.agent("two")
    await site.looks(one)
    settle = site.hub.services.serving.settle
    await settle()
    await settle()
    assert await told(site) == [(1, [one.id])]

    site.hub.clock.forward(seconds=15)
    await site.looks(two)
    await settle()
    assert len(await told(site)) == 1, "two are enough"

    site.hub.clock.forward(minutes=6)
    await one.renew()
    await settle()
    await settle()
    assert (await told(site))[1:] == [(1, [one.id])]

    site.hub.clock.forward(minutes=6)
    await settle()
    await settle()
    assert (await told(site))[2:] == [(0, [])]


async def test_a_printer_whose_tunnel_is_off_is_told_of_no_more_and_of_again_when_it_is_on(site: Site) -> None:
    await hook(site)
    await site.choose()
    settle = site.hub.services.serving.settle
    await settle()
    assert await told(site) == [(0, [])]
    await site.choose(TunnelChoice())
    await settle()
    async with site.hub.units.reading() as unit:
        assert await unit.serving.levels(site.tenant) == {}
    site.hub.clock.forward(seconds=15)
    await site.choose()
    await settle()
    assert len(await told(site)) == 2


async def test_the_overview_names_printers_with_few_agents(site: Site) -> None:
    await site.choose()
    look = site.hub.services.overview.look
    seen = await look(site.tenant, site.admin, site.hub.clock.now())
    assert [(one.name, one.alive) for one in seen.few] == [("Lobby", 0)]
    for name in ("one", "two"):
        await site.looks(await site.agent(name))
    assert (await look(site.tenant, site.admin, site.hub.clock.now())).few == ()


async def test_all_are_told_when_somebody_serves_again_and_else_the_new_one_alone(
    site: Site, woken: list[str | None]
) -> None:
    await site.choose()
    settle = site.hub.services.serving.settle
    one, two = await site.agent("one"), await site.agent("two")
    await settle()
    woken.clear()
    await site.looks(one)
    await settle()
    assert woken == [None]
    woken.clear()
    await settle()
    assert woken == []
    await site.looks(two)
    await settle()
    assert woken == [two.id]


async def test_a_revoked_agent_is_shown_no_more(site: Site) -> None:
    near = await site.agent("near")
    await site.looks(near)
    await site.choose()
    await site.hub.services.agents.revoke(site.tenant, site.admin, AgentId(near.id))
    assert (await served(site)).servers == ()
