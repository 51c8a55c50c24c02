"""Every port passes its suite across the pipe, and so does all that a host gives."""

# mypy: disable-error-code=type-abstract

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
    GOOD,
    JOB,
    KNOWN,
    MINE,
    REVOKED,
    SCAN,
    SEEN,
    SOUND,
    THEIRS,
    changing,
    made_delivery,
    made_keys,
    made_releaser,
)
from outside_rig import Pair

from tympan._bus import Bus
from tympan._hooks import HOOKS
from tympan._ids import PrinterId, printer_id
from tympan._outside._contracts import why_not
from tympan._ports import (
    AgentKey,
    AgentKeys,
    Discoverer,
    EventBus,
    Examined,
    Examiner,
    Gate,
    Health,
    Hold,
    HubDownloads,
    HubLink,
    Inspector,
    Jobs,
    KeyProvider,
    KeyValue,
    LocalApp,
    Membership,
    NoticeSource,
    Outbox,
    PeopleSource,
    PolicySource,
    Printers,
    PrinterSource,
    Queue,
    QueueShared,
    QueueSharing,
    Releaser,
    Route,
    Scanner,
    ScanOrder,
    Service,
    Spooler,
    SweepRequest,
)
from tympan._values import Job, Printer
from tympan.testing import (
    AgentKeysSuite,
    DiscovererSuite,
    EventBusSuite,
    ExaminerSuite,
    FakeDelivery,
    FakeDiscoverer,
    FakeDocument,
    FakeExaminer,
    FakeGate,
    FakeHost,
    FakeHubDownloads,
    FakeHubLink,
    FakeInspector,
    FakeJobs,
    FakeKeyProvider,
    FakeKeyValue,
    FakeLocalApp,
    FakeLocalRequest,
    FakeMembership,
    FakeNoticeSource,
    FakeOutbox,
    FakePeopleSource,
    FakePolicySource,
    FakePrinters,
    FakePrinterSource,
    FakeQueueSharing,
    FakeRoute,
    FakeScanner,
    FakeService,
    FakeSpooler,
    GateSuite,
    HubDownloadsSuite,
    HubLinkSuite,
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
    SpoolerSuite,
    SpoolJobsSuite,
)


@pytest.fixture
def printer() -> Printer:
    return FRONT


def test_ports_that_cannot_cross_are_these() -> None:
    assert {kind.__name__ for kind in HOOKS.values() if why_not(kind)} == {"Command", "HubIdentity", "HubUploads"}


@pytest.mark.anyio
class TestServiceAcross(ServiceSuite):
    @pytest.fixture
    def service(self, pair: Pair) -> Service:
        return pair.port(FakeService(), Service)

    @pytest.fixture
    def host(self) -> FakeHost:
        return FakeHost()


@pytest.mark.anyio
class TestRouteAcross(RouteSuite):
    @pytest.fixture
    def route(self, pair: Pair) -> Route:
        return pair.port(FakeRoute(), Route)

    @pytest.fixture
    def delivery(self) -> FakeDelivery:
        return made_delivery()


@pytest.mark.anyio
class TestGateAcross(GateSuite):
    @pytest.fixture
    def gate(self, pair: Pair) -> Gate:
        return pair.port(FakeGate(Hold(reason="job-hold-until-specified", detail="its owner releases it")), Gate)

    @pytest.fixture
    def job(self) -> Job:
        return JOB

    @pytest.fixture
    def printer(self) -> Printer:
        return FRONT


@pytest.mark.anyio
class TestInspectorAcross(InspectorSuite):
    @pytest.fixture
    def inspector(self, pair: Pair) -> Inspector:
        return pair.port(FakeInspector(), Inspector)

    @pytest.fixture
    def sound(self) -> FakeDocument:
        return SOUND


@pytest.mark.anyio
class TestDiscovererAcross(DiscovererSuite):
    @pytest.fixture
    def discoverer(self, pair: Pair) -> Discoverer:
        return pair.port(FakeDiscoverer([SEEN]), Discoverer)

    @pytest.fixture
    def request_of_sweep(self) -> SweepRequest:
        return SweepRequest(duration_s=1.0)


