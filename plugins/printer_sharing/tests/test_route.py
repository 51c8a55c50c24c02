"""The route: what is written down before what, and what is found after a crash."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Mapping

import attrs
import pytest
import trio
from sharing_stage import laser

from tympan.plugin import (
    Aborted,
    CanceledAtDevice,
    Claimed,
    Completed,
    Deferred,
    Job,
    JobState,
    LostTrack,
    NotMine,
    Outcome,
    Printer,
    PrinterId,
    QueueCapabilities,
    QueueShared,
    SendAgain,
    SpoolJobState,
    TympanError,
    Unfit,
)
from tympan.testing import FakeDelivery, FakeDocument, FakeHost, FakeSpooler, RouteSuite
from tympan_printer_sharing._book import ShareBook
from tympan_printer_sharing._evidence import Evidence, Step
from tympan_printer_sharing._route import ShareRoute

pytestmark = pytest.mark.anyio
SHARE = uuid.UUID(int=5)
PDF = b"%PDF-1.7\n" + b"page" * 1000


@attrs.define
class Desk:
    """A route to a queue, and a job for it."""

    spooler: FakeSpooler
    book: ShareBook
    route: ShareRoute
    delivery: FakeDelivery

    def after(self, step: Step, number: int = 0) -> FakeDelivery:
        """The delivery as it is taken up again after a crash at that step."""
        evidence = Evidence(step=step, queue="laser", number=number).encoded()
        state = JobState.PRINTING if step is Step.SENT else JobState.SENDING
        return attrs.evolve(self.delivery, evidence=evidence, job=attrs.evolve(self.delivery.job, state=state))

    async def start(self) -> int:
        """What an earlier attempt left: a job without a document."""
        return await self.spooler.start_job(
            "laser", job=self.delivery.job.uuid, title="", user="", media_type="application/pdf", options={}
        )


def desk(content: bytes = PDF) -> Desk:
    spooler, book = FakeSpooler(), ShareBook()
    spooler.change("laser", laser())
    book.open(FakeHost("printer_sharing", ports=[spooler]))
    book.show([QueueShared(queue="laser", share=SHARE)])
    printer = Printer(id=PrinterId("shared"), name="Shared", uri=f"tympan-share:{SHARE}", serves=True)
    job = Job(
        uuid=uuid.UUID(int=7),
        number=1,
        printer=printer.id,
        name="Letter",
        user="ada",
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        state=JobState.SENDING,
    )
    document = FakeDocument(content=content, media_type="application/octet-stream")
    return Desk(spooler, book, ShareRoute(book), FakeDelivery(job=job, printer=printer, document=document))


class TestShareRoute(RouteSuite):
    @pytest.fixture
    def stage(self) -> Desk:
        return desk()

    @pytest.fixture
    def route(self, stage: Desk) -> ShareRoute:
        return stage.route

    @pytest.fixture
    def delivery(self, stage: Desk) -> FakeDelivery:
        return stage.delivery


async def test_other_printers_are_not_its() -> None:
    made = desk()
    for uri in ("ipp://192.0.2.1/ipp/print", "", "tympan-share:nonsense"):
        assert isinstance(
            await made.route.claim(made.delivery.job, attrs.evolve(made.delivery.printer, uri=uri)), NotMine
        )
    theirs = attrs.evolve(made.delivery.printer, serves=False)  # a share of another computer
    assert isinstance(await made.route.claim(made.delivery.job, theirs), NotMine)
    assert isinstance(await made.route.claim(made.delivery.job, made.delivery.printer), Claimed)


async def test_a_job_comes_to_the_queue_as_it_is() -> None:
    made = desk()
    assert await made.route.deliver(made.delivery) == Completed(impressions=1)
    [kept] = made.spooler.jobs.values()
    assert (kept.queue, kept.job, kept.title, kept.user) == ("laser", made.delivery.job.uuid, "Letter", "ada")
    assert (kept.media_type, kept.data) == ("application/pdf", PDF)


async def test_each_step_is_written_down_before_it_is_done() -> None:
    made = desk()
    seen: list[tuple[str, int, bool]] = []

    class Watching(FakeDelivery):
        async def checkpoint(self, evidence: bytes, *, what: str, why: str = "", then: str = "") -> None:
            await super().checkpoint(evidence, what=what, why=why, then=then)
            step = Evidence.decoded(evidence)
            assert step is not None
            jobs = list(made.spooler.jobs.values())
            seen.append((step.step, len(jobs), any(job.data is not None for job in jobs)))

    fields = {one.name: getattr(made.delivery, one.name) for one in attrs.fields(FakeDelivery)}
    await made.route.deliver(Watching(**fields))
    assert seen == [(Step.STARTING, 0, False), (Step.SENDING, 1, False)]


@pytest.mark.parametrize(
    ("step", "there", "received", "state", "kind"),
    [
        (Step.STARTING, False, False, None, SendAgain),
        (Step.STARTING, True, False, None, SendAgain),
        (Step.SENDING, True, False, None, SendAgain),
        (Step.SENDING, True, True, SpoolJobState.COMPLETED, Completed),
        (Step.SENDING, False, False, None, LostTrack),
        (Step.SENT, False, False, None, LostTrack),
        (Step.SENT, True, True, SpoolJobState.COMPLETED, Completed),
        (Step.SENT, True, True, SpoolJobState.CANCELED, CanceledAtDevice),
        (Step.SENT, True, True, SpoolJobState.ABORTED, Aborted),
        (Step.SENT, True, True, SpoolJobState.GONE, LostTrack),
    ],
)
async def test_what_an_earlier_attempt_left_decides(
    step: Step, there: bool, received: bool, state: SpoolJobState | None, kind: type[Outcome | SendAgain]
) -> None:
    made = desk()
    made.spooler.prompt = False
    if there:
        number = await made.start()
        if received:
            await made.spooler.send_document("laser", number, made.delivery.document.stream())
        if state is not None:
            made.spooler.finish(number, state)
    outcome = await made.route.recover(made.after(step))
    assert isinstance(outcome, kind), outcome
    assert len(made.spooler.jobs) == there, "nothing was sent again"
    assert all(job.told.state.is_over for job in made.spooler.jobs.values()), "an empty job was left behind"


async def test_a_job_that_still_prints_after_a_crash_is_followed() -> None:
    made = desk()
    made.spooler.prompt = False
    number = await made.start()
    await made.spooler.send_document("laser", number, made.delivery.document.stream())
    again = made.after(Step.SENDING, number)

    async def finish() -> None:
        await trio.sleep(5)
        made.spooler.finish(number, impressions=4)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(finish)
        assert await made.route.recover(again) == Completed(impressions=4)
    assert [kind for kind, _, _ in again.trail] == ["sent"]


async def test_a_document_that_arrives_while_its_job_is_ended_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The agent died after the last byte: the spooler takes it in the moment in which the job is canceled."""
    made = desk()
    number = await made.start()

    async def late(name: str, told: int) -> None:
        await made.spooler.send_document(name, told, made.delivery.document.stream())

    monkeypatch.setattr(made.spooler, "cancel_job", late)
    assert isinstance(await made.route.recover(made.after(Step.SENDING, number)), LostTrack)


