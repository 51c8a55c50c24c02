"""Queues and jobs on a real CUPS: what is told of them, and what came out with which options."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
import trio
from cups_steps import DEADLINE_S, DOCUMENTS, add_laser, pieces
from rig import KEEPER, Cupsd, EvePrinter, kept_in, private_cupsd, run, wait_until

from tympan.plugin import BadInput, DefaultOrigin, QueueKind, Spooler, SpoolJob, SpoolJobState
from tympan.testing import SpoolJobsSuite
from tympan_spool_cups._errors import NoSuchQueue
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler

pytestmark = [pytest.mark.anyio, pytest.mark.system]


@pytest.fixture
async def cups() -> AsyncIterator[Cupsd]:
    async with private_cupsd(backends={"keep": KEEPER}) as cupsd:
        yield cupsd


class TestJobsOfCups(SpoolJobsSuite):
    @pytest.fixture
    def spooler(self, settings: SpoolSettings) -> Spooler:
        return CupsSpooler(settings)

    @pytest.fixture
    async def queue(self, cups: Cupsd) -> str:
        await add_laser(cups, "laser")
        return "laser"


async def start(spooler: CupsSpooler, job: UUID, **options: str) -> int:
    return await spooler.start_job(
        "laser", job=job, title="Letter", user="ada", media_type="application/pdf", options=options
    )


async def end_of(spooler: CupsSpooler, number: int) -> SpoolJob:
    with trio.fail_after(DEADLINE_S):
        return [job async for job in spooler.follow_job("laser", number)][-1]


async def test_a_driver_is_told_in_words_of_ipp(cups: Cupsd, spooler: CupsSpooler) -> None:
    await add_laser(cups, "laser")
    told = await spooler.capabilities("laser")
    options = {option.name: (option.values, option.default) for option in told.options}
    assert options["sides"] == (("one-sided", "two-sided-long-edge", "two-sided-short-edge"), "one-sided")
    assert options["print-color-mode"] == (("monochrome", "color"), "color")
    assert options["media"][1] == "iso_a4_210x297mm"
    assert set(options["media"][0]) == {"iso_a4_210x297mm", "iso_a3_297x420mm", "na_letter_8.5x11in"}
    assert options["printer-resolution"] == (("300dpi", "600dpi"), "600dpi")
    assert options["media-source"] == (("auto", "tray-1", "manual"), "auto"), "tray 3 is not installed"
    assert options["media-type"] == (("stationery", "transparency"), "stationery")
    assert options["x-EXToner"] == (("Full", "Save"), "Full")
    assert options["copies"] == (("1-9999",), "1")
    assert not {name for name in options if name.startswith("x-")} - {"x-EXToner"}
    [rule] = told.constraints
    assert {(one.option, one.value) for one in (rule.one, rule.other)} == {
        ("sides", ""),
        ("media-type", "transparency"),
    }


async def test_a_default_set_at_the_queue_is_told_from_the_drivers(cups: Cupsd, spooler: CupsSpooler) -> None:
    await add_laser(cups, "laser")
    before = await spooler.list_queues()
    await run(["lpadmin", "-h", cups.server, "-p", "laser", "-o", "sides-default=two-sided-long-edge"])
    sides = (await spooler.capabilities("laser")).option("sides")
    assert sides is not None
    assert (sides.default, sides.origin) == ("two-sided-long-edge", DefaultOrigin.OS)
    media = (await spooler.capabilities("laser")).option("media")
    assert media is not None
    assert media.origin is DefaultOrigin.DEVICE
    assert await spooler.list_queues() == before, "nobody can see it in the queue itself"


async def test_what_is_asked_for_reaches_the_device(cups: Cupsd, spooler: CupsSpooler) -> None:
    folder, job = await add_laser(cups, "laser"), uuid4()
    number = await start(
        spooler,
        job,
        copies="3",
        sides="two-sided-short-edge",
        media="iso_a3_297x420mm",
        **{
            "print-color-mode": "monochrome",
            "media-source": "manual",
            "media-type": "stationery",
            "printer-resolution": "300dpi",
            "x-EXToner": "Save",
        },
    )
    await spooler.send_document("laser", number, pieces(DOCUMENTS / "01-a4-1p-gray.pdf"))
    assert (await end_of(spooler, number)).state is SpoolJobState.COMPLETED
    [kept] = kept_in(folder)
    assert (kept.user, kept.title) == ("ada", "Letter")
    wanted = {
        "Duplex": "DuplexTumble",
        "InputSlot": "ManualFeed",
        "MediaType": "Plain",
        "EXToner": "Save",
        "ColorModel": "Gray",
        "job-uuid": job.urn,
    }
    assert {name: kept.options.get(name) for name in wanted} == wanted
    assert kept.options["printer-resolution"] == "300x300dpi"
    assert kept.options["media"] == "iso_a3_297x420mm"
    assert kept.data.startswith(b"%PDF")


async def test_a_job_outlives_a_restart_of_cups_and_is_found_when_it_is_over(cups: Cupsd, spooler: CupsSpooler) -> None:
    folder, job = await add_laser(cups, "laser"), uuid4()
    (folder / "wait").touch()
    number = await start(spooler, job)
    await spooler.send_document("laser", number, pieces(DOCUMENTS / "01-a4-1p-gray.pdf"))
    seen: list[SpoolJob] = []

    async def follow() -> None:
        seen.extend([told async for told in spooler.follow_job("laser", number)])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        await cups.stop()
        await cups.start()
        (folder / "wait").unlink()
    assert seen[-1].state is SpoolJobState.COMPLETED
    await cups.stop()
    await cups.start()
    found = await spooler.find_job("laser", job)
    assert found is not None
    assert (found.number, found.state, found.received) == (number, SpoolJobState.COMPLETED, True)
    assert len(kept_in(folder)) == 1


async def test_a_document_that_breaks_off_is_not_kept_and_prints_nothing(cups: Cupsd, spooler: CupsSpooler) -> None:
    folder, job = await add_laser(cups, "laser"), uuid4()
    number = await start(spooler, job)

    async def broken() -> AsyncIterator[bytes]:
        yield b"%PDF-1.4\n"
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await spooler.send_document("laser", number, broken())
    found = await spooler.find_job("laser", job)
    assert found is not None
    assert (found.state, found.received) == (SpoolJobState.HELD, False)
    await spooler.cancel_job("laser", number)
    assert (await end_of(spooler, number)).state is SpoolJobState.CANCELED
    assert kept_in(folder) == []


async def test_pages_are_told_as_they_are_counted(cups: Cupsd, spooler: CupsSpooler) -> None:
    await add_laser(cups, "laser")
    number = await start(spooler, uuid4())
    await spooler.send_document("laser", number, pieces(DOCUMENTS / "02-a4-100p-10color.pdf"))
    assert (await end_of(spooler, number)).impressions == 100


async def test_a_canceled_job_stops_at_the_device(cups: Cupsd, spooler: CupsSpooler) -> None:
    folder = await add_laser(cups, "laser")
    (folder / "wait").touch()
    number = await start(spooler, uuid4())
    await spooler.send_document("laser", number, pieces(DOCUMENTS / "01-a4-1p-gray.pdf"))

    async def printing() -> bool:
        found = [job async for job in _first(spooler, number)]
        return found[0].state is SpoolJobState.PROCESSING

    await wait_until(printing, "the job to print", timeout_s=DEADLINE_S)
    await spooler.cancel_job("laser", number)
    assert (await end_of(spooler, number)).state is SpoolJobState.CANCELED
    assert kept_in(folder) == []


async def _first(spooler: CupsSpooler, number: int) -> AsyncIterator[SpoolJob]:
    async for job in spooler.follow_job("laser", number):
        yield job
        return


async def test_a_value_that_does_not_fit_makes_no_job(cups: Cupsd, spooler: CupsSpooler) -> None:
    await add_laser(cups, "laser")
    job = uuid4()
    with pytest.raises(BadInput, match="copies"):
        await start(spooler, job, copies="many")
    with pytest.raises(NoSuchQueue):
        await spooler.start_job("none", job=job, title="", user="", media_type="application/pdf", options={})
    assert await spooler.find_job("laser", job) is None


async def test_kinds_and_devices_of_queues_are_told_apart(cups: Cupsd, spooler: CupsSpooler) -> None:
    await add_laser(cups, "laser")
    await add_laser(cups, "again")
    await add_laser(cups, "other", serial=2)
    for name, uri in (("paper", "file:/dev/null"), ("fax", "ipp://192.0.2.7/ipp/faxout")):
        await run(["lpadmin", "-h", cups.server, "-p", name, "-E", "-v", uri, "-m", "raw"])
    await run(["lpadmin", "-h", cups.server, "-p", "laser", "-c", "both"])
    told = {queue.name: queue for queue in await spooler.list_queues()}
    assert {name: queue.kind for name, queue in told.items()} == {
        "laser": QueueKind.PRINTER,
        "again": QueueKind.PRINTER,
        "other": QueueKind.PRINTER,
        "paper": QueueKind.FILE,
        "fax": QueueKind.FAX,
        "both": QueueKind.CLASS,
    }
    assert told["laser"].identity == told["again"].identity != told["other"].identity
    assert told["laser"].make_and_model == "Example Laser 9, test driver"
    assert told["laser"].revision


async def test_a_raw_queue_takes_what_its_device_says_and_nothing_where_it_says_nothing(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler
) -> None:
    for name, uri in (("told", eve.uri), ("mute", "socket://192.0.2.7:9100")):
        await run(["lpadmin", "-h", cups.server, "-p", name, "-E", "-v", uri, "-m", "raw"])
    assert "application/pdf" in (await spooler.capabilities("told")).media_types
    assert (await spooler.capabilities("mute")).media_types == ()
    assert (await spooler.capabilities("told")).options == ()
