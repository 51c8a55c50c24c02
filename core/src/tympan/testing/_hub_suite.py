"""The suites of hub links, uploads and notice sources.

``HubLinkSuite`` needs the fixtures ``link`` and ``operation`` (one that the hub answers for any payload);
``HubUploadsSuite`` needs ``uploads``;
``NoticeSourceSuite`` needs ``source``, and ``push`` and ``break_link``, which make the hub do so.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable

import trio

from tympan._errors import TympanError
from tympan._ports import HubLink, HubUploads, Notice, NoticeSource
from tympan.testing._expectations import ANSWER_S, answer, ends_when_cancelled, refusal

_AGAIN_S = 0.1
"""Between two pushes of the same notice: it carries no truth, so repeating it harms nothing."""


class HubLinkSuite:
    """What every hub link must do."""

    async def test_it_is_a_hub_link(self, link: HubLink) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(link, HubLink)

    async def test_a_request_may_be_repeated(self, link: HubLink, operation: str) -> None:
        """The agent repeats what it has no answer to."""
        payload = bytes(range(256))
        first = await answer(functools.partial(link.request, operation, payload))
        assert isinstance(first, bytes)
        assert await answer(functools.partial(link.request, operation, payload)) == first

    async def test_it_ends_when_cancelled(self, link: HubLink, operation: str) -> None:
        """Every request has a deadline."""
        await ends_when_cancelled(functools.partial(link.request, operation, b""))


class HubUploadsSuite:
    """What every upload to a hub must do."""

    async def test_it_takes_uploads(self, uploads: HubUploads) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(uploads, HubUploads)

    async def test_an_upload_has_a_reference(self, uploads: HubUploads) -> None:
        """Two bodies have two references."""
        one = await answer(lambda: uploads.upload("suite-one", _body(b"a" * 70_000), size_bytes=70_000, user="ben"))
        two = await answer(lambda: uploads.upload("suite-two", _body(b""), size_bytes=0, user="ben"))
        assert one
        assert two
        assert one != two

    async def test_a_body_of_another_size_is_refused(self, uploads: HubUploads) -> None:
        """A torn body must not pass for a whole one."""
        await refusal(lambda: uploads.upload("suite-torn", _body(b"abc"), size_bytes=4, user="ben"), TympanError)
        await refusal(lambda: uploads.upload("suite-long", _body(b"abcde"), size_bytes=4, user="ben"), TympanError)

    async def test_the_same_body_again_has_the_same_reference(self, uploads: HubUploads) -> None:
        """After a crash nobody knows whether the upload had ended."""
        first = await answer(lambda: uploads.upload("suite-twice", _body(b"b" * 70_000), size_bytes=70_000, user="ben"))
        again = await answer(lambda: uploads.upload("suite-twice", _body(b"b" * 70_000), size_bytes=70_000, user="ben"))
        assert first == again


class NoticeSourceSuite:
    """What every source of notices must do."""

    async def test_it_is_a_notice_source(self, source: NoticeSource) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(source, NoticeSource)

    async def test_a_notice_arrives(self, source: NoticeSource, push: Callable[[str], Awaitable[None]]) -> None:
        """Its topic is the one the hub named; others may come before, for a notice carries no truth."""
        got: list[Notice] = []

        async def listen(scope: trio.CancelScope) -> None:
            async for notice in source.notices():
                got.append(notice)
                if notice.topic == "suite":
                    break
            scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, nursery.cancel_scope)
            with trio.move_on_after(ANSWER_S):
                while True:
                    await push("suite")
                    await trio.sleep(_AGAIN_S)
            nursery.cancel_scope.cancel()
        assert got[-1:] == [Notice(topic="suite")]

    async def test_the_stream_ends_with_the_link(
        self, source: NoticeSource, break_link: Callable[[], Awaitable[None]]
    ) -> None:
        """Whoever listens must be able to connect again, and to look at everything."""
        ended = trio.Event()

        async def listen() -> None:
            async for _ in source.notices():
                pass
            ended.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            with trio.move_on_after(ANSWER_S):
                while not ended.is_set():
                    await break_link()
                    with trio.move_on_after(_AGAIN_S):
                        await ended.wait()
            nursery.cancel_scope.cancel()
        assert ended.is_set(), "the stream went on without its link"

    async def test_it_ends_when_cancelled(self, source: NoticeSource) -> None:
        """A capability switched off listens no more."""

        async def listen() -> None:
            async for _ in source.notices():
                pass

        await ends_when_cancelled(listen)


async def _body(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 16384):
        yield content[start : start + 16384]
