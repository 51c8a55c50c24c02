"""What a job meets on its way, breaking its contract in one way: routes, gates, inspectors, releasers."""

from __future__ import annotations

from typing import Any

import attrs
from conformance_rig import FRONT, JOB, MINE, SOUND, THEIRS, Cases, made_delivery, made_releaser

from tympan._ports import (
    Claimed,
    Completed,
    Delivery,
    Document,
    Hold,
    NotReleased,
    Outcome,
    Released,
    ReleaseWish,
    SendAgain,
)
from tympan._values import Job, Printer, Statistics
from tympan.testing import (
    FakeGate,
    FakeInspector,
    FakeReleaser,
    FakeRoute,
    GateSuite,
    InspectorSuite,
    ReleaserSuite,
    RouteSuite,
)


class SendsFirst(FakeRoute):
    async def deliver(self, delivery: Delivery) -> Outcome:
        await delivery.sent(b"x")
        await delivery.checkpoint(b"x", what="too late")
        return Completed()


class SendsTwice(FakeRoute):
    async def recover(self, delivery: Delivery) -> Outcome | SendAgain:
        return SendAgain(why="never mind")


class DeafRoute(FakeRoute):
    async def deliver(self, delivery: Delivery) -> Outcome:
        return "printed"  # type: ignore[return-value]


class Fickle(FakeRoute):
    async def claim(self, job: Job, printer: Printer) -> Claimed:
        return None  # type: ignore[return-value]


class Moody(FakeGate):
    async def check(self, job: Job, printer: Printer) -> Any:
        return Hold(reason="some reason of mine", detail="")


class Touchy(FakeInspector):
    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        return Statistics(format="text/x-fake", pages=int((await document.read(6, 9)).decode()))


class Liar(FakeInspector):
    async def inspect(self, document: Document, ticket: bytes) -> Statistics:
        return Statistics(format="text/x-fake", pages=1, color_pages=(2,))


class Generous(FakeReleaser):
    async def release(self, wish: ReleaseWish) -> Released:
        released = await super().release(wish)
        going = tuple(no.job for no in released.refused if no.job is not None)
        return attrs.evolve(released, jobs=(*released.jobs, *going), refused=())


class Sorting(FakeReleaser):
    async def release(self, wish: ReleaseWish) -> Released:
        released = await super().release(wish)
        return attrs.evolve(released, jobs=tuple(sorted(released.jobs)))


class Telling(FakeReleaser):
    async def release(self, wish: ReleaseWish) -> Released:
        released = await super().release(wish)
        told = (NotReleased(job=no.job, detail=f"{no.job in self.held}") for no in released.refused)
        return attrs.evolve(released, refused=tuple(told))


ROUTES: Cases = {
    "route that sends before it writes down": (
        RouteSuite, "test_it_writes_down_before_it_sends_and_completes",
        lambda: {"route": SendsFirst(), "delivery": made_delivery()}),
    "route that would print twice": (
        RouteSuite, "test_it_finds_a_delivered_job_again",
        lambda: {"route": SendsTwice(), "delivery": made_delivery()}),
    "route with no outcome": (
        RouteSuite, "test_a_person_who_cancels_is_heard", lambda: {"route": DeafRoute(), "delivery": made_delivery()}),
    "route with no claim": (
        RouteSuite, "test_it_claims_its_job_the_same_way_each_time",
        lambda: {"route": Fickle(), "delivery": made_delivery()}),
    "gate without a reason": (
        GateSuite, "test_it_lets_go_or_holds_with_a_reason", lambda: {"gate": Moody(), "job": JOB, "printer": FRONT}),
    "inspector that raises": (
        InspectorSuite, "test_a_damaged_document_has_a_problem_and_raises_nothing",
        lambda: {"inspector": Touchy(), "sound": SOUND}),
    "inspector that contradicts itself": (
        InspectorSuite, "test_a_sound_document_is_counted", lambda: {"inspector": Liar(), "sound": SOUND}),
    "releaser of the jobs of others": (
        ReleaserSuite, "test_nobody_releases_what_belongs_to_others",
        lambda: {"releaser": made_releaser(Generous), "user": "ada", "at": "point", "theirs": THEIRS}),
    "releaser that tells which jobs there are": (
        ReleaserSuite, "test_nobody_releases_what_belongs_to_others",
        lambda: {"releaser": made_releaser(Telling), "user": "ada", "at": "point", "theirs": THEIRS}),
    "releaser without an order": (
        ReleaserSuite, "test_jobs_go_in_the_order_they_were_asked_for",
        lambda: {"releaser": made_releaser(Sorting), "user": "ada", "at": "point", "mine": MINE}),
}  # fmt: skip
