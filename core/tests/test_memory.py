"""Memory of the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAPS = """
import ctypes, sys, threading
from tympan._memory import share_heaps

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.fdopen.restype, libc.malloc_info.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]

if sys.argv[1:]:
    share_heaps()
all_there = threading.Barrier(6)


def work():
    all_there.wait()
    for _ in range(100):
        libc.malloc(1000)
    all_there.wait()


threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_info(0, libc.fdopen(1, b"w"))
libc.fflush(None)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's heaps")
def test_threads_share_two_heaps() -> None:
    assert _heaps("share") == 2
    assert _heaps() > 2, "the test can see more"


def _heaps(*arguments: str) -> int:
    said = subprocess.run([sys.executable, "-c", HEAPS, *arguments], capture_output=True, text=True, check=True)
    return said.stdout.count("<heap nr=")
