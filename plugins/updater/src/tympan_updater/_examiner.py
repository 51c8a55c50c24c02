"""How updates stand, for ``tympan doctor``."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tympan.plugin import Examined, Health
from tympan_updater._installation import Installation
from tympan_updater._journal import Journal
from tympan_updater._outcomes import Ending, Outcomes
from tympan_updater._places import find_installation

_TOPIC = "updates"


class UpdatesExaminer:
    """The port ``Examiner``."""

    def __init__(self, place: Installation | None = None) -> None:
        self._place = place

    async def examine(self) -> Sequence[Examined]:
        """What a person should know of this machine's updates."""
        place = self._place or find_installation(os.environ)
        if place is None:
            found = "this agent came by a package manager, which brings its updates"
            return [Examined(topic=_TOPIC, health=Health.OK, found=found)]
        if not place.trust.is_file():
            found = f"{place.trust} is missing: this machine trusts nobody with updates, and gets none"
            then = "Install a package that carries the root of trust of whoever publishes updates here."
            return [Examined(topic=_TOPIC, health=Health.PROBLEM, found=found, then=then)]
        return [_standing(place), *_not_carried_out(place), *_came_back(place)]


def _standing(place: Installation) -> Examined:
    entry, running = Journal(place).read(), place.running()
    if entry is not None:
        found = f"an update to {entry.after.agent} is under way: {entry.phase.value}"
        return Examined(topic=_TOPIC, health=Health.NOTE, found=found, then="See 'tympan update status'.")
    return Examined(topic=_TOPIC, health=Health.OK, found=f"the agent is {running.agent}")


def _not_carried_out(place: Installation) -> Sequence[Examined]:
    trouble = Outcomes(place).trouble
    then = "It is tried again by itself; where it stays so, ask whoever publishes updates here."
    return [Examined(topic=_TOPIC, health=Health.NOTE, found=trouble.rstrip("."), then=then)] if trouble else []


def _came_back(place: Installation) -> Sequence[Examined]:
    return [
        Examined(
            topic=_TOPIC,
            health=Health.NOTE,
            found=f"{outcome.subject or 'the agent'} {outcome.version} was {outcome.ending.value}: {outcome.reason}",
            then="The version before runs. 'tympan update apply --again' tries once more what was mended meanwhile.",
        )
        for outcome in Outcomes(place).all()
        if outcome.ending is not Ending.SWITCHED
    ]
