"""Scans on loopback: what they find, how they stop, and that they go on."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from ippscan_rig import NET, devices, free_port, order, running, settings_of

from tympan.plugin import ScanState, SweepRequest
from tympan.testing import FakeHost, FakeSettings
from tympan_discovery_ippscan import _scans, _service
from tympan_discovery_ippscan._knock import Knock
from tympan_discovery_ippscan._pace import Place, Places, Turns, network_of
from tympan_discovery_ippscan._service import ScanService
from tympan_net.device_look import DeviceLook, Silence, look_at

pytestmark = pytest.mark.anyio


async def test_a_24_is_gone_through_and_its_devices_are_read() -> None:
    port = free_port()
    addresses = [f"{NET}.{number}" for number in (1, 77, 254)]
    async with devices(port, *addresses), running(port) as bench:
        progress = await bench.scan(order(f"{NET}.0/24"))
        assert (progress.state, progress.probed, progress.total, progress.found) == (ScanState.DONE, 254, 254, 3)
        assert await bench.found() == set(addresses)
        for sighting in await bench.service.sightings():
            assert sighting.uri == f"ipp://{sighting.key}:{port}/ipp/print"
            assert sighting.description.make_and_model
            assert sighting.addresses == (sighting.key,)


async def test_devices_over_tls_are_found_with_their_certificate() -> None:
    port = free_port()
    async with devices(port, f"{NET}.5", tls=True), running(port) as bench:
        await bench.scan(order(f"{NET}.4/30"))
        [sighting] = await bench.service.sightings()
        assert sighting.uri.startswith("ipps://")
        assert len(sighting.fingerprint) == 64


async def test_a_device_behind_its_second_port_is_found_though_something_else_has_the_first() -> None:
    first, second = free_port(), free_port()

    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(first, host=f"{NET}.5")
        nursery.start_soon(trio.serve_listeners, hang_up, listeners)
        async with devices(second, f"{NET}.5"), running(first, ports=(str(first), str(second))) as bench:
            progress = await bench.scan(order(f"{NET}.5"))
            assert progress.found == 1
        nursery.cancel_scope.cancel()


async def test_names_and_ipv6_are_scanned_too() -> None:
    port = free_port()
    async with devices(port, "127.0.0.1", "::1"), running(port) as bench:
        progress = await bench.scan(order("localhost", "::1"))
        assert progress.found == 2
        assert await bench.found() == {"localhost", "::1"}
        assert {sighting.host for sighting in await bench.service.sightings()} == {"localhost", ""}


async def test_what_is_excluded_is_not_touched_by_address_nor_by_name() -> None:
    port = free_port()
    touched: list[str] = []

    async def answer(stream: trio.SocketStream) -> None:
        touched.append(stream.socket.getsockname()[0])

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
        listeners += await trio.open_tcp_listeners(port, host=f"{NET}.3")
        nursery.start_soon(trio.serve_listeners, answer, listeners)
        async with running(port) as bench:
            await bench.scan(order(f"{NET}.2-{NET}.4", "127.0.0.1", "localhost", excluded=(f"{NET}.3", "localhost")))
            await bench.scan(order("localhost", excluded=("127.0.0.0/30", "::1")))
        nursery.cancel_scope.cancel()
    assert not touched


async def test_what_a_scan_leaves_out_has_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by name nor by address, however often: nobody looked."""
    monkeypatch.setattr(ScanService, "_look_again", _never)
    port = free_port()
    async with devices(port, f"{NET}.2", "127.0.0.1"), running(port) as bench:
        await bench.scan(order(f"{NET}.2", "127.0.0.1", "localhost"))
        found = await bench.found()
        assert found == {f"{NET}.2", "127.0.0.1", "localhost"}
        for _ in range(2):
            await bench.scan(order(f"{NET}.1-{NET}.3", "127.0.0.1-127.0.0.2", excluded=(f"{NET}.2", "localhost")))
            await bench.scan(order("localhost", f"{NET}.3", excluded=("127.0.0.0/30", "::1")))
            assert await bench.found() == found


async def test_a_stopped_scan_stops_at_once_and_nothing_is_told_of_it() -> None:
    port = free_port()
    async with running(port) as bench:
        wanted = order(f"{NET}.0/24", per_second=20)
        await bench.scans.want([wanted])
        await bench.until(lambda: bench.service._tried > 2)
        await bench.scans.want([])
        await trio.testing.wait_all_tasks_blocked(0.02)
        tried = bench.service._tried
        await trio.sleep(0.3)
        assert bench.service._tried == tried
        assert not await bench.scans.progress()


