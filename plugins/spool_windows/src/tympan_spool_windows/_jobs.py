"""Where a job of Windows stands, from the bits it shows and showed, and from its being gone. All pure.

- Windows takes a job out of its queue when it is done, so the end is told by what was last seen of it.
- PRINTED means that the last byte went to the device, and no more: such a job is completed as far as the spooler goes,
  with the reason ``queued-in-device``. Only a job that showed COMPLETE before PRINTED came through a port that waits
  for the device's own word, and is ``job-completed-successfully``.
- A job that is gone and showed neither PRINTED nor a deletion ended in a way nobody saw: GONE, never completed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import attrs

from tympan.plugin import SpoolJob, SpoolJobState
from tympan_spool_windows._limits import TITLE_CHARACTERS
from tympan_spool_windows._records import NO_STATUS, JobNotice, JobRecord, JobStatus

_SENT: Final = JobStatus.PRINTED | JobStatus.COMPLETE | JobStatus.RETAINED
_REMOVED: Final = JobStatus.DELETING | JobStatus.DELETED
_WAITS: Final = (
    JobStatus.ERROR | JobStatus.OFFLINE | JobStatus.PAPER_OUT | JobStatus.BLOCKED | JobStatus.USER_INTERVENTION
)
_REASONS: Final[tuple[tuple[JobStatus, str], ...]] = (
    (JobStatus.PAUSED, "job-hold-until-specified"),
    (JobStatus.OFFLINE, "printer-stopped"),
    (JobStatus.PAPER_OUT, "printer-stopped"),
    (JobStatus.ERROR, "printer-stopped"),
    (JobStatus.BLOCKED, "printer-stopped"),
    (JobStatus.USER_INTERVENTION, "printer-stopped"),
    (JobStatus.SPOOLING, "job-incoming"),
    (JobStatus.PRINTING, "job-printing"),
)
SENT: Final = "Windows sent the job to the device; whether it lies in its tray, Windows is not told."
PRINTED: Final = "The device told Windows that it printed the job."
VANISHED: Final = "Windows has no such job any more and did not tell how it ended."
BROKE_OFF: Final = "The document did not come whole, and its job was taken back."
REMOVED: Final = "The job was deleted from the queue of Windows."


def document_name(title: str, job: uuid.UUID) -> str:
    """What a job's document is called: its title, cut so that the UUID it is found by stays whole at the end."""
    mark = f" [{job}]"
    plain = "".join(character if character.isprintable() else " " for character in title)
    return plain[: TITLE_CHARACTERS - len(mark)].strip() + mark


def named_by(jobs: Iterable[JobRecord], job: uuid.UUID) -> JobRecord | None:
    """The job whose document bears that UUID; the newest, should there be two."""
    found = [record for record in jobs if record.document.rstrip().endswith(f"[{job}]")]
    return max(found, key=lambda record: record.number, default=None)


@attrs.define
class JobTrack:
    """One job as it was seen so far.

    Attributes:
        number: The spooler's.
        ever: Every bit that was seen; those of a moment are in ``now``.
        now: Bits as last seen.
        pages: Most pages told to be printed.
        text: What the device or driver said last, for people.
        order: Whether COMPLETE was seen while PRINTED was not yet.
        asked: Whether this agent asked for its deletion.
        gone: Whether the spooler has it no more.
    """

    number: int
    ever: JobStatus = NO_STATUS
    now: JobStatus = NO_STATUS
    pages: int = 0
    text: str = ""
    order: bool = False
    asked: bool = False
    gone: bool = False

    def seen(self, record: JobRecord) -> SpoolJob:
        """Takes what a look at the queue showed."""
        self._take(record.status, record.pages_printed, record.status_text)
        return self.told()

    def noticed(self, notice: JobNotice) -> SpoolJob:
        """Takes what the spooler told of it."""
        pages = notice.pages_printed or 0
        self._take(self.now if notice.status is None else notice.status, pages, notice.status_text or "")
        return self.told()

    def missed(self) -> SpoolJob:
        """Takes that it is in its queue no more."""
        self.gone = True
        return self.told()

    def _take(self, status: JobStatus, pages: int, text: str) -> None:
        self.order = self.order or bool(status & JobStatus.COMPLETE and not (self.ever | status) & JobStatus.PRINTED)
        self.now, self.ever = status, self.ever | status
        self.pages, self.text = max(self.pages, pages), text or self.text

    def told(self) -> SpoolJob:
        """Where it stands."""
        if self.gone or self.now & JobStatus.DELETED:
            return self._end()
        if self.now & JobStatus.PRINTED:
            return self._sent()
        return self._told(self._state(), _reasons(self.now), self.text)

    def _state(self) -> SpoolJobState:
        if self.now & _WAITS:
            return SpoolJobState.STOPPED
        if self.now & JobStatus.PAUSED:
            return SpoolJobState.HELD
        works = self.now & (JobStatus.PRINTING | JobStatus.COMPLETE | JobStatus.DELETING | JobStatus.RESTART)
        return SpoolJobState.PROCESSING if works else SpoolJobState.PENDING

    def _sent(self) -> SpoolJob:
        if self.order:
            return self._told(SpoolJobState.COMPLETED, ("job-completed-successfully",), PRINTED)
        return self._told(SpoolJobState.COMPLETED, ("queued-in-device",), SENT)

    def _end(self) -> SpoolJob:
        if self.ever & _SENT:
            return self._sent()
        if self.asked or self.ever & _REMOVED:
            return self._told(SpoolJobState.CANCELED, ("job-canceled-by-user",), REMOVED)
        return self._told(SpoolJobState.GONE, (), VANISHED)

    def _told(self, state: SpoolJobState, reasons: tuple[str, ...], detail: str) -> SpoolJob:
        return SpoolJob(
            number=self.number,
            state=state,
            received=not self.now & JobStatus.SPOOLING,
            impressions=self.pages or None,
            reasons=reasons,
            detail=detail,
        )


def _reasons(status: JobStatus) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keyword for bit, keyword in _REASONS if status & bit))
