"""The port that looks at what a plugin stands on, in memory, and the suite of the port."""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

from collections.abc import Iterable, Sequence

import trio

from tympan._ports import Examined, Examiner, Health
from tympan.testing._expectations import answer, ends_when_cancelled


class FakeExaminer:
    """``Examiner`` that finds what the test names."""

    def __init__(self, found: Iterable[Examined] = ()) -> None:
        self.found = tuple(found)

    async def examine(self) -> Sequence[Examined]:
        """What was named."""
        await trio.lowlevel.checkpoint()
        return self.found


class ExaminerSuite:
    """What every examiner must do. Subclass it and give the fixture ``examiner``."""

    async def test_it_is_an_examiner(self, examiner: Examiner) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(examiner, Examiner)

    async def test_what_it_finds_can_be_read_and_a_problem_says_what_to_do(self, examiner: Examiner) -> None:
        """People read it who cannot ask anybody."""
        found = await answer(examiner.examine)
        assert found, "an examiner looks at something, and says so also when all is well"
        for one in found:
            assert isinstance(one, Examined)
            assert one.topic and one.found, f"{one!r} says nothing"
            assert one.health is not Health.PROBLEM or one.then, f"{one.found!r} is a problem without a next step"

    async def test_looking_changes_nothing(self, examiner: Examiner) -> None:
        """It may be asked at any time and as often as somebody likes."""
        first, second = [await answer(examiner.examine) for _ in range(2)]
        assert [one.topic for one in first] == [one.topic for one in second]

    async def test_it_ends_when_cancelled(self, examiner: Examiner) -> None:
        """Whoever waits may lose patience."""
        await ends_when_cancelled(examiner.examine)
