"""Printing through presses over a spooler that is a folder: what is given up, what is remembered, what is refused."""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing
from windows_of_tests import PRESS, FolderWindows, spooler_on

from tympan.plugin import BadInput, NotFound, SpoolJobState
from tympan_spool_windows._devmode import read_devmode
from tympan_spool_windows._errors import CallFailed, JobUnknown, PressFailed
from tympan_spool_windows._frames import GAVE_UP, Kind, Order, Way, frame
from tympan_spool_windows._records import JobStatus, QueueRecord
from tympan_spool_windows._spooler import WindowsSpooler

pytestmark = pytest.mark.anyio

RAW = "application/vnd.cups-raw"


@pytest.fixture
def queue(windows: FolderWindows) -> str:
    windows.put(QueueRecord(name="Desk", port="USB001", driver="ACME 3000"))
    return "Desk"


async def pieces(*data: bytes) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece


async def breaks_off() -> AsyncIterator[bytes]:
    yield b"half"
    raise CallFailed("read", 1, "the disk is gone")


async def start(spooler: WindowsSpooler, queue: str, job: uuid.UUID, media_type: str = RAW, **options: str) -> int:
    return await spooler.start_job(queue, job=job, title="Plan", user="ada", media_type=media_type, options=options)


async def test_what_was_sent_comes_out_byte_for_byte(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    number = await start(spooler, queue, uuid.uuid4())
    await spooler.send_document(queue, number, pieces(b"\x1b%-12345X", b"x" * 600_000))
    assert windows.printed(number) == b"\x1b%-12345X" + b"x" * 600_000


async def test_a_document_that_breaks_off_is_taken_back_and_said_so(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    job = uuid.uuid4()
    number = await start(spooler, queue, job)
    with pytest.raises(CallFailed):
        await spooler.send_document(queue, number, breaks_off())
    found = await spooler.find_job(queue, job)
    assert found is not None
    assert (found.state, found.received) == (SpoolJobState.ABORTED, False)
    assert JobStatus(windows.all_jobs()[number]["status"]) & JobStatus.DELETED
    assert [each async for each in spooler.follow_job(queue, number)] == [found]


async def test_a_document_the_press_refuses_ends_with_its_reason(spooler: WindowsSpooler, queue: str) -> None:
    job = uuid.uuid4()
    number = await start(spooler, queue, job)
    with pytest.raises(PressFailed, match="Invalid handle"):
        await spooler.send_document(queue, number, pieces(b"BROKEN"))
    found = await spooler.find_job(queue, job)
    assert found is not None
    assert found.state is SpoolJobState.ABORTED and "Invalid handle" in found.detail


async def test_a_second_document_for_a_job_is_refused(spooler: WindowsSpooler, queue: str) -> None:
    number = await start(spooler, queue, uuid.uuid4())
    await spooler.send_document(queue, number, pieces(b"x"))
    with pytest.raises(JobUnknown):
        await spooler.send_document(queue, number, pieces(b"x"))


async def test_an_end_that_was_followed_is_remembered_though_windows_forgets_it(
    spooler: WindowsSpooler, queue: str
) -> None:
    job = uuid.uuid4()
    number = await start(spooler, queue, job)
    await spooler.send_document(queue, number, pieces(b"x"))
    *_, last = [each async for each in spooler.follow_job(queue, number)]
    assert (last.state, last.reasons) == (SpoolJobState.COMPLETED, ("queued-in-device",))
    assert await spooler.find_job(queue, job) == last


async def test_a_job_that_vanished_unseen_is_gone_and_not_completed(windows: FolderWindows, queue: str) -> None:
    windows.silent = True
    spooler = spooler_on(windows)
    job = uuid.uuid4()
    number = await start(spooler, queue, job)
    await spooler.send_document(queue, number, pieces(b"x"))
    assert [each.state async for each in spooler.follow_job(queue, number)] == [SpoolJobState.GONE]
    assert await spooler.find_job(queue, job) is None


async def test_jobs_that_cannot_be_listed_raise_and_are_not_none(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    windows.away = True
    with pytest.raises(CallFailed):
        await spooler.find_job(queue, uuid.uuid4())
    with pytest.raises(CallFailed):
        await spooler.list_queues()


async def test_a_spooler_that_is_away_for_a_while_is_waited_for(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    number = await start(spooler, queue, uuid.uuid4())
    windows.away = True
    seen = []
    async with trio.open_nursery() as nursery:

        async def follow() -> None:
            seen.extend([each.state async for each in spooler.follow_job(queue, number)])

        nursery.start_soon(follow)
        await trio.testing.wait_all_tasks_blocked(0.05)
        windows.away = False
        await spooler.send_document(queue, number, pieces(b"x"))
    assert seen[-1] is SpoolJobState.COMPLETED


async def test_options_reach_the_driver_as_settings(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    asked = {"media": "na_letter_8.5x11in", "sides": "two-sided-short-edge", "print-color-mode": "monochrome"}
    number = await start(spooler, queue, uuid.uuid4(), "application/pdf", copies="3", **asked)
    order = windows.all_jobs()[number]["order"]
    told = read_devmode(base64.b64decode(order["devmode"]))
    assert (told.paper_size, told.duplex, told.color, told.copies) == (1, 3, 1, 3)
    assert (order["way"], order["gray"], order["copies"]) == ("rendered", True, 1)
    await spooler.cancel_job(queue, number)


@pytest.mark.parametrize(
    "asked",
    [
        {"media": "iso_a0_841x1189mm"},
        {"copies": "100000"},
        {"sides": "inside-out"},
        {"printer-resolution": "1dpi"},
        {"page-ranges": "0-"},
    ],
    ids=lambda asked: "-".join(asked),
)
async def test_an_option_the_queue_does_not_have_begins_no_job(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str, asked: dict[str, str]
) -> None:
    with pytest.raises(BadInput, match="cannot be"):
        await start(spooler, queue, uuid.uuid4(), "application/pdf", **asked)
    assert windows.all_jobs() == {}


async def test_of_a_document_that_is_passed_on_as_it_is_no_pages_are_chosen_and_all_printed(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    with pytest.raises(BadInput, match="as it is, with all of its pages"):
        await start(spooler, queue, uuid.uuid4(), "application/octet-stream", **{"page-ranges": "2"})
    assert windows.all_jobs() == {}


async def test_an_option_of_the_drivers_own_reaches_it_by_a_ticket_and_loses_no_other(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    windows.schema = (
        b'<f:PrintCapabilities xmlns:f="http://schemas.microsoft.com/windows/2003/08/printing/printschemaframework" '
        b'xmlns:a="http://acme.example/"><f:Feature name="a:TonerSave"><f:Option name="a:Off"/><f:Option name="a:On"/>'
        b"</f:Feature></f:PrintCapabilities>"
    )
    told = (await spooler.capabilities(queue)).option("x-toner-save")
    assert told is not None and told.values == ("Off", "On")
    options = {"x-toner-save": "On", "sides": "two-sided-long-edge"}
    number = await start(spooler, queue, uuid.uuid4(), "application/pdf", **options)
    devmode = base64.b64decode(windows.all_jobs()[number]["order"]["devmode"])
    assert devmode.endswith(b"ACME") and read_devmode(devmode).duplex == 2
    with pytest.raises(BadInput, match="x-toner-save cannot be Maybe"):
        await start(spooler, queue, uuid.uuid4(), "application/pdf", **{"x-toner-save": "Maybe"})
    await spooler.cancel_job(queue, number)


async def test_xps_passes_to_drivers_whose_format_it_is_and_raw_to_others(
    spooler: WindowsSpooler, windows: FolderWindows, queue: str
) -> None:
    windows.put(QueueRecord(name="Class", port="http://printer/", driver="Microsoft IPP Class Driver"))
    types = ["Class", queue]
    numbers = [await start(spooler, name, uuid.uuid4(), "application/oxps") for name in types]
    assert [windows.all_jobs()[number]["order"]["datatype"] for number in numbers] == ["XPS_PASS", "RAW"]
    for name, number in zip(types, numbers, strict=True):
        await spooler.cancel_job(name, number)


async def test_a_queue_that_is_not_there_begins_no_job(spooler: WindowsSpooler, windows: FolderWindows) -> None:
    with pytest.raises(NotFound):
        await start(spooler, "Nowhere", uuid.uuid4())
    assert windows.all_jobs() == {}


async def test_a_press_that_is_not_there_is_told(windows: FolderWindows, queue: str) -> None:
    spooler = WindowsSpooler(windows, windows, command=(sys.executable, "-c", "raise SystemExit(7)"))
    with pytest.raises(PressFailed):
        await start(spooler, queue, uuid.uuid4())


async def test_attack_a_killed_agent_leaves_no_half_job(windows: FolderWindows) -> None:
    order = Order(queue="Desk", title="Plan", way=Way.STRAIGHT)
    said = frame(Kind.ORDER, order.encode()) + frame(Kind.DATA, b"half")
    for cut in (said, said[:-2], said + frame(Kind.END)[:3]):
        done = subprocess.run(
            [sys.executable, "-P", str(PRESS), str(windows.folder)], input=cut, capture_output=True, timeout=60
        )
        assert done.returncode == GAVE_UP
    jobs = windows.all_jobs()
    assert len(jobs) == 3
    assert all(JobStatus(job["status"]) & JobStatus.DELETED for job in jobs.values())
    assert not list(windows.folder.glob("*.bin"))


async def test_jobs_without_a_document_are_given_up_when_the_spooler_closes(windows: FolderWindows, queue: str) -> None:
    spooler = spooler_on(windows)
    number = await start(spooler, queue, uuid.uuid4())
    await spooler.close()
    assert JobStatus(windows.all_jobs()[number]["status"]) & JobStatus.DELETED
