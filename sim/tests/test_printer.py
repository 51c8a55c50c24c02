"""The model of a printer: jobs through their states, limits, faults of the mechanics. No I/O."""

import datetime

import pytest

from tympan_sim import Fault, Profile, VirtualPrinter
from tympan_sim._addresses import Address
from tympan_sim._answers import Answers
from tympan_sim._errors import IppRefusal
from tympan_sim._jobs import TRANSITIONS, DeviceJob, Document
from tympan_sim._limits import OPEN_JOB_TIMEOUT_S
from tympan_sim._operations import Operations
from tympan_wire.ipp import Group, GroupTag, JobState, Message, Operation, PrinterState, Range, Status, attr


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def make(clock: Clock | None = None, **profile: object) -> VirtualPrinter:
    return VirtualPrinter(Profile(**profile), clock=clock or Clock())  # type: ignore[arg-type]


def document(pages: int = 1) -> Document:
    return Document(format="application/pdf", bytes=10, sha256="00", pages=pages)


def submit(printer: VirtualPrinter, *ticket: object, pages: int = 1, user: str = "ada") -> DeviceJob:
    job = printer.create(name="j", user=user, ticket=tuple(ticket))  # type: ignore[arg-type]
    printer.begin_document(job, "application/pdf")
    printer.end_document(job, document(pages), last=True)
    return job


def run(printer: VirtualPrinter, job: DeviceJob) -> None:
    assert printer.next_job() is job
    printer.begin(job)
    while job.printed < job.impressions and printer.ready_for_page(job):
        printer.print_pages(job, 1)
    if job.printed == job.impressions:
        printer.end(job, JobState.COMPLETED, "job-completed-successfully")


@pytest.mark.parametrize("before", list(JobState))
@pytest.mark.parametrize("after", list(JobState))
def test_a_job_moves_only_as_the_table_says(before: JobState, after: JobState) -> None:
    job = DeviceJob(id=1, name="", user="", ticket=(), created_s=1, deadline_s=0, state=before)
    if after in TRANSITIONS[before]:
        job.step(after)
        assert job.state is after
    else:
        with pytest.raises(ValueError, match="cannot go"):
            job.step(after)
        assert job.state is before


def test_jobs_print_in_the_order_in_which_they_were_closed() -> None:
    printer = make()
    slow = printer.create(name="slow", user="a", ticket=())
    first, second = submit(printer), submit(printer)
    printer.begin_document(slow, "application/pdf")
    printer.end_document(slow, document(), last=True)
    for expected in (first, second, slow):
        run(printer, expected)
    assert printer.next_job() is None
    assert printer.state is PrinterState.IDLE


def test_impressions_follow_copies_and_page_ranges() -> None:
    printer = make()
    ranges = attr.range_("page-ranges", Range(2, 3), Range(9, 99))
    assert submit(printer, attr.integer("copies", 3), ranges, pages=10).impressions == 3 * 4


def test_one_job_at_a_time_is_busy_until_the_job_is_finished() -> None:
    printer = make(one_job=True)
    job = submit(printer)
    with pytest.raises(IppRefusal) as busy:
        submit(printer)
    assert busy.value.status is Status.SERVER_ERROR_BUSY
    run(printer, job)
    assert submit(printer).id == 2


def test_a_full_queue_and_a_full_history() -> None:
    printer = make(queued_jobs=2, history_jobs=1)
    jobs = [submit(printer), submit(printer)]
    with pytest.raises(IppRefusal) as full:
        submit(printer)
    assert full.value.status is Status.SERVER_ERROR_TOO_MANY_JOBS
    for job in jobs:
        run(printer, job)
    assert printer.jobs == (jobs[1],)


