"""kill -9 at seeded points of an update: whatever the moment, one whole version is meant, and it runs in the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def killed(folder: Path, seed: int, count: int) -> dict[str, object]:
    """Runs the driver and gives what it found."""
    done = subprocess.run(
        [sys.executable, str(HERE / "crash_driver.py"), str(folder), str(seed), str(count)],
        env={**os.environ, "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    table: dict[str, object] = json.loads(done.stdout)
    return table


def test_killed_at_a_few_points_of_an_update_one_version_works(tmp_path: Path) -> None:
    told = killed(tmp_path, seed=20, count=8)
    assert told["faults"] == []
    assert all(isinstance(points, int) and points > 20 for points in told["points"].values())  # type: ignore[attr-defined]


@pytest.mark.soak
def test_killed_at_every_point_of_an_update_one_version_works(tmp_path: Path) -> None:
    told = killed(tmp_path, seed=0, count=0)
    assert told["faults"] == []
    assert isinstance(told["tried"], int) and told["tried"] >= 400


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_once_or_twice_at_a_hundred_seeded_points_one_version_works(tmp_path: Path, seed: int) -> None:
    told = killed(tmp_path, seed=seed, count=120)
    assert told["faults"] == []