async def test_pages_are_told_as_they_come() -> None:
    made = desk()
    made.spooler.prompt = False

    async def print_pages() -> None:
        while not made.spooler.jobs or next(iter(made.spooler.jobs.values())).data is None:
            await trio.sleep(0.1)
        [number] = made.spooler.jobs
        for page in (1, 2, 3):
            made.spooler.tell(number, SpoolJobState.PROCESSING, impressions=page)
            await trio.sleep(1)
            assert made.delivery.job.impressions_completed == page
        made.spooler.finish(number, impressions=3)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(print_pages)
        assert await made.route.deliver(made.delivery) == Completed(impressions=3)


async def test_a_person_who_cancels_ends_it_at_the_queue() -> None:
    made = desk()
    made.spooler.prompt = False

    async def cancel() -> None:
        await trio.sleep(3)
        made.delivery.canceled.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cancel)
        assert isinstance(await made.route.deliver(made.delivery), CanceledAtDevice)
    [kept] = made.spooler.jobs.values()
    assert kept.told.state is SpoolJobState.CANCELED


async def test_a_format_neither_queue_nor_device_takes_is_unfit() -> None:
    made = desk()
    made.spooler.abilities["laser"] = QueueCapabilities(media_types=("application/vnd.hp-pcl",))
    outcome = await made.route.deliver(made.delivery)
    assert isinstance(outcome, Unfit)
    assert "does not take application/pdf" in outcome.detail
    assert (made.spooler.jobs, made.delivery.trail) == ({}, [])


async def test_a_share_whose_queue_is_gone_waits_for_it() -> None:
    made = desk()
    made.book.show([])
    assert isinstance(await made.route.deliver(made.delivery), Deferred)
    made.book.close()
    assert isinstance(await made.route.deliver(made.delivery), Deferred)
    assert made.delivery.trail == []


class Breaking(FakeSpooler):
    """Fails at one step; with ``kept`` after it has done it."""

    def __init__(self, step: str, *, kept: bool) -> None:
        super().__init__()
        self.step, self.kept = step, kept
        self.change("laser", laser())

    def _fail(self, step: str) -> None:
        if step == self.step:
            raise TympanError(f"{step} broke off", next_step="Wait.")

    async def start_job(
        self, name: str, *, job: uuid.UUID, title: str, user: str, media_type: str, options: Mapping[str, str]
    ) -> int:
        if not self.kept:
            self._fail("start")
        number = await super().start_job(name, job=job, title=title, user=user, media_type=media_type, options=options)
        self._fail("start")
        return number

    async def send_document(self, name: str, number: int, document: AsyncIterator[bytes]) -> None:
        if not self.kept:
            self._fail("send")
        await super().send_document(name, number, document)
        self._fail("send")


@pytest.mark.parametrize(
    ("step", "kept", "kind"),
    [("start", False, Deferred), ("start", True, Deferred), ("send", False, Deferred), ("send", True, Completed)],
)
async def test_a_step_that_breaks_off_is_looked_up_at_once(step: str, kept: bool, kind: type[Outcome]) -> None:
    made = desk()
    spooler = Breaking(step, kept=kept)
    made.book.open(FakeHost("printer_sharing", ports=[spooler]))
    outcome = await made.route.deliver(made.delivery)
    assert isinstance(outcome, kind), outcome
    assert all(job.told.state.is_over for job in spooler.jobs.values())
    if kind is Deferred:
        assert made.delivery.evidence == b"", "it may be sent again"


async def test_evidence_that_cannot_be_read_is_never_sent_again() -> None:
    made = desk()
    for kept in (b"x", b"{}", b'{"step":"flying","queue":"q","number":1}'):
        assert isinstance(await made.route.recover(attrs.evolve(made.delivery, evidence=kept)), LostTrack)
