"""What the portal's page gets done."""

from __future__ import annotations

import attrs
import pytest
from bridge_rig import MEMBER, Bridge, bridge, page_request, permit_for

from tympan.plugin import OutboxFilled, Queue
from tympan_browser_bridge._origins import origin_of
from tympan_wire.bridge import GREET_PATH, Deed
from tympan_wire.hub import QueueReport, Report, decode

pytestmark = pytest.mark.anyio


async def told(here: Bridge) -> list[QueueReport]:
    """What waits for the hub."""
    found = [decode(Report, entry.payload).finding for entry in await here.host.outbox.peek(10)]
    return [finding for finding in found if isinstance(finding, QueueReport)]


async def test_a_greeting_says_whose_agent_this_is() -> None:
    async with bridge() as here:
        greeting = await here.greet()
        assert (greeting["agent"], greeting["tenant"]) == ("agent-1", "acme")
        assert greeting["release"]
        assert "installed" not in greeting
        other = await here.greet()
        assert other["challenge"] != greeting["challenge"]


async def test_a_permit_installs_and_the_hub_hears_of_it() -> None:
    async with bridge() as here:
        with here.host.bus.subscribe(OutboxFilled, size=1) as filled:
            status, said = await here.run(permit_for((await here.greet())["challenge"]))
            await filled.receive()
        assert (status, said) == (200, {"printer": "front", "queue": "front"})
        (queue,) = await here.spooler.list_queues()
        assert (queue.uri, queue.info, queue.location) == ("ipp://localhost:39149/ipp/print/front", "Front", "Hall")
        assert await told(here) == [QueueReport(printer="front", installed=True, usable=True)]
        assert (await here.greet())["installed"] == ["front"]


async def test_a_permit_removes_and_the_hub_hears_of_it() -> None:
    async with bridge() as here:
        await here.run(permit_for((await here.greet())["challenge"]))
        status, said = await here.run(permit_for((await here.greet())["challenge"], deed=Deed.REMOVE))
        assert (status, said) == (200, {"printer": "front"})
        assert await here.spooler.list_queues() == ()
        assert await told(here) == [QueueReport(printer="front", installed=False)]


async def test_a_queue_made_before_the_port_changed_is_still_this_agents() -> None:
    old = Queue(name="front", uri="ipp://localhost:4711/ipp/print/front", ours=True)
    foreign = Queue(name="hall", uri="ipp://localhost:4711/ipp/print/hall")
    async with bridge() as here:
        here.spooler.queues = {queue.name: queue for queue in (old, foreign)}
        greeting = await here.greet()
        assert greeting["installed"] == ["front"]
        status, _ = await here.run(permit_for(greeting["challenge"], deed=Deed.REMOVE))
        assert status == 200
        assert await here.spooler.list_queues() == (foreign,)
        assert await told(here) == [QueueReport(printer="front", installed=False)]


async def test_a_queue_goes_while_the_endpoint_does_not_run() -> None:
    async with bridge() as here:
        await here.run(permit_for((await here.greet())["challenge"]))
        here.host.port = None
        greeting = await here.greet()
        assert greeting["installed"] == ["front"]
        assert (await here.run(permit_for(greeting["challenge"], deed=Deed.REMOVE)))[0] == 200
        assert await here.spooler.list_queues() == ()


async def test_a_greeting_says_who_is_signed_in_and_whether_that_matters() -> None:
    async with bridge() as here:
        here.control.people = ["eve", "ada", "ada"]
        greeting = await here.greet()
        assert (greeting["people"], greeting["needs_sign_in"]) == (["ada", "eve"], True)
        here.control.people, here.control.required = [], False
        greeting = await here.greet()
        assert "people" not in greeting
        assert "needs_sign_in" not in greeting


@pytest.mark.parametrize("deed", list(Deed))
async def test_who_is_not_signed_in_here_is_told_how_and_signs_in(deed: Deed) -> None:
    async with bridge() as here:
        here.control.people = ["eve"]
        status, said = await here.run(permit_for((await here.greet())["challenge"], deed=deed))
        assert (status, said["code"]) == (403, "not-signed-in")
        assert "tympan login" in said["next_step"]
        assert await here.spooler.list_queues() == ()
        assert await told(here) == []
        here.control.people = ["eve", "ada"]
        assert (await here.run(permit_for((await here.greet())["challenge"], deed=deed)))[0] == 200


async def test_who_manages_agents_and_who_policy_does_not_ask_need_not_be_signed_in() -> None:
    async with bridge() as here:
        here.control.people = []
        assert (await here.run(permit_for((await here.greet())["challenge"], manages=True)))[0] == 200
        here.control.required = False
        assert (await here.run(permit_for((await here.greet())["challenge"], deed=Deed.REMOVE)))[0] == 200


async def test_a_failure_of_the_spooler_is_told_to_the_page_and_to_the_hub() -> None:
    async with bridge() as here:
        here.host.port = None
        status, said = await here.run(permit_for((await here.greet())["challenge"]))
        assert (status, said["code"]) == (409, "failed")
        assert "endpoint" in said["cause"]
        [report] = await told(here)
        assert (report.installed, "endpoint" in report.detail) == (False, True)


async def test_without_a_spooler_the_page_hears_why() -> None:
    async with bridge() as here:
        here.host.offered.remove(here.spooler)
        status, said = await here.run(permit_for((await here.greet())["challenge"]))
        assert (status, said["code"]) == (409, "failed")


async def test_after_leaving_the_hub_its_pages_are_strangers() -> None:
    async with bridge() as here:
        await here.greet()
        here.membership.become(None)
        assert (await here.ask(page_request(GREET_PATH, b"{}")))[0] == 403
        here.membership.become(attrs.evolve(MEMBER, address="https://other.example"))
        assert (await here.ask(page_request(GREET_PATH, b"{}")))[0] == 403


async def test_a_portal_at_another_address_is_named_in_the_settings() -> None:
    async with bridge(origins=("https://portal.example:8443/start",)) as here:
        assert (await here.ask(page_request(GREET_PATH, b"{}")))[0] == 403
        request = page_request(GREET_PATH, b"{}", Origin="https://portal.example:8443")
        status, headers, _ = await here.ask(request)
        assert (status, headers["access-control-allow-origin"]) == (200, "https://portal.example:8443")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://print.example", "https://print.example"),
        ("https://print.example:443/hub/", "https://print.example"),
        ("https://Print.Example:8443", "https://print.example:8443"),
        ("http://127.0.0.1:8400", "http://127.0.0.1:8400"),
        ("http://[::1]:8400", "http://[::1]:8400"),
        ("https://drücken.example", "https://xn--drcken-4ya.example"),
        ("ftp://print.example", ""),
        ("https://", ""),
        ("https://[", ""),
        ("null", ""),
        ("", ""),
    ],
)
async def test_origins_are_written_as_browsers_write_them(address: str, origin: str) -> None:
    assert origin_of(address) == origin
