"""Tarpits, dead name servers, a state that takes nothing, devices that are busy: one scan suffers, and nothing else."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Sequence
from typing import Any

import pytest
import trio
from ippscan_rig import NET, devices, free_port, order, running

from tympan.plugin import BadInput, ScanState
from tympan.testing import FakeKeyValue
from tympan_discovery_ippscan import _names, _probe, _scan
from tympan_discovery_ippscan._known import KnownDevices
from tympan_discovery_ippscan._limits import ADDRESSES, AHEAD, KNOWN_DAYS, NAME_LED, WAITING
from tympan_discovery_ippscan._plan import Cursor
from tympan_discovery_ippscan._probe import Found
from tympan_net.device_look import DeviceLook, Silence, look_at
from tympan_wire.device import Description

pytestmark = pytest.mark.anyio
_VALUE_BYTES = 64 << 10


async def test_a_dead_name_server_takes_no_thread_from_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        answers.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(_names, "NAME_S", 0.2)
    try:
        async with trio.open_nursery() as nursery:
            for number in range(60):
                nursery.start_soon(_names.addresses_of, f"printer-{number}.example")
        with trio.fail_after(10):
            await trio.to_thread.run_sync(threading.get_ident, abandon_on_cancel=True)
    finally:
        answers.set()


async def test_what_is_to_be_left_out_is_not_touched_when_no_name_server_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be any of the addresses: the scan waits for the name server, and then touches nothing."""
    again = socket.gaierror(socket.EAI_AGAIN, "try again")
    answers: list[Exception] = [again, again]

    asked = socket.getaddrinfo

    def resolve(name: Any, *rest: Any, **named: Any) -> list[Any]:
        if not str(name).endswith(".example"):
            return asked(name, *rest, **named)
        if not answers:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"{NET}.6", 0))]
        raise answers.pop()

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(_names, "LEFT_OUT_AGAIN_S", 0.01)
    port, wanted = free_port(), order(f"{NET}.4/30", excluded=("frail.example",))
    async with devices(port, f"{NET}.5", f"{NET}.6"), running(port) as bench:
        assert (await bench.scan(wanted)).state is ScanState.DONE
        assert await bench.found() == {f"{NET}.5"}
        answers.extend([again] * 1000)
        monkeypatch.setattr(_names, "LEFT_OUT_S", 0.05)
        tried, other = bench.service._tried, order(f"{NET}.4/30", excluded=("other.example",))
        progress = await bench.scan(other)
        assert (progress.state, bench.service._tried) == (ScanState.FAILED, tried)
        assert "'other.example' is to be left out" in progress.detail


async def test_a_name_that_leads_nowhere_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert await _names.left_out(("gone.example",)) == frozenset()


async def test_an_answer_full_of_addresses_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    told = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (f"10.9.{n >> 8}.{n & 255}", 0)) for n in range(4_000)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: told)
    assert await _names.addresses_of("printer.example") == tuple(f"10.9.0.{n}" for n in range(NAME_LED))


async def test_a_tarpit_holds_a_scan_no_further_than_a_cursor_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_scan, "AHEAD", 20)
    port, held, release = free_port(), trio.Event(), trio.Event()
    farthest = 0

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        if not held.is_set():
            held.set()
            await release.wait()
        return await look_at(uris, opened=opened)

    finish = Cursor.finish

    def watched(cursor: Cursor, step: int) -> None:
        nonlocal farthest
        finish(cursor, step)
        farthest = max(farthest, len(cursor._beyond))

    monkeypatch.setattr(Cursor, "finish", watched)
    addresses = [f"{NET}.{number}" for number in range(1, 30)]
    async with devices(port, *addresses), running(port, look=look) as bench:
        wanted = order(f"{NET}.0/24")
        await bench.scans.want([wanted])
        await held.wait()
        await bench.until(lambda: farthest >= 20)
        release.set()
        progress = await bench.ended(wanted)
    assert (progress.state, progress.probed, progress.found) == (ScanState.DONE, 254, len(addresses))
    assert farthest <= 21


