"""Every fake passes the suite of its port."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
from conformance_rig import (
    ADA,
    CHANGED,
    FRONT,
    KNOWN,
    MINE,
    REVOKED,
    THEIRS,
    changing,
    made_authority,
    made_keys,
    made_releaser,
)

from tympan._bus import Bus
from tympan._ids import PrinterId, printer_id
from tympan._ports import AgentKey, Examined, Health, LoginStanding, QueueShared
from tympan._values import Printer
from tympan.testing import (
    AgentKeysSuite,
    CommandSuite,
    DiscovererSuite,
    ExaminerSuite,
    FakeAgentKeys,
    FakeExaminer,
    FakeHubDownloads,
    FakeHubIdentity,
    FakeHubUploads,
    FakeJobs,
    FakeKeyProvider,
    FakeKeyValue,
    FakeMembership,
    FakeNoticeSource,
    FakeOutbox,
    FakePeopleSource,
    FakePolicySource,
    FakePrinters,
    FakePrinterSource,
    FakeQueueSharing,
    FakeReleaser,
    FakeSignIn,
    GateSuite,
    HubDownloadsSuite,
    HubIdentitySuite,
    HubLinkSuite,
    HubUploadsSuite,
    InspectorSuite,
    JobsSuite,
    KeyProviderSuite,
    KeyValueSuite,
    LocalAppSuite,
    MembershipSuite,
    NoticeSourceSuite,
    OutboxSuite,
    PeopleSourceSuite,
    PolicySourceSuite,
    PrinterSourceSuite,
    PrintersSuite,
    QueueSharingSuite,
    ReleaserSuite,
    RouteSuite,
    ScannerSuite,
    ServiceSuite,
    SignInSuite,
)


@pytest.mark.anyio
class TestFakeService(ServiceSuite):
    pass


@pytest.mark.anyio
class TestFakeRoute(RouteSuite):
    pass


@pytest.mark.anyio
class TestFakeGate(GateSuite):
    pass


@pytest.mark.anyio
class TestFakeInspector(InspectorSuite):
    pass


@pytest.mark.anyio
class TestFakeDiscoverer(DiscovererSuite):
    pass


@pytest.mark.anyio
class TestFakeScanner(ScannerSuite):
    pass


@pytest.mark.anyio
class TestFakeHubLink(HubLinkSuite):
    pass


@pytest.mark.anyio
class TestFakeHubUploads(HubUploadsSuite):
    @pytest.fixture
    def uploads(self) -> FakeHubUploads:
        return FakeHubUploads()


@pytest.mark.anyio
class TestFakeHubDownloads(HubDownloadsSuite):
    @pytest.fixture
    def content(self) -> bytes:
        return b"sealed" * 10_000

    @pytest.fixture
    def reference(self) -> str:
        return "upload/one"

    @pytest.fixture
    def downloads(self, reference: str, content: bytes) -> FakeHubDownloads:
        return FakeHubDownloads({reference: content})


@pytest.mark.anyio
class TestFakeHubIdentity(HubIdentitySuite):
    @pytest.fixture
    def identity(self) -> FakeHubIdentity:
        return FakeHubIdentity()

    @pytest.fixture
    def authority(self) -> bytes:
        return made_authority()


@pytest.mark.anyio
class TestFakeExaminer(ExaminerSuite):
    @pytest.fixture
    def examiner(self) -> FakeExaminer:
        well = Examined(topic="disk", health=Health.OK, found="there is room")
        ill = Examined(topic="clock", health=Health.PROBLEM, found="it is wrong", then="Set it.")
        return FakeExaminer([well, ill])


@pytest.mark.anyio
class TestFakeQueueSharing(QueueSharingSuite):
    @pytest.fixture
    def sharing(self) -> FakeQueueSharing:
        laser, fax = QueueShared(queue="laser", share=uuid.UUID(int=1)), QueueShared(queue="fax", why="a fax")
        return FakeQueueSharing([laser, fax])


@pytest.mark.anyio
class TestFakeAgentKeys(AgentKeysSuite):
    @pytest.fixture
    def keys(self) -> FakeAgentKeys:
        return made_keys()

    @pytest.fixture
    def known(self) -> AgentKey:
        return KNOWN

    @pytest.fixture
    def changed(self) -> AgentKey:
        return CHANGED

    @pytest.fixture
    def revoked(self) -> AgentKey:
        return REVOKED


@pytest.mark.anyio
class TestFakeReleaser(ReleaserSuite):
    @pytest.fixture
    def releaser(self) -> FakeReleaser:
        return made_releaser()

    @pytest.fixture
    def user(self) -> str:
        return "ada"

    @pytest.fixture
    def at(self) -> str:
        return "point"

    @pytest.fixture
    def mine(self) -> tuple[uuid.UUID, ...]:
        return MINE

    @pytest.fixture
    def theirs(self) -> uuid.UUID:
        return THEIRS


@pytest.mark.anyio
class TestFakeMembership(MembershipSuite):
    @pytest.fixture
    def membership(self) -> FakeMembership:
        return FakeMembership()

    @pytest.fixture
    def address(self) -> str:
        return "https://hub.example"

    @pytest.fixture
    def token(self) -> str:
        return "once"


@pytest.mark.anyio
class TestFakePrinterSource(PrinterSourceSuite):
    @pytest.fixture
    def source(self) -> FakePrinterSource:
        return FakePrinterSource([FRONT])

    @pytest.fixture
    def change(self, source: FakePrinterSource) -> Callable[[], Awaitable[None]]:
        async def change() -> None:
            await trio.lowlevel.checkpoint()
            source.change(FRONT, attrs.evolve(FRONT, id=printer_id("back")))

        return change


@pytest.mark.anyio
class TestFakePeopleSource(PeopleSourceSuite):
    @pytest.fixture
    def source(self) -> FakePeopleSource:
        return FakePeopleSource([ADA])

    @pytest.fixture
    def change(self, source: FakePeopleSource) -> Callable[[], Awaitable[None]]:
        async def change() -> None:
            await trio.lowlevel.checkpoint()
            source.change(ADA, attrs.evolve(ADA, user="root"))

        return change


@pytest.mark.anyio
class TestFakeSignIn(SignInSuite):
    @pytest.fixture
    def sign_in(self) -> FakeSignIn:
        return FakeSignIn()

    @pytest.fixture
    def address(self) -> str:
        return ""

    @pytest.fixture
    def approve(self, sign_in: FakeSignIn) -> Callable[[], Awaitable[None]]:
        async def approve() -> None:
            await trio.lowlevel.checkpoint()
            sign_in.standing = LoginStanding.SIGNED_IN

        return approve


@pytest.mark.anyio
class TestFakeOutbox(OutboxSuite):
    @pytest.fixture
    def jobs(self) -> FakeJobs:
        bus = Bus()
        return FakeJobs(bus, FakePrinters(bus, [FRONT]))

    @pytest.fixture
    def outbox(self, jobs: FakeJobs) -> FakeOutbox:
        return FakeOutbox(jobs)

    @pytest.fixture
    def printer(self) -> PrinterId:
        return FRONT.id


@pytest.mark.anyio
class TestFakeNoticeSource(NoticeSourceSuite):
    @pytest.fixture
    def source(self) -> FakeNoticeSource:
        return FakeNoticeSource()

    @pytest.fixture
    def push(self, source: FakeNoticeSource) -> Callable[[str], Awaitable[None]]:
        return source.push

    @pytest.fixture
    def break_link(self, source: FakeNoticeSource) -> Callable[[], Awaitable[None]]:
        return source.break_link


@pytest.mark.anyio
class TestFakeLocalApp(LocalAppSuite):
    pass


@pytest.mark.anyio
class TestFakePolicySource(PolicySourceSuite):
    @pytest.fixture
    def source(self) -> FakePolicySource:
        return FakePolicySource([b"one"])

    @pytest.fixture
    def change(self, source: FakePolicySource) -> Callable[[], Awaitable[None]]:
        return changing(source)


@pytest.mark.anyio
class TestFakeKeyProvider(KeyProviderSuite):
    @pytest.fixture
    def provider(self) -> FakeKeyProvider:
        return FakeKeyProvider()


class TestFakeCommand(CommandSuite):
    pass


@pytest.mark.anyio
class TestFakeKeyValue(KeyValueSuite):
    @pytest.fixture
    def values(self) -> FakeKeyValue:
        return FakeKeyValue()


@pytest.mark.anyio
class TestFakePrinters(PrintersSuite):
    @pytest.fixture
    def bus(self) -> Bus:
        return Bus()

    @pytest.fixture
    def printers(self, bus: Bus) -> FakePrinters:
        return FakePrinters(bus, [FRONT])

    @pytest.fixture
    def add(self, printers: FakePrinters) -> Callable[[Printer], None]:
        return printers.add


@pytest.mark.anyio
class TestFakeJobs(JobsSuite):
    @pytest.fixture
    def jobs(self) -> FakeJobs:
        bus = Bus()
        return FakeJobs(bus, FakePrinters(bus, [FRONT]))

    @pytest.fixture
    def printer(self) -> PrinterId:
        return FRONT.id
