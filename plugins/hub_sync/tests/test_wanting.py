"""What the hub wants reaches the kernel, is kept while the hub is silent, and is forgotten when it is left."""

from __future__ import annotations

import base64
import json
from uuid import UUID

import attrs
import pytest
import trio
import trio.testing
from sync_rig import MEMBER, QUICK, made, running
from trio.testing import MockClock

from tympan.plugin import LookAgain, PortsChanged, Printer, PrinterMode, TympanError, printer_id
from tympan.testing import FakeNoticeSource
from tympan_hub_sync._limits import LOOKS_AT_ONCE
from tympan_hub_sync._pace import Pace
from tympan_relay import Terms, terms_of
from tympan_wire.hub import (
    Delivery,
    Desired,
    DesiredRequest,
    PointWanted,
    PrinterWanted,
    PullRules,
    Reader,
    ShareWanted,
    TunnelRules,
    TunnelUse,
    decode,
)

pytestmark = pytest.mark.anyio
WANTED = PrinterWanted(
    id="front", name="Front", uri="ipp://device.example/", delivery=Delivery.PULL, fingerprint="ab", location="Hall"
)


async def test_policy_and_printers_are_shown_as_the_hub_has_them() -> None:
    sync = made()
    sync.desired = Desired(edition="1", policies=("signed",), printers=(WANTED,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        assert await sync.wants.policy.keys() == MEMBER.policy_keys
        assert await sync.wants.policy.documents() == [b"signed"]
        [printer] = await sync.wants.printers.printers() or ()
        assert printer == Printer(
            id=printer_id("front"), name="Front", uri="ipp://device.example/", mode=PrinterMode.PULL, fingerprint="ab",
            location="Hall",
        )  # fmt: skip


async def test_a_pull_queue_comes_with_its_rules_and_points_are_printers_to_release_at() -> None:
    sync = made()
    rules = PullRules(hold_s=600, media=("iso_a4_210x297mm",))
    pull = PrinterWanted(id="pull", name="Pull", uri="", delivery=Delivery.PULL, pull=rules)
    both = PrinterWanted(id="both", name="Both", uri="ipp://both.example/")
    points = tuple(PointWanted(printer=name, name=name, uri=f"ipp://{name}.example/") for name in ("both", "hall"))
    sync.desired = Desired(edition="1", printers=(pull, both), points=points)
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.known)
        found = {printer.id: printer for printer in await sync.wants.printers.printers() or ()}
    assert [(one.offered, one.releases) for one in found.values()] == [(True, False), (True, True), (False, True)]
    assert (found[printer_id("pull")].uri, found[printer_id("pull")].mode) == ("", PrinterMode.PULL)
    assert terms_of(found[printer_id("pull")]) == Terms(pull=rules)
    assert found[printer_id("hall")].uri == "ipp://hall.example/"
    assert sync.wants.printers.offered == {"pull", "both"}
    assert sync.wants.printers.devices == {"both", "hall"}


async def test_a_printer_says_how_its_jobs_come_to_its_device_and_whether_others_jobs_come_out_at_it() -> None:
    sync = made()
    rules = {use: TunnelRules(use=use, readers=(Reader(agent="b", recipient="key"),)) for use in TunnelUse}
    printers = (
        PrinterWanted(id="plain", name="Plain", uri="ipp://plain.example/"),
        PrinterWanted(id="far", name="Far", uri="ipp://far.example/", tunnel=rules[TunnelUse.ALWAYS]),
        PrinterWanted(id="maybe", name="Maybe", uri="ipp://maybe.example/", tunnel=rules[TunnelUse.FALLBACK]),
        PrinterWanted(id="near", name="Near", uri="ipp://near.example/", tunnel=rules[TunnelUse.ALWAYS]),
    )
    served = tuple(PointWanted(printer=name, name=name, uri=f"ipp://{name}.example/") for name in ("near", "hall"))
    points = (PointWanted(printer="hall", name="hall", uri="ipp://hall.example/"),)
    sync.desired = Desired(edition="1", printers=printers, served=served, points=points)
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.known)
        found = {str(printer.id): printer for printer in await sync.wants.printers.printers() or ()}
    assert {name: (one.reach.value, one.serves, one.offered, one.releases) for name, one in found.items()} == {
        "plain": ("direct", False, True, False),
        "far": ("tunnel", False, True, False),
        "maybe": ("fallback", False, True, False),
        "near": ("fallback", True, True, False),
        "hall": ("direct", True, False, True),
    }
    assert terms_of(found["far"]) == Terms(tunnel=rules[TunnelUse.ALWAYS])
    assert found["plain"].terms == ""


