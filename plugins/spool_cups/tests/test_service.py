"""The service: settings reach the spooler, ports are remembered, the log tells of our queues."""

import attrs
import pytest
import trio
from rig import Cupsd, EvePrinter, run, wait_until

from tympan.plugin import QueueRequest, SettingsChanged
from tympan.testing import FakeHost, FakeSettings
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._service import SpoolService
from tympan_spool_cups._spooler import CupsSpooler

DEADLINE_S = 60.0

pytestmark = [pytest.mark.anyio, pytest.mark.system]


async def test_the_log_tells_of_our_queues_and_whether_they_are_usable(
    cups: Cupsd, eve: EvePrinter, settings: SpoolSettings
) -> None:
    host, spooler = FakeHost("spool_cups", settings=attrs.asdict(settings)), CupsSpooler()

    async def told(message: str, **fields: object) -> None:
        async def seen() -> bool:
            return any(text == message and fields.items() <= more.items() for text, more in host.logged)

        await wait_until(seen, f"{message} {fields}", timeout_s=DEADLINE_S)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await host.ready_event.wait()
        assert spooler.settings == settings
        await spooler.install(QueueRequest(name="front", uri=eve.uri))
        await told("queue seen", queue="front", usable=True, state="idle")
        await run(["cupsdisable", "-h", cups.server, "front"])
        await told("queue seen", queue="front", state="stopped")
        await spooler.remove("front")
        await told("queue removed", queue="front")
        nursery.cancel_scope.cancel()


async def test_ports_of_our_endpoint_survive_a_restart(eve: EvePrinter, settings: SpoolSettings) -> None:
    host, spooler, after = FakeHost("spool_cups", settings=attrs.asdict(settings)), CupsSpooler(), CupsSpooler()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await host.ready_event.wait()
        await spooler.install(QueueRequest(name="front", uri=eve.uri))
        nursery.cancel_scope.cancel()
    host.ready_event = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(after).run, host)
        await host.ready_event.wait()
        assert [queue.ours for queue in await after.list_queues()] == [True]
        nursery.cancel_scope.cancel()


async def test_changed_settings_are_taken_while_it_runs(cups: Cupsd, settings: SpoolSettings) -> None:
    host, spooler = FakeHost("spool_cups", settings=attrs.asdict(settings)), CupsSpooler()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await host.ready_event.wait()
        other = attrs.evolve(settings, server=cups.server)
        host.settings = FakeSettings(attrs.asdict(other))
        host.bus.publish(SettingsChanged())

        async def taken() -> bool:
            return spooler.settings == other

        await wait_until(taken, "the new settings", timeout_s=DEADLINE_S)
        nursery.cancel_scope.cancel()
