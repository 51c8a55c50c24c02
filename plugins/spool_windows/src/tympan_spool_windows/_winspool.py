"""The spooler of Windows as this plugin needs it, and the real one behind ``winspool.drv``.

- Calls block, some for as long as a driver likes: they run in threads, never in trio's.
- A count the spooler gave before it filled a buffer is never believed after: it is asked again until both agree.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from tympan_spool_windows._dll import failure, last_error, winspool
from tympan_spool_windows._errors import CallFailed
from tympan_spool_windows._limits import JOBS
from tympan_spool_windows._listener import Listener, SpoolListener
from tympan_spool_windows._prntvpt import print_capabilities, ticketed
from tympan_spool_windows._records import DeviceRecord, JobControl, JobRecord, Named, Paper, QueueRecord
from tympan_spool_windows._structures import JobInfo1, PrinterInfo2, job_record, queue_record, texts_in

_LOCAL_AND_CONNECTIONS: Final = 0x2 | 0x4
_TOO_SMALL: Final = 122
"""ERROR_INSUFFICIENT_BUFFER."""
_UNKNOWN: Final = frozenset({1801, 3012})
"""ERROR_INVALID_PRINTER_NAME, ERROR_NO_PRINTERS_FOUND."""
_NO_JOB: Final = 87
"""ERROR_INVALID_PARAMETER: how the spooler says that it has no such job."""
_ATTEMPTS: Final = 5
"""Of asking again because there was more than a moment before."""
_OUT: Final = 2
_IN_AND_OUT: Final = 8 | 2
_PAPERS, _PAPER_SIZES, _BINS, _DUPLEX, _BIN_NAMES = 2, 3, 6, 7, 12
_RESOLUTIONS, _PAPER_NAMES, _COPIES, _COLOR, _KIND_NAMES, _KINDS = 13, 16, 18, 32, 34, 35


class Winspool(Protocol):
    """What this plugin asks of the spooler; every call blocks and may raise ``CallFailed``."""

    def queues(self) -> tuple[QueueRecord, ...]:
        """Local queues and this user's connections; none is an answer."""

    def queue(self, name: str) -> QueueRecord | None:
        """The queue of that name."""

    def device(self, queue: QueueRecord) -> DeviceRecord:
        """What its driver can."""

    def devmode(self, name: str) -> bytes:
        """The settings a job of this user has when nothing is asked for."""

    def merged(self, name: str, devmode: bytes) -> bytes:
        """Settings as the driver takes them, its own part fitted to the public one."""

    def print_capabilities(self, name: str, devmode: bytes) -> bytes:
        """The driver's Print Schema document; b"" where there is none."""

    def ticketed(self, name: str, devmode: bytes, ticket: bytes) -> bytes:
        """Settings with what a PrintTicket asks for besides."""

    def jobs(self, name: str) -> tuple[JobRecord, ...]:
        """Jobs in the queue."""

    def control(self, name: str, number: int, order: JobControl) -> bool:
        """Gives a job an order. False when there is no such job."""

    def listen(self, name: str) -> Listener:
        """Starts to listen: to the jobs of a queue, or, for the name "", to queues coming, going and changing."""


class SystemWinspool:
    """Satisfies ``Winspool`` on Windows."""

    def queues(self) -> tuple[QueueRecord, ...]:
        """See ``Winspool``."""

        def call(buffer: Any, size: int, needed: Any, count: Any) -> int:
            return int(
                winspool().EnumPrintersW(_LOCAL_AND_CONNECTIONS, None, 2, buffer, size, needed, count),
            )

        return tuple(queue_record(info) for info in _listed(call, PrinterInfo2, "list the queues"))

    def queue(self, name: str) -> QueueRecord | None:
        """See ``Winspool``."""
        try:
            with opened(name) as handle:
                data = _filled(
                    lambda buffer, size, needed: int(winspool().GetPrinterW(handle, 2, buffer, size, needed)),
                    f"tell of the queue {name}",
                )
                return queue_record(PrinterInfo2.from_buffer(data))
        except CallFailed as error:
            if error.number in _UNKNOWN:
                return None
            raise

    def device(self, queue: QueueRecord) -> DeviceRecord:
        """See ``Winspool``."""
        return _Driver(queue).record()

    def devmode(self, name: str) -> bytes:
        """See ``Winspool``."""
        return self._settings(name, None)

    def merged(self, name: str, devmode: bytes) -> bytes:
        """See ``Winspool``."""
        return self._settings(name, devmode)

    def _settings(self, name: str, wanted: bytes | None) -> bytes:
        with opened(name) as handle:
            call, what = winspool().DocumentPropertiesW, f"tell the settings of the queue {name}"
            size = int(call(None, handle, name, None, None, 0))
            if size <= 0:
                raise failure(what)
            out = ctypes.create_string_buffer(size)
            given = ctypes.create_string_buffer(wanted.ljust(size, b"\0")) if wanted else None
            if int(call(None, handle, name, out, given, _IN_AND_OUT if wanted else _OUT)) < 0:
                raise failure(what)
            return out.raw

    def print_capabilities(self, name: str, devmode: bytes) -> bytes:
        """See ``Winspool``."""
        return print_capabilities(name, devmode)

    def ticketed(self, name: str, devmode: bytes, ticket: bytes) -> bytes:
        """See ``Winspool``."""
        return ticketed(name, devmode, ticket)

    def jobs(self, name: str) -> tuple[JobRecord, ...]:
        """See ``Winspool``."""
        with opened(name) as handle:

            def call(buffer: Any, size: int, needed: Any, count: Any) -> int:
                return int(winspool().EnumJobsW(handle, 0, JOBS, 1, buffer, size, needed, count))

            return tuple(job_record(info) for info in _listed(call, JobInfo1, f"list the jobs of {name}"))

    def control(self, name: str, number: int, order: JobControl) -> bool:
        """See ``Winspool``."""
        with opened(name) as handle:
            if winspool().SetJobW(handle, number, 0, None, order):
                return True
            if last_error() == _NO_JOB:
                return False
            raise failure(f"end job {number} of {name}")

    def listen(self, name: str) -> Listener:
        """See ``Winspool``."""
        return SpoolListener(name)


