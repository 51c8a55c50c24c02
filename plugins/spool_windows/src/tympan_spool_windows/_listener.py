"""Listening to the spooler: a handle it signals, waited for in a thread, and what it then tells read out of memory.

- A notice that says that others were discarded stops all others until the spooler is asked for a refresh, so it is.
- Waiting ends at once when it is told to stop: an event of our own is waited for besides.
- Where the spooler grants no such handle, ``CallFailed`` says so, and whoever listens looks at intervals instead.
"""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar, Final, Protocol

from tympan_spool_windows._dll import INVALID_HANDLE, failure, kernel, winspool
from tympan_spool_windows._limits import NOTICE_ENTRIES, NOTICE_TEXT_BYTES, NOTICE_WAIT_S
from tympan_spool_windows._records import JobNotice, JobStatus, Notice

_QUEUES: Final = 0x000000FF
"""PRINTER_CHANGE_PRINTER: queues added, changed, removed."""
_JOBS: Final = 0x0000FF00
"""PRINTER_CHANGE_JOB."""
_JOB_TYPE: Final = 1
"""JOB_NOTIFY_TYPE."""
_STATUS, _STATUS_TEXT, _PAGES_PRINTED = 0x0A, 0x0B, 0x15
_FIELDS: Final = (_STATUS, _STATUS_TEXT, _PAGES_PRINTED)
_VERSION: Final = 2
_REFRESH: Final = 1
"""PRINTER_NOTIFY_OPTIONS_REFRESH."""
DISCARDED: Final = 1
"""PRINTER_NOTIFY_INFO_DISCARDED."""
_STIRRED: Final = 0
"""WAIT_OBJECT_0: the first of the handles."""


class Listener(Protocol):
    """Listens to one queue, or to all queues. Owned by the thread that waits; ``stop`` may be called by any."""

    def wait(self) -> Notice | None:
        """Waits a moment for a notice; None when nothing happened, or when it was stopped."""

    def stop(self) -> None:
        """Ends waiting."""

    def close(self) -> None:
        """Gives the handles back, by the thread that waited, after the last wait."""


