"""A plugin's process seen from the kernel: started, watched, ended.

- It has a session of its own, gets a clean environment and no descriptor but its pipe, and what it writes goes into the
  agent's log, bounded.
- It is ended, with all it started, when its run ends, when it answers nothing for a while, and when it takes more of a
  processor or of memory than its manifest allows; what it started counts.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import trio

from tympan._errors import PluginFault
from tympan._hooks import HOOKS, Offer
from tympan._ids import CapabilityKey, PluginId
from tympan._installation import own_module
from tympan._limits import Limits
from tympan._manifest import Bounds
from tympan._outside._contracts import contract_of, why_not
from tympan._outside._frames import Frame, Frames, encode
from tympan._outside._limits import (
    EMPTY_BYTES,
    FRAMES,
    FROM_PLUGIN_BYTES,
    PROCESSES,
    QUEUED_BYTES,
    REAP_S,
    RECEIVE_BYTES,
    TO_PLUGIN_BYTES,
)
from tympan._outside._peer import Peer
from tympan._outside._root import ROOT, Loaded, OfferedPort, Order, Root
from tympan._outside._said import Said
from tympan._outside._tree import below, memory_bytes, processor_s
from tympan._ports import Contribution, Intake
from tympan._registry import Found
from tympan._states import JobState

_PASSED_ON: Final = (
    "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SYSTEMROOT", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
"""Of the agent's environment; anything else, such as a secret of its service, stays with the agent."""
_ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "1", "PYTHONDONTWRITEBYTECODE": "1"}
"""Heaps of threads would count as memory that the plugin took."""


@attrs.frozen(kw_only=True)
class Outside:
    """A plugin that was loaded in a process of its own.

    Attributes:
        pid: Of the process.
        offers: What the plugin offers.
        deprecated: Names of the plugin API it uses that will go.
    """

    pid: int
    offers: tuple[Offer, ...]
    deprecated: tuple[str, ...]


@asynccontextmanager
async def open_outside(
    plugin: PluginId, point: Found, bounds: Bounds, limits: Limits, log: Callable[..., None]
) -> AsyncIterator[Outside]:
    """Runs a plugin in a process of its own for as long as the block runs.

    Raises:
        PluginFault: It cannot be loaded, its process ended, or it broke its bounds; raised in the block, too.
    """
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = await _start(theirs)
        running = _Running(process, ours, log, limits)
        try:
            async with trio.open_nursery() as nursery:
                peer: Peer = await nursery.start(running.carry)
                try:
                    root: Any = peer.away(ROOT, contract_of(Root), {})
                    loaded = await _load(root, plugin, point, bounds, limits)
                    offers = tuple(_offer(peer, port) for port in loaded.ports)
                    nursery.start_soon(_watch, root, process.pid, bounds, limits)
                    yield Outside(pid=process.pid, offers=offers, deprecated=loaded.deprecated)
                finally:
                    running.stop()
                    nursery.cancel_scope.cancel()
        finally:
            await running.end()


async def _start(end: socket.socket) -> trio.Process:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        return await trio.lowlevel.open_process(
            own_module("tympan._outside.keeper", str(end.fileno())),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(end.fileno(),),
            start_new_session=True, env={**environment, **_ENVIRONMENT}, cwd="/",
        )  # fmt: skip
    except OSError as error:
        raise PluginFault(f"its process does not start: {error}") from error


async def _load(root: Any, plugin: PluginId, point: Found, bounds: Bounds, limits: Limits) -> Loaded:
    order = Order(
        plugin=plugin, name=point.name, value=point.value, path=tuple(sys.path), memory_bytes=bounds.memory_mib << 20
    )
    with trio.move_on_after(limits.import_s):
        loaded: Loaded = await root.load(order)
        return loaded
    raise PluginFault(f"its import did not end within {limits.import_s:g} s")


def _offer(peer: Peer, port: OfferedPort) -> Offer:
    kind = HOOKS.get(port.hook)
    if kind is None or why_not(kind) or not isinstance(port.facts, Mapping):
        raise PluginFault(f"its process offers what cannot be offered, by {port.hook!r:.80}")
    capability = None if port.capability is None else CapabilityKey(port.capability)
    away = peer.away(port.ref, contract_of(kind), port.facts)
    contribution = Contribution(port=away, name=port.name, capability=capability)
    return Offer(hook=port.hook, kind=kind, contribution=contribution)


async def _watch(root: Any, keeper: int, bounds: Bounds, limits: Limits) -> None:
    """Asks for signs of life, and what they cost; raises ``PluginFault`` when they fail."""
    marks: deque[tuple[float, float]] = deque()
    while True:
        used = await _used(root, limits.outside_silence_s)
        if used is None:  # the kernel itself may have stood still: the answer came meanwhile, and so does the next
            used = await _used(root, limits.outside_end_s)
        if used is None:
            raise PluginFault(f"its process answered nothing for {limits.outside_silence_s:g} s")
        taken = await trio.to_thread.run_sync(_taken, keeper)
        _check_taken(taken, bounds)
        marks.append((trio.current_time(), max(taken.processor_s, used if math.isfinite(used) else 0.0)))
        _check_use(marks, bounds, limits.outside_window_s)
        await trio.sleep(limits.outside_look_s)


@attrs.frozen(kw_only=True)
class _Taken:
    """By the plugin's process and all it started."""

    processes: int
    processor_s: float
    memory_bytes: int