@contextmanager
def opened(name: str) -> Iterator[Any]:
    """A handle of a queue, closed when the block is left."""
    handle = ctypes.c_void_p()
    if not winspool().OpenPrinterW(name, ctypes.byref(handle), None):
        raise failure(f"open the queue {name}")
    try:
        yield handle
    finally:
        winspool().ClosePrinter(handle)


def _filled(call: Callable[[Any, int, Any], int], what: str) -> Any:
    """A buffer that the spooler filled, as long as it asked for."""
    needed, size, buffer = ctypes.c_uint32(), 0, None
    for _ in range(_ATTEMPTS):
        if call(buffer, size, ctypes.byref(needed)):
            return buffer if buffer is not None else ctypes.create_string_buffer(1)
        if last_error() != _TOO_SMALL or needed.value <= size:
            break
        size = needed.value
        buffer = ctypes.create_string_buffer(size)
    raise failure(what)


def _listed(call: Callable[[Any, int, Any, Any], int], kind: Any, what: str) -> Iterator[Any]:
    """Structures at the start of such a buffer; it is kept while they are read, for their pointers lead into it."""
    count = ctypes.c_uint32()
    buffer = _filled(lambda data, size, needed: call(data, size, needed, ctypes.byref(count)), what)
    fitting = min(count.value, len(buffer) // ctypes.sizeof(kind))
    for at in range(fitting):
        yield kind.from_buffer(buffer, at * ctypes.sizeof(kind))


class _Driver:
    """``DeviceCapabilities`` of one queue: lists are asked for their length first."""

    def __init__(self, queue: QueueRecord) -> None:
        self._queue = queue

    def record(self) -> DeviceRecord:
        return DeviceRecord(
            papers=self._papers(),
            bins=self._named(_BINS, 2, _BIN_NAMES, 24),
            media_types=self._named(_KINDS, 4, _KIND_NAMES, 64),
            resolutions=self._pairs(_RESOLUTIONS),
            duplex=self._ask(_DUPLEX) == 1,
            color=self._ask(_COLOR) == 1,
            copies=max(1, self._ask(_COPIES)),
        )

    def _papers(self) -> tuple[Paper, ...]:
        codes, sizes = self._numbers(_PAPERS, 2), self._pairs(_PAPER_SIZES)
        names = texts_in(self._list(_PAPER_NAMES, 128), 64)
        if not len(codes) == len(sizes) == len(names):
            return ()
        return tuple(
            Paper(code=code, name=name, width=width, height=height)
            for code, (width, height), name in zip(codes, sizes, names, strict=True)
        )

    def _named(self, codes: int, size: int, names: int, characters: int) -> tuple[Named, ...]:
        numbers, texts = self._numbers(codes, size), texts_in(self._list(names, 2 * characters), characters)
        pairs = zip(numbers, texts, strict=True) if len(numbers) == len(texts) else ()
        return tuple(Named(code=code, name=text) for code, text in pairs)

    def _pairs(self, what: int) -> tuple[tuple[int, int], ...]:
        numbers = self._numbers(what, 4)
        return tuple(zip(numbers[::2], numbers[1::2], strict=False))

    def _numbers(self, what: int, size: int) -> tuple[int, ...]:
        data = self._list(what, 8 if what in (_PAPER_SIZES, _RESOLUTIONS) else size)
        return tuple(int.from_bytes(data[at : at + size], "little") for at in range(0, len(data), size))

    def _list(self, what: int, size: int) -> bytes:
        """Entries of that size; b"" for a driver that does not tell, which is no failure of the spooler."""
        count = self._ask(what)
        if count <= 0:
            return b""
        buffer = ctypes.create_string_buffer(count * size + size)  # one more: it may have grown, and is then cut off
        told = self._ask(what, buffer)
        return buffer.raw[: min(count, told) * size] if told > 0 else b""

    def _ask(self, what: int, buffer: Any = None) -> int:
        return int(winspool().DeviceCapabilitiesW(self._queue.name, self._queue.port, what, buffer, None))
