"""A hub that refuses, is away or knows nothing of updates: what it said last holds, and nothing goes against it."""

from __future__ import annotations

import attrs
import pytest
from desk_rig import Machine, Workshop
from service_rig import Hub, linked, service

from tympan.plugin import HubLink, Member, NotFound, Retry, TympanError
from tympan.testing import FakeHubLink, FakeMembership
from tympan_wire.hub import Ring, StoppedVersion, UpdatesWanted

pytestmark = pytest.mark.anyio
MEMBER = Member(address="https://print.example", agent="a", tenant="t")


class Refuses(TympanError):
    """Of a hub that says no, and would say so again."""

    retry = Retry.NEVER


async def test_a_hub_that_goes_away_right_before_the_order_gets_none_ordered(workshop: Workshop, desk: Machine) -> None:
    class Away(TympanError):
        retry = Retry.LATER

    class Gone(FakeHubLink):
        async def request(self, operation: str, payload: bytes) -> bytes:
            if self.requests:
                raise Away("the hub is away")
            return await super().request(operation, payload)

    link = Gone()
    link.answers = {"updates": Hub().answer}
    async with service(desk, link, repository=str(workshop.public)) as running:
        await running.noted("the hub is away")
        assert running.order() is None


async def test_attack_a_hub_that_refuses_does_not_let_go_on_what_it_stopped_paused_or_pinned(
    workshop: Workshop, desk: Machine
) -> None:
    stopped = UpdatesWanted(ring=Ring.ALL, stopped=(StoppedVersion(subject="", version="1.1.0"),))
    hub, refusal = Hub(wish=stopped), list[TympanError]([Refuses("the hub refuses: it does not know this agent")])
    link, membership = linked(hub), FakeMembership(MEMBER)

    def refuse(payload: bytes) -> bytes:
        raise refusal[0]

    async with service(desk, link, membership, repository=str(workshop.public)) as running:
        await running.noted("is stopped")
        link.answers = {"updates": refuse}
        for error in (refusal[0], NotFound("there is no such operation")):
            refusal[0] = error
            running.look_again()
            assert "is stopped" in await running.noted(error.cause)
        folder = running.folder
    refusal[0] = Refuses("the hub refuses: it does not know this agent")
    async with service(desk, link, membership, folder=folder, repository=str(workshop.public)) as running:
        assert "is stopped" in await running.noted("what the hub said last holds: the hub refuses")
        assert running.order() is None
        running.host.offered = [membership]  # and its plugin runs no more
        running.look_again()
        assert "is stopped" in await running.noted("nothing here speaks to the hub")
        running.host.offered = [link, membership]
        membership.become(attrs.evolve(MEMBER, agent="b"))
        running.look_again()
        await running.noted("it does not know this agent")
        assert running.order() is None
        membership.become(None)
        running.look_again()
        await running.noted("ordered")


async def test_a_hub_that_refuses_and_never_said_what_it_wants_gets_nothing_changed(
    workshop: Workshop, desk: Machine
) -> None:
    def refuse(payload: bytes) -> bytes:
        raise Refuses("the hub refuses: no")

    link = linked(Hub())
    link.answers = {"updates": refuse}
    async with service(desk, link, FakeMembership(MEMBER), repository=str(workshop.public)) as running:
        await running.noted("the hub refuses: no")
        assert running.order() is None


async def test_a_hub_that_answers_with_nothing_of_ours_is_asked_again(workshop: Workshop, desk: Machine) -> None:
    link = linked(Hub())
    link.answers = {"updates": lambda payload: b"<html>"}
    async with service(desk, link, FakeMembership(MEMBER), repository=str(workshop.public)) as running:
        await running.noted("does not say which version it wants")
        assert running.order() is None


async def test_an_older_hub_knows_nothing_of_updates_and_the_machine_s_settings_hold(
    workshop: Workshop, desk: Machine
) -> None:
    class Old(FakeHubLink):
        async def request(self, operation: str, payload: bytes) -> bytes:
            raise NotFound("there is no such operation")

    ports: tuple[HubLink, ...] = (Old(),)
    async with service(desk, *ports, repository=str(workshop.public)) as running:
        await running.noted("ordered")
