"""The sending end: which jobs go through the hub, what is said of them meanwhile, and how each comes to its end."""

from __future__ import annotations

import uuid

import attrs
import pytest
import trio
from both_ends import BEGUN, CONTENT, TAKEN, Away, Hub, printer, reader, receiving, sending, until

from tympan.plugin import (
    Aborted,
    AgentKeys,
    CanceledAtDevice,
    Claimed,
    Completed,
    Deferred,
    HubUploads,
    JobState,
    LostTrack,
    Membership,
    NotMine,
    Outcome,
    PrinterReach,
    SendAgain,
)
from tympan.testing import FakeAgentKeys, FakeDelivery, FakeHost
from tympan_cloud_tunnel._limits import FOLLOW_S
from tympan_cloud_tunnel._model import Evidence, Step
from tympan_cloud_tunnel._route import TunnelRoute
from tympan_cloud_tunnel._rules import rate_of
from tympan_cloud_tunnel._sender import Sender
from tympan_cloud_tunnel._station import Station
from tympan_wire.hub import CrossingState, TunnelRules, TunnelUse
from tympan_wire.sealed import Recipient

pytestmark = pytest.mark.anyio


class Sent:
    """A job being sent, and what it came to."""

    def __init__(self, home: object, delivery: FakeDelivery) -> None:
        self.home, self.delivery = home, delivery
        self.ends: list[Outcome] = []

    @property
    def job(self) -> uuid.UUID:
        return self.delivery.job.uuid

    async def run(self) -> None:
        self.ends.append(await self.home.deliver(self.delivery))  # type: ignore[attr-defined]

    async def end(self) -> Outcome:
        await until(lambda: self.ends, 3600)
        return self.ends[0]


async def test_a_printers_rules_and_its_device_say_which_jobs_go_through_the_hub() -> None:
    async with sending(Hub(), reach=PrinterReach.FALLBACK) as home:
        job, place = home.delivery().job, home.delivery().printer
        always = attrs.evolve(place, reach=PrinterReach.TUNNEL)
        assert await home.route.claim(job, always) == Claimed(note="through the hub, as all jobs of this printer")
        assert isinstance(await home.route.claim(job, attrs.evolve(place, reach=PrinterReach.DIRECT)), NotMine)
        assert isinstance(await home.route.claim(job, attrs.evolve(place, serves=True)), NotMine)
        assert isinstance(await home.route.claim(attrs.evolve(job, shared=True), always), NotMine)
        assert isinstance(await home.route.claim(job, place), NotMine), "its device was not asked yet"
        home.sees_device(False)
        found = await home.route.claim(job, place)
        assert found == Claimed(note="through the hub, for the device does not answer this computer")
        assert await home.route.claim(job, attrs.evolve(place, serves=True)) == found, "it was taken along"
        home.sees_device(True)
        assert isinstance(await home.route.claim(job, place), NotMine)


async def test_before_its_service_runs_the_route_takes_nothing() -> None:
    route, job = TunnelRoute(Station()), None
    async with sending(Hub()) as home:
        job = home.delivery().job
    assert isinstance(await route.claim(job, printer()), NotMine)


async def test_while_a_job_waits_its_owner_reads_for_what_and_in_its_story_who_prints_it() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.ends(sent.job, TAKEN, holder="near")
        home.notice()
        await trio.sleep(1)
        hub.ends(sent.job, BEGUN, impressions=2)
        home.notice()
        await until(lambda: sent.delivery.job.state is JobState.PRINTING)
        assert sent.delivery.reasons[-1] == "job-printing"
        assert "job-transferring" in sent.delivery.reasons
        assert sent.delivery.job.impressions_completed == 2
        hub.ends(sent.job, CrossingState.COMPLETED, impressions=3)
        assert await sent.end() == Completed(impressions=3, detail="Printed by near.")
        lines = [what for _, what, _ in sent.delivery.trail]
        assert lines == ["given to the hub", "near prints it"]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (CrossingState.COMPLETED, Completed),
        (CrossingState.ABORTED, Aborted),
        (CrossingState.CANCELED, CanceledAtDevice),
        (CrossingState.EXPIRED, Aborted),
        (CrossingState.LOST, LostTrack),
    ],
)
async def test_each_end_at_the_hub_is_the_jobs_end(state: CrossingState, kind: type[Outcome]) -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.ends(sent.job, state, detail="As the hub tells.")
        found = await sent.end()
        assert isinstance(found, kind)
        assert getattr(found, "detail", "") == "As the hub tells."


async def test_the_story_of_a_job_that_nobody_could_print_does_not_say_that_somebody_prints_it() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.ends(sent.job, CrossingState.ABORTED, holder="near")
        await sent.end()
        assert [what for _, what, _ in sent.delivery.trail] == ["given to the hub", "near had it"]


async def test_a_job_whose_end_is_unknown_and_that_is_let_go_again_is_given_up_with_a_sentence() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.ends(sent.job, CrossingState.LOST)
        assert isinstance(await sent.end(), LostTrack)
        sent.delivery.evidence = b""
        again = await home.route.deliver(sent.delivery)
        assert isinstance(again, Aborted)
        assert "gives no job away twice" in again.detail


