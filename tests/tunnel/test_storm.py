"""``kill -9``, silence, cuts, delay and loss at everybody on the way: each job once or unknown, and none lost.

What came out is what the device wrote down.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from rig import AgentJob
from tunnel_rig import Storm, sites

pytestmark = [pytest.mark.anyio, pytest.mark.system]


async def storm(folder: Path, *, seed: int, points: int) -> None:
    """The test: a job and a strike, again and again; then all that is left may end in calm, and the reckoning."""
    async with sites(folder, seed=seed) as here:
        found = Storm(here=here, dice=random.Random(seed))
        await found.blow(points)
        reckon(found, await found.settle())
    assert found.struck.total() == points


def reckon(found: Storm, ended: Mapping[str, AgentJob]) -> None:
    """What lies in the tray beside what home was told."""
    paper = Counter(record.name for record in found.here.journal() if record.ended == "completed")
    assert set(paper.values()) <= {1}, f"printed twice: {[title for title, times in paper.items() if times > 1]}"
    assert set(paper) <= set(found.tried), "printed unasked"
    assert set(found.accepted) <= set(ended), "lost"
    wrong = [job for job in ended.values() if job.state not in ("completed", "unknown")]
    assert not wrong, "neither printed nor for a person to decide"
    done = {title for title, job in ended.items() if job.state == "completed"}
    assert done <= set(paper), "told as done, and nowhere"
    states = Counter(job.state for job in ended.values())
    print(f"{dict(found.struck)}, {found.late} of them late; {len(found.accepted)} jobs: {dict(states)}")


async def test_jobs_through_the_tunnel_amid_strikes_are_printed_once(tmp_path: Path) -> None:
    await storm(tmp_path, seed=6, points=6)


@pytest.mark.soak  # 320 points in all
@pytest.mark.parametrize("seed", [1, 2])
async def test_jobs_through_the_tunnel_amid_160_strikes_are_printed_once(tmp_path: Path, seed: int) -> None:
    await storm(tmp_path, seed=seed, points=160)