@pytest.mark.anyio
class TestScannerAcross(ScannerSuite):
    @pytest.fixture
    def scanner(self, pair: Pair) -> Scanner:
        return pair.port(FakeScanner(), Scanner)

    @pytest.fixture
    def order(self) -> ScanOrder:
        return SCAN


@pytest.mark.anyio
class TestSpoolerAcross(SpoolerSuite):
    @pytest.fixture
    def spooler(self, pair: Pair) -> Spooler:
        return pair.port(FakeSpooler(), Spooler)

    @pytest.fixture
    def endpoint(self) -> str:
        return "ipp://localhost:39149/ipp/print/front"


@pytest.mark.anyio
class TestSpoolJobsAcross(SpoolJobsSuite):
    @pytest.fixture
    def spooler(self, pair: Pair) -> Spooler:
        near = FakeSpooler()
        near.change("front", Queue(name="front", uri="usb://acme/laser", identity="usb:acme/laser"))
        return pair.port(near, Spooler)

    @pytest.fixture
    def queue(self) -> str:
        return "front"


@pytest.mark.anyio
class TestLocalAppAcross(LocalAppSuite):
    @pytest.fixture
    def app(self, pair: Pair) -> LocalApp:
        return pair.port(FakeLocalApp(), LocalApp)

    @pytest.fixture
    def good_request(self) -> FakeLocalRequest:
        return GOOD


@pytest.mark.anyio
class TestExaminerAcross(ExaminerSuite):
    @pytest.fixture
    def examiner(self, pair: Pair) -> Examiner:
        found = [Examined(topic="clock", health=Health.PROBLEM, found="it is wrong", then="Set it.")]
        return pair.port(FakeExaminer(found), Examiner)


@pytest.mark.anyio
class TestQueueSharingAcross(QueueSharingSuite):
    @pytest.fixture
    def sharing(self, pair: Pair) -> QueueSharing:
        queues = [QueueShared(queue="laser", share=uuid.UUID(int=1)), QueueShared(queue="fax", why="a fax")]
        return pair.port(FakeQueueSharing(queues), QueueSharing)


@pytest.mark.anyio
class TestAgentKeysAcross(AgentKeysSuite):
    @pytest.fixture
    def keys(self, pair: Pair) -> AgentKeys:
        return pair.port(made_keys(), AgentKeys)

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
class TestReleaserAcross(ReleaserSuite):
    @pytest.fixture
    def releaser(self, pair: Pair) -> Releaser:
        return pair.port(made_releaser(), Releaser)

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
class TestMembershipAcross(MembershipSuite):
    @pytest.fixture
    def membership(self, pair: Pair) -> Membership:
        return pair.port(FakeMembership(), Membership)

    @pytest.fixture
    def address(self) -> str:
        return "https://hub.example"

    @pytest.fixture
    def token(self) -> str:
        return "once"


@pytest.mark.anyio
class TestHubLinkAcross(HubLinkSuite):
    @pytest.fixture
    def link(self, pair: Pair) -> HubLink:
        return pair.port(FakeHubLink(), HubLink)

    @pytest.fixture
    def operation(self) -> str:
        return "echo"


@pytest.mark.anyio
class TestHubDownloadsAcross(HubDownloadsSuite):
    @pytest.fixture
    def content(self) -> bytes:
        return b"sealed" * 10_000

    @pytest.fixture
    def reference(self) -> str:
        return "upload/one"

    @pytest.fixture
    def downloads(self, pair: Pair, reference: str, content: bytes) -> HubDownloads:
        return pair.port(FakeHubDownloads({reference: content}), HubDownloads)


@pytest.mark.anyio
class TestNoticeSourceAcross(NoticeSourceSuite):
    @pytest.fixture
    def near(self) -> FakeNoticeSource:
        return FakeNoticeSource()

    @pytest.fixture
    def source(self, pair: Pair, near: FakeNoticeSource) -> NoticeSource:
        return pair.port(near, NoticeSource)

    @pytest.fixture
    def push(self, near: FakeNoticeSource) -> Callable[[str], Awaitable[None]]:
        return near.push

    @pytest.fixture
    def break_link(self, near: FakeNoticeSource) -> Callable[[], Awaitable[None]]:
        return near.break_link


