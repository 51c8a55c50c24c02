"""The suites of ``tympan.testing``, run over every port a plugin offers.

- Fixtures come from three places, the later before the earlier: those here that fit any plugin, the vendor's module of
  checks, and the port itself as the hook gave it.
- A fixture that nobody gives is a failure with a next step: what was not checked is not said to be fine.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import attrs
import pytest

from tympan import testing
from tympan._hooks import Offer
from tympan._limits import DEFAULTS
from tympan._manifest import Isolation
from tympan._outside._process import open_outside
from tympan._registry import Found, PluginRecord
from tympan.checking import _fixtures
from tympan.checking._findings import Finding, Verdict, failed, passed
from tympan.checking._limits import DETAIL_CHARS

SUITES: Final[dict[str, tuple[str, tuple[type[object], ...]]]] = {
    "register_agent_keys": ("keys", (testing.AgentKeysSuite,)),
    "register_commands": ("command", (testing.CommandSuite,)),
    "register_discoverers": ("discoverer", (testing.DiscovererSuite,)),
    "register_examiners": ("examiner", (testing.ExaminerSuite,)),
    "register_gates": ("gate", (testing.GateSuite,)),
    "register_hub_downloads": ("downloads", (testing.HubDownloadsSuite,)),
    "register_hub_identities": ("identity", (testing.HubIdentitySuite,)),
    "register_hub_links": ("link", (testing.HubLinkSuite,)),
    "register_hub_uploads": ("uploads", (testing.HubUploadsSuite,)),
    "register_inspectors": ("inspector", (testing.InspectorSuite,)),
    "register_key_providers": ("provider", (testing.KeyProviderSuite,)),
    "register_local_apps": ("app", (testing.LocalAppSuite,)),
    "register_memberships": ("membership", (testing.MembershipSuite,)),
    "register_notice_sources": ("source", (testing.NoticeSourceSuite,)),
    "register_people_sources": ("source", (testing.PeopleSourceSuite,)),
    "register_policy_sources": ("source", (testing.PolicySourceSuite,)),
    "register_printer_sources": ("source", (testing.PrinterSourceSuite,)),
    "register_queue_sharings": ("sharing", (testing.QueueSharingSuite,)),
    "register_releasers": ("releaser", (testing.ReleaserSuite,)),
    "register_routes": ("route", (testing.RouteSuite,)),
    "register_scanners": ("scanner", (testing.ScannerSuite,)),
    "register_services": ("service", (testing.ServiceSuite,)),
    "register_sign_ins": ("sign_in", (testing.SignInSuite,)),
    "register_spoolers": ("spooler", (testing.SpoolerSuite, testing.SpoolJobsSuite)),
}
"""For each hook the fixture that is the port it gives, and the suites that port must pass."""


def run(record: PluginRecord, point: Found, offers: tuple[Offer, ...], folder: Path) -> list[Finding]:
    """Runs the suites of all ports, across the pipe where the plugin has a process of its own.

    ``folder`` is an empty one for pytest.
    """
    checks, fault = _checks(record)
    if fault is not None:
        return [fault]
    file = folder / f"test_{record.id}.py"  # a name that was imported before would not be imported again
    file.write_text("from tympan.checking._suites import CASES\n\nglobals().update(CASES)\n")
    CASES.clear()
    CASES.update(_cases(offers, checks, _where(record, point)))
    listener = _Listener(record.id)
    _fixtures.RECORD = record
    plugins: list[object] = [_fixtures, *([checks] if checks else []), listener]
    for name in _OUTSIDE:
        os.environ.pop(name, None)
    options = [*_ALONE, "--rootdir", str(folder), "-c", str(_settings(folder)), str(file)]
    status = pytest.main(options, plugins=plugins)
    if listener.findings and status in _ENDS:
        return listener.findings
    then = "Look what breaks them off." if listener.findings else "Install pytest and anyio beside it."
    return [*listener.findings, failed(record.id, "the suites of its ports run", f"pytest ended with {status}", then)]


_ALONE: Final = ("-p", "no:cacheprovider", "-p", "no:terminal", "--capture=fd", "--import-mode=importlib")
"""Nothing of the folder it is called in takes part."""

_OUTSIDE: Final = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
"""Nor of what the environment tells pytest, which is meant for the vendor's own tests."""