async def test_a_shared_queue_of_this_machine_is_printed_here_whatever_else_the_hub_says_of_its_printer() -> None:
    sync = made()
    share, quiet, gone = (UUID(int=number) for number in (1, 2, 3))
    sync.desired = Desired(
        edition="1",
        printers=(PrinterWanted(id="laser", name="Laser", uri="", tunnel=TunnelRules(use=TunnelUse.ALWAYS)),),
        shares=(
            ShareWanted(id=share, printer="laser"),
            ShareWanted(id=quiet, printer="quiet"),
            ShareWanted(id=gone, printer="gone", stopped=True),
        ),
    )
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.known)
        found = {str(printer.id): printer for printer in await sync.wants.printers.printers() or ()}
    assert {name: (one.uri, one.serves, one.offered, one.reach.value) for name, one in found.items()} == {
        "laser": (f"tympan-share:{share}", True, True, "direct"),
        "quiet": (f"tympan-share:{quiet}", True, False, "direct"),
    }


async def test_a_notice_reaches_whoever_deals_with_its_topic_and_no_other() -> None:
    async with running() as sync:
        await sync.until(lambda: "desired" in dict(sync.link.requests))
        with sync.host.bus.subscribe(LookAgain, size=8) as heard:
            before = len(sync.link.requests)
            await sync.notices.push("releases")
            assert await heard.receive() == LookAgain(topic="releases")
            await trio.testing.wait_all_tasks_blocked()
            assert [name for name, _ in sync.link.requests[before:] if name == "desired"] == []
            await sync.notices.push("of-a-newer-hub")
            assert await heard.receive() == LookAgain(topic="")
            await sync.until(lambda: [name for name, _ in sync.link.requests[before:] if name == "desired"])


async def test_after_a_break_of_the_link_everybody_looks() -> None:
    async with running() as sync:
        await sync.until(lambda: sync.notices._streams)
        with sync.host.bus.subscribe(LookAgain, size=8) as heard:
            await sync.notices.break_link()
            assert await heard.receive() == LookAgain(topic="")


def signed_as(scope: str, name: str) -> str:
    payload = base64.b64encode(json.dumps({"scope": scope, "name": name}).encode()).decode()
    return json.dumps({"payload": payload})


