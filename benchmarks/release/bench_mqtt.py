"""MQTT messages a second through one Mosquitto: the agent's session and the hub's publisher, each beside bare paho.

Notices as the hub sends them, QoS 0 over TLS with certificates of the hub's authority. Who sends and who hears are
processes of their own. The rounds of ours and the peer's take turns, and the median counts.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from figures import ratio_row
from tympan_hub.adapters.secrets import FileSecrets
from tympan_hub.cli.mosquitto import Door, write

MESSAGES: Final = 10_000
ROUNDS: Final = 3
WAIT_S: Final = 60.0
END: Final = str(Path(__file__).with_name("mqtt_end.py"))


def run() -> list[dict[str, Any]]:
    """Two rows."""
    with tempfile.TemporaryDirectory() as folder, _mosquitto(Path(folder)) as port:
        hears = _rates(folder, port, [("paho", "session"), ("paho", "paho")])
        says = _rates(folder, port, [("publisher", "paho"), ("paho", "paho")])
    return [
        ratio_row(
            "MQTT notices a second that an agent's session hears",
            ours=hears[0],
            peer=hears[1],
            unit="messages/s",
            promise=">=",
            bound=0.5,
            beside="a bare paho client in its own loop, through the same broker",
        ),
        ratio_row(
            "MQTT notices a second that the hub's publisher says",
            ours=says[0],
            peer=says[1],
            unit="messages/s",
            promise=">=",
            bound=0.25,
            beside="a bare paho client in its own loop, through the same broker",
        ),
    ]


def _rates(folder: str, port: int, pairs: list[tuple[str, str]]) -> list[float]:
    rates: list[list[float]] = [[] for _ in pairs]
    for _ in range(ROUNDS):
        for found, pair in zip(rates, pairs, strict=True):
            found.append(_rate(folder, port, *pair))
    return [statistics.median(found) for found in rates]


def _rate(folder: str, port: int, says: str, hears: str) -> float:
    """Messages a second from the first that was heard to the last."""
    hearing = _end(folder, port, "hear", hears)
    assert hearing.stdout is not None
    assert hearing.stdout.readline() == "ready\n"
    saying = _end(folder, port, "say", says)
    try:
        told, _ = hearing.communicate(timeout=WAIT_S)
        assert hearing.returncode == 0, "not all messages came"
        return MESSAGES / float(told)
    finally:
        for process in (hearing, saying):
            process.kill()
            process.communicate()


def _end(folder: str, port: int, does: str, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, END, folder, str(port), does, how, str(MESSAGES)], stdout=subprocess.PIPE, text=True
    )


@contextmanager
def _mosquitto(folder: Path) -> Iterator[int]:
    """One with the hub's own configuration but for its bound on what waits: nothing may be lost here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    authority, now = FileSecrets(folder / "secrets").authorities, dt.datetime.now(dt.UTC)
    write(folder / "broker", Door(hosts=("localhost",), port=port, bind="127.0.0.1"), authority, [], now)
    conf = folder / "broker" / "tympan.conf"
    conf.write_text(conf.read_text().replace("max_queued_messages 100", "max_queued_messages 0"))
    main = folder / "mosquitto.conf"
    main.write_text(f"user {'root' if os.getuid() == 0 else os.getuid()}\ninclude_dir {folder / 'broker'}\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    process = subprocess.Popen([program, "-c", str(main)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _answers(port)
        yield port
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _answers(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def context(folder: str, name: str) -> ssl.SSLContext:
    """What a client of this name shows."""
    authority, now = FileSecrets(Path(folder) / "secrets").authorities, dt.datetime.now(dt.UTC)
    return authority.hub_context(name, authority.own(now), now)
