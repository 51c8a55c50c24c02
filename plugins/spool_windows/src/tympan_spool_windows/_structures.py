"""Structures of the spooler's headers, read out of memory it filled. Defined everywhere, so that tests anywhere can.

- Texts are UTF-16 behind a pointer, or in place; they end at a NUL or at our limit, whichever comes first.
- Members of the pointer's size make these right in processes of 64 and of 32 bits.
"""

from __future__ import annotations

import ctypes
import hashlib
from typing import Any, ClassVar, Final

from tympan_spool_windows._devmode import PUBLIC_BYTES, read_devmode
from tympan_spool_windows._records import JobRecord, JobStatus, QueueFlag, QueueRecord, QueueStatus

_TEXT_CHARACTERS: Final = 2048
"""Of one text behind a pointer."""
_EXTRA_AT: Final = 70
"""Where DEVMODE tells how many bytes of the driver follow its public part, and two bytes before, how long that is."""


class PrinterInfo2(ctypes.Structure):
    """``PRINTER_INFO_2W``."""

    _fields_: ClassVar[Any] = [
        ("server", ctypes.c_void_p),
        ("name", ctypes.c_void_p),
        ("share", ctypes.c_void_p),
        ("port", ctypes.c_void_p),
        ("driver", ctypes.c_void_p),
        ("comment", ctypes.c_void_p),
        ("location", ctypes.c_void_p),
        ("devmode", ctypes.c_void_p),
        ("separator", ctypes.c_void_p),
        ("processor", ctypes.c_void_p),
        ("datatype", ctypes.c_void_p),
        ("parameters", ctypes.c_void_p),
        ("security", ctypes.c_void_p),
        ("attributes", ctypes.c_uint32),
        ("priority", ctypes.c_uint32),
        ("default_priority", ctypes.c_uint32),
        ("start_time", ctypes.c_uint32),
        ("until_time", ctypes.c_uint32),
        ("status", ctypes.c_uint32),
        ("jobs", ctypes.c_uint32),
        ("average_ppm", ctypes.c_uint32),
    ]


class JobInfo1(ctypes.Structure):
    """``JOB_INFO_1W``."""

    _fields_: ClassVar[Any] = [
        ("number", ctypes.c_uint32),
        ("printer", ctypes.c_void_p),
        ("machine", ctypes.c_void_p),
        ("user", ctypes.c_void_p),
        ("document", ctypes.c_void_p),
        ("datatype", ctypes.c_void_p),
        ("status_text", ctypes.c_void_p),
        ("status", ctypes.c_uint32),
        ("priority", ctypes.c_uint32),
        ("position", ctypes.c_uint32),
        ("total_pages", ctypes.c_uint32),
        ("pages_printed", ctypes.c_uint32),
        ("submitted", ctypes.c_uint16 * 8),
    ]


class DocInfo1(ctypes.Structure):
    """``DOC_INFO_1W``."""

    _fields_: ClassVar[Any] = [
        ("name", ctypes.c_wchar_p),
        ("output", ctypes.c_wchar_p),
        ("datatype", ctypes.c_wchar_p),
    ]


class PrinterDefaults(ctypes.Structure):
    """``PRINTER_DEFAULTSW``."""

    _fields_: ClassVar[Any] = [
        ("datatype", ctypes.c_wchar_p),
        ("devmode", ctypes.c_void_p),
        ("access", ctypes.c_uint32),
    ]


def text_at(address: int | None, characters: int = _TEXT_CHARACTERS) -> str:
    """The text behind a pointer; "" for none."""
    if not address:
        return ""
    found = bytearray()
    for at in range(address, address + 2 * characters, 2):
        unit = ctypes.string_at(at, 2)
        if unit == b"\0\0":
            break
        found += unit
    return found.decode("utf-16-le", "replace")


def texts_in(data: bytes, characters: int) -> tuple[str, ...]:
    """Texts in place, of that many characters each."""
    size = 2 * characters
    pieces = (data[start : start + size].decode("utf-16-le", "replace") for start in range(0, len(data), size))
    return tuple(piece.partition("\0")[0] for piece in pieces)


def queue_record(info: PrinterInfo2) -> QueueRecord:
    """What one structure tells of a queue."""
    driver, port = text_at(info.driver), text_at(info.port)
    # What a DEVMODE means and not its bytes: between its members lies what was in memory before.
    told = f"{driver}\0{port}\0{read_devmode(devmode_at(info.devmode))}"
    return QueueRecord(
        name=text_at(info.name),
        port=port,
        driver=driver,
        comment=text_at(info.comment),
        location=text_at(info.location),
        server=text_at(info.server),
        processor=text_at(info.processor),
        flags=QueueFlag(info.attributes),
        status=QueueStatus(info.status),
        revision=hashlib.sha256(told.encode()).hexdigest()[:16],
    )


def devmode_at(address: int | None) -> bytes:
    """The DEVMODE behind a pointer with what its driver added; b"" for none."""
    if not address:
        return b""
    head = ctypes.string_at(address, _EXTRA_AT + 2)
    size, extra = (int.from_bytes(head[at : at + 2], "little") for at in (_EXTRA_AT - 2, _EXTRA_AT))
    return ctypes.string_at(address, min(size, PUBLIC_BYTES) + extra)


def job_record(info: JobInfo1) -> JobRecord:
    """What one structure tells of a job."""
    return JobRecord(
        number=int(info.number),
        document=text_at(info.document),
        user=text_at(info.user),
        status=JobStatus(info.status),
        status_text=text_at(info.status_text),
        pages_printed=int(info.pages_printed),
        total_pages=int(info.total_pages),
    )
