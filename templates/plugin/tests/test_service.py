"""The service beside a host in memory."""

import pytest
import trio
import trio.testing
from vendor_plugin.service import Greeter

from tympan.plugin import JobChanged, JobStep, NewJob, Printer, PrinterId
from tympan.testing import FakeHost

PRINTER = Printer(id=PrinterId("lab"), name="Lab", uri="ipp://printer.example/ipp/print")


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@pytest.mark.anyio
async def test_a_completed_job_is_greeted() -> None:
    host = FakeHost("vendor_plugin", settings={"greeting": "hello"}, printers=[PRINTER])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Greeter().run, host)
        await host.ready_event.wait()
        intake = host.jobs.open(NewJob(printer=PRINTER.id, name="a", user="ann"))
        await intake.write(b"document")
        job = await intake.commit()
        for step in (JobStep.CLAIM, JobStep.SENT, JobStep.COMPLETE):
            job = host.jobs.step(job, step)
        host.bus.publish(JobChanged(job=job.uuid, printer=job.printer, state=job.state))
        with trio.fail_after(5):
            while not host.logged:
                await trio.sleep(0.01)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert host.logged == [("hello", {"job": str(job.uuid)})]
