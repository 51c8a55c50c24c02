"""Notices of the spooler read out of memory, laid out as Windows lays them out."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable

from tympan_spool_windows._limits import NOTICE_ENTRIES
from tympan_spool_windows._listener import DISCARDED, NoticeEntry, NoticeHead, read_notice
from tympan_spool_windows._records import JobNotice, JobStatus, Notice

JOB, PRINTER = 1, 0
STATUS, TEXT, PAGES = 0x0A, 0x0B, 0x15
Entry = tuple[int, int, int, int | str]


class Memory:
    """A notice, kept as long as its address is read."""

    def __init__(self, entries: Iterable[Entry], *, flags: int = 0, count: int | None = None) -> None:
        entries = list(entries)
        head = ctypes.sizeof(NoticeHead)
        at = head + -head % ctypes.alignment(NoticeEntry)
        size = ctypes.sizeof(NoticeEntry)
        self.buffer = ctypes.create_string_buffer(at + size * max(len(entries), 1))
        NoticeHead.from_buffer(self.buffer).flags = flags
        NoticeHead.from_buffer(self.buffer).count = len(entries) if count is None else count
        self.texts = []
        for number, (kind, field, job, value) in enumerate(entries):
            entry = NoticeEntry.from_buffer(self.buffer, at + number * size)
            entry.type, entry.field, entry.job = kind, field, job
            if isinstance(value, str):
                text = ctypes.create_string_buffer(value.encode("utf-16-le") + b"\0\0")
                self.texts.append(text)
                entry.value.buffer.size, entry.value.buffer.data = len(text) - 1, ctypes.addressof(text)
            else:
                entry.value.numbers[0] = value

    def read(self) -> Notice:
        return read_notice(ctypes.addressof(self.buffer))


def test_structures_have_the_size_they_have_on_windows_of_64_bits() -> None:
    assert (ctypes.sizeof(NoticeHead), ctypes.sizeof(NoticeEntry)) == (12, 32)
    assert NoticeEntry.value.offset == 16


def test_jobs_are_told_with_what_changed_of_them() -> None:
    told = Memory([(JOB, STATUS, 7, int(JobStatus.PRINTING)), (JOB, PAGES, 7, 3), (JOB, TEXT, 8, "Kein Papier")]).read()
    printing = JobNotice(number=7, status=JobStatus.PRINTING, pages_printed=3)
    assert told == Notice(jobs=(printing, JobNotice(number=8, status_text="Kein Papier")))


def test_what_a_job_ever_was_in_one_notice_is_kept() -> None:
    statuses = [JobStatus.PRINTING, JobStatus.PRINTED, JobStatus.DELETING]
    [job] = Memory([(JOB, STATUS, 7, int(status)) for status in statuses]).read().jobs
    assert job.status == JobStatus.PRINTING | JobStatus.PRINTED | JobStatus.DELETING


def test_discarded_notices_are_lost_ones() -> None:
    told = Memory([(JOB, STATUS, 7, 0)], flags=DISCARDED).read()
    assert told.lost and [job.number for job in told.jobs] == [7]


def test_an_event_without_a_notice_means_that_anything_may_have_happened() -> None:
    assert read_notice(None) == Notice(lost=True)


def test_entries_about_queues_and_fields_unknown_are_passed_over() -> None:
    assert Memory([(PRINTER, STATUS, 0, 2), (JOB, 0x7F, 7, 5)]).read() == Notice(jobs=(JobNotice(number=7),))


def test_a_text_without_a_pointer_is_empty() -> None:
    [job] = Memory([(JOB, TEXT, 7, 0)]).read().jobs
    assert job.status_text == ""


def test_attack_more_entries_than_the_limit_are_not_read() -> None:
    memory = Memory([(JOB, STATUS, number, 0) for number in range(NOTICE_ENTRIES)], count=NOTICE_ENTRIES + 1000)
    told = memory.read()
    assert told.lost and len(told.jobs) == NOTICE_ENTRIES
