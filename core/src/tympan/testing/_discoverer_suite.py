"""The suite every discoverer must pass: subclass it and give the fixtures ``discoverer`` and ``request_of_sweep``.

``request_of_sweep`` is a short sweep (``duration_s`` of a second or two) that finds at least one device.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from urllib.parse import urlsplit

import trio

from tympan._ports import Discoverer, Sighting, SweepRequest
from tympan.testing._expectations import END_S, answer, ends_when_cancelled, hears

_KEY_OCTETS = 200


class DiscovererSuite:
    """What every discoverer must do."""

    async def test_it_is_a_discoverer(self, discoverer: Discoverer) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(discoverer, Discoverer)

    async def test_a_sweep_finds_the_device_and_ends_by_itself(
        self, discoverer: Discoverer, request_of_sweep: SweepRequest
    ) -> None:
        """Nobody stops a sweep but the clock."""
        found = await _sweep(discoverer, request_of_sweep)
        assert found, "the device of the suite was not found"

    async def test_sightings_say_who_where_and_when(
        self, discoverer: Discoverer, request_of_sweep: SweepRequest
    ) -> None:
        """A sighting is merged with others by what it says."""
        for sighting in await _sweep(discoverer, request_of_sweep):
            assert isinstance(sighting, Sighting)
            assert sighting.method == discoverer.method
            assert 0 < len(sighting.key.encode()) <= _KEY_OCTETS
            assert sighting.seen_at.tzinfo is not None
            assert sighting.uri or sighting.host or sighting.addresses, "nobody could go there"
            assert all(urlsplit(uri).scheme for uri in (sighting.uri, *sighting.services) if uri)

    async def test_what_is_in_view_has_keys_of_its_own(self, discoverer: Discoverer) -> None:
        """One device is one entry."""
        seen = await answer(discoverer.sightings)
        assert len({sighting.key for sighting in seen}) == len(seen)
        assert {sighting.method for sighting in seen} <= {discoverer.method}

    async def test_a_sweep_can_be_repeated(self, discoverer: Discoverer, request_of_sweep: SweepRequest) -> None:
        """Nothing is left open by the first."""
        assert await _sweep(discoverer, request_of_sweep)
        assert await _sweep(discoverer, request_of_sweep)

    async def test_everybody_who_waits_hears_of_a_sweep(
        self, discoverer: Discoverer, request_of_sweep: SweepRequest
    ) -> None:
        """The hub's plugin waits while a person looks at the command line."""

        async def sweep() -> None:
            await _sweep(discoverer, request_of_sweep)

        await hears(discoverer.wait_changed, discoverer.sightings, sweep)

    async def test_waiting_ends_when_cancelled(self, discoverer: Discoverer) -> None:
        """It may wait for ever, and must not."""
        await answer(discoverer.sightings)
        await ends_when_cancelled(discoverer.wait_changed)

    async def test_it_ends_when_cancelled(self, discoverer: Discoverer, request_of_sweep: SweepRequest) -> None:
        """Switching a discovery off closes its sockets."""

        async def run() -> None:
            await _sweep(discoverer, request_of_sweep)

        await ends_when_cancelled(run)


async def _sweep(discoverer: Discoverer, request: SweepRequest) -> list[Sighting]:
    found: list[Sighting] = []
    with trio.move_on_after(request.duration_s + END_S) as deadline:
        found = [sighting async for sighting in discoverer.sweep(request)]
    assert not deadline.cancelled_caught, f"it went on {END_S:g} s past its duration"
    return found
