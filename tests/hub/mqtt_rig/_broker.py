"""Mosquitto on loopback: started, stopped, killed, told to read its files again."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
from rig import forge

_START_S = 20.0


@attrs.define(kw_only=True)
class Mosquitto:
    """A broker whose configuration the hub in ``home`` writes.

    Attributes:
        home: The hub's state folder.
        folder: What the hub writes for it.
        port: Where it listens on loopback.
    """

    home: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As the hub is told."""
        return f"mqtts://localhost:{self.port}"

    def configure(self) -> str:
        """Has the hub write its files; gives what it said."""
        command = ["--home", str(self.home), "mqtt", "config", str(self.folder)]
        options = ["--host", "localhost", "--port", str(self.port), "--bind", "127.0.0.1"]
        done = forge("tympan_hub.cli", "tympan-hub").run([*command, *options], os.environ)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Starts it; returns when it listens."""
        program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        main = self.folder.with_name("mosquitto.conf")
        main.write_text(
            f"user {_me()}\ninclude_dir {self.folder}\npid_file {self.pid}\nlog_dest stderr\nlog_type all\n"
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([program, "-c", str(main)], stdout=log, stderr=log)
        deadline = time.monotonic() + _START_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self.folder.with_name("mosquitto.log")

    @property
    def pid(self) -> Path:
        """Where it says which process it is."""
        return self.folder.with_name("mosquitto.pid")

    def stop(self) -> None:
        """Ends it in order."""
        self._end(signal.SIGTERM)

    def kill9(self) -> None:
        """Ends it at once."""
        self._end(signal.SIGKILL)

    def reload(self) -> None:
        """Has it read its files again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(number)
            process.wait(20)


@contextlib.contextmanager
def mosquitto(home: Path, folder: Path, port: int) -> Iterator[Mosquitto]:
    """One that runs."""
    made = Mosquitto(home=home, folder=folder, port=port)
    made.configure()
    made.start()
    try:
        yield made
    finally:
        made.kill9()


def _me() -> str:
    return "root" if os.getuid() == 0 else str(os.getuid())
