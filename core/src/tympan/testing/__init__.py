"""Fakes and conformance suites for everything a plugin meets, and everything it offers.

A fake passes the same suite as the real thing; so must a vendor's own implementation. A suite is a class to subclass
in a pytest module: it says which fixtures it needs, and its tests run under anyio's trio backend::

    @pytest.mark.anyio
    class TestOurGate(GateSuite):
        @pytest.fixture
        def gate(self) -> Gate: ...
"""

from tympan.testing._agent_keys import FakeAgentKeys
from tympan.testing._agent_keys_suite import AgentKeysSuite
from tympan.testing._clock import jumping_clock
from tympan.testing._command import FakeCommand
from tympan.testing._command_suite import CommandSuite
from tympan.testing._delivery import FakeDelivery
from tympan.testing._discoverer import FakeDiscoverer
from tympan.testing._discoverer_suite import DiscovererSuite
from tympan.testing._documents import FakeDocument
from tympan.testing._examiner import ExaminerSuite, FakeExaminer
from tympan.testing._gate import FakeGate
from tympan.testing._gate_suite import GateSuite
from tympan.testing._host import FakeHost, FakeKeyValue, FakePrinters, FakeSettings
from tympan.testing._hub import FakeHubDownloads, FakeHubIdentity, FakeHubLink, FakeHubUploads, FakeNoticeSource
from tympan.testing._hub_suite import (
    HubDownloadsSuite,
    HubIdentitySuite,
    HubLinkSuite,
    HubUploadsSuite,
    NoticeSourceSuite,
)
from tympan.testing._inspector import FakeInspector
from tympan.testing._inspector_suite import InspectorSuite
from tympan.testing._jobs import FakeIntake, FakeJobs
from tympan.testing._jobs_suite import JobsSuite
from tympan.testing._key_provider import FakeKeyProvider
from tympan.testing._key_provider_suite import KeyProviderSuite
from tympan.testing._local_app import FakeLocalApp, FakeLocalRequest
from tympan.testing._local_app_suite import LocalAppSuite
from tympan.testing._membership import FakeMembership
from tympan.testing._membership_suite import MembershipSuite
from tympan.testing._outbox import FakeOutbox
from tympan.testing._outbox_suite import OutboxSuite
from tympan.testing._people import FakePeopleSource, FakeSignIn
from tympan.testing._people_suites import PeopleSourceSuite, SignInSuite
from tympan.testing._policy_source import FakePolicySource
from tympan.testing._policy_source_suite import PolicySourceSuite
from tympan.testing._printer_source import FakePrinterSource
from tympan.testing._printer_source_suite import PrinterSourceSuite
from tympan.testing._queue_sharing import FakeQueueSharing, QueueSharingSuite
from tympan.testing._releaser import FakeReleaser
from tympan.testing._releaser_suite import ReleaserSuite
from tympan.testing._route import FakeRoute
from tympan.testing._route_suite import RouteSuite
from tympan.testing._scanner import FakeScanner
from tympan.testing._scanner_suite import ScannerSuite
from tympan.testing._service import FakeService
from tympan.testing._service_suite import ServiceSuite
from tympan.testing._spool_jobs import StartedJob
from tympan.testing._spool_jobs_suite import SpoolJobsSuite
from tympan.testing._spooler import FakeSpooler, PrintedDocument
from tympan.testing._spooler_suite import SpoolerSuite
from tympan.testing._state_suites import EventBusSuite, KeyValueSuite, PrintersSuite

__all__ = [
    "AgentKeysSuite",
    "CommandSuite",
    "DiscovererSuite",
    "EventBusSuite",
    "ExaminerSuite",
    "FakeAgentKeys",
    "FakeCommand",
    "FakeDelivery",
    "FakeDiscoverer",
    "FakeDocument",
    "FakeExaminer",
    "FakeGate",
    "FakeHost",
    "FakeHubDownloads",
    "FakeHubIdentity",
    "FakeHubLink",
    "FakeHubUploads",
    "FakeInspector",
    "FakeIntake",
    "FakeJobs",
    "FakeKeyProvider",
    "FakeKeyValue",
    "FakeLocalApp",
    "FakeLocalRequest",
    "FakeMembership",
    "FakeNoticeSource",
    "FakeOutbox",
    "FakePeopleSource",
    "FakePolicySource",
    "FakePrinterSource",
    "FakePrinters",
    "FakeQueueSharing",
    "FakeReleaser",
    "FakeRoute",
    "FakeScanner",
    "FakeService",
    "FakeSettings",
    "FakeSignIn",
    "FakeSpooler",
    "GateSuite",
    "HubDownloadsSuite",
    "HubIdentitySuite",
    "HubLinkSuite",
    "HubUploadsSuite",
    "InspectorSuite",
    "JobsSuite",
    "KeyProviderSuite",
    "KeyValueSuite",
    "LocalAppSuite",
    "MembershipSuite",
    "NoticeSourceSuite",
    "OutboxSuite",
    "PeopleSourceSuite",
    "PolicySourceSuite",
    "PrintedDocument",
    "PrinterSourceSuite",
    "PrintersSuite",
    "QueueSharingSuite",
    "ReleaserSuite",
    "RouteSuite",
    "ScannerSuite",
    "ServiceSuite",
    "SignInSuite",
    "SpoolJobsSuite",
    "SpoolerSuite",
    "StartedJob",
    "jumping_clock",
]
