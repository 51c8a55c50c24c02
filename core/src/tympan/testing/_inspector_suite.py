"""The suite every inspector must pass: subclass it and give the fixtures ``inspector`` and ``sound``.

``sound`` is a ``FakeDocument`` that the inspector reads well.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools

import attrs

from tympan._ports import Inspector
from tympan._values import Statistics
from tympan.testing._documents import FakeDocument
from tympan.testing._expectations import answer, ends_when_cancelled


class InspectorSuite:
    """What every inspector must do."""

    async def test_it_is_an_inspector_of_something(self, inspector: Inspector, sound: FakeDocument) -> None:
        """Media types are written as RFC 6838 has them: lower case, no parameters."""
        assert isinstance(inspector, Inspector)
        assert inspector.media_types
        for media_type in inspector.media_types:
            assert media_type == media_type.lower()
            assert media_type.count("/") == 1
            assert ";" not in media_type

    async def test_a_sound_document_is_counted(self, inspector: Inspector, sound: FakeDocument) -> None:
        """Its numbers agree with each other."""
        found = await answer(functools.partial(inspector.inspect, sound, b""))
        assert isinstance(found, Statistics)
        assert found.readable
        assert found.pages is not None
        assert found.pages >= 0
        assert found.problem == ""
        assert all(1 <= page <= found.pages for page in found.color_pages or ())
        assert (found.color_impressions or 0) <= (found.impressions if found.impressions is not None else found.pages)

    async def test_the_same_document_gives_the_same_statistics(self, inspector: Inspector, sound: FakeDocument) -> None:
        """Nothing of one document is left for the next."""
        first, second = [await answer(functools.partial(inspector.inspect, sound, b"")) for _ in range(2)]
        assert first == second

    async def test_a_damaged_document_has_a_problem_and_raises_nothing(
        self, inspector: Inspector, sound: FakeDocument
    ) -> None:
        """It is still printed; its statistics say what is wrong."""
        for content in (b"", b"\x00" * 100, bytes(range(256)) * 40, sound.content[: len(sound.content) // 2]):
            damaged = attrs.evolve(sound, content=content)
            found = await answer(functools.partial(inspector.inspect, damaged, b""))
            assert isinstance(found, Statistics)
            assert found.readable or found.problem, "an unreadable document must say why"

    async def test_a_ticket_of_nonsense_raises_nothing(self, inspector: Inspector, sound: FakeDocument) -> None:
        """A ticket is what a stranger's client sent."""
        for ticket in (b"\x00", b"\x02\x00" + b"\xff" * 50):
            assert isinstance(await answer(functools.partial(inspector.inspect, sound, ticket)), Statistics)

    async def test_it_ends_when_cancelled(self, inspector: Inspector, sound: FakeDocument) -> None:
        """Every inspection has a deadline."""
        await ends_when_cancelled(functools.partial(inspector.inspect, sound, b""))
