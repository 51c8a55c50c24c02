"""Late ends: a job was given up for lost, and whoever printed it was heard of after all.

- A person is not asked to decide what is known by now. Nothing is printed again by it, whatever the hub says.
- The hub is asked of jobs alone that it once called begun here.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

import trio

from tympan.plugin import Aborted, CanceledAtDevice, Completed, Host, IllegalStep, Job, JobState, TympanError
from tympan_cloud_tunnel._limits import FOLLOW_S, LATE_ASKED, LATE_S
from tympan_cloud_tunnel._model import Evidence, Step
from tympan_cloud_tunnel._rules import end_of
from tympan_cloud_tunnel._station import Station
from tympan_relay import Link
from tympan_wire.hub import (
    CrossingsQuestion,
    CrossingStanding,
    CrossingStandings,
    CrossingState,
    HubMessageError,
    Operation,
    decode,
    encode,
)

_ENDED: Final = frozenset({CrossingState.COMPLETED, CrossingState.ABORTED, CrossingState.CANCELED})
"""What can be told of a job that was begun; one that expired, or that the hub forgot, stays unknown."""


class LateEnds:
    """Asks what became of jobs whose end is unknown. Owns: its own task."""

    def __init__(self, host: Host, station: Station) -> None:
        self._host = host
        self._station = station

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            heard = self._station.notices
            if asked := {job.uuid: job for job in self._host.jobs.all() if _may_be_heard_of(job)}:
                await self._ask(asked)
                await trio.sleep(FOLLOW_S)
            if self._station.notices != heard:
                continue
            with trio.move_on_after(LATE_S):
                await self._station.wait_notice()

    async def _ask(self, asked: dict[UUID, Job]) -> None:
        link = Link.of(self._host)
        if link is None or link.member is None:
            return
        # The newest: what the hub has forgotten long ago would stand before them for ever.
        question = CrossingsQuestion(jobs=tuple(list(asked)[-LATE_ASKED:]))
        try:
            said = decode(CrossingStandings, await link.hub.request(Operation.TUNNEL_STANDINGS, encode(question)))
            for standing in said.standings:
                if standing.job in asked and standing.state in _ENDED:
                    await self._learn(standing)
        except (TympanError, HubMessageError) as error:
            self._host.log("late ends of sent jobs cannot be asked for", why=str(error))

    async def _learn(self, standing: CrossingStanding) -> None:
        end = end_of(standing, Step.BEGUN, canceled=False)
        if isinstance(end, Completed | Aborted | CanceledAtDevice):
            try:
                await self._host.jobs.learn(standing.job, end)
            except IllegalStep:
                return  # a person decided meanwhile


def _may_be_heard_of(job: Job) -> bool:
    evidence = Evidence.decoded(job.evidence) if job.state is JobState.UNKNOWN else None
    return evidence is not None and evidence.step is Step.BEGUN
