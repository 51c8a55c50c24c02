"""A crowd of listeners in a process of its own, as a benchmark drives it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from hub_stage import ENDED_S, Estate, Served

from tympan_wire.hub import HEADER, NOTICES_PATH, PROTOCOL


@attrs.frozen(kw_only=True)
class Listening:
    """Streams that are open.

    Attributes:
        count: How many.
        opened_s: How long it took to open them.
    """

    count: int
    opened_s: float
    _process: subprocess.Popen[str]

    def delays_s(self, speak: Callable[[], None]) -> list[float]:
        """How long after ``speak`` began its notice reached each, sorted; fewer than ``count`` when it missed some."""
        self._say("listen")
        if self._line() != "listening":
            raise RuntimeError("the listeners are gone")
        start = time.monotonic()
        speak()
        return sorted(moment - start for moment in json.loads(self._line())["heard"])

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def agents_listening(program: Served, estate: Estate) -> Iterator[Listening]:
    """A notice stream of every agent of an estate."""
    headers = [{"Authorization": f"Bearer {token}", HEADER: str(PROTOCOL)} for token in estate.tokens()]
    with _listening(program, NOTICES_PATH, headers) as crowd:
        yield crowd


@contextmanager
def strangers_listening(program: Served, count: int) -> Iterator[Listening]:
    """As many streams of the peer."""
    with _listening(program, "/streams", [{}] * count) as crowd:
        yield crowd


@contextmanager
def _listening(program: Served, path: str, headers: Sequence[Mapping[str, str]]) -> Iterator[Listening]:
    command = [sys.executable, str(Path(__file__).with_name("listeners.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdin and process.stdout
        wanted: dict[str, Any] = {"port": program.port, "path": path, "headers": list(headers)}
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("not every stream could be opened")
        yield Listening(count=len(headers), opened_s=json.loads(line)["seconds"], process=process)
    finally:
        process.kill()
        process.wait(ENDED_S)
