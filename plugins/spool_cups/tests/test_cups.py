"""The spooler on a real CUPS with a real IPP printer behind it."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import attrs
import pytest
import trio
from rig import (
    Cupsd,
    EvePrinter,
    add_queue,
    cups_jobs,
    cups_queues,
    free_port,
    private_cupsd,
    run,
    wait_for_job,
    wait_until,
)

from tympan.plugin import BadInput, Queue, QueueChange, QueueEvent, QueueRequest, QueueState, Spooler
from tympan_spool_cups._errors import (
    CupsAway,
    CupsRefused,
    EndpointIncomplete,
    EndpointSilent,
    NotAllowed,
    QueueTaken,
    QueueUnusable,
)
from tympan_spool_cups._link import CupsLink
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._remaking import Remaking
from tympan_spool_cups._requests import subscribe
from tympan_spool_cups._spooler import CupsSpooler

DOCUMENTS = Path(__file__).parents[3] / "tests" / "documents"
DEADLINE_S = 60.0

pytestmark = [pytest.mark.anyio, pytest.mark.system]


def request(eve: EvePrinter, **more: str) -> QueueRequest:
    return QueueRequest(**{"name": "front", "uri": eve.uri, "info": "Front desk", "location": "Hall", **more})


async def pieces(path: Path) -> AsyncIterator[bytes]:
    async with await trio.open_file(path, "rb") as file:
        while piece := await file.read(10_000):
            yield piece


def test_it_is_a_spooler(tmp_path: Path) -> None:
    assert isinstance(CupsSpooler(), Spooler)


async def test_install_makes_a_queue_with_a_ppd(cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler) -> None:
    queue = await spooler.install(request(eve))
    assert (queue.name, queue.uri, queue.info, queue.location) == ("front", eve.uri, "Front desk", "Hall")
    assert queue.usable
    assert queue.ours
    assert queue.accepting
    assert queue.state is QueueState.IDLE
    assert "*Duplex" in cups.ppd("front").read_text()
    assert await spooler.list_queues() == (queue,)


async def test_install_over_tcp_is_the_same(
    cups: Cupsd, eve: EvePrinter, settings: SpoolSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUPS_SERVER", cups.server)
    spooler = CupsSpooler(attrs.evolve(settings, server=""))
    assert (await spooler.install(request(eve))).usable
    assert [queue.name for queue in await spooler.list_queues()] == ["front"]


async def test_installing_again_brings_the_queue_up_to_date(eve: EvePrinter, spooler: CupsSpooler) -> None:
    first = await spooler.install(request(eve))
    assert await spooler.install(request(eve)) == first
    again = await spooler.install(request(eve, info="Reception"))
    assert again.info == "Reception"
    assert await spooler.list_queues() == (again,)


async def test_installing_again_waits_until_cups_has_the_new_driver(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old PPD proves nothing: CUPS aborts a job that starts while it reads the new one."""
    await spooler.install(request(eve))
    old = cups.ppd("front").stat().st_mtime_ns
    find, looks = spooler._find, []

    async def pause(*_: object) -> None:
        eve.program.pause()

    async def look(link: CupsLink, name: str) -> Queue | None:
        looks.append(name)
        if len(looks) == 4:  # one before lpadmin, and more than one that finds the old PPD
            eve.program.resume()
        return await find(link, name)

    monkeypatch.setattr(spooler, "_check_endpoint", pause)
    monkeypatch.setattr(spooler, "_find", look)
    assert (await spooler.install(request(eve))).usable
    assert cups.ppd("front").stat().st_mtime_ns > old
    job = await spooler.print_document(
        "front", pieces(DOCUMENTS / "01-a4-1p-gray.pdf"), title="a", media_type="application/pdf", options={}
    )
    assert (await wait_for_job(cups.server, job)).state == "completed"


async def test_installing_again_ends_where_no_subscription_is_granted(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler
) -> None:
    await spooler.install(request(eve))
    conf = cups.root / "etc" / "cupsd.conf"
    await cups.stop()
    conf.write_text(conf.read_text().replace("Browsing No", "Browsing No\nMaxSubscriptions 1"))
    await cups.start()
    async with spooler._link() as link:
        assert await link.ask(subscribe("greedy"), what="take the only one")
    assert (await spooler.install(request(eve, info="Other"))).info == "Other"
    assert "too-many-subscriptions" in cups.error_log()


