"""When the power fails, and whose: drawn from a seed, told in terms of what went over the line."""

from __future__ import annotations

import random
from collections.abc import Iterator
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

    HUB = "hub"
    AGENT = "agent"
    BOTH = "both"


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


def cuts(dice: random.Random, step: Step, count: int) -> Iterator[Cut]:
    """Draws some for a step."""
    for _ in range(count):
        yield Cut(
            step=step,
            victim=dice.choice(list(Victim)),
            pieces=dice.randint(1, _PIECES[step]),
            held=dice.random() < 0.4,
            delay_s=dice.choice((0.0, dice.uniform(0, 0.03), dice.uniform(0, 0.4))),
        )