async def test_a_stopped_scan_goes_on_where_it_was_over_a_restart_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scans, "KEEP_S", 0.01)
    port, wanted, tried = free_port(), order(f"{NET}.0/24", per_second=200), 0
    cursor, host = f"scan {wanted.id}", FakeHost("discovery_ippscan", settings=settings_of(port))
    for mark in (20, 60, 100):
        async with running(port, host) as bench:
            await bench.scans.want([wanted])
            await bench.until(partial(_is_beyond, host, cursor, mark))
            if mark < 100:
                await bench.scans.want([])
                await trio.testing.wait_all_tasks_blocked(0.02)
                assert _is_beyond(host, cursor, mark)
            else:
                progress = await bench.ended(wanted)
                await bench.scans.want([])
                await bench.until(lambda: cursor not in host.state.values)  # at its end there is nothing to go on with
            tried += bench.service._tried
    assert (progress.state, progress.probed) == (ScanState.DONE, 254)
    assert tried < 254 + 20, "it goes on, and does not begin anew"


async def test_only_so_many_stopped_scans_are_kept_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scans, "STOPPED", 2)
    monkeypatch.setattr(_scans, "KEEP_S", 0.01)
    port, stopped = free_port(), [order(f"{NET}.0/24", per_second=200) for _ in range(4)]
    async with running(port) as bench:
        for one in stopped:
            await bench.scans.want([one])
            await bench.until(partial(_is_beyond, bench.host, f"scan {one.id}", 0))
        await bench.scans.want([])
        kept = {f"scan {one.id}" for one in stopped[2:]}
        await bench.until(lambda: {key for key in bench.host.state.values if key.startswith("scan ")} == kept)


async def _never(_: ScanService) -> None:
    await trio.sleep_forever()


def _is_beyond(host: FakeHost, cursor: str, mark: int) -> bool:
    return bool(json.loads(host.state.values.get(cursor, b'{"mark": 0}'))["mark"] > mark)


def _reached(asked: Counter[str], cut: int) -> bool:
    return len(asked) >= cut


async def test_killed_and_started_again_it_goes_on_and_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked twice but what was under way, and what was found before is in view from the start."""
    monkeypatch.setattr(_scans, "KEEP_S", 0.05)
    port, asked = free_port(), Counter[str]()
    addresses = [f"{NET}.{number}" for number in range(10, 250, 40)]
    wanted = order(f"{NET}.0/24", per_second=400)
    begin = Knock.begin

    def counted(address: str, port: int, place: Place) -> Knock:
        asked[address] += 1
        return begin(address, port, place)

    monkeypatch.setattr(Knock, "begin", counted)
    host: FakeHost | None = None
    async with devices(port, *addresses):
        for cut in (60, 120, 180):
            async with running(port, host) as bench:
                before = set(await bench.found())
                await trio.testing.wait_all_tasks_blocked(0.02)  # whoever orders may come long after the start
                await bench.scans.want([wanted])
                await bench.until(partial(_reached, asked, cut))
                assert before <= await bench.found()
                host = bench.host
        async with running(port, host) as bench:
            await trio.testing.wait_all_tasks_blocked(0.02)
            progress = await bench.scan(wanted)
            assert await bench.found() == set(addresses)
    assert (progress.probed, progress.total) == (254, 254)
    assert len(asked) == 254
    assert sum(asked.values()) < 254 + 3 * 60, "a restart asks again what was under way, and not everything"


async def test_a_slow_device_does_not_hold_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices that take a connection and say nothing: all others are done while they are waited for."""
    port, slow = free_port(), [f"{NET}.{number}" for number in range(20, 30)]
    waiting = trio.Event()

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        if any(address in uri for address in slow for uri in uris):
            await waiting.wait()
            return Silence(why="It says nothing.")
        return await look_at(uris, opened=opened)

    async with devices(port, f"{NET}.5", *slow), running(port, look=look) as bench:
        wanted = order(f"{NET}.0/24")
        await bench.scans.want([wanted])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bench.until, lambda: bench.scans._progress[wanted.id].probed == 244)
        assert await bench.found() == {f"{NET}.5"}
        waiting.set()
        assert (await bench.ended(wanted)).found == 1


