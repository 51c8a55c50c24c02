"""Queues installed on a real CUPS: made, brought up to date, and taken away where something fails."""

import contextlib
import re
import socket
from typing import Any

import attrs
import pytest
import trio
from cups_steps import DEADLINE_S, DOCUMENTS, pieces, request
from rig import Cupsd, EvePrinter, add_queue, cups_queues, free_port, wait_for_job, wait_until

from tympan.plugin import BadInput, Queue, QueueRequest, QueueState
from tympan_spool_cups._errors import EndpointIncomplete, EndpointSilent, QueueTaken, QueueUnusable
from tympan_spool_cups._link import CupsLink
from tympan_spool_cups._model import SpoolSettings
from tympan_spool_cups._remaking import Remaking
from tympan_spool_cups._requests import subscribe
from tympan_spool_cups._spooler import CupsSpooler

pytestmark = [pytest.mark.anyio, pytest.mark.system]


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


def _silent(place: tuple[str, int]) -> socket.socket:
    """A port that nobody else gets meanwhile, and where nobody listens."""
    taken = socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(place)
    return taken


async def test_no_ppd_in_time_takes_the_queue_away_and_says_why(
    cups: Cupsd, eve: EvePrinter, spooler: CupsSpooler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The endpoint dies between our question and that of CUPS: the reason is in the error log alone."""
    with contextlib.ExitStack() as kept:

        async def die(*_: object) -> None:
            await eve.stop()
            for place in (("127.0.0.1", eve.port), ("::1", eve.port)):
                kept.enter_context(_silent(place))

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
