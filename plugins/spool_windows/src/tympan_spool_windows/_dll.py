"""Libraries of Windows with every function's arguments declared: a handle cut to 32 bits is the usual crash.

Loaded on first use and on Windows alone.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tympan_spool_windows._errors import CallFailed

_WORD = ctypes.c_uint16
_DWORD = ctypes.c_uint32
_INT = ctypes.c_int
_TEXT = ctypes.c_wchar_p
_POINTER = ctypes.c_void_p
INVALID_HANDLE: Final = ctypes.c_void_p(-1).value
"""What functions give that make a handle to wait on, and could not."""

_WINSPOOL: Final = {
    "OpenPrinterW": (_INT, _TEXT, _POINTER, _POINTER),
    "ClosePrinter": (_INT, _POINTER),
    "EnumPrintersW": (_INT, _DWORD, _TEXT, _DWORD, _POINTER, _DWORD, _POINTER, _POINTER),
    "GetPrinterW": (_INT, _POINTER, _DWORD, _POINTER, _DWORD, _POINTER),
    "DeviceCapabilitiesW": (_INT, _TEXT, _TEXT, _WORD, _POINTER, _POINTER),
    "DocumentPropertiesW": (ctypes.c_long, _POINTER, _POINTER, _TEXT, _POINTER, _POINTER, _DWORD),
    "EnumJobsW": (_INT, _POINTER, _DWORD, _DWORD, _DWORD, _POINTER, _DWORD, _POINTER, _POINTER),
    "SetJobW": (_INT, _POINTER, _DWORD, _DWORD, _POINTER, _DWORD),
    "StartDocPrinterW": (_DWORD, _POINTER, _DWORD, _POINTER),
    "StartPagePrinter": (_INT, _POINTER),
    "WritePrinter": (_INT, _POINTER, _POINTER, _DWORD, _POINTER),
    "EndPagePrinter": (_INT, _POINTER),
    "EndDocPrinter": (_INT, _POINTER),
    "AbortPrinter": (_INT, _POINTER),
    "FindFirstPrinterChangeNotification": (_POINTER, _POINTER, _DWORD, _DWORD, _POINTER),
    "FindNextPrinterChangeNotification": (_INT, _POINTER, _POINTER, _POINTER, _POINTER),
    "FindClosePrinterChangeNotification": (_INT, _POINTER),
    "FreePrinterNotifyInfo": (_INT, _POINTER),
}
_GDI: Final = {
    "CreateDCW": (_POINTER, _TEXT, _TEXT, _TEXT, _POINTER),
    "DeleteDC": (_INT, _POINTER),
    "GetDeviceCaps": (_INT, _POINTER, _INT),
    "StartDocW": (_INT, _POINTER, _POINTER),
    "StartPage": (_INT, _POINTER),
    "EndPage": (_INT, _POINTER),
    "EndDoc": (_INT, _POINTER),
    "AbortDoc": (_INT, _POINTER),
    "StretchDIBits": (_INT, _POINTER, *[_INT] * 8, _POINTER, _POINTER, ctypes.c_uint, _DWORD),
}
_KERNEL: Final = {
    "CreateEventW": (_POINTER, _POINTER, _INT, _INT, _TEXT),
    "SetEvent": (_INT, _POINTER),
    "CloseHandle": (_INT, _POINTER),
    "WaitForMultipleObjects": (_DWORD, _DWORD, _POINTER, _INT, _DWORD),
}


@cache
def winspool() -> Any:
    """The client of the spooler."""
    return _library("winspool.drv", _WINSPOOL)


@cache
def gdi() -> Any:
    """Drawing."""
    return _library("gdi32", _GDI)


@cache
def kernel() -> Any:
    """Events and waiting."""
    return _library("kernel32", _KERNEL)


def _library(name: str, functions: dict[str, tuple[Any, ...]]) -> Any:
    library = getattr(ctypes, "WinDLL")(name, use_last_error=True)  # noqa: B009 - only Windows has it, and mypy knows
    for function, (result, *arguments) in functions.items():
        declared = getattr(library, function)
        declared.restype, declared.argtypes = result, arguments
    return library


def last_error() -> int:
    """The number of what went wrong in this thread's last call."""
    return int(getattr(ctypes, "get_last_error")())  # noqa: B009


def failure(what: str, number: int | None = None) -> CallFailed:
    """The error for the last call, which was to do this."""
    from tympan_spool_windows._errors import CallFailed  # with it comes the kernel, which a press does without

    number = last_error() if number is None else number
    said = str(getattr(ctypes, "FormatError")(number)).strip().rstrip(".")  # noqa: B009
    return CallFailed(what, number, said)
