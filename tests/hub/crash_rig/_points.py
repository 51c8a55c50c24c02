"""When the power fails, and whose: drawn from a seed, told in terms of what went over the line."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from enum import StrEnum

import attrs


class Step(StrEnum):
    """What is under way."""

    ENROL = "enrol"
    INSTALL = "install"
    REPORT = "report"
    REMOVE = "remove"


class Victim(StrEnum):
    """Who is killed."""

    HUB = "hub"  # all of its processes
    AGENT = "agent"
    BOTH = "both"
    WORKER = "worker"  # one of the hub's processes
    DATABASE = "database"  # all processes of PostgreSQL


ALONE = (Victim.HUB, Victim.AGENT, Victim.BOTH)
"""Who can be killed where a hub is one process with its own file."""

TOGETHER = (Victim.WORKER, Victim.HUB, Victim.AGENT, Victim.DATABASE)
"""Who can be killed where it is several processes on one PostgreSQL."""


_PIECES = {Step.ENROL: 5, Step.INSTALL: 14, Step.REPORT: 24, Step.REMOVE: 14}
"""About as many pieces as go over the line in a step that nobody disturbs; a request and its answer are two to four."""


@attrs.frozen(kw_only=True)
class Cut:
    """A power cut.

    Attributes:
        step: Amid what.
        victim: Whose power.
        pieces: After so many pieces on the line since the step began.
        held: The last of them does not arrive: a request nobody got, or an answer.
        delay_s: How long after it.
    """

    step: Step
    victim: Victim
    pieces: int
    held: bool
    delay_s: float


def deck(dice: random.Random, victims: Sequence[Victim]) -> Iterator[Victim]:
    """Victims for ever, each as often as the others."""
    while True:
        yield from dice.sample(victims, len(victims))


def cuts(dice: random.Random, victims: Iterator[Victim], step: Step, count: int) -> Iterator[Cut]:
    """Draws some for a step."""
    for _ in range(count):
        yield Cut(
            step=step,
            victim=next(victims),
            pieces=dice.randint(1, _PIECES[step]),
            held=dice.random() < 0.4,
            delay_s=dice.choice((0.0, dice.uniform(0, 0.03), dice.uniform(0, 0.4))),
        )
