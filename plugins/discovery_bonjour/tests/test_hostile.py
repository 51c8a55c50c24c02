"""Hostile networks: malformed packets and fake devices, in a network of the test's own (a namespace)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from zeroconf import DNSOutgoing, DNSPointer, DNSQuestion, _core  # type: ignore[attr-defined]

from tympan_discovery_bonjour import _ear

pytestmark = pytest.mark.system

FUZZ = Path(__file__).parent / "bonjour_fuzz.py"
GROWN_MIB = 120
"""The library's cache of 10,000 records, 5,000 names, and what Python keeps of memory once used; a leak of the soak's
packets would be several times that."""


def survive(seed: int, packets: int, fakes: int, *, within_s: float) -> dict[str, Any]:
    inside = f"ip link set lo up && exec {sys.executable} {FUZZ} {seed} {packets} {fakes}"
    env_path = {"PYTHONPATH": str(FUZZ.parent)}
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", inside],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **env_path},
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def check(told: dict[str, Any], sent: int) -> None:
    assert told["sent"] == sent
    assert told["real"].startswith("real")  # found after all that
    assert told["in_view"] <= 2000
    assert told["dropped"] > 0
    assert told["unclean"] == 0
    assert told["grown_mib"] < GROWN_MIB


def test_malformed_packets_and_fake_devices() -> None:
    check(survive(20261126, 1000, 1000, within_s=120), 2000)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_twenty_thousand_packets_and_ten_thousand_fakes(seed: int) -> None:
    check(survive(seed, 24_000, 10_000, within_s=900), 34_000)


def test_it_still_asks_when_an_answer_it_heard_cannot_be_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(_core, "async_send_with_transport", lambda debug, transport, packet, *rest: sent.append(packet))
    library = _ear._Counting(interfaces=["127.0.0.1"])
    try:
        out = DNSOutgoing(0, True)
        out.add_question(DNSQuestion("_ipp._tcp.local.", 12, 1))
        alias = "\ufffd" * 40 + "._ipp._tcp.local."
        out.add_answer_at_time(DNSPointer("_ipp._tcp.local.", 12, 1, 4500, alias), 0)
        asked = threading.Event()

        def ask() -> None:
            try:
                library.async_send(out)
            finally:
                asked.set()

        assert library.loop is not None
        library.loop.call_soon_threadsafe(ask)
        assert asked.wait(10)
        assert b"\x04_ipp\x04_tcp\x05local\0" in sent[0]
    finally:
        library.close()
