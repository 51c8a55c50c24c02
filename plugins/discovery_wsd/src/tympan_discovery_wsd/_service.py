"""The service: sweeps, listens, asks whom it hears, and says who is in view.

- A sweep asks every link who is there, and asks each device what it is. A known one that keeps silent is asked
  directly; only when it does not answer either it is out of view.
- Between sweeps, who comes says Hello and is asked; who goes says Bye and is out of view.
- Cancelled, its sockets are closed before anything else happens.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import AsyncIterator, Sequence

import attrs
import trio

from tympan.plugin import Host, Sighting, SweepRequest, SweepStanding
from tympan_discovery_wsd._asking import METHOD, Answer, Look, ask
from tympan_discovery_wsd._codec import Heard, Kind, Match, probe, resolve
from tympan_discovery_wsd._hearing import Hearing
from tympan_discovery_wsd._interfaces import Interface, interfaces
from tympan_discovery_wsd._limits import (
    ASKED_S,
    ASKING,
    DEVICES,
    GAP_FIRST_S,
    GAP_LAST_S,
    INTERFACES_S,
    PACKET_BYTES,
    REPEATS,
    RESOLVE_S,
    SLEPT_S,
    SWEEP_S,
)
from tympan_discovery_wsd._model import WsdSettings
from tympan_discovery_wsd._names import WORDINGS
from tympan_discovery_wsd._queue import Queue
from tympan_discovery_wsd._sockets import Ear, ears
from tympan_discovery_wsd._view import Device, View

_READ_AGAIN_S = 0.2
"""After a socket could not be read: a link that is down says so at once, and again."""


class WsdService:
    """``Discoverer`` and ``Service``. Owns: its sockets, while ``run`` runs."""

    method = METHOD

    def __init__(self, look: Look) -> None:
        self._look = look
        self._sender = uuid.uuid4()
        self._chance = random.SystemRandom()
        self._dropped = 0  # by earlier runs
        self._changed = trio.Event()
        self._wanted = trio.Event()
        self._listeners: set[trio.MemorySendChannel[Sighting]] = set()
        self._forget()

    def _forget(self) -> None:
        self._standing = SweepStanding()  # or all would be said to have gone before the next run has looked
        self._hearing = Hearing()
        self._view = View()
        self._queue = Queue()
        self._ears: tuple[Ear, ...] = ()
        self._resolved: dict[tuple[str, str], trio.Event] = {}
        self._sweep_number = 0
        self._sent = 0

    @property
    def standing(self) -> SweepStanding:
        """How it fares."""
        return attrs.evolve(self._standing, dropped=self._dropped + self._hearing.dropped + self._view.dropped)

    async def sightings(self) -> Sequence[Sighting]:
        """Printers in view."""
        await trio.lowlevel.checkpoint()
        if self._changed.is_set():
            self._changed = trio.Event()  # one for all who wait
        return self._view.sightings()

    async def wait_changed(self) -> None:
        """Returns at news."""
        await self._changed.wait()

    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        """Every printer that answers."""
        until = trio.current_time() + request.duration_s
        send, receive = trio.open_memory_channel[Sighting](DEVICES)
        self._listeners.add(send)
        self._wanted.set()
        try:
            while True:
                with trio.move_on_at(until) as deadline:
                    sighting = await receive.receive()
                if deadline.cancelled_caught:
                    return
                yield sighting
        finally:
            self._listeners.discard(send)
            send.close()
            receive.close()

    async def run(self, host: Host) -> None:
        """Until cancelled."""
        settings = WsdSettings.of(host.settings)
        ports = settings.port_numbers
        try:
            async with trio.open_nursery() as nursery:
                for _ in range(ASKING):
                    nursery.start_soon(self._ask_who_waits, host, ports)
                host.ready()
                await self._on_links(host, settings)
        finally:
            self._dropped = self.standing.dropped
            self._forget()

    async def _on_links(self, host: Host, settings: WsdSettings) -> None:
        """Opens sockets on the interfaces there are and sweeps; again when they change, or the computer slept."""
        while True:
            links = await _links(settings)
            async with trio.open_nursery() as nursery:
                self._open(host, links, nursery)
                nursery.start_soon(self._sweep_by_the_clock, host, settings)
                await _until_other(host, links, settings)
                nursery.cancel_scope.cancel()

    def _open(self, host: Host, links: Sequence[Interface], nursery: trio.Nursery) -> None:
        problems: list[str] = []
        self._ears = tuple(ear for link in links for ear in ears(link, problems))
        for ear in self._ears:
            nursery.start_soon(self._listen, host, ear)
        for problem in problems:
            host.log("an interface cannot be listened on", problem=problem)
        host.note("" if self._ears else "no interface to look on")

    async def _listen(self, host: Host, ear: Ear) -> None:
        with ear.socket:
            while True:
                try:
                    packet, where = await ear.socket.recvfrom(PACKET_BYTES + 1)
                except OSError as error:
                    host.log("a socket cannot be read", interface=ear.interface.name, error=str(error))
                    await trio.sleep(_READ_AGAIN_S)
                    continue
                source = ear.interface.zoned(str(where[0]))
                near = ear.interface.has(source)
                heard = self._hearing.take(packet, source, trio.current_time(), near=near)
                if heard is not None:
                    self._take(heard, source)

    def _take(self, heard: Heard, source: str) -> None:
        for match in heard.matches:
            match heard.kind:
                case Kind.BYE:
                    if self._view.leave(match.endpoint, source):
                        self._changed.set()
                case Kind.RESOLVE_MATCHES:
                    self._take_resolved(match, source)
                case _:
                    device = self._view.hear(match, source, heard.wording, self._sweep_number)
                    if device is not None and self._is_due(device, heard.kind):
                        self._queue.put(device)

    def _take_resolved(self, match: Match, source: str) -> None:
        device = self._view.known(match.endpoint, source)
        if device is not None:
            device.match = attrs.evolve(device.match, addresses=match.addresses or device.match.addresses)
        waiting = self._resolved.get((match.endpoint, source))
        if waiting is not None:
            waiting.set()

    def _is_due(self, device: Device, kind: Kind) -> bool:
        """Once a sweep; and when it says it is new here, or other than when it was asked."""
        if kind is Kind.HELLO and (device.sighting is None or device.match.version > device.asked_version):
            return True
        return device.asked < self._sweep_number

    async def _ask_who_waits(self, host: Host, ports: Sequence[int]) -> None:
        while True:
            device = await self._queue.take()
            try:
                await self._ask(host, device, ports)
            except Exception as error:  # whatever a stranger's answer does, the others are asked
                host.log("a device was not asked", device=device.key, error=repr(error)[:300])
            finally:
                self._queue.done(device)

    async def _ask(self, host: Host, device: Device, ports: Sequence[int]) -> None:
        device.asked, device.asked_version = self._sweep_number, device.match.version
        if not device.match.addresses:
            await self._resolve(device)
        answer = await ask(device, self._look, ports, self._sender, host.now())
        silent = device.sweep < self._sweep_number and not answer.heard
        if silent:
            self._view.forget(device)
        elif self._view.holds(device):  # it did not say Bye meanwhile
            self._keep(host, device, answer)
        self._changed.set()

    def _keep(self, host: Host, device: Device, answer: Answer) -> None:
        device.serial = answer.serial
        fresh = device.sighting is None
        device.sighting = answer.sighting
        sighting = self._view.fold(device).sighting
        if sighting is not None:
            self._tell(sighting)
        if sighting is not None and fresh:
            host.used()

    def _tell(self, sighting: Sighting) -> None:
        for listener in self._listeners:
            try:
                listener.send_nowait(sighting)
            except (trio.WouldBlock, trio.BrokenResourceError):
                continue

    async def _resolve(self, device: Device) -> None:
        """Asks where a device is that did not say so."""
        where = device.endpoint, device.spoke[0]
        answered = self._resolved[where] = trio.Event()
        packet = resolve(self._hearing.question(), device.wording, device.endpoint)
        try:
            with trio.move_on_after(RESOLVE_S):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._send, [packet])
                    await answered.wait()
                    nursery.cancel_scope.cancel()
        finally:
            self._resolved.pop(where, None)

    async def _send(self, packets: Sequence[bytes]) -> None:
        """Sends each on every link, and again, for datagrams get lost."""
        gap_s = self._chance.uniform(*GAP_FIRST_S)
        for number in range(REPEATS):
            if number:
                await trio.sleep(gap_s)
                gap_s = min(gap_s * 2, GAP_LAST_S)
            for ear in self._ears:
                for packet in packets if ear.asks else ():
                    await self._send_one(ear, packet)

    async def _send_one(self, ear: Ear, packet: bytes) -> None:
        try:
            await ear.ask(packet)
            self._sent += 1
        except OSError:
            await trio.lowlevel.checkpoint()  # a link without multicast; the others are asked all the same

    async def _sweep_by_the_clock(self, host: Host, settings: WsdSettings) -> None:
        while True:
            self._wanted = trio.Event()
            await self._sweep(host)
            with trio.move_on_after(settings.interval_s):
                await self._wanted.wait()

    async def _sweep(self, host: Host) -> None:
        began, sent = trio.current_time(), self._sent
        self._sweep_number += 1
        await self._send([probe(self._hearing.question(), wording) for wording in WORDINGS])
        await trio.sleep_until(began + SWEEP_S)
        for device in self._view:
            if device.sweep < self._sweep_number and device.sighting is not None:
                self._queue.put(device)
        with trio.move_on_after(ASKED_S):  # who was in view before a restart, and was not asked yet, has not gone
            await self._queue.wait_idle()
        for device in list(self._view):
            if device.sweep < self._sweep_number and device.sighting is None:
                self._view.forget(device)  # no printer, and gone: it makes room
        self._standing = SweepStanding(
            swept_at=host.now(), took_s=trio.current_time() - began, packets=self._sent - sent
        )
        self._changed.set()


async def _links(settings: WsdSettings) -> tuple[Interface, ...]:
    return await trio.to_thread.run_sync(interfaces, settings.interfaces)


async def _until_other(host: Host, links: Sequence[Interface], settings: WsdSettings) -> None:
    """Returns when there are other interfaces, or more time went by on the wall than was waited: the computer slept."""
    late = dt.timedelta(seconds=INTERFACES_S + SLEPT_S)
    now = host.now()
    while True:
        before = now
        await trio.sleep(INTERFACES_S)
        now = host.now()
        if now - before > late or await _links(settings) != links:
            return