def test_the_farthest_cursor_is_a_value_of_the_state() -> None:
    mark = ADDRESSES - AHEAD - WAITING
    cursor = Cursor(mark=mark, beyond=set(range(mark + 1, mark + AHEAD + 1)))
    assert len(cursor.kept("x" * 16)) < _VALUE_BYTES


async def test_a_state_that_takes_nothing_fails_the_scan_and_not_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    async with devices(port, f"{NET}.6"), running(port) as bench:
        put = bench.host.state.put

        async def refuse(key: str, value: bytes) -> None:
            if key.startswith("device"):
                raise BadInput("the value has too many bytes")
            await put(key, value)

        monkeypatch.setattr(bench.host.state, "put", refuse)
        progress = await bench.scan(order(f"{NET}.4/30"))
        assert progress.state is ScanState.FAILED
        assert "too many bytes" in progress.detail
        monkeypatch.setattr(bench.host.state, "put", put)
        assert (await bench.scan(order(f"{NET}.4/30"))).state is ScanState.DONE
        assert await bench.found() == {f"{NET}.6"}


async def test_a_stop_that_cannot_be_written_down_stops_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    async with devices(port, f"{NET}.6"), running(port) as bench:
        put = bench.host.state.put

        async def refuse(key: str, value: bytes) -> None:
            if key == "scans":
                raise BadInput("the state is full")
            await put(key, value)

        monkeypatch.setattr(bench.host.state, "put", refuse)
        await bench.scans.want([order(f"{NET}.0/24", per_second=20)])
        await bench.until(lambda: bench.service._tried)
        assert (await bench.scan(order(f"{NET}.4/30"))).state is ScanState.DONE


async def test_a_device_nobody_confirmed_for_long_is_forgotten_while_the_agent_runs() -> None:
    port = free_port()
    async with running(port, again_s=0.02) as bench:
        async with devices(port, f"{NET}.6"):
            await bench.scan(order(f"{NET}.6"))
        await bench.until(lambda: not any(known.in_view for known in bench.service._known))
        assert any(bench.service._known)
        bench.host.now = lambda: dt.datetime.now(dt.UTC) + dt.timedelta(days=KNOWN_DAYS + 1)  # type: ignore[method-assign]
        await bench.until(lambda: bench.host.state.values["devices"] == b"[]")
        assert not any(bench.service._known)


