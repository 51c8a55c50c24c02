"""The spooler on a real CUPS with a real IPP printer behind it: its queues, and documents printed on them."""

import re
from pathlib import Path

import attrs
import pytest
from cups_steps import DOCUMENTS, pieces, request
from rig import Cupsd, EvePrinter, add_queue, cups_jobs, cups_queues, private_cupsd, wait_for_job

from tympan.plugin import BadInput, Spooler
from tympan_spool_cups._errors import CupsAway, CupsRefused, NotAllowed
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._spooler import CupsSpooler

pytestmark = [pytest.mark.anyio, pytest.mark.system]


def test_it_is_a_spooler(tmp_path: Path) -> None:
    assert isinstance(CupsSpooler(), Spooler)


async def test_remove_says_whether_there_was_one(cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler) -> None:
    await spooler.install(request(eve))
    assert await spooler.remove("front")
    assert not await spooler.remove("front")
    assert await cups_queues(cups.server) == {}


async def test_list_tells_ours_from_others_and_raw_from_usable(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler
) -> None:
    await spooler.install(request(eve))
    await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
    told = {queue.name: (queue.ours, queue.usable) for queue in await spooler.list_queues()}
    assert told == {"front": (True, True), "theirs": (False, False)}


async def test_a_document_printed_on_a_queue_comes_out(cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler) -> None:
    await spooler.install(request(eve))
    number = await spooler.print_document(
        "front",
        pieces(DOCUMENTS / "01-a4-1p-gray.pdf"),
        title="Hello",
        media_type="application/pdf",
        options={"copies": "2", "sides": "two-sided-long-edge"},
    )
    assert (await wait_for_job(cups.server, number)).state == "completed"
    [printed] = eve.files()
    assert printed.path.read_bytes().startswith(b"%PDF")
    assert (printed.ticket["job-name"], printed.ticket["copies"]) == ("Hello", "2")
    assert printed.ticket["sides"] == "two-sided-long-edge"


async def test_printing_on_no_queue_or_nonsense_is_refused(cups: Cupsd, spooler: CupsSpooler) -> None:
    document = DOCUMENTS / "01-a4-1p-gray.pdf"
    with pytest.raises(CupsRefused, match="no such queue"):
        await spooler.print_document("none", pieces(document), title="", media_type="application/pdf", options={})
    with pytest.raises(BadInput, match="copies"):
        await spooler.print_document("none", pieces(document), title="", media_type="a/b", options={"copies": "x"})
    assert await cups_jobs(cups.server) == []


async def test_a_stopped_cups_is_named_with_what_to_do(cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler) -> None:
    await cups.stop()
    for call in (spooler.list_queues(), spooler.install(request(eve)), spooler.remove("front")):
        with pytest.raises(CupsAway, match=re.escape("cups.sock")) as caught:
            await call
        assert "Start it" in caught.value.next_step
        assert "check that" not in caught.value.cause, "the advice for a device on the network"


async def test_a_user_who_may_not_is_told_what_to_do(eve: EvePrinter, settings: SpoolSettings) -> None:
    async with private_cupsd(read_only=True) as strict:
        spooler = CupsSpooler(attrs.evolve(settings, server=str(strict.socket)))
        with pytest.raises(NotAllowed, match="make the queue front") as caught:
            await spooler.install(request(eve))
        assert "lpadmin" in caught.value.next_step
        assert await spooler.list_queues() == ()