async def test_a_job_canceled_before_anybody_began_is_over_and_nothing_is_printed() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        sent.delivery.canceled.set()
        assert isinstance(await sent.end(), CanceledAtDevice)
        assert hub.crossings[sent.job].state is CrossingState.CANCELED


async def test_a_job_canceled_once_it_was_begun_is_followed_to_the_end_it_has() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.ends(sent.job, BEGUN, holder="near")
        sent.delivery.canceled.set()
        await trio.sleep(30)
        assert sent.ends == []
        hub.ends(sent.job, CrossingState.COMPLETED)
        assert isinstance(await sent.end(), Completed)


async def test_a_job_canceled_while_it_is_uploaded_never_reaches_the_hub() -> None:
    hub = Hub()

    class Slow(type(hub.bytes)):  # type: ignore[misc]
        async def upload(self, *arguments: object, **named: object) -> str:
            while True:
                await trio.sleep(60)

    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        home.host.offered = [one for one in home.host.offered if not isinstance(one, HubUploads)]
        home.host.offered.append(Slow())
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await trio.sleep(5)
        sent.delivery.canceled.set()
        assert isinstance(await sent.end(), CanceledAtDevice)
        assert hub.offers == []


async def test_a_device_that_answers_again_gets_the_job_itself_where_nobody_began_with_it() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader, reach=PrinterReach.FALLBACK) as home:
        home.sees_device(False)
        delivery = home.delivery()
        async with trio.open_nursery() as nursery:

            async def back() -> None:
                await until(lambda: delivery.job.uuid in hub.crossings)
                home.sees_device(True)

            nursery.start_soon(back)
            found = await home.route.deliver(delivery)
        assert isinstance(found, Deferred)
        assert delivery.evidence == b"", "any route may take it now"
        assert hub.crossings[delivery.job.uuid].state is CrossingState.CANCELED
        assert isinstance(await home.route.claim(delivery.job, delivery.printer), NotMine)


async def test_a_job_asked_back_that_somebody_began_with_meanwhile_is_printed_there_and_not_here() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader, reach=PrinterReach.FALLBACK) as home, trio.open_nursery() as nursery:
        home.sees_device(False)
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.standing = lambda one: attrs.evolve(one, state=CrossingState.WAITING) if one.state is BEGUN else one
        hub.ends(sent.job, BEGUN, holder="near")
        home.sees_device(True)
        recalled = Evidence(step=Step.RECALLED, upload=upload(hub))
        await until(lambda: Evidence.decoded(sent.delivery.evidence) == recalled)
        hub.standing = lambda one: one
        await until(lambda: sent.delivery.job.state is JobState.PRINTING)
        hub.ends(sent.job, CrossingState.COMPLETED, impressions=1)
        assert isinstance(await sent.end(), Completed)


def upload(hub: Hub) -> str:
    [reference] = hub.bytes.uploads
    return reference


async def test_an_agent_that_joined_later_gets_an_envelope_while_the_job_waits() -> None:
    hub = Hub()
    near, late = receiving(hub), receiving(hub, "late")
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.crossings[sent.job].missing = (late.reader,)
        await until(lambda: len(hub.offers) == 2)
        assert [one.agent for one in hub.crossings[sent.job].offer.envelopes] == ["near", "late"]
        nursery.cancel_scope.cancel()


async def test_a_hub_without_room_keeps_the_job_waiting_and_nothing_fails() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        hub.full = Away("so much waits that nothing more is taken now")
        delivery = home.delivery()
        found = await home.route.deliver(delivery)
        assert isinstance(found, Deferred)
        assert "nothing more is taken" in found.detail
        sent = Sent(home, delivery)
        nursery.start_soon(sent.run)
        await trio.sleep(60)
        assert sent.ends == []
        hub.full = None
        await until(lambda: sent.job in hub.crossings)
        hub.ends(sent.job, CrossingState.COMPLETED)
        assert isinstance(await sent.end(), Completed)


async def test_a_document_larger_than_the_hub_takes_is_given_up_with_a_sentence_before_it_is_uploaded() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader, bytes_most=1_000) as home:
        found = await home.route.deliver(home.delivery())
        assert isinstance(found, Aborted)
        assert "larger than" in found.detail
        assert hub.bytes.uploads == {}


async def test_without_anybody_near_the_device_the_job_waits_and_says_for_whom() -> None:
    async with sending(Hub()) as home:
        found = await home.route.deliver(home.delivery())
        assert isinstance(found, Deferred)
        assert "no computer near the device" in found.detail


async def test_an_upload_that_waits_for_a_full_hub_says_so_and_stands_in_the_story_once() -> None:
    hub = Hub()
    near = receiving(hub)
    hub.bytes.full = "the hub asks to come back later: its tunnel is full"
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: "resources-are-not-ready" in sent.delivery.reasons)
        await trio.sleep(60)
        assert sent.delivery.reasons[-1] == "resources-are-not-ready"
        assert [what for _, what, _ in sent.delivery.trail] == [f"waits for room at the hub {hub.bytes.full}"]
        hub.bytes.room.set()
        await until(lambda: sent.job in hub.crossings)
        assert sent.delivery.reasons.count("resources-are-not-ready") == 1
        nursery.cancel_scope.cancel()


