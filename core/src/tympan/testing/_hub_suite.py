"""The suites of hub links, uploads, downloads, identities and notice sources.

``HubLinkSuite`` needs the fixtures ``link`` and ``operation`` (one that the hub answers for any payload);
``HubUploadsSuite`` needs ``uploads``;
``HubDownloadsSuite`` needs ``downloads``, and ``reference`` and ``content`` of what the hub keeps (over 16 KiB);
``HubIdentitySuite`` needs ``identity`` of an agent that belongs to a hub, and ``authority``: PEM of a certificate;
``NoticeSourceSuite`` needs ``source``, and ``push`` and ``break_link``, which make the hub do so.
"""
# ruff: noqa: S101 - asserting is what a suite is for

from __future__ import annotations

import functools
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import trio

from tympan._errors import TympanError
from tympan._ports import HubDownloads, HubIdentity, HubLink, HubUploads, Notice, NoticeSource
from tympan.testing._expectations import ANSWER_S, answer, ends_when_cancelled, refusal
from tympan_wire.sealed import new_key, wrap_for

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

    async def test_a_cap_changes_nothing_of_the_body(self, uploads: HubUploads) -> None:
        """Only how fast it goes."""
        sent = functools.partial(uploads.upload, "suite-capped", size_bytes=70_000, user="ben")
        first = await answer(lambda: sent(body=_body(b"c" * 70_000), rate=1 << 20))
        assert await answer(lambda: sent(body=_body(b"c" * 70_000))) == first

    async def test_what_is_finished_stays_and_what_nobody_began_may_be_abandoned(self, uploads: HubUploads) -> None:
        """An abandoning that comes late takes nothing away."""
        await answer(functools.partial(uploads.abandon, "suite-never-begun"))
        sent = functools.partial(uploads.upload, "suite-kept", size_bytes=70_000, user="ben")
        first = await answer(lambda: sent(body=_body(b"d" * 70_000)))
        await answer(functools.partial(uploads.abandon, "suite-kept"))
        assert await answer(lambda: sent(body=_body(b"d" * 70_000))) == first


class HubDownloadsSuite:
    """What every download from a hub must do."""

    async def test_it_gives_downloads(self, downloads: HubDownloads) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(downloads, HubDownloads)

    async def test_what_comes_is_what_the_hub_keeps(
        self, downloads: HubDownloads, reference: str, content: bytes
    ) -> None:
        """In pieces, each time."""
        for _ in range(2):
            assert await _downloaded(downloads, reference, len(content)) == content

    async def test_it_goes_on_where_somebody_stopped(
        self, downloads: HubDownloads, reference: str, content: bytes
    ) -> None:
        """What is here already does not come again."""
        for start in (1, len(content) // 2, len(content)):
            assert await _downloaded(downloads, reference, len(content), start) == content[start:]

    async def test_another_size_is_refused(self, downloads: HubDownloads, reference: str, content: bytes) -> None:
        """Torn bytes must not pass for whole ones."""
        for size in (len(content) - 1, len(content) + 1):
            await refusal(functools.partial(_downloaded, downloads, reference, size), TympanError)

    async def test_what_the_hub_does_not_keep_is_refused(self, downloads: HubDownloads) -> None:
        """With a sentence."""
        await refusal(functools.partial(_downloaded, downloads, "no-such-upload", 1), TympanError)


class HubIdentitySuite:
    """What every proof of who an agent is must do."""

    async def test_it_is_an_identity(self, identity: HubIdentity) -> None:
        """The kernel asks ``isinstance``."""
        assert isinstance(identity, HubIdentity)

    async def test_its_context_trusts_one_authority_alone(self, identity: HubIdentity, authority: bytes) -> None:
        """A broker is known by its certificate, whatever else this machine trusts."""
        context = await answer(functools.partial(identity.client_context, authority))
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert len(context.get_ca_certs()) == 1

    async def test_it_opens_what_was_locked_for_it(self, identity: HubIdentity) -> None:
        """For one document, in one context."""
        key, document = new_key(), uuid.uuid4()
        envelope = wrap_for(key, identity.recipient, document=document, context=b"suite")
        opened = functools.partial(identity.open_envelope, envelope, document=document, context=b"suite")
        assert await answer(opened) == key

    async def test_it_opens_nothing_else(self, identity: HubIdentity) -> None:
        """Neither of another document, nor in another context, nor changed."""
        document = uuid.uuid4()
        envelope = wrap_for(new_key(), identity.recipient, document=document, context=b"suite")
        changed = envelope[:-1] + bytes([envelope[-1] ^ 1])
        for one, of, context in (
            (envelope, uuid.uuid4(), b"suite"),
            (envelope, document, b"another"),
            (changed, document, b"suite"),
            (b"", document, b"suite"),
        ):
            await refusal(functools.partial(identity.open_envelope, one, document=of, context=context), TympanError)


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


async def _downloaded(downloads: HubDownloads, reference: str, size_bytes: int, start: int = 0) -> bytes:
    return b"".join([piece async for piece in downloads.download(reference, size_bytes=size_bytes, start=start)])
