"""Several agents that were all given one job, at one virtual device, in memory: no socket, and time that jumps.

What each asks of the device takes a moment of the seed's choosing, there and back, so that the seed decides who comes
first at every step. An agent may be cut off from the device for a request, and may crash and start again.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import AsyncIterator, Callable

import attrs
import trio
from submission_bench import FRONT, NOW, SETTINGS, pdf
from trio.testing import MockClock

from tympan.plugin import Deferred, Job, JobState, Outcome, Printer, PrinterId, PrinterReach, SendAgain
from tympan.testing import FakeDelivery, FakeDocument, FakeHost
from tympan_ipp_submission._address import Address
from tympan_ipp_submission._device import Device
from tympan_ipp_submission._fleet import Fleet, Line
from tympan_ipp_submission._route import IppRoute
from tympan_net.http_server import HangUp, Peer, Request
from tympan_net.ipp_client import IppClient, Unreachable
from tympan_sim import PrinterHandle, Profile
from tympan_sim import _addresses as sim_addresses
from tympan_wire.ipp import Message, Operation, decode, encode

URI = "ipp://127.0.0.1:9/ipp/print/device"
JOB = uuid.UUID("8d5a6a3e-0d0f-4a51-9d8e-3f2c1b0a9876")
TRIES = 200
"""Of an agent whose job is deferred: more than any seed needs."""


@attrs.define(kw_only=True)
class Weather:
    """What happens on the way to the device, by the seed.

    Attributes:
        rng: Decides.
        slow_s: Longest time there, and back.
        loss: Share of the requests that are lost, or whose answer is.
    """

    rng: random.Random
    slow_s: float = 0.3
    loss: float = 0.0

    async def pass_one_way(self) -> None:
        await trio.sleep(self.rng.uniform(0, self.slow_s))
        if self.rng.random() < self.loss:
            raise Unreachable("device", "the line broke")


@attrs.define
class _Body:
    pieces: AsyncIterator[bytes]

    async def next_piece(self) -> bytes | None:
        return await anext(self.pieces, None)


class _Wire(IppClient):
    """An IPP client whose printer stands in the same process."""

    def __init__(self, device: PrinterHandle, weather: Weather, asked: Callable[[Message], None]) -> None:
        super().__init__(URI)
        self._device, self._weather, self._asked = device, weather, asked

    async def request(self, message: Message, document: object = None, *, on_sent: object = None) -> Message:
        self._asked(message)
        await self._weather.pass_one_way()
        try:
            answer = await self._device.answer(_request(message, document))
        except HangUp as error:
            raise Unreachable("device", "it hung up") from error
        await self._weather.pass_one_way()
        assert isinstance(answer.body, bytes)
        return decode(answer.body)[0]


def _request(message: Message, document: object) -> Request:
    async def body() -> AsyncIterator[bytes]:
        yield encode(message)
        if document is not None:
            assert isinstance(document, AsyncIterator)
            async for piece in document:
                yield piece

    return Request(
        method="POST",
        target="/ipp/print/device",
        headers=((b"content-type", b"application/ipp"),),
        peer=Peer(address="127.0.0.1", port=1, local_address="127.0.0.1", local_port=9),
        secure=False,
        source=_Body(body()),
    )


class _Line(Line):
    def __init__(self, host: FakeHost, printer: Printer, wire: IppClient) -> None:
        super().__init__(host, printer)
        self._wire = wire

    async def _open(self) -> Device:
        device = Device(Address.parse(URI))
        device._client = self._wire
        return device


class _Fleet(Fleet):
    """One line, to the device in this process."""

    def __init__(self, host: FakeHost, line: Line) -> None:
        super().__init__()
        self._here, self._only = host, line

    async def host(self) -> FakeHost:
        return self._here

    async def line(self, printer: object) -> Line:
        return self._only


@attrs.define(kw_only=True)
class Agent:
    """One agent with the job; what it must not lose in a crash outlives its route.

    Attributes:
        weather: On its way to the device.
        device: The device.
        crashes: Numbers of its requests at which it crashes.
        shared: Whether it knows that another machine may have the job.
        reach: Of its printer.
        attempts: Times the job was claimed before.
        target: The printer it was released to.
        begins_s: When it begins; by the seed when None.
        gone_s: How long it stays away after a crash; by the seed when None.
    """

    weather: Weather
    device: PrinterHandle
    crashes: frozenset[int] = frozenset()
    shared: bool = True
    reach: PrinterReach = PrinterReach.DIRECT
    attempts: int = 0
    target: PrinterId | None = None
    begins_s: float | None = None
    gone_s: float | None = None
    asked: list[Message] = attrs.field(factory=list)
    outcome: Outcome | None = None
    _life: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    _host: FakeHost = attrs.field(init=False)
    delivery: FakeDelivery = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        printer = Printer(id=FRONT, name="Front", uri=URI, reach=self.reach)
        self._host = FakeHost("ipp_submission", settings=SETTINGS, printers=[printer])
        job = Job(
            uuid=JOB,
            number=1,
            printer=FRONT,
            name="letter",
            user="ada",
            state=JobState.SENDING,
            created_at=NOW,
            attempts=self.attempts,
            target=self.target,
            shared=self.shared,
            media_type="application/pdf",
            size_bytes=len(pdf()),
        )
        document = FakeDocument(content=pdf(), media_type="application/pdf")
        self.delivery = FakeDelivery(job=job, printer=printer, document=document)

    async def live(self) -> None:
        """Delivers as the kernel does, through crashes, to the end."""
        await trio.sleep(self.weather.rng.uniform(0, 1.5) if self.begins_s is None else self.begins_s)
        while self.outcome is None:
            with trio.CancelScope() as self._life:
                self.outcome = await self._work()
            if self.outcome is None:
                await trio.sleep(self.weather.rng.uniform(0, 5) if self.gone_s is None else self.gone_s)

    async def _work(self) -> Outcome:
        wire = _Wire(self.device, self.weather, self._note)
        route = IppRoute(_Fleet(self._host, _Line(self._host, self.delivery.printer, wire)))
        for _ in range(TRIES):
            self.delivery.job = attrs.evolve(self.delivery.job, state=JobState.SENDING)
            turn = route.recover if self.delivery.evidence else route.deliver
            outcome = await turn(self.delivery)
            if isinstance(outcome, SendAgain):
                await self.delivery.checkpoint(b"", what="may be sent again")
            elif not isinstance(outcome, Deferred):
                return outcome
            await trio.sleep(getattr(outcome, "retry_after_s", None) or 1.0)
        raise AssertionError(f"it never ended: {outcome}")

    def _note(self, message: Message) -> None:
        self.asked.append(message)
        if len(self.asked) in self.crashes:
            self._life.cancel()

    def times(self, operation: Operation) -> int:
        """How often it asked for an operation."""
        return sum(message.code == operation for message in self.asked)

    @property
    def story(self) -> list[str]:
        return [text for kind, text, _ in self.delivery.trail if kind == "note"]


@attrs.define(kw_only=True)
class Race:
    """A device and the agents that were given one job."""

    profile: Profile
    rng: random.Random
    device: PrinterHandle = attrs.field(init=False)
    agents: list[Agent] = attrs.field(factory=list)

    def run(self, *agents: Callable[[Race], Agent], faults: tuple[str, ...] = ()) -> None:
        """Lets all of them begin, and waits until each has its end."""

        async def everything() -> None:
            async with trio.open_nursery() as nursery:
                address = sim_addresses.Address(host="127.0.0.1", port=9, name="device", tls=False, alone=True)
                self.device = PrinterHandle(
                    attrs.evolve(self.profile, name="device"),
                    address,
                    folder=None,
                    identity=None,
                    start=nursery.start_soon,
                )
                self.device.order(*faults)
                nursery.start_soon(self.device.run)
                self.agents = [make(self) for make in agents]
                with trio.fail_after(3600):
                    async with trio.open_nursery() as working:
                        for agent in self.agents:
                            working.start_soon(agent.live)
                nursery.cancel_scope.cancel()

        trio.run(everything, clock=MockClock(autojump_threshold=0))

    @property
    def printed(self) -> int:
        """Times the document came out."""
        return len(self.device.journal)


def agent(
    *, loss: float = 0.0, crashes: frozenset[int] = frozenset(), attempts: int = 0, **more: object
) -> Callable[[Race], Agent]:
    """An agent to be made once its race's device stands."""

    def make(race: Race) -> Agent:
        weather = Weather(rng=race.rng, loss=loss)
        return Agent(weather=weather, device=race.device, crashes=crashes, attempts=attempts, **more)  # type: ignore[arg-type]

    return make