async def test_what_groups_decide_for_another_agent_is_not_shown_to_the_kernel() -> None:
    sync = made()
    mine, anothers = signed_as("group", MEMBER.agent), signed_as("group", "another")
    tenants = signed_as("tenant", "another")
    sync.desired = Desired(edition="1", policies=(mine, anothers, tenants, "junk"), printers=(WANTED,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        assert await sync.wants.policy.documents() == [mine.encode(), tenants.encode(), b"junk"]


async def test_a_notice_brings_the_change_and_the_known_edition_is_named() -> None:
    async with running() as sync:
        await sync.until(lambda: "desired" in dict(sync.link.requests))
        await sync.want(Desired(edition="2", printers=(WANTED,)))
        await sync.until(lambda: sync.wants.printers.devices)
        before = len(sync.link.requests)
        await sync.notices.push("anything")
        await sync.until(lambda: len([1 for name, _ in sync.link.requests[before:] if name == "desired"]))
        asked = [decode(DesiredRequest, payload).known for name, payload in sync.link.requests if name == "desired"]
        assert asked == ["", "0", "2"]


async def test_attack_forged_notices_change_nothing_and_make_no_flood_of_requests() -> None:
    sync = made()
    sync.desired = Desired(edition="1", policies=("signed",), printers=(WANTED,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        for number in range(500):
            await sync.notices.push(f"remove-printers-{number}")
            await trio.testing.wait_all_tasks_blocked()
        assert len([1 for name, _ in sync.link.requests if name == "desired"]) < 2 * LOOKS_AT_ONCE
        assert sync.wants.printers.devices == {"front"}
        assert await sync.wants.policy.documents() == [b"signed"]


def test_looks_follow_each_other_at_once_for_a_while_and_then_one_at_a_time() -> None:
    async def looks() -> None:
        pace, began = Pace(at_once=3, every_s=2.0), trio.current_time()
        for _ in range(6):
            await pace.turn()
        assert trio.current_time() - began == 6.0
        await trio.sleep(60)
        rested = trio.current_time()
        for _ in range(3):
            await pace.turn()
        assert trio.current_time() == rested

    trio.run(looks, clock=trio.testing.MockClock(autojump_threshold=0))


async def test_without_notices_it_asks_from_time_to_time() -> None:
    sync = made(attrs.evolve(QUICK, poll_s=0.05))
    sync.host.offered.remove(sync.notices)
    async with running(sync):
        await sync.until(lambda: len([1 for name, _ in sync.link.requests if name == "desired"]) > 3)


async def test_a_hub_that_is_away_or_talks_nonsense_takes_nothing_back_and_is_heard_again() -> None:
    sync = made()
    sync.desired = Desired(edition="1", policies=("signed",), printers=(WANTED,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        sync.away = True
        await sync.notices.push("desired")
        await sync.until(lambda: sync.host.noted == "the hub is away")
        assert sync.wants.printers.devices
        sync.garbage, sync.away = 3, False
        await sync.want(Desired(edition="2"))
        await sync.until(lambda: not sync.wants.printers.devices)
        await sync.until(lambda: sync.host.noted == "")


async def test_a_second_source_of_notices_is_heard_when_it_comes() -> None:
    async with running() as sync:
        await sync.until(lambda: "desired" in dict(sync.link.requests))
        other = FakeNoticeSource()
        sync.host.offered.append(other)
        sync.host.bus.publish(PortsChanged())
        await sync.until(lambda: other._streams)
        sync.desired = Desired(edition="2", printers=(WANTED,))
        await other.push("desired")
        await sync.until(lambda: sync.wants.printers.devices)


async def test_before_the_hub_answered_nothing_is_known_and_nothing_changes() -> None:
    sync = made()
    sync.away = True
    async with running(sync):
        await sync.until(lambda: sync.host.noted == "the hub is away")
        assert await sync.wants.policy.keys() == MEMBER.policy_keys
        assert await sync.wants.policy.documents() is None
        assert await sync.wants.printers.printers() is None


async def test_belonging_to_nobody_is_known() -> None:
    async with running(made(member=None)) as sync:
        await sync.until(lambda: "not enrolled" in sync.host.noted)
        assert await sync.wants.policy.keys() == ()
        assert await sync.wants.printers.printers() == ()
        assert sync.link.requests == []


async def test_a_link_that_stops_is_no_leaving() -> None:
    sync = made()
    sync.desired = Desired(edition="1", printers=(WANTED,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        offered, sync.host.offered = sync.host.offered, []
        sync.host.bus.publish(PortsChanged())
        await sync.until(lambda: sync.host.noted == "no plugin that leads to a hub runs")
        assert sync.wants.printers.devices
        assert sync.host.outbox.watched
        sync.host.offered = offered
        before = len(sync.link.requests)
        sync.host.bus.publish(PortsChanged())
        await sync.until(lambda: len(sync.link.requests) > before)


async def test_a_revoked_agent_says_so_and_prints_on() -> None:
    sync = made()

    def revoked(payload: bytes) -> bytes:
        raise TympanError("the hub refuses: this agent was revoked")

    sync.desired = Desired(edition="1", printers=(WANTED,))
    async with running(sync):
        await sync.until(lambda: sync.wants.printers.devices)
        sync.link.answers = {"desired": revoked, "reports": revoked}
        await sync.notices.push("desired")
        await sync.until(lambda: "this agent was revoked" in sync.host.noted)
        assert sync.wants.printers.devices, "queues go on printing"
        assert sync.host.outbox.watched


@pytest.mark.parametrize("anyio_backend", [("trio", {"clock": MockClock(autojump_threshold=0)})])
async def test_what_is_said_between_two_streams_of_notices_is_looked_at_when_the_next_one_opens() -> None:
    sync = made(attrs.evolve(QUICK, poll_s=3600.0))
    async with running(sync, first_s=1.0, last_s=30.0):
        await sync.until(lambda: "desired" in dict(sync.link.requests))
        await sync.notices.break_link()
        sync.desired = Desired(edition="2", printers=(WANTED,))
        broken = trio.current_time()
        await sync.until(lambda: sync.wants.printers.devices)
        assert trio.current_time() - broken < 2
