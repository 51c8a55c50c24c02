"""Releases under ``kill -9``: each released job comes out once, none that was not, and every order has one answer."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import pytest
from crash_world import World, lives

from tympan_wire.hub import ReleaseOrder

JOBS = 5
KILLS = 5
LATER_S = 300
POINTS = 60
"""A run without a kill has some hundred."""


def orders(dice: random.Random) -> list[ReleaseOrder]:
    """Some of the jobs, in an order of their owner's."""
    chosen = dice.sample(range(1, JOBS + 1), k=3)
    return [
        ReleaseOrder(
            id=uuid.UUID(int=dice.getrandbits(128)),
            fence=1,
            job=uuid.UUID(int=job),
            printer="hall",
            by="Ada",
            within_s=60,
        )
        for job in chosen
    ]


def killed(world: World, dice: random.Random) -> int:
    """Runs the agent until it was killed often enough; gives how often it was."""
    return sum(not lives(world, dice.randrange(1, POINTS), JOBS) for _ in range(KILLS))


def check(world: World, ordered: list[ReleaseOrder]) -> None:
    printed = world.printed
    assert len(printed) == len(set(printed)), "nothing comes out twice"
    assert set(printed) <= {order.job for order in ordered}, "nothing comes out that nobody released"
    assert all(len(outcomes) == 1 for outcomes in world.words.values()), "an order has one answer"


def released_under_kills(folder: Path, seed: int) -> int:
    dice = random.Random(seed)
    folder.mkdir()
    world, ordered = World(folder), orders(dice)
    world.order(ordered)
    kills = killed(world, dice)
    assert lives(world, 0, JOBS)
    check(world, ordered)
    assert {order.job for order in ordered} == set(world.printed), world.hub.read()["why"]
    assert world.words == {str(order.id): {"begun"} for order in ordered}
    return kills


def withdrawn_under_kills(folder: Path, seed: int) -> int:
    """The agent dies, the hub gives up, and the agent comes back later: whoever stood there has gone."""
    dice = random.Random(seed)
    folder.mkdir()
    world, ordered = World(folder), orders(dice)
    world.order(ordered)
    kills = sum(not lives(world, dice.randrange(20, POINTS), JOBS) for _ in range(2))
    world.withdraw()
    before = set(world.printed)
    kills += not lives(world, dice.randrange(1, POINTS), JOBS, LATER_S)
    assert lives(world, 0, JOBS, LATER_S)
    check(world, ordered)
    assert set(world.printed) == before, "a release that nobody waits for any more prints nothing"
    return kills


@pytest.mark.parametrize("seed", range(3))
def test_each_released_job_comes_out_once_wherever_the_agent_is_killed(tmp_path: Path, seed: int) -> None:
    assert released_under_kills(tmp_path / "world", seed) > 0


@pytest.mark.parametrize("seed", range(2))
def test_a_release_given_up_while_the_agent_was_dead_prints_nothing(tmp_path: Path, seed: int) -> None:
    assert withdrawn_under_kills(tmp_path / "world", seed) > 0


@pytest.mark.soak
def test_each_released_job_comes_out_once_at_two_hundred_points(tmp_path: Path) -> None:
    kills = seed = 0
    while kills < 200:
        kills += released_under_kills(tmp_path / f"a{seed}", 1_000 + seed)
        kills += withdrawn_under_kills(tmp_path / f"b{seed}", 2_000 + seed)
        seed += 1