def test_hold_release_cancel_and_what_they_refuse() -> None:
    printer = make()
    job = submit(printer, attr.keyword("job-hold-until", "indefinite"))
    assert (job.state, job.reasons) == (JobState.PENDING_HELD, ("job-hold-until-specified",))
    assert printer.next_job() is None
    printer.release(job)
    assert printer.next_job() is job
    printer.hold(job)
    printer.cancel(job)
    assert job.state is JobState.CANCELED
    assert printer.take_unprinted() == [job.document]
    for refused in (printer.cancel, printer.hold, printer.release):
        with pytest.raises(IppRefusal) as refusal:
            refused(job)
        assert refusal.value.status is Status.CLIENT_ERROR_NOT_POSSIBLE


def test_paper_out_stops_the_job_and_clearing_it_goes_on() -> None:
    printer = make()
    job = submit(printer, pages=3)
    printer.order(Fault.parse("paper-out"))
    run(printer, job)
    assert (job.state, job.printed) == (JobState.PROCESSING_STOPPED, 0)
    assert printer.state is PrinterState.STOPPED
    assert "media-empty-error" in printer.stopped
    printer.clear()
    assert printer.ready_for_page(job)
    assert job.state is JobState.PROCESSING


def test_a_jam_comes_at_its_page_once() -> None:
    printer = make()
    printer.order(Fault.parse("jam:3"))
    job = submit(printer, pages=5)
    run(printer, job)
    assert (job.printed, printer.stopped) == (2, ("media-jam-error",))
    printer.clear()
    assert printer.ready_for_page(job)
    assert printer.undisturbed


def test_a_power_cut_takes_jobs_ids_and_up_time() -> None:
    clock = Clock()
    printer = make(clock)
    job = submit(printer)
    clock.now += 50
    assert printer.up_time_s == 51
    printer.power_off()
    assert printer.jobs == ()
    assert printer.take_unprinted() == [job.document]
    printer.power_on()
    assert printer.up_time_s == 1
    assert submit(printer).id == 1


def test_a_job_nobody_closes_is_aborted_in_time() -> None:
    clock = Clock()
    printer = make(clock)
    job = printer.create(name="j", user="u", ticket=())
    clock.now += OPEN_JOB_TIMEOUT_S - 1
    assert printer.job(job.id).state is JobState.PENDING
    clock.now += 2
    assert printer.job(job.id).state is JobState.ABORTED


def test_a_job_nobody_closes_is_no_longer_listed_as_waiting() -> None:
    clock = Clock()
    printer = make(clock)
    printer.create(name="j", user="u", ticket=())
    clock.now += OPEN_JOB_TIMEOUT_S + 1
    assert [len(_jobs_told(printer, which)) for which in ("not-completed", "completed")] == [0, 1]


def _jobs_told(printer: VirtualPrinter, which: str) -> tuple[Group, ...]:
    """What Get-Jobs answers."""
    address = Address(host="127.0.0.1", port=631, name="lab")
    answers = Answers(printer, address, wall=lambda: datetime.datetime.now(datetime.UTC))
    asked = (
        attr.uri("printer-uri", address.uri),
        attr.keyword("which-jobs", which),
    )
    message = Message.request(Operation.GET_JOBS, 1, Group(GroupTag.OPERATION, asked))
    answer = Operations(printer, address, answers).begin(message)
    assert isinstance(answer, Message) and answer.code == Status.SUCCESSFUL_OK
    return answer.groups_of(GroupTag.JOB)


def test_a_lost_document_aborts_and_a_second_one_is_refused() -> None:
    printer = make()
    lost = printer.create(name="j", user="u", ticket=())
    printer.begin_document(lost, "application/pdf")
    printer.lose_document(lost)
    assert lost.state is JobState.ABORTED
    job = printer.create(name="j", user="u", ticket=())
    printer.begin_document(job, "application/pdf")
    printer.end_document(job, document(), last=False)
    with pytest.raises(IppRefusal) as refusal:
        printer.begin_document(job, "application/pdf")
    assert refusal.value.status is Status.SERVER_ERROR_MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED
