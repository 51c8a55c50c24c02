"""The watcher against virtual devices: what the kernel knows, and whom it trusts."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
import trio
import trio.testing
from submission_bench import FRONT, Bench, bench, pdf, virtual

from tympan.plugin import Completed, Deferred, DeviceChanged, DeviceSnapshot, DeviceWanted, PrinterId, StoreFull
from tympan_ipp_submission._watcher import Watcher, lasting
from tympan_sim import Profile
from tympan_wire.ipp import Group, GroupTag, Message, attr, decode, encode

pytestmark = pytest.mark.anyio


async def seen(parts: Bench, holds: Callable[[DeviceSnapshot], bool]) -> DeviceSnapshot:
    with trio.fail_after(10):
        while True:
            snapshot = parts.host.printers.snapshot(FRONT)
            if snapshot is not None and holds(snapshot):
                return snapshot
            await trio.sleep(0.01)


async def test_a_device_is_seen_whole() -> None:
    async with virtual(watch=True) as parts:
        snapshot = await seen(parts, lambda seen: seen.reachable)
        message, _ = decode(snapshot.attributes)
        printer = message.first(GroupTag.PRINTER)
        assert snapshot.reason == "none" and snapshot.answered_at is not None
        assert "application/pdf" in snapshot.media_types
        assert printer.get("media-col-database") is not None and printer.get("media-supported") is not None


async def test_a_device_that_goes_and_returns_is_noticed_and_keeps_what_it_said() -> None:
    async with virtual(watch=True) as parts:
        before = await seen(parts, lambda seen: seen.reachable)
        parts.device.order("offline")
        parts.host.printers.want(FRONT)
        away = await seen(parts, lambda seen: not seen.reachable)
        assert away.reason == "offline-report" and away.detail and away.answered_at == before.answered_at
        assert (away.attributes, away.media_types) == (before.attributes, before.media_types)
        parts.device.clear()
        await seen(parts, lambda seen: seen.reachable)


async def test_a_stopped_device_says_why() -> None:
    async with virtual(watch=True) as parts:
        await seen(parts, lambda seen: seen.reachable)
        parts.device.order("paper-out")
        parts.host.printers.want(FRONT)
        stopped = await seen(parts, lambda seen: seen.reason != "none")
        assert stopped.reachable and stopped.reason == "media-empty-error" and "paper" in stopped.detail


async def test_wishes_are_coalesced() -> None:
    async with virtual(watch=True) as parts:
        first = await seen(parts, lambda seen: seen.reachable)
        looks = 0
        with parts.host.bus.subscribe(DeviceChanged) as changes:
            for _ in range(50):
                parts.host.bus.publish(DeviceWanted(printer=FRONT))
            await seen(parts, lambda seen: seen.observed_at > first.observed_at)
            with trio.move_on_after(1.2):
                while True:
                    await changes.receive()
                    looks += 1
        assert looks == 1


async def test_pdf_may_be_submitted_where_it_can_be_rendered() -> None:
    async with virtual(Profile(formats=("image/pwg-raster",)), watch=True) as parts:
        snapshot = await seen(parts, lambda seen: seen.reachable)
        assert snapshot.media_types == ("application/pdf", "image/pwg-raster")


async def test_a_removed_printer_is_watched_no_more() -> None:
    async with virtual(watch=True) as parts:
        await seen(parts, lambda seen: seen.reachable)
        parts.host.printers.remove(FRONT)
        await trio.testing.wait_all_tasks_blocked(0.05)
        before = parts.host.printers.snapshot(FRONT)
        parts.host.bus.publish(DeviceWanted(printer=FRONT))
        await trio.testing.wait_all_tasks_blocked(0.7)
        assert parts.host.printers.snapshot(FRONT) is before


# ------------------------------------------------------------------ trust


async def test_a_plain_address_moves_to_ipps_and_pins_before_a_job_leaves() -> None:
    async with virtual(tls=True) as parts:
        delivery = parts.delivery(pdf())
        assert isinstance(await parts.deliver(delivery), Completed)
        assert len(parts.printer.fingerprint) == 64
        assert b'"uri": "ipps://' in delivery.evidence


async def test_a_changed_certificate_is_refused_and_named() -> None:
    async with virtual(tls=True) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
        pinned = parts.printer.fingerprint
        parts.device.order("new-certificate")
        await (await parts.fleet.line(FRONT)).rest()
        outcome = await parts.deliver(parts.delivery(pdf()))
        assert isinstance(outcome, Deferred) and outcome.reason == "certificate-changed"
        assert pinned in outcome.detail and "tympan printers trust front" in outcome.detail
        assert parts.printer.fingerprint == pinned and len(parts.device.journal) == 1


async def test_a_changed_certificate_stands_in_the_snapshot() -> None:
    async with virtual(tls=True, watch=True) as parts:
        await seen(parts, lambda seen: seen.reachable and bool(parts.printer.fingerprint))
        parts.device.order("new-certificate")
        parts.host.printers.want(FRONT)
        changed = await seen(parts, lambda seen: seen.reason == "certificate-changed")
        assert not changed.reachable and "trust" in changed.detail


async def test_accepting_a_certificate_reaches_the_job_in_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tympan_ipp_submission._limits.AWAY_POLL_S", 0.1)
    async with virtual(Profile(pages_per_s=30), tls=True) as parts:
        delivery = parts.delivery(pdf("02-a4-100p-10color.pdf"))

        async def renew() -> None:
            with trio.fail_after(10):
                while not any(job.printed > 1 for job in parts.device.jobs):
                    await trio.sleep(0.01)
                parts.device.order("new-certificate")
                await (await parts.fleet.line(FRONT)).close()
                while "certificate-changed" not in delivery.reasons:
                    await trio.sleep(0.01)
            parts.host.printers.add(attrs.evolve(parts.printer, fingerprint=""))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(renew)
            assert isinstance(await parts.deliver(delivery), Completed)


@pytest.mark.parametrize("secure", [False, True])
async def test_a_pin_that_cannot_be_kept_is_no_trust(secure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk neither restarts the watcher nor lets a job out under a certificate nobody will know again."""
    async with virtual(tls=True) as site:
        uri = site.device.ipps_uri if secure else site.device.uri
        assert uri is not None
        async with bench(uri, watch=False) as parts:
            real = parts.host.printers.pin

            def full(printer: PrinterId, fingerprint: str) -> None:
                raise StoreFull("no space is left")

            monkeypatch.setattr(parts.host.printers, "pin", full)
            outcome = await parts.deliver(parts.delivery(pdf()))
            assert isinstance(outcome, Deferred) and "no space is left" in outcome.detail
            assert isinstance(await parts.deliver(parts.delivery(pdf())), Deferred)
            assert site.device.jobs == () and parts.printer.fingerprint == ""
            async with trio.open_nursery() as nursery:
                nursery.start_soon(Watcher(parts.fleet).run, parts.host)
                told = await seen(parts, lambda seen: not seen.reachable)
                assert "no space is left" in told.detail
                monkeypatch.setattr(parts.host.printers, "pin", real)
                await seen(parts, lambda seen: seen.reachable and bool(parts.printer.fingerprint))
                assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
                nursery.cancel_scope.cancel()


async def test_a_pinned_device_is_never_asked_without_tls_again() -> None:
    async with virtual(tls=True) as parts:
        assert isinstance(await parts.deliver(parts.delivery(pdf())), Completed)
        pinned = parts.printer
    async with virtual(tls=False) as plain, bench(plain.device.uri, watch=False) as parts:
        parts.host.printers.add(type(pinned)(id=FRONT, name="x", uri=plain.device.uri, fingerprint=pinned.fingerprint))
        outcome = await parts.deliver(parts.delivery(pdf()))
        assert isinstance(outcome, Deferred) and outcome.reason == "offline-report"
        assert plain.device.jobs == ()


async def test_two_looks_at_an_unchanged_device_are_equal() -> None:
    """Clocks and request-ids differ in every answer; the kernel must not take that for news."""
    groups = [
        Group(
            GroupTag.PRINTER,
            (attr.integer("printer-up-time", second), attr.keyword("media-default", "iso_a4_210x297mm")),
        )
        for second in (7, 8)
    ]
    looks = [Message((2, 0), 0, second, (group,)) for second, group in enumerate(groups, start=1)]
    first, second = (encode(lasting(look)) for look in looks)
    assert first == second
    assert b"media-default" in first