_ENDS: Final = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
"""How pytest ends when every check was made."""

CASES: Final[dict[str, type[object]]] = {}
"""The classes that pytest collects, by name."""


def _settings(folder: Path) -> Path:
    file = folder / "pytest.ini"
    file.write_text("[pytest]\n")
    return file


def _checks(record: PluginRecord) -> tuple[ModuleType | None, Finding | None]:
    module = record.manifest.checks if record.manifest else ""
    if not module:
        return None, None
    try:
        return importlib.import_module(module), None
    except (Exception, SystemExit) as error:  # foreign code raises what it likes
        detail = f"{type(error).__name__}: {error}"
        then = "It is named by 'checks' in plugin.toml, and belongs into the wheel."
        return None, failed(record.id, f"its module of checks {module} can be imported", detail, then)


def _cases(
    offers: tuple[Offer, ...], checks: ModuleType | None, giving: Callable[[Offer], Callable[..., object]]
) -> Iterator[tuple[str, type[object]]]:
    for number, offer in enumerate(offers):
        fixture, suites = SUITES[offer.hook]
        for suite in suites:
            name = f"Test{number}{suite.__name__}"
            members: dict[str, Any] = {
                "__doc__": suite.__doc__,
                "pytestmark": [pytest.mark.anyio],
                "offer": offer,
                "anyio_backend": pytest.fixture(_giving("trio")),
            }
            if not hasattr(checks, fixture):
                members[fixture] = pytest.fixture(giving(offer))
            yield name, type(name, (suite,), members)


def _where(record: PluginRecord, point: Found) -> Callable[[Offer], Callable[..., object]]:
    """How a suite comes by a port: as the hook gave it, or in a process started for each check."""
    if record.manifest is None or record.manifest.isolation is Isolation.AGENT:
        return lambda offer: _giving(offer.contribution.port)
    bounds = record.manifest.bounds

    def across(offer: Offer) -> Callable[..., object]:
        async def give(self: object, anyio_backend: str) -> AsyncIterator[object]:
            async with open_outside(record.id, point, bounds, DEFAULTS, _unheard) as outside:
                yield next(each.contribution.port for each in outside.offers if _same(each, offer))

        return give

    return across


def _same(one: Offer, other: Offer) -> bool:
    return (one.hook, one.contribution.name) == (other.hook, other.contribution.name)


def _unheard(message: str, **fields: object) -> None:
    sys.stderr.write(f"{message} {fields}\n")


def _giving(value: object) -> Callable[[object], object]:
    def give(self: object) -> object:
        return value

    return give


@attrs.define
class _Listener:
    """Turns pytest's reports into findings."""

    _plugin: str
    findings: list[Finding] = attrs.field(factory=list)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """One finding for each check: when it ran, or could not be set up."""
        outcome: Any = yield
        report: pytest.TestReport = outcome.get_result()
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.findings.append(self._finding(item, report))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What cannot even be collected."""
        if report.failed:
            what, then = "the suites of its ports run", "Look at its module of checks."
            self.findings.append(failed(self._plugin, what, _end(report.longreprtext), then))

    def _finding(self, item: pytest.Item, report: pytest.TestReport) -> Finding:
        offer: Offer = getattr(item, "cls").offer  # noqa: B009 - pytest's own attribute has no type
        topic = f"{self._plugin}: {offer.kind.__name__} {offer.contribution.name}"
        what = item.name.removeprefix("test_").replace("_", " ")
        if report.passed:
            return passed(topic, what)
        if report.skipped:
            return Finding(topic=topic, what=what, verdict=Verdict.NOTE, detail=_end(report.longreprtext))
        return failed(topic, what, _end(report.longreprtext), _next_step(offer, report))


def _next_step(offer: Offer, report: pytest.TestReport) -> str:
    if report.when == "setup" and "fixture" in report.longreprtext and "not found" in report.longreprtext:
        suite = SUITES[offer.hook][1][0].__name__
        return f"Give the fixture in the plugin's module of checks; tympan.testing.{suite} says what it must be."
    return "Mend the port, or what the module of checks gives it."


def _end(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.startswith("E ")] or text.strip().splitlines()
    return "\n".join(line.removeprefix("E ").strip() for line in lines)[-DETAIL_CHARS:]
