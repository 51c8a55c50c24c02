"""Print Schema documents of a driver, by ``prntvpt.dll``, where the driver and the system have it.

COM and the provider belong to one thread, so everything is done and undone in one call.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from tympan_spool_windows._dll import failure
from tympan_spool_windows._limits import SCHEMA_BYTES

_VERSION: Final = 1
"""Of the Print Schema, as ``PTOpenProvider`` counts."""
_JOB_SCOPE: Final = 2
"""kPTJobScope."""
_USERS_DEFAULT: Final = 0
"""kUserDefaultDevmode."""
_RELEASE, _READ, _WRITE, _SEEK = 2, 3, 4, 5
"""Places of methods of IStream in its table."""
_POINTER = ctypes.c_void_p
_DWORD = ctypes.c_uint32
_INT = ctypes.c_int
_FUNCTIONS: Final = {
    "PTOpenProvider": (ctypes.c_wchar_p, _DWORD, _POINTER),
    "PTGetPrintCapabilities": (_POINTER, _POINTER, _POINTER, _POINTER),
    "PTConvertDevModeToPrintTicket": (_POINTER, _DWORD, _POINTER, _INT, _POINTER),
    "PTMergeAndValidatePrintTicket": (_POINTER, _POINTER, _POINTER, _INT, _POINTER, _POINTER),
    "PTConvertPrintTicketToDevMode": (_POINTER, _POINTER, _INT, _INT, _POINTER, _POINTER, _POINTER),
    "PTReleaseMemory": (_POINTER,),
    "PTCloseProvider": (_POINTER,),
}


def print_capabilities(name: str, devmode: bytes) -> bytes:
    """The document of a queue, for these settings; b"" where the system gives none: it is an extra.

    A PrintTicket is handed over though Windows does without: wine does not.
    """
    if _library() is None:
        return b""
    with _provider(name) as provider, _stream() as before, _stream() as told:
        if provider is None:
            return b""
        library, given = _library(), ctypes.create_string_buffer(devmode)
        if library.PTConvertDevModeToPrintTicket(provider, len(devmode), given, _JOB_SCOPE, before) < 0:
            return b""
        _rewind(before)
        return _read(told) if library.PTGetPrintCapabilities(provider, before, told, None) >= 0 else b""


def ticketed(name: str, devmode: bytes, ticket: bytes) -> bytes:
    """Settings with what a PrintTicket asks for besides.

    Raises:
        CallFailed: The driver does not take it.
    """
    what = f"take the options for {name}"
    with _provider(name) as provider, _stream() as before, _stream(ticket) as wish, _stream() as both:
        if provider is None:
            raise failure(what)
        library, given = _library(), ctypes.create_string_buffer(devmode)
        _check(library.PTConvertDevModeToPrintTicket(provider, len(devmode), given, _JOB_SCOPE, before), what)
        _rewind(before)
        _check(library.PTMergeAndValidatePrintTicket(provider, before, wish, _JOB_SCOPE, both, None), what)
        _rewind(both)
        size, made = _DWORD(), _POINTER()
        places = ctypes.byref(size), ctypes.byref(made)
        _check(library.PTConvertPrintTicketToDevMode(provider, both, _USERS_DEFAULT, _JOB_SCOPE, *places, None), what)
        try:
            return ctypes.string_at(made, size.value)
        finally:
            library.PTReleaseMemory(made)


def _check(answer: int, what: str) -> None:
    if answer < 0:
        raise failure(what, answer)


@cache
def _library() -> Any:
    """None where the system has no such library."""
    try:
        library = getattr(ctypes, "WinDLL")("prntvpt")  # noqa: B009 - only Windows has it, and mypy knows
        for name, arguments in _FUNCTIONS.items():
            getattr(library, name).argtypes = arguments
            getattr(library, name).restype = ctypes.c_int32
    except (OSError, AttributeError):
        return None
    return library


@cache
def _ole() -> Any:
    ole = getattr(ctypes, "WinDLL")("ole32")  # noqa: B009
    ole.CreateStreamOnHGlobal.argtypes = (_POINTER, _INT, _POINTER)
    return ole


@contextmanager
def _provider(name: str) -> Iterator[Any]:
    """What speaks for a driver, or None; COM is there meanwhile."""
    begun = _ole().CoInitializeEx(None, 0) in (0, 1)
    provider = _POINTER()
    try:
        found = _library() is not None and _library().PTOpenProvider(name, _VERSION, ctypes.byref(provider)) == 0
        yield provider if found else None
    finally:
        if provider.value:
            _library().PTCloseProvider(provider)
        if begun:
            _ole().CoUninitialize()


@contextmanager
def _stream(data: bytes = b"") -> Iterator[Any]:
    """A stream in memory that has this in it and stands at its start."""
    stream, written = _POINTER(), _DWORD()
    _check(_ole().CreateStreamOnHGlobal(None, 1, ctypes.byref(stream)), "keep a document in memory")
    try:
        if data:
            _method(stream, _WRITE, _POINTER, _DWORD, _POINTER)(stream, data, len(data), ctypes.byref(written))
            _rewind(stream)
        yield stream
    finally:
        _method(stream, _RELEASE)(stream)


def _rewind(stream: Any) -> None:
    _method(stream, _SEEK, ctypes.c_int64, _DWORD, _POINTER)(stream, 0, 0, None)


def _read(stream: Any) -> bytes:
    """All of it, or nothing when there is more than the limit."""
    _rewind(stream)
    buffer, told = ctypes.create_string_buffer(SCHEMA_BYTES + 1), _DWORD()
    _method(stream, _READ, _POINTER, _DWORD, _POINTER)(stream, buffer, len(buffer), ctypes.byref(told))
    return buffer.raw[: told.value] if told.value <= SCHEMA_BYTES else b""


def _method(stream: Any, place: int, *arguments: Any) -> Any:
    """A method of a COM object: its first word points to a table of functions."""
    table = ctypes.cast(ctypes.cast(stream, ctypes.POINTER(_POINTER)).contents, ctypes.POINTER(_POINTER))
    prototype = getattr(ctypes, "WINFUNCTYPE")(ctypes.c_int32, _POINTER, *arguments)  # noqa: B009
    return prototype(table[place])
