"""Stage: a subnet with printers and a computer that looks for them, in network namespaces of the benchmark's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2] / "tests" / "discovery"))
sys.path.append(str(Path(__file__).parents[2] / "tests" / "print_path"))
sys.path.append(str(Path(__file__).parents[2] / "tests" / "hub"))
sys.path.append(str(Path(__file__).parents[2] / "hub" / "tests"))

from discovery_rig import Avahi, Host, avahi, eve, simulated, until_seen, world

__all__ = [
    "Avahi",
    "Host",
    "avahi",
    "begun",
    "eve",
    "looking",
    "simulated",
    "times_of",
    "told",
    "until_seen",
    "world",
]

LOOKING = Path(__file__).with_name("looking.py")
PATIENCE_S = 120.0


@contextmanager
def begun(host: Host, *command: str | Path, env: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program on a host, whose output is read line by line; ended with the block."""
    argv = host.argv(*command)
    environment = {**os.environ, **(env or {})}
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def looking(host: Host, plugin: str, *ranges: str) -> Iterator[subprocess.Popen[str]]:
    """A discovery of ours on a host."""
    with begun(host, sys.executable, LOOKING, plugin, *ranges) as process:
        yield process


def told(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a discovery of ours says, until it ends."""
    for line in process.stdout or ():
        yield json.loads(line)
    if process.wait(PATIENCE_S) and process.stderr is not None:
        raise RuntimeError(process.stderr.read())


def times_of(process: subprocess.Popen[str], name_of: Callable[[str], str], count: int) -> list[float]:
    """Seconds from now until each of so many different names was said, in order."""
    began = time.monotonic()
    seen: dict[str, float] = {}
    for line in process.stdout or ():
        name = name_of(line)
        if name:
            seen.setdefault(name, time.monotonic() - began)
        if len(seen) == count:
            return list(seen.values())
    raise RuntimeError(f"{len(seen)} of {count} were found: {process.stderr and process.stderr.read()}")