async def test_an_upload_whose_job_is_canceled_on_the_way_is_given_up_at_the_hub() -> None:
    hub = Hub()
    near = receiving(hub)
    hub.bytes.full = "the hub asks to come back later: its tunnel is full"
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: "resources-are-not-ready" in sent.delivery.reasons)
        sent.delivery.canceled.set()
        assert isinstance(await sent.end(), CanceledAtDevice)
        assert hub.bytes.abandoned == [f"tunnel {sent.job}"]
        assert sent.job not in hub.crossings


@pytest.mark.parametrize("missing", [HubUploads, AgentKeys])
async def test_without_a_plugin_that_leads_there_the_job_waits(missing: type[object]) -> None:
    hub = Hub()
    async with sending(hub, reader("near", Recipient.generate())) as home:
        home.host.offered = [one for one in home.host.offered if not isinstance(one, missing)]
        assert isinstance(await home.route.deliver(home.delivery()), Deferred)
        assert hub.offers == []


async def test_a_hub_that_is_away_is_asked_again_and_takes_nothing_back() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home, trio.open_nursery() as nursery:
        sent = Sent(home, home.delivery())
        nursery.start_soon(sent.run)
        await until(lambda: sent.job in hub.crossings)
        hub.away = Away("the hub is away")
        await trio.sleep(20 * FOLLOW_S)
        assert sent.ends == []
        assert sent.delivery.reasons[-1] == "connecting-to-destination"
        hub.away = None
        hub.ends(sent.job, CrossingState.COMPLETED)
        assert isinstance(await sent.end(), Completed)


async def test_after_a_restart_a_job_the_hub_never_heard_of_is_sent_and_one_it_has_is_followed() -> None:
    hub = Hub()
    near = receiving(hub)
    async with sending(hub, near.reader) as home:
        delivery = home.delivery()
        delivery.evidence = Evidence(step=Step.OFFERED, upload="upload/x").encoded()
        assert isinstance(await home.route.recover(delivery), SendAgain)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(home.deliver, delivery)
            await until(lambda: delivery.job.uuid in hub.crossings)
            nursery.cancel_scope.cancel()
        hub.ends(delivery.job.uuid, CrossingState.COMPLETED)
        assert isinstance(await home.route.recover(delivery), Completed)
        assert len(hub.offers) == 1


async def test_evidence_that_cannot_be_read_is_for_a_person_to_decide() -> None:
    async with sending(Hub()) as home:
        delivery = home.delivery()
        delivery.evidence = b"junk"
        assert isinstance(await home.route.recover(delivery), LostTrack)


async def test_a_computer_that_left_its_hub_waits_with_a_job_there_until_somebody_cancels_it() -> None:
    hub = Hub()
    async with sending(hub, reader("near", Recipient.generate())) as home:
        delivery = home.delivery()
        delivery.evidence = Evidence(step=Step.OFFERED).encoded()
        [membership] = home.host.ports(Membership)  # type: ignore[type-abstract]
        await membership.leave()
        assert isinstance(await home.route.recover(delivery), Deferred)
        delivery.canceled.set()
        assert isinstance(await home.route.recover(delivery), LostTrack)


def test_the_lower_of_two_rates_counts_and_none_is_no_bound() -> None:
    rules = TunnelRules(use=TunnelUse.ALWAYS)
    cases = ((0, 0, 0), (5, 0, 5), (0, 7, 7), (5, 7, 5))
    assert all(rate_of(attrs.evolve(rules, rate=hub), own) == lower for hub, own, lower in cases)


async def test_the_rate_goes_to_whoever_uploads() -> None:
    hub, rates = Hub(), list[int]()
    near = receiving(hub)

    class Metered(type(hub.bytes)):  # type: ignore[misc]
        async def upload(self, *arguments: object, rate: int = 0, **named: object) -> str:
            rates.append(rate)
            return str(await super().upload(*arguments, **named))

    async with sending(hub, near.reader, rate=4_096) as home, trio.open_nursery() as nursery:
        home.host.offered = [one for one in home.host.offered if not isinstance(one, HubUploads)]
        metered = Metered()
        home.host.offered.append(metered)
        delivery = home.delivery(CONTENT)
        nursery.start_soon(home.deliver, delivery)
        await until(lambda: delivery.job.uuid in hub.crossings)
        assert rates == [4_096]
        nursery.cancel_scope.cancel()


async def test_the_services_host_serves_the_route_only_while_it_runs() -> None:
    station, host = Station(), FakeHost("cloud_tunnel", ports=[FakeAgentKeys()])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Sender(station).run, host)
        await host.ready_event.wait()
        assert station.host is host
        nursery.cancel_scope.cancel()
    assert station.host is None