async def test_a_device_is_read_over_the_connection_that_found_it() -> None:
    """And what was held for it is free again, also where somebody takes a connection and hangs up."""
    accepted = Counter[str]()

    async def hang_up(stream: trio.SocketStream) -> None:
        accepted["of a stranger"] += 1
        await stream.aclose()

    async def pass_on(stream: trio.SocketStream) -> None:
        accepted["of a device"] += 1
        async with stream, await trio.open_tcp_stream(f"{NET}.6", port) as device, trio.open_nursery() as nursery:
            nursery.start_soon(_copy, stream, device)
            await _copy(device, stream)
            nursery.cancel_scope.cancel()

    port = free_port()
    async with devices(port, f"{NET}.6", tls=True), trio.open_nursery() as nursery, running(port) as bench:
        await nursery.start(partial(trio.serve_tcp, pass_on, port, host=f"{NET}.5"))
        await nursery.start(partial(trio.serve_tcp, hang_up, port, host=f"{NET}.7"))
        assert (await bench.scan(order(f"{NET}.5", f"{NET}.7"))).found == 1
        assert accepted == {"of a device": 1, "of a stranger": 2}, "the stranger is asked over TLS, then without"
        assert bench.service._live is not None
        probe = bench.service._live.probe
        assert not probe.places._networks
        assert not probe.looks.borrowed_tokens
        nursery.cancel_scope.cancel()


async def _copy(source: trio.SocketStream, to: trio.SocketStream) -> None:
    async for data in source:
        await to.send_all(data)


async def test_what_waits_to_be_read_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """More devices than are read at one time: no more places are taken than there are readers."""
    monkeypatch.setattr(_service, "LOOKS", 2)
    port, most = free_port(), 0

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        nonlocal most
        assert bench.service._live is not None
        await trio.testing.wait_all_tasks_blocked(0.02)
        [network] = bench.service._live.probe.places._networks.values()
        most = max(most, 16 - network.places.value)
        return await look_at(uris, opened=opened)

    addresses = [f"{NET}.{number}" for number in range(1, 9)]
    async with devices(port, *addresses), running(port, look=look) as bench:
        assert (await bench.scan(order(f"{NET}.0/28"))).found == 8
    assert most == 2


async def test_a_device_that_went_is_out_of_view_and_comes_back() -> None:
    port = free_port()
    async with running(port) as bench:
        async with devices(port, f"{NET}.6"):
            await bench.scan(order(f"{NET}.4/30"))
            assert await bench.found() == {f"{NET}.6"}
        await bench.scan(order(f"{NET}.4/30"))
        assert not await bench.found()
        async with devices(port, f"{NET}.6"):
            bench.service._again.set()
            with trio.fail_after(10):
                while not await bench.found():
                    await bench.service.wait_changed()


async def test_after_a_scan_all_in_view_was_seen_again_and_says_so() -> None:
    port = free_port()
    async with devices(port, f"{NET}.6"), running(port) as bench:
        assert bench.service.standing.swept_at is None
        await bench.scan(order(f"{NET}.4/30"))
        await bench.until(lambda: bench.service.standing.swept_at)


async def test_what_cannot_be_scanned_fails_with_the_reason() -> None:
    async with running(free_port()) as bench:
        progress = await bench.scan(order("fd00::/64"))
        assert progress.state is ScanState.FAILED
        assert "fd00::/64" in progress.detail and "/112" in progress.detail
        other = await bench.scan(order("224.0.0.0/8"))
        assert other.state is ScanState.FAILED


async def test_loopback_is_scanned_only_where_the_setting_says_so() -> None:
    async with running(free_port(), loopback=False) as bench:
        assert (await bench.scan(order(f"{NET}.1"))).state is ScanState.FAILED
        named = await bench.scan(order("localhost"))
        assert (named.state, named.found) == (ScanState.DONE, 0)
        assert bench.service._tried == 0


async def test_the_rate_is_kept() -> None:
    """By count and not by clock: turns are given by trio's time."""
    turns, began = Turns(100, random.Random(1)), trio.current_time()
    for _ in range(51):
        await turns.turn()
    assert trio.current_time() - began > 50 * 0.01 * 0.5 - 0.06


