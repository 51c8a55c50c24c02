"""Cables with an end in two namespaces that lose, delay and cut what goes over them, as netem does.

- Not every kernel has netem. These are two TAP devices and a task between them, drawn from a seed.
- A cut cable is silent: nobody is refused, nobody is told.
"""

from __future__ import annotations

import errno
import fcntl
import os
import random
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import attrs
import trio
from discovery_rig import Host, Namespace

_TUNSETIFF: Final = 0x400454CA
_TAP: Final = 0x0002
_NO_INFORMATION: Final = 0x1000
_NAME_BYTES: Final = 16
_FRAME_BYTES: Final = 2048
"""More than a frame of an Ethernet of 1500."""
_UNDER_WAY: Final = 2000
"""Frames a cable holds; more are lost, as at a switch."""
_TURN: Final = 32
"""Frames passed on before others of the test have their turn."""
_DROPPED: Final = (errno.ENOBUFS, errno.EAGAIN, errno.EIO)
"""What a device says that takes no frame now, or is down."""


@attrs.define(eq=False)
class Cable:
    """A cable.

    Attributes:
        near: The end at the host.
        far: The end at the router.
        dice: For what it loses.
        delay_s: How long a frame is under way, in each direction.
        loss: Share of frames it loses.
        cut: Whether nothing passes.
        lost: How many frames did not arrive.
        passed: How many frames did, or are under way.
    """

    near: int
    far: int
    dice: random.Random
    delay_s: float = 0.0
    loss: float = 0.0
    cut: bool = False
    lost: int = 0
    passed: int = 0

    def mend(self) -> None:
        """As new."""
        self.delay_s, self.loss, self.cut = 0.0, 0.0, False

    async def carry(self) -> None:
        """Carries until it is told to end."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._carry, self.near, self.far)
            nursery.start_soon(self._carry, self.far, self.near)

    async def _carry(self, source: int, sink: int) -> None:
        put, take = trio.open_memory_channel[tuple[float, bytes]](_UNDER_WAY)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._deliver, take, sink)
            while True:
                await trio.lowlevel.wait_readable(source)
                for frame in _frames(source):
                    self._post(put, frame)

    def _post(self, put: trio.MemorySendChannel[tuple[float, bytes]], frame: bytes) -> None:
        try:
            if self.cut or (self.loss and self.dice.random() < self.loss):
                raise trio.WouldBlock
            put.send_nowait((trio.current_time() + self.delay_s, frame))
            self.passed += 1
        except trio.WouldBlock:
            self.lost += 1

    async def _deliver(self, take: trio.MemoryReceiveChannel[tuple[float, bytes]], sink: int) -> None:
        async for due, frame in take:
            if due > trio.current_time():
                await trio.sleep_until(due)
            self._write(sink, frame)

    def _write(self, sink: int, frame: bytes) -> None:
        try:
            if self.cut:
                raise BlockingIOError(errno.EAGAIN, "it was cut while the frame was under way")
            os.write(sink, frame)
        except OSError as error:
            if error.errno not in _DROPPED:
                raise
            self.lost += 1

    def close(self) -> None:
        """Takes both devices away."""
        os.close(self.near)
        os.close(self.far)


def _frames(source: int) -> list[bytes]:
    found = []
    for _ in range(_TURN):
        try:
            found.append(os.read(source, _FRAME_BYTES))
        except BlockingIOError:
            break
    return found


def _tap(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    asked = struct.pack(f"{_NAME_BYTES}sH22x", name.encode(), _TAP | _NO_INFORMATION)
    fcntl.ioctl(device, _TUNSETIFF, asked)
    return device


@attrs.define(eq=False)
class Cables:
    """All cables of a world, by the name of their host.

    Attributes:
        seed: For what they lose.
        by_host: Each.
    """

    seed: int
    by_host: dict[str, Cable] = attrs.field(factory=dict)
    _nursery: trio.Nursery | None = None

    def __getitem__(self, host: str) -> Cable:
        return self.by_host[host]

    def plug(self, host: Host, router: Namespace) -> None:
        """Lays one from a host to its port."""
        near = host.namespace.inside(lambda: _tap("eth0"))
        far = router.inside(lambda: _tap(host.port))
        self.by_host[host.name] = Cable(near, far, random.Random(f"{self.seed} {host.name}"))

    def mend(self) -> None:
        """All of them."""
        for cable in self.by_host.values():
            cable.mend()

    @asynccontextmanager
    async def carrying(self) -> AsyncIterator[None]:
        """Those that were laid and begun with `start` carry until the end of the block, and are taken away then."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                yield
            finally:
                nursery.cancel_scope.cancel()
        for cable in self.by_host.values():
            cable.close()

    def start(self) -> None:
        """Begins to carry over all of them."""
        assert self._nursery is not None
        for cable in self.by_host.values():
            self._nursery.start_soon(cable.carry)
