"""The hub is away: what the phone was granted before lets one agent release one job, once."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from release_rig import FRONT, Desk, csrf, desk
from rig import Agent
from rig._agent import COMMAND
from rig._programs import attempt

from tympan_hub.domain.pull import PullSettings

pytestmark = pytest.mark.system
BEN, TITLE = "ben", "Without the hub.pdf"


def test_a_grant_releases_its_job_once_at_its_agent_and_a_replay_nothing(tmp_path: Path) -> None:
    with desk(tmp_path, BEN, agents=2, rules=PullSettings(offline=True)) as here:
        here.held(BEN, TITLE)
        other = here.held(BEN, "Not granted.pdf", agent=1)
        grants = here.until(lambda: granted(here), "the phone to be granted it")
        [mine] = [grant for title, grant in grants.items() if title == TITLE]
        good, forged = tmp_path / "grant", tmp_path / "forged"
        good.write_text(mine)
        forged.write_text(_forged(mine, other))
        ours, another = here.office.agents
        here.do(here.office.hub.program.kill9)

        for agent, file in ((another, good), (ours, forged), (another, forged)):
            assert released(here, agent, file) == []  # another agent's, and one that nobody signed
        assert here.papers(TITLE) == []
        assert len(released(here, ours, good)) == 1
        here.printed(TITLE)
        assert released(here, ours, good) == []
        here.do(ours.kill9)
        here.do(ours.start)
        assert released(here, ours, good) == []  # nor after a power cut

        here.do(here.office.hub.start)
        here.until(lambda: told(here), "the hub to hear of it")
        assert here.papers(TITLE) == [FRONT]
        assert here.papers("Not granted.pdf") == []


def _forged(grant: str, job: str) -> str:
    """The same signature, about another job."""
    envelope = json.loads(grant)
    content = json.loads(base64.b64decode(envelope["payload"]))
    content["job"] = job
    envelope["payload"] = base64.b64encode(json.dumps(content).encode()).decode()
    return json.dumps(envelope)


async def granted(here: Desk) -> dict[str, str]:
    """What the phone keeps while its page is open, by title."""
    person = here.person(BEN)
    token = csrf((await person.page("/account")).text)
    answer = await person.sure("POST", "/app/grants", {"csrf": token})
    return {row["title"]: row["grant"] for row in answer.raise_for_status().json()["grants"]}


def released(here: Desk, agent: Agent, grant: Path) -> list[str]:
    """The jobs an agent releases by a grant, as `tympan` tells of it; whether it does is in its exit status too."""
    argv = [str(COMMAND), "release", "--grant", str(grant), "--at", FRONT, "--json"]
    ended = here.do(attempt, argv, env=agent.program.env)
    jobs: list[str] = json.loads(ended.out)["jobs"] if ended.out else []
    assert bool(jobs) is (ended.status == 0), ended
    return jobs


async def told(here: Desk) -> bool:
    """Whether the hub knows that it is printed."""
    return TITLE in {row["title"] for row in await here.person(BEN).jobs("completed")}
