"""Every suite fails what breaks the contract of its port."""

from __future__ import annotations

import inspect

import pytest
from broken_hub import HUB
from broken_kernel import KERNEL
from broken_keys import KEYS
from broken_machine import MACHINE
from broken_routes import ROUTES
from broken_spoolers import SPOOLERS
from conformance_rig import Cases

import tympan.testing
from tympan._bus import Bus
from tympan._hooks import HOOKS
from tympan._ports import EventBus

BROKEN: Cases = {**SPOOLERS, **ROUTES, **MACHINE, **HUB, **KEYS, **KERNEL}


@pytest.mark.anyio
@pytest.mark.parametrize("case", BROKEN)
async def test_a_suite_fails_what_breaks_its_contract(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "_expectations",
        "_service_suite",
        "_hub_suite",
        "_policy_source_suite",
        "_printer_source_suite",
        "_membership_suite",
    ):
        monkeypatch.setattr(f"tympan.testing.{module}.ANSWER_S", 0.5)
    for module in ("_expectations", "_discoverer_suite"):
        monkeypatch.setattr(f"tympan.testing.{module}.END_S", 0.3)
    suite, test, fixtures = BROKEN[case]
    with pytest.raises((AssertionError, ValueError)):
        found = getattr(suite(), test)(**fixtures())
        if inspect.isawaitable(found):
            await found


def test_every_port_has_a_fake_and_a_suite_that_is_shown_to_fail() -> None:
    for kind in HOOKS.values():
        assert hasattr(tympan.testing, f"Fake{kind.__name__}"), f"no fake {kind.__name__}"
        assert hasattr(tympan.testing, f"{kind.__name__}Suite"), f"no suite for {kind.__name__}"
    suites = {name for name in tympan.testing.__all__ if name.endswith("Suite")}
    assert suites == {suite.__name__ for suite, _, _ in BROKEN.values()}


def test_the_bus_is_an_event_bus() -> None:
    bus: EventBus = Bus()
    with bus.subscribe() as events:
        assert events.missed == 0
