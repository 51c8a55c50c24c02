"""Jobs whose document never comes, on a clock that jumps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from tympan.plugin import JobState, NewJob, PrinterId
from tympan.testing import FakeHost
from tympan_ipp_endpoint._app import IppEndpoint
from tympan_wire.ipp import Operation

if TYPE_CHECKING:
    from plugins.ipp_endpoint.tests.conftest import Counter


def test_a_created_job_is_aborted_after_the_promised_time(new_host: Callable[..., FakeHost]) -> None:
    host, endpoint = new_host(document_wait_s=60), IppEndpoint()

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(endpoint.run, host)
            await host.ready_event.wait()
            desk = endpoint._desk
            assert desk is not None
            from tympan_ipp_endpoint._created import Created

            intake = host.jobs.open(_new_job())
            desk.created.put(Created(intake=intake, deadline=trio.current_time() + desk.document_wait_s))
            await trio.sleep(59)
            assert host.jobs.all()[0].state is JobState.RECEIVING
            await trio.sleep(2)
            assert host.jobs.all()[0].state is JobState.ABORTED
            assert "60 s" in host.jobs.all()[0].detail
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def _new_job() -> NewJob:
    return NewJob(printer=PrinterId("front-desk"))


@pytest.mark.anyio
async def test_too_many_created_jobs_are_answered_busy(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_ipp_endpoint._created.CREATED_JOBS", 2)
    codes = [(await counter.ask(Operation.CREATE_JOB)).code for _ in range(3)]
    assert codes == [0, 0, 0x0507]
