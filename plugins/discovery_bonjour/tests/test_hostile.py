"""Hostile networks: malformed packets and fake devices, in a network of the test's own (a namespace)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
