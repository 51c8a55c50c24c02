"""What works on a machine and in its network, breaking its contract in one way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import trio
from conformance_rig import GOOD, SCAN, SEEN, Cases

from tympan._ports import (
    Examined,
    Health,
    Host,
    LocalRequest,
    LocalResponse,
    ScanOrder,
    ScanProgress,
    Sighting,
    SweepRequest,
)
from tympan.testing import (
    CommandSuite,
    DiscovererSuite,
    ExaminerSuite,
    FakeCommand,
    FakeDiscoverer,
    FakeExaminer,
    FakeHost,
    FakeLocalApp,
    FakeScanner,
    FakeService,
    LocalAppSuite,
    ScannerSuite,
    ServiceSuite,
)


class NeverReady(FakeService):
    async def run(self, host: Host) -> None:
        await trio.sleep_forever()


class Unstoppable(FakeService):
    async def run(self, host: Host) -> None:
        host.ready()
        with trio.CancelScope(shield=True):
            await trio.sleep(1.0)


class Endless(FakeDiscoverer):
    async def sweep(self, request: SweepRequest) -> AsyncIterator[Sighting]:
        while True:
            yield SEEN
            await trio.sleep(0.1)


class Deafening(FakeDiscoverer):
    async def sightings(self) -> Sequence[Sighting]:
        self._changed = trio.Event()
        return await super().sightings()


class DeafeningScanner(FakeScanner):
    async def progress(self) -> Sequence[ScanProgress]:
        self._changed = trio.Event()
        return await super().progress()


class Clinging(FakeScanner):
    async def want(self, scans: Sequence[ScanOrder]) -> None:
        await super().want([*self.wanted, *scans])


class Fragile(FakeLocalApp):
    async def handle(self, request: LocalRequest) -> LocalResponse:
        return LocalResponse(body=(await request.body(1 << 20)).decode().encode())


class Splitting(FakeLocalApp):
    async def handle(self, request: LocalRequest) -> LocalResponse:
        return LocalResponse(headers=(("X", "a\r\nSet-Cookie: b"),))


class Leaving(FakeCommand):
    def run(self, arguments: Any) -> int:
        raise SystemExit(0)


MACHINE: Cases = {
    "examiner that finds nothing at all": (
        ExaminerSuite, "test_what_it_finds_can_be_read_and_a_problem_says_what_to_do",
        lambda: {"examiner": FakeExaminer()}),
    "examiner that leaves people alone": (
        ExaminerSuite, "test_what_it_finds_can_be_read_and_a_problem_says_what_to_do",
        lambda: {"examiner": FakeExaminer([Examined(topic="clock", health=Health.PROBLEM, found="it is wrong")])}),
    "service that ignores its grace": (
        ServiceSuite, "test_it_ends_when_cancelled", lambda: {"service": Unstoppable(), "host": FakeHost()}),
    "service that is never ready": (
        ServiceSuite, "test_it_gets_ready_or_returns", lambda: {"service": NeverReady(), "host": FakeHost()}),
    "discoverer without an end": (
        DiscovererSuite, "test_a_sweep_finds_the_device_and_ends_by_itself",
        lambda: {"discoverer": Endless(), "request_of_sweep": SweepRequest(duration_s=0.1)}),
    "discoverer that one look makes deaf to others": (
        DiscovererSuite, "test_everybody_who_waits_hears_of_a_sweep",
        lambda: {"discoverer": Deafening(), "request_of_sweep": SweepRequest(duration_s=0.1)}),
    "scanner that one look makes deaf to others": (
        ScannerSuite, "test_everybody_who_waits_hears_of_progress",
        lambda: {"scanner": DeafeningScanner(), "order": SCAN}),
    "scanner that cannot be stopped": (
        ScannerSuite, "test_what_is_not_wanted_is_forgotten", lambda: {"scanner": Clinging(), "order": SCAN}),
    "app that raises": (
        LocalAppSuite, "test_a_body_of_nonsense_is_answered", lambda: {"app": Fragile(), "good_request": GOOD}),
    "app that lets headers be split": (
        LocalAppSuite, "test_a_good_request_is_answered_well_each_time",
        lambda: {"app": Splitting(), "good_request": GOOD}),
    "command that leaves": (CommandSuite, "test_help_succeeds", lambda: {"command": Leaving()}),
}  # fmt: skip
