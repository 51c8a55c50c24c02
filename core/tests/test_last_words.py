"""Whose code ran when an agent crashed."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from tympan._last_words import LastWords

PACKAGES = ("acme_faults", "other")
CODE = """
import ctypes, os, signal, sys, threading, time

def fault():
    ctypes.string_at(0)

def held():
    # A loop in C that lets no other thread run, ended as a watchdog does.
    child = os.fork()
    if child == 0:
        time.sleep(1.0)
        os.kill(os.getppid(), signal.SIGABRT)
        os._exit(0)
    ctypes.PyDLL(None).sleep(60)

def well():
    pass

def leaves():
    os._exit(3)
"""


def after(folder: Path, how: str) -> LastWords:
    """What is left of a process in which a package did something."""
    package = folder / "acme_faults"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "code.py").write_text(CODE)
    program = (
        "import pathlib, sys; from tympan._last_words import LastWords\n"
        f"sys.path.insert(0, {str(folder)!r}); import acme_faults.code as code\n"
        f"with LastWords(pathlib.Path({str(folder / 'run' / 'crash')!r})): code.{how}()\n"
    )
    subprocess.run([sys.executable, "-c", program], timeout=60, check=False, capture_output=True)
    return LastWords(folder / "run" / "crash")


@pytest.mark.parametrize("how", ["fault", "held"])
def test_they_name_the_innermost_package(tmp_path: Path, how: str) -> None:
    found = after(tmp_path, how).culprit(PACKAGES)
    assert found is not None
    assert found.package == "acme_faults"
    assert abs(found.at - found.began) < dt.timedelta(minutes=2)


@pytest.mark.parametrize("how", ["well", "leaves"])
def test_an_end_without_a_signal_leaves_none(tmp_path: Path, how: str) -> None:
    assert after(tmp_path, how).culprit(PACKAGES) is None


def test_code_of_others_is_nobodys(tmp_path: Path) -> None:
    assert after(tmp_path, "fault").culprit(("other",)) is None


@pytest.mark.parametrize(
    "data", [b"", b"\xff" * 100, b"Fatal Python error", b"Fatal Python error\nCurrent thread\n  File"]
)
def test_damaged_words_say_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "crash").write_bytes(data)
    assert LastWords(tmp_path / "crash").culprit(PACKAGES) is None
    assert LastWords(tmp_path / "none").culprit(PACKAGES) is None
