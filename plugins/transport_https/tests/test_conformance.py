"""The plugin's ports pass the suites."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import attrs
import pytest
import trustme
from https_hub import FakeHub
from https_rig import QUICK, Parts, parts
from key_rig import BookWriter, Signer

from tympan.plugin import AgentKey
from tympan.testing import (
    AgentKeysSuite,
    FakeHost,
    HubDownloadsSuite,
    HubIdentitySuite,
    HubLinkSuite,
    MembershipSuite,
    NoticeSourceSuite,
    ServiceSuite,
)
from tympan_transport_https._agent_keys import FollowedKeys
from tympan_transport_https._downloads import HttpsDownloads
from tympan_transport_https._identity import AgentIdentity
from tympan_transport_https._link import HttpsLink
from tympan_transport_https._membership import HubMembership
from tympan_transport_https._service import HubService
from tympan_transport_https._sign_ins import HubSignIns
from tympan_transport_https._stream import NoticeStream


@pytest.fixture
async def running(anyio_backend: str) -> AsyncIterator[Parts]:
    async with parts() as made:
        yield made


@pytest.fixture
async def joined(running: Parts, address: str) -> Parts:
    await running.membership.join(address, "once")
    return running


@pytest.fixture
def token() -> str:
    return "once"


@pytest.mark.anyio
class TestHubMembership(MembershipSuite):
    @pytest.fixture
    def membership(self, running: Parts) -> HubMembership:
        return running.membership


@pytest.mark.anyio
class TestHttpsLink(HubLinkSuite):
    @pytest.fixture
    def link(self, joined: Parts) -> HttpsLink:
        return joined.link

    @pytest.fixture
    def operation(self) -> str:
        return "suite"


@pytest.mark.anyio
class TestHttpsDownloads(HubDownloadsSuite):
    @pytest.fixture
    def downloads(self, joined: Parts) -> HttpsDownloads:
        return HttpsDownloads(joined.link, range_bytes=1000)

    @pytest.fixture
    def reference(self) -> str:
        return "mirrored"

    @pytest.fixture
    def content(self, hub: FakeHub, reference: str) -> bytes:
        hub.blobs[reference] = bytes(range(256)) * 13
        return hub.blobs[reference]


@pytest.mark.anyio
class TestAgentIdentity(HubIdentitySuite):
    @pytest.fixture
    def identity(self, joined: Parts) -> AgentIdentity:
        return AgentIdentity(joined.membership)

    @pytest.fixture
    def authority(self) -> bytes:
        return trustme.CA().cert_pem.bytes()


@pytest.mark.anyio
class TestFollowedKeys(AgentKeysSuite):
    @pytest.fixture
    def members(self) -> tuple[Signer, ...]:
        return tuple(Signer.new(name) for name in ("known", "changed", "revoked"))

    @pytest.fixture
    async def keys(self, hub: FakeHub, joined: Parts, members: tuple[Signer, ...]) -> FollowedKeys:
        known, changed, revoked = members
        hub.book = BookWriter().joined(known, changed, revoked).changed(changed).revoked(revoked).entries
        await joined.keys.look()
        return joined.keys

    @pytest.fixture
    def known(self, members: tuple[Signer, ...]) -> AgentKey:
        return members[0].offered

    @pytest.fixture
    def changed(self, keys: FollowedKeys, members: tuple[Signer, ...]) -> AgentKey:
        return members[1].offered

    @pytest.fixture
    def revoked(self, members: tuple[Signer, ...]) -> AgentKey:
        return members[2].offered


@pytest.mark.anyio
class TestNoticeStream(NoticeSourceSuite):
    @pytest.fixture
    def source(self, joined: Parts) -> NoticeStream:
        return joined.stream

    @pytest.fixture
    def push(self, hub: FakeHub) -> Callable[[str], Awaitable[None]]:
        return hub.push

    @pytest.fixture
    def break_link(self, hub: FakeHub) -> Callable[[], Awaitable[None]]:
        return hub.break_streams


@pytest.mark.anyio
class TestHubService(ServiceSuite):
    @pytest.fixture
    def service(self) -> HubService:
        membership = HubMembership()
        link = HttpsLink(membership)
        sign_ins, keys = HubSignIns(membership, link), FollowedKeys(membership, link)
        return HubService(membership, link, NoticeStream(membership, link), sign_ins, keys)

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost("transport_https", settings=attrs.asdict(QUICK))
