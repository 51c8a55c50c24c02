"""Acts at a step of a delivery."""

from __future__ import annotations

from collections.abc import Callable

from tympan.testing import FakeDelivery
from tympan_ipp_submission._evidence import Evidence, Step


def last_step(delivery: FakeDelivery) -> Step | None:
    evidence = Evidence.decode(delivery.evidence)
    return evidence.step if evidence else None


class Trail(list[tuple[str, str, bytes]]):
    """A trail that does something as soon as a line of evidence is written."""

    def __init__(self, steps: tuple[Step, ...], act: Callable[[], object]) -> None:
        self.steps = steps
        self.act = act

    def append(self, line: tuple[str, str, bytes]) -> None:
        super().append(line)
        evidence = Evidence.decode(line[2])
        if evidence is not None and evidence.step in self.steps:
            self.steps = ()
            self.act()


def at_step(delivery: FakeDelivery, steps: tuple[Step, ...], act: Callable[[], object]) -> None:
    delivery.trail = Trail(steps, act)