class _OptionsType(ctypes.Structure):
    """``PRINTER_NOTIFY_OPTIONS_TYPE``."""

    _fields_: ClassVar[Any] = [
        ("type", ctypes.c_uint16),
        ("reserved0", ctypes.c_uint16),
        ("reserved1", ctypes.c_uint32),
        ("reserved2", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("fields", ctypes.c_void_p),
    ]


class _Options(ctypes.Structure):
    """``PRINTER_NOTIFY_OPTIONS``."""

    _fields_: ClassVar[Any] = [
        ("version", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("types", ctypes.c_void_p),
    ]


class _Buffer(ctypes.Structure):
    _fields_: ClassVar[Any] = [("size", ctypes.c_uint32), ("data", ctypes.c_void_p)]


class _Value(ctypes.Union):
    _fields_: ClassVar[Any] = [("numbers", ctypes.c_uint32 * 2), ("buffer", _Buffer)]


class NoticeEntry(ctypes.Structure):
    """``PRINTER_NOTIFY_INFO_DATA``."""

    _fields_: ClassVar[Any] = [
        ("type", ctypes.c_uint16),
        ("field", ctypes.c_uint16),
        ("reserved", ctypes.c_uint32),
        ("job", ctypes.c_uint32),
        ("value", _Value),
    ]


class NoticeHead(ctypes.Structure):
    """``PRINTER_NOTIFY_INFO`` up to its entries."""

    _fields_: ClassVar[Any] = [
        ("version", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
    ]


_ENTRIES_AT: Final = -(-ctypes.sizeof(NoticeHead) // ctypes.alignment(NoticeEntry)) * ctypes.alignment(NoticeEntry)


def read_notice(address: int | None) -> Notice:
    """What the notice at an address tells; nothing there means that something happened and nobody says what."""
    if not address:
        return Notice(lost=True)
    head = NoticeHead.from_address(address)
    lost = bool(head.flags & DISCARDED) or head.count > NOTICE_ENTRIES
    told: dict[int, JobNotice] = {}
    for at in range(min(head.count, NOTICE_ENTRIES)):
        entry = NoticeEntry.from_address(address + _ENTRIES_AT + at * ctypes.sizeof(NoticeEntry))
        if entry.type == _JOB_TYPE:
            told[entry.job] = _added(told.get(entry.job) or JobNotice(number=entry.job), entry)
    return Notice(jobs=tuple(told.values()), lost=lost)


def _added(notice: JobNotice, entry: NoticeEntry) -> JobNotice:
    status, text, pages = notice.status, notice.status_text, notice.pages_printed
    if entry.field == _STATUS:
        # Several in one notice are one after the other: what was ever so is kept, for the end is told by it.
        status = JobStatus(entry.value.numbers[0]) | (status or JobStatus(0))
    elif entry.field == _STATUS_TEXT:
        text = _text(entry.value.buffer)
    elif entry.field == _PAGES_PRINTED:
        pages = int(entry.value.numbers[0])
    return JobNotice(number=notice.number, status=status, status_text=text, pages_printed=pages)


def _text(buffer: _Buffer) -> str:
    size = min(buffer.size, NOTICE_TEXT_BYTES)
    data = ctypes.string_at(buffer.data, size - size % 2) if buffer.data and size else b""
    return data.decode("utf-16-le", "replace").partition("\0")[0]


class SpoolListener:
    """Satisfies ``Listener`` on Windows.

    Args:
        queue: Whose jobs; "" for queues themselves.

    Raises:
        CallFailed: The spooler grants no notices.
    """

    def __init__(self, queue: str) -> None:
        self._what = f"tell of changes of {queue or 'queues'}"
        self._fields = (ctypes.c_uint16 * len(_FIELDS))(*_FIELDS)
        self._type = _OptionsType(type=_JOB_TYPE, count=len(_FIELDS), fields=ctypes.addressof(self._fields))
        self._printer, self._change, self._stop = ctypes.c_void_p(), None, None
        if not winspool().OpenPrinterW(queue or None, ctypes.byref(self._printer), None):
            raise failure(self._what)
        options = ctypes.byref(self._options(0)) if queue else None
        self._stop = kernel().CreateEventW(None, True, False, None)
        change = winspool().FindFirstPrinterChangeNotification(self._printer, _JOBS if queue else _QUEUES, 0, options)
        self._change = None if change == INVALID_HANDLE else change
        if not self._change or not self._stop:
            error = failure(self._what)
            self.close()
            raise error

    def _options(self, flags: int) -> _Options:
        return _Options(version=_VERSION, flags=flags, count=1, types=ctypes.addressof(self._type))

    def wait(self) -> Notice | None:
        """See ``Listener``."""
        handles = (ctypes.c_void_p * 2)(self._change, self._stop)
        if kernel().WaitForMultipleObjects(2, handles, False, round(NOTICE_WAIT_S * 1000)) != _STIRRED:
            return None
        notice = self._next(0)
        if notice.lost:  # nothing more comes until this is asked for
            refreshed = self._next(_REFRESH)
            return Notice(jobs=notice.jobs + refreshed.jobs, lost=True)
        return notice

    def _next(self, flags: int) -> Notice:
        changed, told = ctypes.c_uint32(), ctypes.c_void_p()
        options = ctypes.byref(self._options(flags)) if flags else None
        call = winspool().FindNextPrinterChangeNotification
        if not call(self._change, ctypes.byref(changed), options, ctypes.byref(told)):
            raise failure(self._what)
        try:
            return read_notice(told.value)
        finally:
            if told.value:
                winspool().FreePrinterNotifyInfo(told)

    def stop(self) -> None:
        """See ``Listener``."""
        if self._stop:
            kernel().SetEvent(self._stop)

    def close(self) -> None:
        """See ``Listener``."""
        if self._change:
            winspool().FindClosePrinterChangeNotification(self._change)
        winspool().ClosePrinter(self._printer)
        if self._stop:
            kernel().CloseHandle(self._stop)
        self._change = self._stop = None
