"""What speaks with a hub, breaking its contract in one way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import trio
from conformance_rig import ADA, FRONT, Cases, changing

from tympan._ports import Member
from tympan.testing import (
    FakeHubDownloads,
    FakeHubLink,
    FakeHubUploads,
    FakeMembership,
    FakeNoticeSource,
    FakePeopleSource,
    FakePolicySource,
    FakePrinterSource,
    FakeSignIn,
    HubDownloadsSuite,
    HubLinkSuite,
    HubUploadsSuite,
    MembershipSuite,
    NoticeSourceSuite,
    PeopleSourceSuite,
    PolicySourceSuite,
    PrinterSourceSuite,
    SignInSuite,
)


class Forgetful(FakeHubLink):
    async def request(self, operation: str, payload: bytes) -> bytes:
        await super().request(operation, payload)
        return b"%d" % len(self.requests)


class Torn(FakeHubUploads):
    async def upload(
        self,
        name: str,
        body: AsyncIterator[bytes],
        *,
        size_bytes: int,
        user: str,
        rate: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> str:
        return "upload/always-the-same"


class Renaming(FakeHubUploads):
    async def upload(
        self,
        name: str,
        body: AsyncIterator[bytes],
        *,
        size_bytes: int,
        user: str,
        rate: int = 0,
        watch: Callable[[str], None] | None = None,
    ) -> str:
        return await super().upload(f"{name}/{rate}", body, size_bytes=size_bytes, user=user)


class Short(FakeHubDownloads):
    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        await trio.lowlevel.checkpoint()
        yield self.uploads.get(reference, b"")[:size_bytes]


class Anew(FakeHubDownloads):
    async def download(self, reference: str, *, size_bytes: int, start: int = 0) -> AsyncIterator[bytes]:
        async for piece in super().download(reference, size_bytes=size_bytes):
            yield piece


class Joiner(FakeMembership):
    async def join(self, address: str, token: str) -> Member:
        self._member = None
        return await super().join(address, token)


class Sleeper(FakeMembership):
    async def wait_changed(self) -> None:
        await trio.sleep_forever()


class Mute(FakeNoticeSource):
    async def push(self, topic: str) -> None:
        await super().push("something else")


class Silent(FakePolicySource):
    def change(self, *documents: bytes, keys: Any = None) -> None:
        self._changed.set()


async def none() -> None:
    await trio.lowlevel.checkpoint()


HUB: Cases = {
    "link that answers a repetition otherwise": (
        HubLinkSuite, "test_a_request_may_be_repeated", lambda: {"link": Forgetful(), "operation": "echo"}),
    "uploads that take torn bodies": (
        HubUploadsSuite, "test_a_body_of_another_size_is_refused", lambda: {"uploads": Torn()}),
    "uploads with one reference": (
        HubUploadsSuite, "test_an_upload_has_a_reference", lambda: {"uploads": Torn()}),
    "uploads with another reference under a cap": (
        HubUploadsSuite, "test_a_cap_changes_nothing_of_the_body", lambda: {"uploads": Renaming()}),
    "downloads that are cut": (
        HubDownloadsSuite, "test_another_size_is_refused",
        lambda: {"downloads": Short({"one": b"sealed"}), "reference": "one", "content": b"sealed"}),
    "downloads that begin anew": (
        HubDownloadsSuite, "test_it_goes_on_where_somebody_stopped",
        lambda: {"downloads": Anew({"one": b"sealed"}), "reference": "one", "content": b"sealed"}),
    "downloads of what is not there": (
        HubDownloadsSuite, "test_what_the_hub_does_not_keep_is_refused", lambda: {"downloads": Short({})}),
    "membership that joins twice": (
        MembershipSuite, "test_it_joins_once_and_leaves",
        lambda: {"membership": Joiner(), "address": "https://hub.example", "token": "once"}),
    "membership that wakes nobody": (
        MembershipSuite, "test_a_change_wakes_whoever_waits",
        lambda: {"membership": Sleeper(), "address": "https://hub.example", "token": "once"}),
    "source of printers that keeps its change": (
        PrinterSourceSuite, "test_a_change_is_not_lost",
        lambda: {"source": FakePrinterSource([FRONT]), "change": none}),
    "source of people that keeps its change": (
        PeopleSourceSuite, "test_a_change_is_not_lost",
        lambda: {"source": FakePeopleSource([ADA]), "change": none}),
    "sign-in that grants nothing": (
        SignInSuite, "test_a_code_is_asked_about_until_it_is_granted",
        lambda: {"sign_in": FakeSignIn(), "address": "", "approve": none}),
    "source with other topics": (
        NoticeSourceSuite, "test_a_notice_arrives", lambda: {"source": (mute := Mute()), "push": mute.push}),
    "source that outlives its link": (
        NoticeSourceSuite, "test_the_stream_ends_with_the_link",
        lambda: {"source": FakeNoticeSource(), "break_link": none}),
    "source that keeps its change": (
        PolicySourceSuite, "test_a_change_wakes_whoever_waits",
        lambda: {"source": (silent := Silent([b"one"])), "change": changing(silent)}),
}  # fmt: skip