async def test_while_what_is_known_is_read_nobody_is_missing_from_view(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is off and on again: who asks in between would tell that devices went."""
    port = free_port()
    async with devices(port, f"{NET}.5", f"{NET}.6"), running(port) as bench:
        await bench.scan(order(f"{NET}.4/30"))
        in_view, get = await bench.found(), bench.host.state.get

        async def looking_on(key: str) -> bytes | None:
            assert await bench.found() == in_view
            return await get(key)

        monkeypatch.setattr(bench.host.state, "get", looking_on)
        await bench.service._known.open(bench.host.state)
        assert await bench.found() == in_view == {f"{NET}.5", f"{NET}.6"}


async def test_a_round_that_cannot_be_kept_is_made_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    async with devices(port, f"{NET}.6"), running(port, again_s=0.02) as bench:
        await bench.scan(order(f"{NET}.6"))
        put = bench.host.state.put

        async def refuse(key: str, value: bytes) -> None:
            raise BadInput("the value has too many bytes")

        monkeypatch.setattr(bench.host.state, "put", refuse)
        await bench.until(lambda: "too many bytes" in str(bench.host.logged))
        monkeypatch.setattr(bench.host.state, "put", put)
        before = bench.service.standing.swept_at
        await bench.until(lambda: bench.service.standing.swept_at != before)


async def test_a_device_that_is_busy_once_stays_in_view() -> None:
    """It takes the connection and does not answer: it is gone when it does so again."""
    port, busy = free_port(), False

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        return Silence(why="It is busy.") if busy else await look_at(uris, opened=opened)

    async with devices(port, f"{NET}.6"), running(port, look=look) as bench:
        await bench.scan(order(f"{NET}.6"))
        for now, seen in ((True, {f"{NET}.6"}), (False, {f"{NET}.6"}), (True, {f"{NET}.6"}), (True, set())):
            busy = now
            await bench.scan(order(f"{NET}.6"))
            assert await bench.found() == seen


async def test_a_scan_that_ends_while_the_known_are_looked_at_has_them_looked_at_again() -> None:
    port, looks, held, release = free_port(), 0, trio.Event(), trio.Event()

    async def look(uris: Sequence[str], *, opened: trio.SocketStream | None = None) -> DeviceLook | Silence:
        nonlocal looks
        looks += 1
        if looks == 2:
            held.set()
            await release.wait()
        return Silence(why="It is busy.") if looks > 1 else await look_at(uris, opened=opened)

    async with devices(port, f"{NET}.6"), running(port, look=look) as bench:
        await bench.scan(order(f"{NET}.6"))
        await bench.until(lambda: bench.service.standing.swept_at)
        await bench.service._miss(f"{NET}.6", _probe.Nothing.NOBODY)  # out of view: every round looks for it
        bench.service._again.set()
        await held.wait()
        await bench.service._finished()
        release.set()
        await bench.until(lambda: looks >= 3)


class LateState(FakeKeyValue):
    """The first list of devices is written after the second, unless whoever writes that waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = trio.Event()
        self.second = trio.Event()

    async def put(self, key: str, value: bytes) -> None:
        first = key == "devices" and not self.begun.is_set()
        if first:
            self.begun.set()
            with trio.move_on_after(0.3):
                await self.second.wait()
        await super().put(key, value)
        if key == "devices" and not first:
            self.second.set()


async def test_devices_found_at_one_time_are_all_known_after_a_restart() -> None:
    state, known, after, now = LateState(), KnownDevices(), KnownDevices(), dt.datetime.now(dt.UTC)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(known.see, state, _found("10.0.0.1"), now)
        await state.begun.wait()
        nursery.start_soon(known.see, state, _found("10.0.0.2"), now)
    await after.open(state)
    assert {one.target for one in after} == {"10.0.0.1", "10.0.0.2"}


async def test_a_list_without_those_forgotten_does_not_forget_who_came_meanwhile() -> None:
    state, known, after, now = FakeKeyValue(), KnownDevices(), KnownDevices(), dt.datetime.now(dt.UTC)
    await known.see(state, _found("10.0.0.1"), now - dt.timedelta(days=KNOWN_DAYS + 1))
    late = LateState()
    late.values = state.values
    async with trio.open_nursery() as nursery:
        nursery.start_soon(known.forget, late, now)
        await late.begun.wait()
        nursery.start_soon(known.see, late, _found("10.0.0.2"), now)
    await after.open(late)
    assert {one.target for one in after} == {"10.0.0.2"}


class FullState(FakeKeyValue):
    """Takes no list until there is room."""

    full = True

    async def put(self, key: str, value: bytes) -> None:
        if key == "devices" and self.full:
            raise BadInput("there is no room")
        await super().put(key, value)


async def test_a_device_that_was_seen_while_the_state_took_nothing_is_known_once_it_is_seen_again() -> None:
    state, known, after, now = FullState(), KnownDevices(), KnownDevices(), dt.datetime.now(dt.UTC)
    with pytest.raises(BadInput):
        await known.see(state, _found("10.0.0.1"), now)
    state.full = False
    await known.see(state, _found("10.0.0.1"), now)
    await after.open(state)
    assert {one.target for one in after} == {"10.0.0.1"}


def _found(address: str) -> Found:
    look = DeviceLook(uri=f"ipp://{address}/ipp/print", fingerprint="", description=Description(name=address))
    return Found(target=address, addresses=(address,), look=look)
