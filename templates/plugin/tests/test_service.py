"""The service beside a host in memory."""

import pytest
import trio
from vendor_plugin.service import Greeter

from tympan.plugin import JobStep, NewJob, Printer, PrinterId
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
        with trio.fail_after(5):
            while not host.logged:
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
    assert host.logged == [("hello", {"job": str(job.uuid)})]
