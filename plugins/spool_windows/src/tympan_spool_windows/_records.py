"""What the spooler of Windows says of queues, devices and jobs, as values; numbers as its headers have them."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

import attrs


class QueueFlag(IntFlag):
    """Bits of ``PRINTER_ATTRIBUTE_*``."""

    DIRECT = 0x0002
    NETWORK = 0x0010
    SHARED = 0x0008
    WORK_OFFLINE = 0x0400
    FAX = 0x4000


class QueueStatus(IntFlag):
    """Bits of ``PRINTER_STATUS_*``."""

    PAUSED = 0x00000001
    ERROR = 0x00000002
    PENDING_DELETION = 0x00000004
    PAPER_JAM = 0x00000008
    PAPER_OUT = 0x00000010
    MANUAL_FEED = 0x00000020
    PAPER_PROBLEM = 0x00000040
    OFFLINE = 0x00000080
    IO_ACTIVE = 0x00000100
    BUSY = 0x00000200
    PRINTING = 0x00000400
    OUTPUT_BIN_FULL = 0x00000800
    NOT_AVAILABLE = 0x00001000
    WAITING = 0x00002000
    PROCESSING = 0x00004000
    INITIALIZING = 0x00008000
    WARMING_UP = 0x00010000
    TONER_LOW = 0x00020000
    NO_TONER = 0x00040000
    PAGE_PUNT = 0x00080000
    USER_INTERVENTION = 0x00100000
    OUT_OF_MEMORY = 0x00200000
    DOOR_OPEN = 0x00400000
    SERVER_UNKNOWN = 0x00800000
    POWER_SAVE = 0x01000000


class JobStatus(IntFlag):
    """Bits of ``JOB_STATUS_*``."""

    PAUSED = 0x0001
    ERROR = 0x0002
    DELETING = 0x0004
    SPOOLING = 0x0008
    PRINTING = 0x0010
    OFFLINE = 0x0020
    PAPER_OUT = 0x0040
    PRINTED = 0x0080
    DELETED = 0x0100
    BLOCKED = 0x0200
    USER_INTERVENTION = 0x0400
    RESTART = 0x0800
    COMPLETE = 0x1000
    RETAINED = 0x2000


class JobControl(IntEnum):
    """Orders to one job: ``JOB_CONTROL_*``."""

    CANCEL = 3
    DELETE = 5


_NO_FLAG: Final = QueueFlag(0)
_NO_TROUBLE: Final = QueueStatus(0)
NO_STATUS: Final = JobStatus(0)
"""Of a job that waits and shows nothing."""


@attrs.frozen(kw_only=True)
class QueueRecord:
    """A queue: ``PRINTER_INFO_2``; ``revision`` is another one when its driver, port or default settings are."""

    name: str
    port: str = ""
    driver: str = ""
    comment: str = ""
    location: str = ""
    server: str = ""
    processor: str = ""
    flags: QueueFlag = _NO_FLAG
    status: QueueStatus = _NO_TROUBLE
    revision: str = ""


@attrs.frozen(kw_only=True)
class JobRecord:
    """A job: ``JOB_INFO_1``, or what a notice told of it."""

    number: int
    document: str = ""
    user: str = ""
    status: JobStatus = NO_STATUS
    status_text: str = ""
    pages_printed: int = 0
    total_pages: int = 0


@attrs.frozen(kw_only=True)
class JobNotice:
    """What the spooler told of a job of its own accord; None for what it did not tell."""

    number: int
    status: JobStatus | None = None
    status_text: str | None = None
    pages_printed: int | None = None


@attrs.frozen(kw_only=True)
class Notice:
    """One notice: jobs that changed, and whether others were lost, so that everything is to be looked at."""

    jobs: tuple[JobNotice, ...] = ()
    lost: bool = False


@attrs.frozen(kw_only=True)
class Paper:
    """A paper of the driver: its number, its name, its extent in tenths of a millimetre."""

    code: int
    name: str
    width: int
    height: int


@attrs.frozen(kw_only=True)
class Named:
    """A bin or a kind of paper: the driver's number and name for it."""

    code: int
    name: str


@attrs.frozen(kw_only=True)
class DeviceRecord:
    """What a driver can: the answers of ``DeviceCapabilities``.

    Attributes:
        papers: In the driver's order.
        bins: Trays.
        media_types: Kinds of paper.
        resolutions: Dots per inch across and down.
        duplex: Whether both sides can be printed on.
        color: Whether it prints in colour.
        copies: Most copies it makes of itself.
    """

    papers: tuple[Paper, ...] = ()
    bins: tuple[Named, ...] = ()
    media_types: tuple[Named, ...] = ()
    resolutions: tuple[tuple[int, int], ...] = ()
    duplex: bool = False
    color: bool = False
    copies: int = 1
