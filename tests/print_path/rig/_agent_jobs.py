"""What our agent says of its jobs and printers, asked as the command ``tympan`` asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from rig._agent import Agent
from rig._limits import JOB_S, LOG_TAIL
from rig._waiting import wait_until

OVER = frozenset({"completed", "aborted", "canceled", "expired", "unknown"})
"""States in which nothing more happens by itself."""


@attrs.frozen(kw_only=True)
class StoryLine:
    """One line of a job's story."""

    state: str
    what: str
    why: str
    then: str


@attrs.frozen(kw_only=True)
class AgentJob:
    """A job as ``tympan jobs --json`` tells of it; ``statistics`` as ``tympan inspect`` would, None until counted."""

    number: int
    uuid: str
    name: str
    printer: str
    state: str
    reason: str
    detail: str
    statistics: Mapping[str, Any] | None

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in OVER


@attrs.frozen(kw_only=True)
class AgentPrinter:
    """A printer as ``tympan printers list --json`` tells of it; ``reason`` and ``detail`` are of its device."""

    id: str
    endpoint: str
    fingerprint: str
    reachable: bool
    reason: str
    detail: str


def _of(kind: type[Any], row: Mapping[str, Any]) -> Any:
    return kind(**{field.name: row[field.name] for field in attrs.fields(kind)})


async def agent_jobs(agent: Agent) -> list[AgentJob]:
    """Every job the agent knows, oldest first."""
    rows: list[Mapping[str, Any]] = await agent.ask("jobs.list")
    return [_of(AgentJob, row) for row in rows]


async def agent_job(agent: Agent, number: int) -> AgentJob:
    """One job by its number."""
    job = await _known(agent, number)
    assert job is not None, f"the agent has no job {number}"
    return job


async def _known(agent: Agent, number: int) -> AgentJob | None:
    return next((job for job in await agent_jobs(agent) if job.number == number), None)


async def story(agent: Agent, number: int) -> list[StoryLine]:
    """The story of a job."""
    row = await agent.ask("jobs.show", job=str(number))
    return [_of(StoryLine, line) for line in row["timeline"]]


async def wait_for_agent_job(
    agent: Agent, number: int, *states: str, reason: str = "", timeout_s: float = JOB_S
) -> AgentJob:
    """Returns the job once it is in one of ``states`` (over when none is given), for ``reason`` where that is given."""
    wanted = frozenset(states) or OVER

    async def look() -> AgentJob | None:
        job = await _known(agent, number)
        if job is None:
            return None  # CUPS hands it over when it comes to it
        seen.append(job)
        if job.over and job.state not in wanted:
            raise TimeoutError(f"job {number} ended as {job.state} and will never be {sorted(wanted)}")
        return job if job.state in wanted and reason in ("", job.reason) else None

    seen: list[AgentJob] = []
    try:
        return await wait_until(look, f"job {number} to be {sorted(wanted)}", timeout_s=timeout_s, every_s=0.2)
    except TimeoutError as error:
        error.add_note(f"last seen: {seen[-1:]}\n{agent.output()[-LOG_TAIL:]}")
        raise


async def agent_printers(agent: Agent) -> dict[str, AgentPrinter]:
    """Every printer of the agent, by id."""
    return {row["id"]: _printer(agent, row) for row in await agent.ask("printers.list")}


def _printer(agent: Agent, row: Mapping[str, Any]) -> AgentPrinter:
    device = row.get("device") or {"reachable": False, "reason": "none", "detail": ""}
    return AgentPrinter(
        id=row["id"],
        endpoint=f"ipp://localhost:{agent.port}/ipp/print/{row['id']}",
        fingerprint=row["fingerprint"],
        reachable=device["reachable"],
        reason=device["reason"],
        detail=device["detail"],
    )


async def add_printer(agent: Agent, name: str, uri: str) -> AgentPrinter:
    """Defines a printer on a device."""
    return _printer(agent, await agent.ask("printers.add", name=name, uri=uri))


async def wait_for_device(
    agent: Agent, printer: str, *, reason: str = "none", timeout_s: float = JOB_S
) -> AgentPrinter:
    """Returns the printer once its device was seen so; ``none`` is a device that answers and can print."""

    async def look() -> AgentPrinter | None:
        found = (await agent_printers(agent))[printer]
        seen.append(found)
        return found if found.reason == reason and (found.reachable or reason != "none") else None

    seen: list[AgentPrinter] = []
    try:
        return await wait_until(look, f"the device of {printer} to be {reason}", timeout_s=timeout_s, every_s=0.2)
    except TimeoutError as error:
        error.add_note(f"last seen: {seen[-1:]}\n{agent.output()[-LOG_TAIL:]}")
        raise
