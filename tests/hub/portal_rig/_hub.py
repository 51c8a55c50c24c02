"""``tympan-hub serve`` as a process of its own, on a free loopback port."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from rig import forge_of

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
    command = [str(Path(sys.executable).with_name("tympan-hub")), "--home", str(home), "serve", "--port", "0", *options]
    made = forge_of(command, {})
    assert made is not None, "only tests serve a hub this way"
    reading, writing = os.pipe()
    with (home.parent / "hub.log").open("w") as log, open(os.devnull) as nothing, open(reading) as said:
        process = made.begin(command, os.environ, (nothing.fileno(), writing, log.fileno()), session=True)
        os.close(writing)
        try:
            line = said.readline()  # "" when it ended: then there is nothing to wait for
            assert line.startswith(_READY), (home.parent / "hub.log").read_text()
            yield ServedHub(home, line.removeprefix(_READY).strip())
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.join(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.join(_STOP_S)