@pytest.mark.anyio
class TestPolicySourceAcross(PolicySourceSuite):
    @pytest.fixture
    def near(self) -> FakePolicySource:
        return FakePolicySource([b"one"])

    @pytest.fixture
    def source(self, pair: Pair, near: FakePolicySource) -> PolicySource:
        return pair.port(near, PolicySource)

    @pytest.fixture
    def change(self, near: FakePolicySource) -> Callable[[], Awaitable[None]]:
        return changing(near)


@pytest.mark.anyio
class TestPrinterSourceAcross(PrinterSourceSuite):
    @pytest.fixture
    def near(self) -> FakePrinterSource:
        return FakePrinterSource([FRONT])

    @pytest.fixture
    def source(self, pair: Pair, near: FakePrinterSource) -> PrinterSource:
        return pair.port(near, PrinterSource)

    @pytest.fixture
    def change(self, near: FakePrinterSource) -> Callable[[], Awaitable[None]]:
        async def change() -> None:
            await trio.lowlevel.checkpoint()
            near.change(FRONT, attrs.evolve(FRONT, id=printer_id("back")))

        return change


@pytest.mark.anyio
class TestPeopleSourceAcross(PeopleSourceSuite):
    @pytest.fixture
    def near(self) -> FakePeopleSource:
        return FakePeopleSource([ADA])

    @pytest.fixture
    def source(self, pair: Pair, near: FakePeopleSource) -> PeopleSource:
        return pair.port(near, PeopleSource)

    @pytest.fixture
    def change(self, near: FakePeopleSource) -> Callable[[], Awaitable[None]]:
        async def change() -> None:
            await trio.lowlevel.checkpoint()
            near.change(ADA, attrs.evolve(ADA, user="root"))

        return change


@pytest.mark.anyio
class TestKeyProviderAcross(KeyProviderSuite):
    @pytest.fixture
    def provider(self, pair: Pair) -> KeyProvider:
        return pair.port(FakeKeyProvider(), KeyProvider)


@pytest.mark.anyio
class TestKeyValueAcross(KeyValueSuite):
    @pytest.fixture
    def values(self, pair: Pair) -> KeyValue:
        return pair.thing(FakeKeyValue(), KeyValue)


@pytest.mark.anyio
class TestEventBusAcross(EventBusSuite):
    @pytest.fixture
    def bus(self, pair: Pair) -> EventBus:
        return pair.thing(Bus(), EventBus)


@pytest.mark.anyio
class TestPrintersAcross(PrintersSuite):
    @pytest.fixture
    def bus(self) -> Bus:
        return Bus()

    @pytest.fixture
    def near(self, bus: Bus) -> FakePrinters:
        return FakePrinters(bus, [FRONT])

    @pytest.fixture
    def printers(self, pair: Pair, near: FakePrinters) -> Printers:
        return pair.thing(near, Printers)

    @pytest.fixture
    def add(self, near: FakePrinters) -> Callable[[Printer], None]:
        return near.add


@pytest.mark.anyio
class TestJobsAcross(JobsSuite):
    @pytest.fixture
    def jobs(self, pair: Pair) -> Jobs:
        bus = Bus()
        return pair.thing(FakeJobs(bus, FakePrinters(bus, [FRONT])), Jobs)

    @pytest.fixture
    def printer(self) -> PrinterId:
        return FRONT.id


@pytest.mark.anyio
class TestOutboxAcross(OutboxSuite):
    @pytest.fixture
    def jobs(self) -> FakeJobs:
        bus = Bus()
        return FakeJobs(bus, FakePrinters(bus, [FRONT]))

    @pytest.fixture
    def outbox(self, pair: Pair, jobs: FakeJobs) -> Outbox:
        return pair.thing(FakeOutbox(jobs), Outbox)

    @pytest.fixture
    def printer(self) -> PrinterId:
        return FRONT.id
