"""The machine figures were measured on, in one sentence that names neither host nor path."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

_GIB = 1024**3


def description() -> str:
    """Processor, memory, disk, system, Python, peers, and today's date."""
    facts = (
        f"{processor()}, {os.cpu_count()} cores, {memory_gib():.0f} GiB of memory",
        f"{file_system(Path(tempfile.gettempdir()))} for all files",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"CUPS {_version('cups-config', '--version')}",
        f"ippeveprinter of {_package('cups-ipp-utils')}",
        _version("openssl", "version").partition(" (")[0],
    )
    today = dt.datetime.now(dt.UTC).date()
    return f"Measured on {today} on: {'; '.join(facts)}."


def processor() -> str:
    """The processor's name as the system gives it."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()


def memory_gib() -> float:
    """Memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB


def file_system(folder: Path) -> str:
    """The type of the file system a folder is on."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "an unknown file system"
    above = [(place, kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(above, key=lambda mount: len(mount[0]))[1]


def load() -> str:
    """How busy the machine was when it was asked."""
    return f"Load average when the run began: {os.getloadavg()[0]:.1f}"


def _version(*command: str) -> str:
    if command[0] == "cups-config" and shutil.which(command[0]) is None:
        return _package("cups-daemon")
    return _output(*command)


def _package(name: str) -> str:
    """The version of a Debian package."""
    version = _output("dpkg-query", "-W", "-f", "${Version}", name)
    return f"{name} {version}" if version != "of an unknown version" else version


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "of an unknown version"
