"""Both ends of the tunnel under ``kill -9``: each job comes out once, and its own computer knows."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tunnel_world import HOME, JOBS, NEAR, World, ends, lives

KILLS = 6
POINTS = 40
"""A run without a kill has some hundred."""


def under_kills(folder: Path, seed: int) -> int:
    """Kills agents at seeded points, then lets each come to its end; gives how often one was killed."""
    dice = random.Random(seed)
    folder.mkdir()
    world = World(folder)
    kills = sum(not lives(world, dice.choice((HOME, *NEAR)), dice.randrange(1, POINTS)) for _ in range(KILLS))
    for name in (HOME, *dice.sample(NEAR, k=2), HOME):
        assert lives(world, name, 0)
    assert sorted(world.printed) == sorted(JOBS), "each comes out, and nothing twice"
    assert ends(world) == dict.fromkeys(JOBS, "completed")
    return kills


@pytest.mark.parametrize("seed", range(3))
def test_each_job_comes_out_once_wherever_either_end_is_killed(tmp_path: Path, seed: int) -> None:
    assert under_kills(tmp_path / "world", seed) > 0


@pytest.mark.soak
def test_each_job_comes_out_once_at_three_hundred_points(tmp_path: Path) -> None:
    kills = seed = 0
    while kills < 300:
        kills += under_kills(tmp_path / f"w{seed}", 1_000 + seed)
        seed += 1
