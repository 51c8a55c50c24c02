"""What the suites of ports are given: a fake of each."""

from __future__ import annotations

import pytest
from conformance_rig import FRONT, GOOD, JOB, SCAN, SEEN, SOUND, made_delivery

from tympan._ports import Hold, ScanOrder, SweepRequest
from tympan._values import Job, Printer
from tympan.testing import (
    FakeCommand,
    FakeDelivery,
    FakeDiscoverer,
    FakeDocument,
    FakeGate,
    FakeHost,
    FakeHubLink,
    FakeInspector,
    FakeLocalApp,
    FakeLocalRequest,
    FakeRoute,
    FakeScanner,
    FakeService,
)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def route() -> FakeRoute:
    return FakeRoute()


@pytest.fixture
def delivery() -> FakeDelivery:
    return made_delivery()


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate(Hold(reason="job-hold-until-specified", detail="its owner releases it"))


@pytest.fixture
def job() -> Job:
    return JOB


@pytest.fixture
def printer() -> Printer:
    return FRONT


@pytest.fixture
def inspector() -> FakeInspector:
    return FakeInspector()


@pytest.fixture
def sound() -> FakeDocument:
    return SOUND


@pytest.fixture
def discoverer() -> FakeDiscoverer:
    return FakeDiscoverer([SEEN])


@pytest.fixture
def request_of_sweep() -> SweepRequest:
    return SweepRequest(duration_s=1.0)


@pytest.fixture
def scanner() -> FakeScanner:
    return FakeScanner()


@pytest.fixture
def order() -> ScanOrder:
    return SCAN


@pytest.fixture
def link() -> FakeHubLink:
    return FakeHubLink()


@pytest.fixture
def operation() -> str:
    return "echo"


@pytest.fixture
def app() -> FakeLocalApp:
    return FakeLocalApp()


@pytest.fixture
def good_request() -> FakeLocalRequest:
    return GOOD


@pytest.fixture
def command() -> FakeCommand:
    return FakeCommand()
