"""The suite every service must pass: subclass it and give the fixtures ``service`` and ``host``.

``host`` is a ``FakeHost`` with the settings, printers and ports the service needs.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import trio

from tympan._ports import Service
from tympan.testing._expectations import ANSWER_S, ends_when_cancelled
from tympan.testing._host import FakeHost


class ServiceSuite:
    """What every service must do."""

    async def test_it_is_a_service(self, service: Service) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(service, Service)

    async def test_it_gets_ready_or_returns(self, service: Service, host: FakeHost) -> None:
        """A service that does neither is started again and again."""
        assert await _ready(service, host), f"it was neither ready nor over within {ANSWER_S:g} s"

    async def test_it_runs_again_after_it_was_stopped(self, service: Service, host: FakeHost) -> None:
        """Policy may switch it off and on while the agent runs."""
        assert await _ready(service, host)
        host.ready_event = trio.Event()
        assert await _ready(service, host), "the second run was not ready"

    async def test_it_ends_when_cancelled(self, service: Service, host: FakeHost) -> None:
        """Switching off has a grace deadline."""

        async def run() -> None:
            async with trio.open_nursery() as nursery:
                host.attach(nursery)
                await service.run(host)

        await ends_when_cancelled(run)


async def _ready(service: Service, host: FakeHost) -> bool:
    async with trio.open_nursery() as nursery:
        host.attach(nursery)

        async def run() -> None:
            await service.run(host)
            host.ready()

        nursery.start_soon(run)
        with trio.move_on_after(ANSWER_S):
            await host.ready_event.wait()
        nursery.cancel_scope.cancel()
    return host.ready_event.is_set()