async def test_connections_are_capped_per_network_and_in_all() -> None:
    places, open_now, most = Places(3, 5), Counter[str](), Counter[str]()

    async def hold(address: str) -> None:
        async with places.place(address):
            for name in (network_of(address), "all"):
                open_now[name] += 1
                most[name] = max(most[name], open_now[name])
            await trio.testing.wait_all_tasks_blocked(0.001)
            for name in (network_of(address), "all"):
                open_now[name] -= 1

    async with trio.open_nursery() as nursery:
        for number in range(40):
            nursery.start_soon(hold, f"10.0.{number % 2}.{number}")
    assert max(most[name] for name in most if name != "all") == 3
    assert most["all"] == 5
    assert not places._networks, "networks nobody is in cost nothing"


async def test_more_scans_than_are_carried_out_at_one_time_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scans, "SCANS", 2)
    async with running(free_port()) as bench:
        wanted = [order(f"{NET}.{number}") for number in range(1, 8)]
        await bench.scans.want(wanted)
        await bench.until(lambda: all(one.state is ScanState.DONE for one in bench.scans._progress.values()))


async def test_wanting_and_not_wanting_in_turn_harms_nothing() -> None:
    async with running(free_port()) as bench:
        wanted = [order(f"{NET}.0/24", per_second=50) for _ in range(4)]
        for number in range(40):
            await bench.scans.want(wanted[number % 4 :])
            for _ in range(number % 5):
                await trio.lowlevel.checkpoint()
        await bench.scans.want([])
        assert not await bench.scans.progress()


async def test_a_process_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    port, name = free_port(), str(uuid.uuid4())
    addresses = [f"{NET}.{number}" for number in range(10, 250, 40)]
    given = [str(tmp_path), str(port), name, f"{NET}.0/24"]
    async with devices(port, *addresses):
        for cut in (60, 130):
            with _begun(given) as process:
                _, _, found = await _until_probed(process, cut)
                await _until_probed(process, cut + 1)  # a device is told a moment before it is kept
                process.kill()
        with _begun(given) as process:
            _, probed, known = await _until_probed(process, 1)
            assert probed > 60, "it begins where it was"
            assert set(found) <= set(known), "what was found is in view from the start"
            _, _, ended = await _until_probed(process, 254)
            assert set(ended) == set(addresses)


def _begun(given: Sequence[str]) -> subprocess.Popen[str]:
    argv = [sys.executable, str(Path(__file__).with_name("ippscan_process.py")), *given]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)


async def _until_probed(process: subprocess.Popen[str], count: int) -> list[Any]:
    assert process.stdout is not None
    with trio.fail_after(30):
        while True:
            said = json.loads(await trio.to_thread.run_sync(process.stdout.readline, abandon_on_cancel=True))
            if said[1] >= count:
                return list(said)


async def test_what_is_known_and_may_not_be_scanned_any_more_is_out_of_view() -> None:
    """The setting changed: nothing breaks, and nothing there is touched."""
    port = free_port()
    async with devices(port, f"{NET}.6"):
        async with running(port) as bench:
            await bench.scan(order(f"{NET}.6"))
            host = bench.host
        host.settings = FakeSettings(settings_of(port, loopback=False, again_s=0.01))
        async with running(port, host) as bench:
            await bench.until(lambda: not bench.service._known.in_view())
            assert bench.service._tried == 0


async def test_more_devices_than_one_order_may_name_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_service, "ENTRIES", 2)
    port = free_port()
    addresses = [f"{NET}.{number}" for number in range(1, 6)]
    async with devices(port, *addresses), running(port, again_s=0.01) as bench:
        await bench.scan(order(f"{NET}.0/29"))
        await bench.until(lambda: bench.service.standing.swept_at)
        assert await bench.found() == set(addresses)


async def test_a_sweep_of_nonsense_finds_nothing_and_harms_nothing() -> None:
    async with running(free_port()) as bench:
        for target in ("fd00::/64", "!", "10.0.0.0/99"):
            request = SweepRequest(ranges=(target,), duration_s=1.0)
            assert not [sighting async for sighting in bench.service.sweep(request)]
        assert len(bench.host.logged) == 3


async def test_what_nobody_foresaw_harms_one_address() -> None:
    port = free_port()

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        if f"{NET}.5" in uris[0]:
            raise RuntimeError("unforeseen" * 1_000)
        return await look_at(uris, opened=opened)

    async with devices(port, f"{NET}.5", f"{NET}.6"), running(port, look=look) as bench:
        assert (await bench.scan(order(f"{NET}.4/30"))).found == 1
        assert await bench.found() == {f"{NET}.6"}
        assert "unforeseen" in str(bench.host.logged)
        assert len(str(bench.host.logged)) < 1_000, "what a stranger makes us say is cut"
