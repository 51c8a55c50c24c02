"""DEVMODE: the settings of one job as drivers take them, read and changed as bytes. No call of Windows.

- Its public part has 220 bytes; what follows is the driver's own and goes through untouched.
- ``dmFields`` says which members count. A member that is set is named there, or the driver looks past it.
- Numbers a driver tells are believed in so far as they lie within the bytes that came.
"""

from __future__ import annotations

import ctypes
from enum import IntEnum, IntFlag
from typing import Any, ClassVar, Final

import attrs


class Field(IntFlag):
    """Bits of ``dmFields``."""

    ORIENTATION = 0x00000001
    PAPER_SIZE = 0x00000002
    PAPER_LENGTH = 0x00000004
    PAPER_WIDTH = 0x00000008
    COPIES = 0x00000100
    DEFAULT_SOURCE = 0x00000200
    PRINT_QUALITY = 0x00000400
    COLOR = 0x00000800
    DUPLEX = 0x00001000
    Y_RESOLUTION = 0x00002000
    COLLATE = 0x00008000
    FORM_NAME = 0x00010000
    MEDIA_TYPE = 0x04000000


class Duplex(IntEnum):
    """``dmDuplex``; vertical is bound along the long edge of an upright page."""

    SIMPLEX = 1
    VERTICAL = 2
    HORIZONTAL = 3


class Color(IntEnum):
    """``dmColor``."""

    MONOCHROME = 1
    COLOR = 2


class _DevModeW(ctypes.Structure):
    """``DEVMODEW`` of wingdi.h as printers use it; integers of fixed size, so that it is the same on every system."""

    _pack_ = 2
    _fields_: ClassVar[Any] = [
        ("device_name", ctypes.c_uint16 * 32),
        ("spec_version", ctypes.c_uint16),
        ("driver_version", ctypes.c_uint16),
        ("size", ctypes.c_uint16),
        ("driver_extra", ctypes.c_uint16),
        ("fields", ctypes.c_uint32),
        ("orientation", ctypes.c_int16),
        ("paper_size", ctypes.c_int16),
        ("paper_length", ctypes.c_int16),
        ("paper_width", ctypes.c_int16),
        ("scale", ctypes.c_int16),
        ("copies", ctypes.c_int16),
        ("default_source", ctypes.c_int16),
        ("print_quality", ctypes.c_int16),
        ("color", ctypes.c_int16),
        ("duplex", ctypes.c_int16),
        ("y_resolution", ctypes.c_int16),
        ("tt_option", ctypes.c_int16),
        ("collate", ctypes.c_int16),
        ("form_name", ctypes.c_uint16 * 32),
        ("log_pixels", ctypes.c_uint16),
        ("bits_per_pel", ctypes.c_uint32),
        ("pels_width", ctypes.c_uint32),
        ("pels_height", ctypes.c_uint32),
        ("nup", ctypes.c_uint32),
        ("display_frequency", ctypes.c_uint32),
        ("icm_method", ctypes.c_uint32),
        ("icm_intent", ctypes.c_uint32),
        ("media_type", ctypes.c_uint32),
        ("dither_type", ctypes.c_uint32),
        ("reserved1", ctypes.c_uint32),
        ("reserved2", ctypes.c_uint32),
        ("panning_width", ctypes.c_uint32),
        ("panning_height", ctypes.c_uint32),
    ]


PUBLIC_BYTES: Final = ctypes.sizeof(_DevModeW)
"""Of the public part."""
_MEMBERS: Final = (
    ("paper_size", Field.PAPER_SIZE),
    ("paper_length", Field.PAPER_LENGTH),
    ("paper_width", Field.PAPER_WIDTH),
    ("copies", Field.COPIES),
    ("default_source", Field.DEFAULT_SOURCE),
    ("print_quality", Field.PRINT_QUALITY),
    ("color", Field.COLOR),
    ("duplex", Field.DUPLEX),
    ("y_resolution", Field.Y_RESOLUTION),
    ("media_type", Field.MEDIA_TYPE),
)
_SHORTEST: Final = 76
"""Up to ``dmFields``: less says nothing."""


@attrs.frozen(kw_only=True)
class JobSettings:
    """The members we read and set; None for one that does not count.

    Attributes:
        paper_size: Number of a paper of the driver.
        paper_length: In tenths of a millimetre.
        paper_width: In tenths of a millimetre.
        copies: How many.
        default_source: Number of a bin.
        print_quality: Dots per inch across when positive; negative ones are draft to high.
        color: A ``Color``.
        duplex: A ``Duplex``.
        y_resolution: Dots per inch down.
        media_type: Number of a kind of paper.
    """

    paper_size: int | None = None
    paper_length: int | None = None
    paper_width: int | None = None
    copies: int | None = None
    default_source: int | None = None
    print_quality: int | None = None
    color: int | None = None
    duplex: int | None = None
    y_resolution: int | None = None
    media_type: int | None = None


def read_devmode(data: bytes) -> JobSettings:
    """What of it counts; nothing when it is too short to be one."""
    if len(data) < _SHORTEST:
        return JobSettings()
    mode = _public(data)
    told = min(mode.size, len(data))
    fields = Field(mode.fields)
    counting = (name for name, bit in _MEMBERS if bit & fields and _lies(name, told))
    return JobSettings(**{name: int(getattr(mode, name)) for name in counting})


def change_devmode(data: bytes, wanted: JobSettings) -> bytes:
    """The same with what is wanted set, and named in ``dmFields``; a paper replaces an extent and the other way round.

    Raises:
        ValueError: These bytes are no DEVMODE.
    """
    if len(data) < _SHORTEST:
        raise ValueError(f"a DEVMODE of {len(data)} bytes")
    mode = _public(data)
    told = min(mode.size, len(data))
    fields = mode.fields & ~_replaced(wanted)
    for name, bit in _MEMBERS:
        value = getattr(wanted, name)
        if value is not None and _lies(name, told):
            setattr(mode, name, value)
            fields |= bit
    mode.fields = fields
    return bytes(mode)[:told] + data[told:] if told < PUBLIC_BYTES else bytes(mode) + data[PUBLIC_BYTES:]


def _public(data: bytes) -> _DevModeW:
    return _DevModeW.from_buffer_copy(data[:PUBLIC_BYTES].ljust(PUBLIC_BYTES, b"\0"))


def _lies(name: str, told: int) -> bool:
    member = getattr(_DevModeW, name)
    return bool(member.offset + member.size <= told)


def _replaced(wanted: JobSettings) -> int:
    if wanted.paper_size is not None:
        return int(Field.PAPER_LENGTH | Field.PAPER_WIDTH | Field.FORM_NAME)
    if wanted.paper_width is not None:
        return int(Field.PAPER_SIZE | Field.FORM_NAME)
    return 0
