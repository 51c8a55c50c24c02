"""VirtualPrinter: the state of one printer and of its jobs. Pure: no socket, no file, no clock of its own.

- Time is an argument of the constructor (`clock`, monotonic seconds); printer-up-time counts from the last power-on.
- Every change of state goes through a method here and is told to `on_change`.
- Jobs are printed one after another in the order in which they were closed, by whoever calls `next_job`, `begin`,
  `ready_for_page`, `print_pages` and `end`.
"""

from collections.abc import Callable, Iterable

from tympan_sim import _tickets
from tympan_sim._errors import IppRefusal
from tympan_sim._faults import Fault, FaultKind, Orders
from tympan_sim._jobs import RUNNING, DeviceJob, Document
from tympan_sim._limits import OPEN_JOB_TIMEOUT_S
from tympan_sim._profiles import Profile
from tympan_wire.ipp import Attribute, JobState, PrinterState, Status


class VirtualPrinter:
    """One printer.

    Attributes:
        profile: what it is.
        orders: the faults in force.
        powered: whether it has power.
        config_changed_s: printer-up-time of the last change of configuration.
        state_changed_s: printer-up-time of the last change of printer-state.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        clock: Callable[[], float],
        faults: Iterable[Fault] = (),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.profile = profile
        self.orders = Orders(faults)
        self.powered = True
        self.config_changed_s = 1
        self.state_changed_s = 1
        self._clock = clock
        self._on_change = on_change
        self._booted = clock()
        self._jobs: dict[int, DeviceJob] = {}
        self._active: dict[int, DeviceJob] = {}
        self._last_id = 0
        self._closed: list[DeviceJob] = []
        self._jammed = False
        self._unprinted: list[Document] = []
        self._shown = PrinterState.IDLE

    # ---- what it is ----------------------------------------------------------------------------------------------

    @property
    def up_time_s(self) -> int:
        """printer-up-time: whole seconds since power-on, at least 1."""
        return int(self._clock() - self._booted) + 1

    @property
    def jobs(self) -> tuple[DeviceJob, ...]:
        """Every job it remembers, oldest first."""
        return tuple(self._jobs.values())

    @property
    def active(self) -> tuple[DeviceJob, ...]:
        """Unfinished jobs, oldest first."""
        return tuple(self._active.values())

    @property
    def stopped(self) -> tuple[str, ...]:
        """Why it cannot print now, as printer-state-reasons; empty when it can."""
        reasons = []
        if self.orders.peek(FaultKind.PAPER_OUT):
            reasons += ["media-empty-error", "media-needed-error"]
        if self._jammed:
            reasons.append("media-jam-error")
        return tuple(reasons)

    @property
    def state(self) -> PrinterState:
        """printer-state."""
        if self.stopped:
            return PrinterState.STOPPED
        running = any(job.state in RUNNING for job in self._active.values())
        return PrinterState.PROCESSING if running else PrinterState.IDLE

    @property
    def accepting(self) -> bool:
        """printer-is-accepting-jobs."""
        return not self.orders.peek(FaultKind.NOT_ACCEPTING)

    def job(self, job_id: int) -> DeviceJob:
        """The job of that job-id.

        Raises:
            IppRefusal: client-error-not-found.
        """
        self.expire()
        found = self._jobs.get(job_id)
        if found is None:
            raise IppRefusal(Status.CLIENT_ERROR_NOT_FOUND, f"there is no job {job_id}")
        return found

    def knows(self, job: DeviceJob) -> bool:
        """Whether the job is in its list; a power cut takes jobs out of it while somebody still works on them."""
        return self._jobs.get(job.id) is job

    def expire(self) -> None:
        """Abort jobs that nobody closed in time (multiple-operation-time-out-action abort-job)."""
        now = self._clock()
        for job in self.active:
            if not job.closed and not job.receiving and now > job.deadline_s:
                self.end(job, JobState.ABORTED, "aborted-by-system")

    # ---- jobs arrive ---------------------------------------------------------------------------------------------

    def check_room(self) -> None:
        """Whether a job may be created now.

        Raises:
            IppRefusal: busy, not accepting, or too many jobs.
        """
        self.expire()
        if self.orders.peek(FaultKind.NOT_ACCEPTING) and self.orders.take(FaultKind.NOT_ACCEPTING):
            raise IppRefusal(Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, "the printer is not accepting jobs")
        if self.orders.take(FaultKind.BUSY):
            raise IppRefusal(Status.SERVER_ERROR_BUSY, "the printer is busy")
        active = len(self._active)
        if self.profile.one_job and active:
            raise IppRefusal(Status.SERVER_ERROR_BUSY, "the printer takes one job at a time")
        if active >= self.profile.queued_jobs:
            raise IppRefusal(Status.SERVER_ERROR_TOO_MANY_JOBS, "the printer's queue is full")

    def create(self, *, name: str, user: str, ticket: tuple[Attribute, ...]) -> DeviceJob:
        """A new job, waiting for its document.

        Raises:
            IppRefusal: As `check_room`.
        """
        self.check_room()
        self._last_id += 1
        job = DeviceJob(
            id=self._last_id,
            name=name,
            user=user,
            ticket=ticket,
            created_s=self.up_time_s,
            deadline_s=self._clock() + OPEN_JOB_TIMEOUT_S,
            copies=_tickets.copies(ticket),
        )
        if _tickets.held(ticket):
            job.step(JobState.PENDING_HELD, "job-hold-until-specified")
        self._jobs[job.id] = self._active[job.id] = job
        self._changed()
        return job

    def begin_document(self, job: DeviceJob, media_type: str) -> None:
        """Document bytes for the job are about to arrive.

        Raises:
            IppRefusal: The job takes no (further) document.
        """
        if job.finished or job.closed:
            raise IppRefusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} takes no document any more")
        if job.receiving or job.document is not None:
            text = f"job {job.id} has its one document already"
            raise IppRefusal(Status.SERVER_ERROR_MULTIPLE_DOCUMENT_JOBS_NOT_SUPPORTED, text)
        job.format = media_type
        job.receiving = True

    def end_document(self, job: DeviceJob, document: Document | None, *, last: bool) -> None:
        """The document has arrived whole; None if it had no byte."""
        job.receiving = False
        job.deadline_s = self._clock() + OPEN_JOB_TIMEOUT_S
        if document is not None and (job.finished or not self.knows(job)):
            self._unprinted.append(document)
        elif document is not None:
            job.document = document
            job.impressions = _tickets.selected_pages(job.ticket, document.pages) * job.copies
        if last:
            self.close(job)
        self._changed()

    def lose_document(self, job: DeviceJob) -> None:
        """The document broke off; nothing of the job is printed."""
        job.receiving = False
        if not job.finished:
            self.end(job, JobState.ABORTED, "aborted-by-system")

    def close(self, job: DeviceJob) -> None:
        """No more documents; the job goes to the queue. A job without any has nothing to print and is completed."""
        if job.closed or job.finished or not self.knows(job):
            return
        job.closed = True
        if job.state is JobState.PENDING:
            job.reasons = ("none",)
        self._closed.append(job)
        self._changed()

    # ---- what clients do with jobs -------------------------------------------------------------------------------

    def cancel(self, job: DeviceJob) -> None:
        """Cancel a job.

        Raises:
            IppRefusal: It is finished.
        """
        if job.finished:
            raise IppRefusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is finished")
        self.end(job, JobState.CANCELED, "job-canceled-by-user")

    def hold(self, job: DeviceJob) -> None:
        """Hold a job that is not printing yet.

        Raises:
            IppRefusal: It is printing or finished.
        """
        if job.state is JobState.PENDING_HELD:
            return
        if job.state is not JobState.PENDING:
            raise IppRefusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is not waiting")
        job.step(JobState.PENDING_HELD, "job-hold-until-specified")
        self._changed()

    def release(self, job: DeviceJob) -> None:
        """Release a held job.

        Raises:
            IppRefusal: It is not held.
        """
        if job.state is not JobState.PENDING_HELD:
            raise IppRefusal(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is not held")
        job.step(JobState.PENDING, "none" if job.closed else "job-incoming")
        self._changed()

    # ---- printing ------------------------------------------------------------------------------------------------

    def next_job(self) -> DeviceJob | None:
        """The next job to print, in the order in which jobs were closed."""
        self.expire()
        self._closed = [job for job in self._closed if not job.finished and job.state not in RUNNING]
        return next((job for job in self._closed if job.ready), None)

    def begin(self, job: DeviceJob) -> None:
        """The job starts to print."""
        job.step(JobState.PROCESSING, "job-printing")
        job.processing_s = self.up_time_s
        self._changed()

    def ready_for_page(self, job: DeviceJob) -> bool:
        """Whether the next page can be printed now; the job's state follows a stop and its end."""
        if not self._jammed and self._jams(job.printed + 1):
            self._jammed = True
        if self.stopped:
            if job.state is JobState.PROCESSING:
                job.step(JobState.PROCESSING_STOPPED, "printer-stopped")
                self._changed()
            return False
        if job.state is JobState.PROCESSING_STOPPED:
            job.step(JobState.PROCESSING, "job-printing")
            self._changed()
        return True

    def _jams(self, page: int) -> bool:
        jam = self.orders.peek(FaultKind.JAM)
        return jam is not None and jam.count <= page and self.orders.take(FaultKind.JAM) is not None

    def lingers(self, job: DeviceJob) -> bool:
        """Whether the next page is on its way and stays so, while the device prints as far as anybody can tell."""
        linger = self.orders.peek(FaultKind.LINGER)
        return linger is not None and linger.count <= job.printed + 1

    def breaks_off(self, job: DeviceJob) -> bool:
        """Whether the job is to be aborted before its next page."""
        abort = self.orders.peek(FaultKind.ABORT)
        return abort is not None and abort.count <= job.printed + 1 and self.orders.take(FaultKind.ABORT) is not None

    @property
    def undisturbed(self) -> bool:
        """Whether pages can be counted in one go: no fault is in force that looks at pages, none has stopped it."""
        pages = (FaultKind.JAM, FaultKind.LINGER, FaultKind.ABORT, FaultKind.PAPER_OUT)
        return not self._jammed and not any(self.orders.peek(kind) for kind in pages)

    def print_pages(self, job: DeviceJob, pages: int) -> None:
        """Pages came out."""
        job.printed += pages

    def end(self, job: DeviceJob, state: JobState, reason: str) -> None:
        """The job reaches a terminal state; old finished jobs are forgotten."""
        job.step(state, reason)
        job.completed_s = self.up_time_s
        self._active.pop(job.id, None)
        self._discard(job)
        self._forget(self.profile.history_jobs)
        self._changed()

    def take_unprinted(self) -> list[Document]:
        """Documents that will never be printed, each given once."""
        taken, self._unprinted = self._unprinted, []
        return taken

    # ---- faults --------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Lift every fault, and mend what they did to the printer."""
        self.orders.clear()
        self._jammed = False
        self._changed()

    def order(self, fault: Fault) -> None:
        """Put a fault in force. Those of the line and of the power are the business of whoever serves the printer."""
        if fault.kind is FaultKind.FORGET:
            self._forget(0)
        else:
            self.orders.add(fault)
        self._changed()

    def power_off(self) -> None:
        """Power is cut: jobs, history and the count of job-ids are gone."""
        self.powered = False
        for job in self._active.values():
            self._discard(job)
        self._jobs.clear()
        self._active.clear()
        self._closed.clear()
        self._last_id = 0
        self._jammed = False
        self._changed()

    def power_on(self) -> None:
        """Power is back: printer-up-time starts again."""
        self._booted = self._clock()
        self.state_changed_s = self.config_changed_s = 1
        self.powered = True
        self._changed()

    # ---- its own -------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        if self.state is not self._shown:
            self._shown = self.state
            self.state_changed_s = self.up_time_s
        self._on_change()

    def _discard(self, job: DeviceJob) -> None:
        if job.document is not None and not job.printed:
            self._unprinted.append(job.document)

    def _forget(self, keep: int) -> None:
        excess = len(self._jobs) - len(self._active) - keep
        if excess > 0:
            for job in [job for job in self._jobs.values() if job.finished][:excess]:
                del self._jobs[job.id]
