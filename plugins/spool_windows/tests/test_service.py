"""The service: settings reach the spooler, what is ours is remembered, the log tells of our queues."""

from __future__ import annotations

import attrs
import pytest
import trio
from rig import wait_until
from windows_of_tests import FolderWindows, spooler_on

from tympan.plugin import SettingsChanged
from tympan.testing import FakeHost, FakeSettings
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._records import QueueRecord, QueueStatus
from tympan_spool_windows._service import SpoolService

pytestmark = pytest.mark.anyio
DEADLINE_S = 30.0
SETTINGS = attrs.asdict(SpoolSettings(watch_interval_s=0.1))
OURS = QueueRecord(name="Front", port="http://127.0.0.1:39149/ipp/print/front", driver="Microsoft IPP Class Driver")


async def told(host: FakeHost, message: str, **fields: object) -> None:
    async def seen() -> bool:
        return any(text == message and fields.items() <= more.items() for text, more in host.logged)

    await wait_until(seen, f"{message} {fields}", timeout_s=DEADLINE_S)


async def test_the_log_tells_of_our_queues_and_of_no_others(windows: FolderWindows) -> None:
    host, spooler = FakeHost("spool_windows", settings=SETTINGS), spooler_on(windows)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await host.ready_event.wait()
        assert spooler.settings == SpoolSettings(watch_interval_s=0.1)
        windows.put(QueueRecord(name="Other", port="USB001", driver="ACME"))
        windows.put(OURS)
        await told(host, "queue seen", queue="Front", state="idle")
        windows.put(attrs.evolve(OURS, status=QueueStatus.PAPER_OUT))
        await told(host, "queue seen", queue="Front", state="stopped")
        await windows.remove("Front")
        await told(host, "queue removed", queue="Front")
        nursery.cancel_scope.cancel()
    assert "Other" not in str(host.logged)


async def test_a_spooler_that_is_away_is_logged_and_removes_nothing(windows: FolderWindows) -> None:
    host, spooler = FakeHost("spool_windows", settings=SETTINGS), spooler_on(windows)
    windows.put(OURS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await told(host, "queue seen", queue="Front")
        windows.away = True
        windows.put(attrs.evolve(OURS, comment="new"))

        async def looked() -> bool:
            return windows.failures >= 3

        await wait_until(looked, "looks that fail", timeout_s=DEADLINE_S)
        windows.away = False
        windows.put(attrs.evolve(OURS, comment="newer"))
        await told(host, "queue seen", queue="Front")
        nursery.cancel_scope.cancel()
    assert "queue removed" not in [message for message, _ in host.logged]


async def test_queues_we_made_are_known_for_ours_after_a_restart(windows: FolderWindows) -> None:
    host, before, after = FakeHost("spool_windows", settings=SETTINGS), spooler_on(windows), spooler_on(windows)
    windows.put(attrs.evolve(OURS, port="WSD-7"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(before).run, host)
        await host.ready_event.wait()
        await before.installing._remember("WSD-7", "ipp://127.0.0.1:40000/ipp/print/front")
        before.asking.ports = (40000, *before.asking.ports)
        await before.installing._remember("WSD-8", "ipp://127.0.0.1:40000/ipp/print/back")
        nursery.cancel_scope.cancel()
    host.ready_event = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(after).run, host)
        await host.ready_event.wait()
        assert [(queue.ours, queue.printer) for queue in await after.list_queues()] == [(True, "front")]
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("kept", [b"", b"\xff", b"[]", b'{"ports": "x"}', b'{"made": 3}'])
async def test_a_damaged_memory_is_begun_anew(windows: FolderWindows, kept: bytes) -> None:
    host, spooler = FakeHost("spool_windows", settings=SETTINGS), spooler_on(windows)
    await host.state.put("queues", kept)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await host.ready_event.wait()
        nursery.cancel_scope.cancel()
    assert spooler.asking.ports == (39149,) and spooler.asking.made == {}


async def test_changed_settings_are_taken_while_it_runs(windows: FolderWindows) -> None:
    host, spooler = FakeHost("spool_windows", settings=SETTINGS), spooler_on(windows)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(SpoolService(spooler).run, host)
        await host.ready_event.wait()
        host.settings = FakeSettings({**SETTINGS, "render_dpi": 300})
        host.bus.publish(SettingsChanged())

        async def taken() -> bool:
            return spooler.settings.render_dpi == 300

        await wait_until(taken, "the settings to be taken", timeout_s=DEADLINE_S)
        nursery.cancel_scope.cancel()
