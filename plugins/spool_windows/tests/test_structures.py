"""Structures of the spooler read out of memory, laid out as Windows lays them out."""

from __future__ import annotations

import ctypes

from tympan_spool_windows._devmode import JobSettings, change_devmode
from tympan_spool_windows._records import JobRecord, JobStatus, QueueFlag, QueueStatus
from tympan_spool_windows._structures import (
    JobInfo1,
    PrinterInfo2,
    devmode_at,
    job_record,
    queue_record,
    text_at,
    texts_in,
)

EMPTY = bytes(64) + b"\x01\x04\x00\x00\xdc\x00\x04\x00" + bytes(148) + b"mine"
KEPT: list[ctypes.Array[ctypes.c_char]] = []


def text(value: str) -> int:
    buffer = ctypes.create_string_buffer(value.encode("utf-16-le") + b"\0\0")
    KEPT.append(buffer)
    return ctypes.addressof(buffer)


def memory(data: bytes) -> int:
    buffer = ctypes.create_string_buffer(data, len(data))
    KEPT.append(buffer)
    return ctypes.addressof(buffer)


def test_structures_have_the_size_they_have_on_windows_of_64_bits() -> None:
    assert (ctypes.sizeof(PrinterInfo2), ctypes.sizeof(JobInfo1)) == (136, 96)


def test_a_queue_is_read() -> None:
    info = PrinterInfo2(
        name=text("Büro 2"), port=text("USB001"), driver=text("ACME 3000"), comment=text("Empfang"),
        attributes=0x4040, status=0x12,
    )  # fmt: skip
    told = queue_record(info)
    assert (told.name, told.port, told.driver, told.comment, told.location) == (
        "Büro 2", "USB001", "ACME 3000", "Empfang", ""
    )  # fmt: skip
    assert told.flags & QueueFlag.FAX and told.status == QueueStatus.ERROR | QueueStatus.PAPER_OUT


def test_a_queues_revision_is_another_when_its_defaults_are_and_no_other_when_noise_is() -> None:
    def revision(devmode: bytes) -> str:
        return queue_record(PrinterInfo2(name=text("a"), devmode=memory(devmode))).revision

    noisy = EMPTY[:10] + b"\xaa\xbb" + EMPTY[12:]
    assert revision(EMPTY) == revision(noisy)
    assert revision(EMPTY) != revision(change_devmode(EMPTY, JobSettings(duplex=2)))


def test_a_job_is_read() -> None:
    info = JobInfo1(
        number=7, document=text("Plan"), user=text("ada"), status_text=text("Druckt"), status=0x10, total_pages=5,
        pages_printed=2,
    )  # fmt: skip
    assert job_record(info) == JobRecord(
        number=7, document="Plan", user="ada", status=JobStatus.PRINTING, status_text="Druckt", pages_printed=2,
        total_pages=5,
    )  # fmt: skip


def test_the_drivers_part_of_a_devmode_is_read_with_it() -> None:
    assert devmode_at(memory(EMPTY)) == EMPTY
    assert devmode_at(None) == b""


def test_attack_a_text_without_an_end_ends_at_the_limit() -> None:
    assert text_at(memory("x".encode("utf-16-le") * 100), characters=10) == "x" * 10
    assert text_at(None) == ""


def test_texts_in_place_end_at_their_nul_or_their_length() -> None:
    data = "A4".encode("utf-16-le").ljust(8, b"\0") + "Long".encode("utf-16-le")
    assert texts_in(data, 4) == ("A4", "Long")
