"""Other computers keep a held job, sealed and without its key; the hub does not, and one of them prints it, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_rig import FRONT, MARKER, Desk, below, content, desk, marked_document
from rig import agent_jobs

from tympan_hub.domain.pull import Mirroring, PullSettings

pytestmark = pytest.mark.system
BEN, TITLE = "ben", "Kept.pdf"


def test_agents_keep_a_job_the_hub_does_not_and_one_of_them_prints_it_when_its_computer_is_killed(
    tmp_path: Path,
) -> None:
    rules = PullSettings(mirror=Mirroring.AGENTS)
    with desk(tmp_path, BEN, agents=3, rules=rules, poll_s=1.0) as here:
        asleep, *others = here.office.agents
        job = here.held(BEN, TITLE, document=marked_document(tmp_path / "large.pdf"))

        async def only_at_others() -> bool:
            copies = [copy_at(tmp_path, number) for number in (1, 2)]
            return all(copies) and not at_hub(here, copies[0])

        here.until(only_at_others, "both others to keep it, and the hub not")
        assert copy_at(tmp_path, 1) == copy_at(tmp_path, 2)
        for other in others:
            assert here.do(agent_jobs, other) == [], "nobody there sees it"
        here.do(asleep.kill9)

        async def released() -> bool:
            """The wish; as long as the hub takes the first computer for awake, it may have to be repeated."""
            await here.person(BEN).release(here.point(FRONT).code, job)
            return bool(here.papers(TITLE))

        here.until(released, "another computer to print it")

        async def gone() -> bool:
            return not any(copy_at(tmp_path, number) for number in (1, 2))

        here.until(gone, "every copy to be erased")
        here.do(asleep.start)

        async def over() -> bool:
            jobs = [await agent_jobs(agent) for agent in here.office.agents]
            return all(each.over for of_one in jobs for each in of_one)

        here.until(over, "all computers to be done with it")
        assert here.papers(TITLE) == [FRONT]
        [row] = here.do(here.person(BEN).jobs)
        assert (row["title"], row["standing"]) == (TITLE, "completed")
        rest = [path for path in below(tmp_path) if path.parent != tmp_path]
        assert [path for path in rest if "devices" not in path.parts and MARKER in content(path)] == []


def copy_at(folder: Path, number: int) -> bytes:
    """What a computer keeps for others; b"" for nothing."""
    found = [path for path in below(folder / f"agent-{number}") if path.suffix == ".sealed" and "kept" in path.parts]
    return b"".join(map(content, found))


def at_hub(here: Desk, copy: bytes) -> bool:
    """Whether any file of the hub has bytes of it."""
    piece = copy[len(copy) // 2 :][:64]
    return any(piece in content(path) for path in below(here.office.hub.home))
