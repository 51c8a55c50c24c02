"""Devices that come into view and go out of it, on loopback."""

from __future__ import annotations

import functools
from pathlib import Path

import attrs
import pytest
import trio
from bonjour_stage import LOOPBACK, QUICK, WAIT_S, discovering, street, until

from tympan.plugin import Discoverer, SweepRequest
from tympan.testing import DiscovererSuite
from tympan_sim import Profile, Site, run_printers

pytestmark = pytest.mark.anyio
UUID = "01e16151-e488-39e9-676f-fda5a2b28150"


async def test_a_device_is_asked_and_goes_with_its_good_bye(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery, street() as here:
        profile = Profile(name="eve")
        site: Site = await nursery.start(functools.partial(run_printers, [profile], directory=tmp_path))
        port = int(site["eve"].uri.split(":")[2].split("/")[0])
        path = site["eve"].uri.split("/", 3)[3]
        services = [
            here.info("_ipp._tcp", "Eve", host="eve", port=port, txt={"rp": path, "note": "Room 4", "UUID": UUID}),
            here.info("_printer._tcp", "Eve", host="eve", port=0),
            here.info("_pdl-datastream._tcp", "Eve", host="eve", port=9100),
        ]
        await here.announce(*services)
        async with discovering() as bonjour:
            (seen,) = await until(bonjour, lambda seen: len(seen) == 1, here)
            assert seen.uri == f"ipp://{LOOPBACK}:{port}/{path}"
            assert seen.services == (f"socket://{LOOPBACK}:9100",)
            assert (seen.host, seen.addresses, seen.detail) == (f"eve-{here.mark}.local", (LOOPBACK,), "")
            assert seen.description.state == "idle"
            assert seen.description.make_and_model
            assert seen.description.location
            await here.leave(*services)
            assert await until(bonjour, lambda seen: not seen, here) == []
        nursery.cancel_scope.cancel()


async def test_a_device_that_does_not_answer_is_shown_by_its_announcement() -> None:
    async with street() as here, discovering() as bonjour:
        txt = {"rp": "ipp/print", "ty": "Acme 9", "UUID": UUID, "Color": "T"}
        await here.announce(here.info("_ipps._tcp", "Acme", host="acme", port=9, txt=txt))
        (seen,) = await until(bonjour, lambda seen: len(seen) == 1, here)
        assert (seen.uri, seen.fingerprint) == (f"ipps://{LOOPBACK}:9/ipp/print", "")
        assert "cannot be reached" in seen.detail
        assert (seen.description.uuid, seen.description.make_and_model, seen.description.color) == (
            UUID,
            "Acme 9",
            True,
        )


async def test_queues_of_this_computer_shared_ones_scanners_and_name_defences_are_no_devices() -> None:
    async with street() as here, discovering() as bonjour:
        await here.announce(
            here.info("_ipp._tcp", "Shared", host="server", txt={"printer-type": "0x480FFFC"}),
            here.info("_uscan._tcp", "Scanner", host="scanner", txt={"rs": "eSCL"}),
            here.info("_printer._tcp", "Defence", host="defence", port=0),
            here.info("_ipp._tcp", "Real", host="real", txt={"rp": "ipp/print"}),
        )
        (seen,) = await until(bonjour, lambda seen: bool(seen), here)
        assert seen.host.startswith("real")
        with trio.fail_after(20):
            while bonjour.standing.swept_at is None:
                await bonjour.wait_changed()
                await bonjour.sightings()
        assert [one.host for one in here.mine(list(await bonjour.sightings()))] == [seen.host]
    async with street() as here, discovering(attrs.evolve(QUICK, own_host=f"ours-{here.mark}")) as bonjour:
        await here.announce(
            here.info("_ipp._tcp", "Ours", host="ours"), here.info("_ipp._tcp", "Theirs", host="theirs")
        )
        (seen,) = await until(bonjour, lambda seen: bool(seen), here)
        assert seen.host.startswith("theirs")


async def test_two_devices_with_one_cloned_uuid_stay_two() -> None:
    async with street() as here, discovering() as bonjour:
        await here.announce(
            here.info("_ipp._tcp", "One", host="one", txt={"UUID": UUID}),
            here.info("_ipps._tcp", "One", host="one", txt={"UUID": UUID}),
            here.info("_ipp._tcp", "Two", host="two", txt={"UUID": UUID}),
        )
        seen = await until(bonjour, lambda seen: len(seen) == 2, here)
        assert {one.description.uuid for one in seen} == {UUID}


async def test_a_sweep_counts_what_it_sends_and_takes_out_what_is_silent() -> None:
    async with street() as here, discovering() as bonjour:
        await here.announce(here.info("_ipp._tcp", "Gone", host="gone"))
        assert await until(bonjour, lambda seen: bool(seen), here)
        await here.fall_silent()
        assert [one async for one in bonjour.sweep(SweepRequest(duration_s=0.5))]
        with trio.fail_after(WAIT_S):
            while here.mine(list(await bonjour.sightings())):  # what it said before may be heard in the first sweep
                _ = [one async for one in bonjour.sweep(SweepRequest(duration_s=2 * QUICK.sweep_s))]
        assert bonjour.standing.packets
        assert bonjour.standing.took_s >= QUICK.sweep_s


class TestConformance(DiscovererSuite):
    @pytest.fixture
    async def discoverer(self) -> Discoverer:  # type: ignore[misc]
        async with street() as here, discovering() as bonjour:
            await here.announce(here.info("_ipp._tcp", "Suite", host="suite"))
            yield bonjour

    @pytest.fixture
    def request_of_sweep(self) -> SweepRequest:
        return SweepRequest(duration_s=1.0)