def _taken(keeper: int) -> _Taken:
    pids = below(keeper)
    alone = len(pids) < 2  # its own limit holds it
    return _Taken(
        processes=len(pids),
        processor_s=processor_s((keeper, *pids)),
        memory_bytes=0 if alone else memory_bytes(pids),
    )


def _check_taken(taken: _Taken, bounds: Bounds) -> None:
    if taken.processes > PROCESSES:
        raise PluginFault(f"it runs {taken.processes} processes; at most {PROCESSES} are allowed")
    if taken.memory_bytes > (bounds.memory_mib << 20) + EMPTY_BYTES:
        what = f"it took {taken.memory_bytes >> 20} MiB with what it started"
        raise PluginFault(f"{what}; its manifest allows {bounds.memory_mib} MiB")


async def _used(root: Any, within_s: float) -> float | None:
    """Seconds of processor time the process has used; None when it does not say so in time."""
    with trio.move_on_after(within_s):
        used: float = await root.alive()
        return used
    return None


def _check_use(marks: deque[tuple[float, float]], bounds: Bounds, window_s: float) -> None:
    now, used = marks[-1]
    while len(marks) > 2 and now - marks[1][0] >= window_s:
        marks.popleft()
    then, before = marks[0]
    if now - then < window_s:
        return
    percent = 100 * (used - before) / (now - then)
    if percent > bounds.cpu_percent:
        what = f"its process used {percent:.0f} % of a processor for {now - then:.0f} s"
        raise PluginFault(f"{what}; its manifest allows {bounds.cpu_percent} %")


class _Running:
    """The process and its pipe. Owns: both."""

    def __init__(self, process: trio.Process, end: socket.socket, log: Callable[..., None], limits: Limits) -> None:
        self._process = process
        self._end = trio.socket.from_stdlib_socket(end)
        self._limits = limits
        self._said = Said(log)
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._more = trio.Event()
        self._peer: Peer | None = None
        self._scope = trio.CancelScope(shield=True)

    async def carry(self, *, task_status: trio.TaskStatus[Peer]) -> None:
        """Carries frames in both directions until the process ends or ``stop``; cancelled by nothing else.

        What a plugin tidies up when it is cancelled goes over the pipe.
        """
        with self._scope:
            async with trio.open_nursery() as nursery:
                self._peer = Peer(self._put, nursery.start_soon, self._limits.outside_end_s)
                nursery.start_soon(self._read, self._peer)
                nursery.start_soon(self._write)
                nursery.start_soon(self._said.listen, self._process.stdout)
                nursery.start_soon(self._wait)
                task_status.started(self._peer)

    def stop(self) -> None:
        """Carries no more."""
        self._scope.cancel()

    async def end(self) -> None:
        """Ends the process and all it started, and gives up the jobs it was handing in.

        The process comes first: what fails at giving up, such as a full disk, leaves none behind.
        """
        if self._peer is not None:
            self._peer.close(PluginFault("its process was ended"))
        await self._kill()
        for intake in self._peer.unfinished if self._peer is not None else ():
            await _give_up(intake)

    async def _kill(self) -> None:
        with trio.CancelScope(shield=True):
            await self._let_keeper_end()
            if self._process.returncode is None:
                self._kill_all()
            with trio.move_on_after(REAP_S):
                await self._process.wait()
            if self._process.stdout is not None:
                await self._process.stdout.aclose()

    async def _let_keeper_end(self) -> None:
        """It ends all there is when its standard input does."""
        with trio.move_on_after(REAP_S):
            if self._process.stdin is not None:
                await self._process.stdin.aclose()
            await self._process.wait()

    def _kill_all(self) -> None:
        for pid in (*below(self._process.pid), self._process.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _put(self, frame: Frame) -> None:
        data = encode(frame, TO_PLUGIN_BYTES)
        if self._queued + len(data) > QUEUED_BYTES:
            raise PluginFault("its process does not take what it is sent")
        self._queue.append(data)
        self._queued += len(data)
        self._more.set()

    async def _write(self) -> None:
        while True:
            while self._queue:
                rest = memoryview(self._queue[0])
                while rest:
                    try:
                        rest = rest[await self._end.send(rest) :]
                    except OSError:
                        return  # it is gone, which ``_wait`` tells better
                self._queued -= len(self._queue.popleft())
            self._more = trio.Event()
            await self._more.wait()

    async def _read(self, peer: Peer) -> None:
        frames = Frames(FROM_PLUGIN_BYTES)
        while True:
            try:
                data = await self._end.recv(RECEIVE_BYTES)
            except OSError:
                return
            if not data:
                return
            for number, frame in enumerate(frames.feed(data), 1):
                peer.take(frame)
                if number % FRAMES == 0:
                    await trio.lowlevel.checkpoint()

    async def _wait(self) -> None:
        status = await self._process.wait()
        await self._said.ended(self._limits.outside_end_s)
        error = PluginFault(f"its process ended {_how(status)}{self._said.last_words()}")
        if self._peer is not None:
            self._peer.close(error)
        raise error


async def _give_up(intake: Intake) -> None:
    if intake.job.state is JobState.RECEIVING:
        await intake.abandon("the plugin that received it ended")


def _how(status: int) -> str:
    if status >= 0:
        return f"with status {status}"
    try:
        return f"by {signal.Signals(-status).name}"
    except ValueError:
        return f"by signal {-status}"
