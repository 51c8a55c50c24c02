"""What the plugin keeps in values stays within what the kernel keeps of one, however much there is of it."""

from __future__ import annotations

import uuid

import pytest

from tympan.testing import FakeKeyValue
from tympan_pull_release._answers import AnswerBook
from tympan_pull_release._limits import BUCKETS, DETAIL_CHARS
from tympan_wire.hub import ReleaseOutcome, ReleaseWord

pytestmark = pytest.mark.anyio


def refused(number: int, detail: str) -> ReleaseWord:
    order = uuid.UUID(int=number * BUCKETS)  # all in one value
    return ReleaseWord(order=order, fence=1, outcome=ReleaseOutcome.REFUSED, reason="media-needed", detail=detail)


async def test_answers_whose_sentences_are_long_in_bytes_are_kept_as_far_as_there_is_room() -> None:
    state = FakeKeyValue()
    book = AnswerBook(state)
    await book.open()
    words = [refused(number, "\u7d19" * DETAIL_CHARS) for number in range(100)]
    for word in words:
        await book.keep(word)
    again = AnswerBook(state)
    await again.open()
    assert again.find(words[-1].order) == words[-1]
    assert again.find(words[-40].order) == words[-40]
    assert again.find(words[0].order) is None
    assert {word.order for word in again.untold(200)} == {word.order for word in book.untold(200)}
