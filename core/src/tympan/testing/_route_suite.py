"""The suite every route must pass: subclass it and give the fixtures ``route`` and ``delivery``.

``delivery`` is a ``FakeDelivery`` in state ``sending`` of a job that the route claims, to a device that works.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools

import attrs
import trio

from tympan._ports import Aborted, CanceledAtDevice, Claimed, Completed, Deferred, LostTrack, NotMine, Route, SendAgain
from tympan._states import JobState
from tympan.testing._delivery import FakeDelivery
from tympan.testing._expectations import answer, ends_when_cancelled

_OUTCOMES = (Completed, Aborted, CanceledAtDevice, Deferred, LostTrack)


class RouteSuite:
    """What every route must do."""

    async def test_it_is_a_route(self, route: Route) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(route, Route)

    async def test_it_claims_its_job_the_same_way_each_time(self, route: Route, delivery: FakeDelivery) -> None:
        """Claiming decides nothing and changes nothing."""
        answers = [await answer(functools.partial(route.claim, delivery.job, delivery.printer)) for _ in range(2)]
        assert all(isinstance(one, Claimed | NotMine) for one in answers), "a claim is Claimed or NotMine"
        assert all(isinstance(one, Claimed) for one in answers), "the job of the suite is one that it claims"
        assert delivery.trail == []

    async def test_it_writes_down_before_it_sends_and_completes(self, route: Route, delivery: FakeDelivery) -> None:
        """After a crash only what was written down finds the job again."""
        outcome = await answer(functools.partial(route.deliver, delivery))
        assert isinstance(outcome, Completed), f"the device works, and the outcome is {outcome!r}"
        kinds = [kind for kind, _, evidence in delivery.trail if evidence]
        assert "sent" in kinds, "the kernel was never told that the last byte left"
        assert kinds.index("checkpoint") < kinds.index("sent"), "bytes left before anything was written down"
        assert delivery.job.state is JobState.PRINTING

    async def test_it_finds_a_delivered_job_again(self, route: Route, delivery: FakeDelivery) -> None:
        """An earlier attempt is followed to its end or shown to be void; it is not sent again by itself."""
        await answer(functools.partial(route.deliver, delivery))
        again = _another_attempt(delivery)
        outcome = await answer(functools.partial(route.recover, again))
        assert isinstance(outcome, (*_OUTCOMES, SendAgain)), f"{outcome!r} is no answer to recover"
        assert not isinstance(outcome, SendAgain), "the device has the job, and it would be printed twice"

    async def test_a_person_who_cancels_is_heard(self, route: Route, delivery: FakeDelivery) -> None:
        """Whatever the device does, the delivery comes to an end."""
        delivery.canceled.set()
        outcome = await answer(functools.partial(route.deliver, delivery))
        assert isinstance(outcome, _OUTCOMES), f"{outcome!r} is no outcome"

    async def test_it_ends_when_cancelled(self, route: Route, delivery: FakeDelivery) -> None:
        """A plugin that is switched off hands its jobs back within the grace."""
        await ends_when_cancelled(functools.partial(route.deliver, delivery))


def _another_attempt(delivery: FakeDelivery) -> FakeDelivery:
    job = attrs.evolve(delivery.job, state=JobState.SENDING, attempts=delivery.job.attempts + 1)
    return attrs.evolve(delivery, job=job, trail=[], reasons=[], canceled=trio.Event())