async def test_installing_again_ends_where_cups_never_tells(
    eve: EvePrinter, settings: SpoolSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before CUPS 2.4 lpadmin makes the PPD, and no event comes."""
    spooler = CupsSpooler(attrs.evolve(settings, install_timeout_s=1.0))
    await spooler.install(request(eve))
    monkeypatch.setattr(Remaking, "_tells", lambda *_: False)
    assert (await spooler.install(request(eve, info="Other"))).info == "Other"


async def test_queues_are_made_one_at_a_time(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CUPS 2.4.2 may crash when it makes several PPDs at once."""
    prove, proving = spooler._prove, []
    together: list[int] = []

    async def watched(link: CupsLink, name: str, *more: Any) -> Queue:
        proving.append(name)
        together.append(len(proving))
        try:
            return await prove(link, name, *more)
        finally:
            proving.remove(name)

    monkeypatch.setattr(spooler, "_prove", watched)
    async with trio.open_nursery() as nursery:
        for number in range(4):
            nursery.start_soon(spooler.install, request(eve, name=f"front{number}"))
    assert together == [1, 1, 1, 1]
    assert [queue.usable for queue in await spooler.list_queues()] == [True] * 4


async def test_a_name_cups_would_not_take_is_made_safe(eve: EvePrinter, spooler: CupsSpooler) -> None:
    queue = await spooler.install(request(eve, name="Büro / 2"))
    assert queue.name == "Buro_2"
    assert await spooler.remove("Büro / 2")


async def test_a_queue_of_somebody_else_is_never_touched(cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler) -> None:
    theirs = "socket://192.0.2.1:9100"
    await add_queue(cups.server, "front", theirs, model="raw")
    with pytest.raises(QueueTaken, match=re.escape(theirs)):
        await spooler.install(request(eve))
    with pytest.raises(QueueTaken):
        await spooler.remove("front")
    assert (await cups_queues(cups.server))["front"].uri == theirs


async def test_a_dead_endpoint_is_named_and_leaves_no_queue(cups: Cupsd, spooler: CupsSpooler) -> None:
    uri = f"ipp://localhost:{free_port()}/ipp/print/front"
    with pytest.raises(EndpointSilent, match=uri):
        await spooler.install(QueueRequest(name="front", uri=uri))
    assert await cups_queues(cups.server) == {}


async def test_a_dead_endpoint_leaves_an_older_queue_as_it_was(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler
) -> None:
    before = await spooler.install(request(eve))
    await eve.stop()
    with pytest.raises(EndpointSilent):
        await spooler.install(request(eve, info="Other"))
    assert await spooler.list_queues() == (before,)


async def test_a_failed_update_spares_the_queue_there_was(
    eve: EvePrinter, spooler: CupsSpooler, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await spooler.install(request(eve))

    async def fail(*_: object) -> None:
        raise QueueUnusable("front", "it is tried")

    with monkeypatch.context() as patched, pytest.raises(QueueUnusable):
        patched.setattr(spooler, "_prove", fail)
        await spooler.install(request(eve))
    assert await spooler.list_queues() == (before,)


async def test_an_address_elsewhere_is_no_endpoint(cups: Cupsd, spooler: CupsSpooler) -> None:
    with pytest.raises(BadInput, match="no endpoint"):
        await spooler.install(QueueRequest(name="front", uri="ipp://192.0.2.1/ipp/print"))
    assert await cups_queues(cups.server) == {}


async def test_a_port_is_ours_only_once_something_answered_there(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler
) -> None:
    await add_queue(cups.server, "theirs", "ipp://localhost:8000/ipp/print/label", model="raw")
    with pytest.raises(EndpointSilent):
        await spooler.install(QueueRequest(name="front", uri=f"ipp://localhost:{free_port()}/ipp/print/front"))
    await spooler.install(request(eve))
    assert spooler.ports == (eve.port, 39149)
    assert {queue.name: queue.ours for queue in await spooler.list_queues()} == {"front": True, "theirs": False}


async def test_an_endpoint_without_a_printer_there_is_named(cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler) -> None:
    with pytest.raises((EndpointSilent, EndpointIncomplete), match="front"):
        await spooler.install(request(eve, uri=f"ipp://localhost:{eve.port}/ipp/print/nobody"))
    assert await cups_queues(cups.server) == {}


async def test_no_ppd_in_time_takes_the_queue_away_and_says_why(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint dies between our question and that of CUPS: the reason is in the error log alone."""

    async def die(*_: object) -> None:
        await eve.stop()

    monkeypatch.setattr(spooler, "_check_endpoint", die)
    with pytest.raises(QueueUnusable, match=f"localhost:{eve.port}"):
        await spooler.install(request(eve))
    assert await cups_queues(cups.server) == {}


async def test_without_a_readable_log_the_deadline_ends_it(
    cups: Cupsd, eve: EvePrinter, settings: SpoolSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooler = CupsSpooler(attrs.evolve(settings, error_log="/nonexistent", install_timeout_s=1.0))

    async def die(*_: object) -> None:
        await eve.stop()

    monkeypatch.setattr(spooler, "_check_endpoint", die)
    with pytest.raises(QueueUnusable, match="no PPD for it within 1 s"):
        await spooler.install(request(eve))
    assert await cups_queues(cups.server) == {}


async def test_cancelling_an_install_leaves_no_queue(
    cups: Cupsd, eve: EvePrinter, settings: SpoolSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooler = CupsSpooler(attrs.evolve(settings, error_log="/nonexistent"))

    async def die(*_: object) -> None:
        await eve.stop()

    async def made() -> bool:
        return "front" in await cups_queues(cups.server)

    monkeypatch.setattr(spooler, "_check_endpoint", die)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(spooler.install, request(eve))
        await wait_until(made, "the half-made queue", timeout_s=DEADLINE_S)
        nursery.cancel_scope.cancel()
    assert await cups_queues(cups.server) == {}


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


class Watcher:
    """Collects what a spooler's watch tells."""

    def __init__(self, spooler: CupsSpooler) -> None:
        self._spooler = spooler
        self.events: list[QueueEvent] = []

    async def run(self) -> None:
        async with aclosing(cast("AsyncGenerator[QueueEvent, None]", self._spooler.watch())) as events:
            async for event in events:
                self.events.append(event)

    async def told(self, name: str, change: QueueChange) -> None:
        async def seen() -> bool:
            return QueueEvent(name=name, change=change) in self.events

        await wait_until(seen, f"{name} {change}", timeout_s=DEADLINE_S)
        self.events.clear()


async def watching(cups: Cupsd, times: int = 1) -> None:
    """Returns when CUPS has granted ``times`` subscriptions in all, so that the first look is at hand."""

    async def subscribed() -> bool:
        return cups.error_log().count("Returning IPP successful-ok for Create-Printer-Subscriptions") >= times

    await wait_until(subscribed, "a subscription", timeout_s=DEADLINE_S)
    looks = cups.error_log().count("Returning IPP successful-ok for Get-Notifications")

    async def looked() -> bool:
        return cups.error_log().count("Returning IPP successful-ok for Get-Notifications") > looks

    await wait_until(looked, "the first question for events", timeout_s=DEADLINE_S)


async def test_watch_sees_what_other_programs_do(cups: Cupsd, spooler: CupsSpooler) -> None:
    watcher = Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher.run)
        await watching(cups)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        await run(["lpadmin", "-h", cups.server, "-p", "theirs", "-D", "Other words"])
        await watcher.told("theirs", QueueChange.CHANGED)
        await run(["cupsdisable", "-h", cups.server, "theirs"])
        await watcher.told("theirs", QueueChange.CHANGED)
        await run(["lpadmin", "-h", cups.server, "-x", "theirs"])
        await watcher.told("theirs", QueueChange.REMOVED)
        nursery.cancel_scope.cancel()


async def test_watch_looks_at_all_queues_once_per_event_and_not_when_idle(cups: Cupsd, spooler: CupsSpooler) -> None:
    def count(operation: str) -> int:
        return cups.error_log().count(f" for {operation}")

    watcher = Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher.run)
        await watching(cups)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        await watching(cups)
        looks, questions = count("CUPS-Get-Printers"), count("Get-Notifications")

        async def asked() -> bool:
            return count("Get-Notifications") >= questions + 5

        await wait_until(asked, "more questions for events", timeout_s=DEADLINE_S)
        assert count("CUPS-Get-Printers") == looks
        nursery.cancel_scope.cancel()


async def test_watch_goes_on_when_cups_returns_without_the_subscription(cups: Cupsd, spooler: CupsSpooler) -> None:
    watcher = Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(watcher.run)
        await watching(cups)
        await cups.stop()
        for file in (cups.root / "etc").glob("subscriptions.conf*"):
            file.unlink()
        await cups.start()
        await watching(cups, times=2)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        nursery.cancel_scope.cancel()


async def test_watch_looks_every_time_where_no_subscription_is_granted(cups: Cupsd, spooler: CupsSpooler) -> None:
    conf = cups.root / "etc" / "cupsd.conf"
    await cups.stop()
    conf.write_text(conf.read_text().replace("Browsing No", "Browsing No\nMaxSubscriptions 1"))
    await cups.start()
    watcher, greedy = Watcher(spooler), Watcher(spooler)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(greedy.run)
        await watching(cups)
        nursery.start_soon(watcher.run)

        async def refused() -> bool:
            return "too-many-subscriptions" in cups.error_log()

        await wait_until(refused, "the refusal", timeout_s=DEADLINE_S)
        looks = cups.error_log().count(" for CUPS-Get-Printers")

        async def looked() -> bool:
            return cups.error_log().count(" for CUPS-Get-Printers") >= looks + 2

        await wait_until(looked, "looks without a subscription", timeout_s=DEADLINE_S)
        await add_queue(cups.server, "theirs", "socket://192.0.2.1:9100", model="raw")
        await watcher.told("theirs", QueueChange.ADDED)
        nursery.cancel_scope.cancel()
