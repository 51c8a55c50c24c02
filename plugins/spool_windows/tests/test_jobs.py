"""Where a job of Windows stands, told from the bits it shows and showed: no end is claimed that nobody saw."""

from __future__ import annotations

import uuid

import pytest

from tympan.plugin import SpoolJobState
from tympan_spool_windows._jobs import PRINTED, SENT, JobTrack, document_name, named_by
from tympan_spool_windows._limits import TITLE_CHARACTERS
from tympan_spool_windows._records import JobNotice, JobRecord, JobStatus

JOB = uuid.UUID("0e4b6c3a-4f1f-4d6b-9d5e-7a1f2f3b4c5d")
S = JobStatus


def after(*seen: JobStatus, gone: bool = True) -> JobTrack:
    track = JobTrack(number=7)
    for status in seen:
        track.seen(JobRecord(number=7, status=status))
    if gone:
        track.missed()
    return track


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (S(0), SpoolJobState.PENDING),
        (S.SPOOLING, SpoolJobState.PENDING),
        (S.PAUSED, SpoolJobState.HELD),
        (S.PRINTING, SpoolJobState.PROCESSING),
        (S.PRINTING | S.SPOOLING, SpoolJobState.PROCESSING),
        (S.PRINTING | S.PAPER_OUT, SpoolJobState.STOPPED),
        (S.OFFLINE, SpoolJobState.STOPPED),
        (S.USER_INTERVENTION | S.PAUSED, SpoolJobState.STOPPED),
        (S.DELETING, SpoolJobState.PROCESSING),
        (S.COMPLETE, SpoolJobState.PROCESSING),
        (S.PRINTED, SpoolJobState.COMPLETED),
        (S.DELETED, SpoolJobState.CANCELED),
    ],
    ids=str,
)
def test_bits_of_a_moment_mean_a_state(status: JobStatus, state: SpoolJobState) -> None:
    assert after(status, gone=False).told().state is state


def test_printed_means_sent_and_says_so() -> None:
    told = after(S.SPOOLING, S.PRINTING, S.PRINTED).told()
    assert (told.state, told.reasons, told.detail) == (SpoolJobState.COMPLETED, ("queued-in-device",), SENT)


def test_only_a_port_that_waits_for_the_device_makes_it_printed() -> None:
    told = after(S.PRINTING, S.PRINTING | S.COMPLETE, S.COMPLETE | S.PRINTED).told()
    assert (told.state, told.reasons, told.detail) == (
        SpoolJobState.COMPLETED,
        ("job-completed-successfully",),
        PRINTED,
    )


def test_complete_and_printed_in_one_breath_is_sent() -> None:
    assert after(S.COMPLETE | S.PRINTED).told().reasons == ("queued-in-device",)


@pytest.mark.parametrize("seen", [[], [S.PRINTING], [S.PRINTING | S.ERROR], [S.SPOOLING]], ids=str)
def test_one_that_vanished_is_gone_and_never_completed(seen: list[JobStatus]) -> None:
    assert after(*seen).told().state is SpoolJobState.GONE


def test_one_that_was_deleted_is_canceled_unless_it_was_sent_before() -> None:
    assert after(S.PRINTING, S.DELETING).told().state is SpoolJobState.CANCELED
    assert after(S.PRINTED, S.DELETING | S.DELETED).told().state is SpoolJobState.COMPLETED


def test_one_whose_deletion_this_agent_asked_for_is_canceled_though_nobody_saw_it() -> None:
    track = JobTrack(number=7, asked=True)
    assert track.missed().state is SpoolJobState.CANCELED


def test_pages_only_grow_and_a_notice_that_tells_little_changes_little() -> None:
    track = after(S.PRINTING, gone=False)
    assert track.noticed(JobNotice(number=7, pages_printed=3)).impressions == 3
    told = track.noticed(JobNotice(number=7, status_text="Warming up"))
    assert (told.state, told.impressions, told.detail) == (SpoolJobState.PROCESSING, 3, "Warming up")
    assert track.seen(JobRecord(number=7, status=S.PRINTING, pages_printed=2)).impressions == 3


def test_a_job_without_its_document_says_so() -> None:
    assert not after(S.SPOOLING, gone=False).told().received
    assert after(S.PRINTING, gone=False).told().received


@pytest.mark.parametrize("title", ["Plan", "x" * 500, "tab\tnew\nline", ""])
def test_a_documents_name_keeps_the_uuid_whole(title: str) -> None:
    name = document_name(title, JOB)
    assert len(name) <= TITLE_CHARACTERS
    assert name.endswith(f"[{JOB}]") and name.isprintable()
    assert named_by([JobRecord(number=1, document="Plan"), JobRecord(number=2, document=name)], JOB) is not None


def test_a_uuid_within_a_title_is_no_mark_of_ours() -> None:
    liar = JobRecord(number=3, document=f"look at [{JOB}] please")
    assert named_by([liar], JOB) is None
