"""``tympan-hub serve`` as a process of its own, on a free loopback port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

PASSWORD = "correct horse battery"
_READY = "tympan-hub answers on "
_STOP_S = 20


@attrs.frozen
class ServedHub:
    """A hub that answers.

    Attributes:
        home: Its state folder.
        url: Where it answers.
    """

    home: Path
    url: str


@contextmanager
def served(home: Path, *options: str) -> Iterator[ServedHub]:
    """Serves the hub of a state folder, and ends it with the block."""
    program = str(Path(sys.executable).with_name("tympan-hub"))
    command = [program, "--home", str(home), "serve", "--port", "0", *options]
    with (home.parent / "hub.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()  # "" when it ended: then there is nothing to wait for
        assert line.startswith(_READY), (home.parent / "hub.log").read_text()
        yield ServedHub(home, line.removeprefix(_READY).strip())
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
