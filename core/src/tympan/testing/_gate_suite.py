"""The suite every gate must pass: subclass it and give the fixtures ``gate``, ``job`` and ``printer``."""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools

from tympan._ports import Gate, Go, Hold
from tympan._values import Job, Printer
from tympan.testing._expectations import answer, ends_when_cancelled


class GateSuite:
    """What every gate must do."""

    async def test_it_is_a_gate(self, gate: Gate) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(gate, Gate)

    async def test_it_lets_go_or_holds_with_a_reason(self, gate: Gate, job: Job, printer: Printer) -> None:
        """A held job's owner must be able to see why, and until when."""
        decision = await answer(functools.partial(gate.check, job, printer))
        assert isinstance(decision, Go | Hold), f"{decision!r} is neither Go nor Hold"
        if isinstance(decision, Hold):
            assert decision.reason, "a hold names an IPP keyword"
            assert " " not in decision.reason, "a keyword has no spaces (RFC 8011 5.1.4)"
            assert decision.detail, "a hold has a sentence for the user"
            assert decision.until is None or decision.until.tzinfo is not None, "until is a time in UTC"

    async def test_asking_changes_nothing(self, gate: Gate, job: Job, printer: Printer) -> None:
        """It is asked again after a restart and at each release."""
        decisions = [await answer(functools.partial(gate.check, job, printer)) for _ in range(2)]
        assert type(decisions[0]) is type(decisions[1])

    async def test_it_ends_when_cancelled(self, gate: Gate, job: Job, printer: Printer) -> None:
        """Every call has a deadline."""
        await ends_when_cancelled(functools.partial(gate.check, job, printer))
