"""For every test: agents look for devices on loopback alone, and examples made at random take the time they take.

- What a discovery sends would otherwise reach the network of whoever runs the tests.
- How fast examples are made says how busy the machine is, and nothing about the code.
- Tests of the whole system take longest, and half of their time they wait: those of one piece come between them, so
  that the processors have something to do. A quarter of these comes last, so that no worker is left with a long one.
- A test that never ends is ended: after ten minutes (pyproject.toml), a long run after three hours.
- Agents and hubs are forked from processes that have imported them, where their start is not what is tried.
- What is imported and collected stays until the end: no garbage is looked for in it, meanwhile or later. What tests
  themselves leave is found sooner for that.
"""

import gc
import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from rig import HABIT

SOAK_S = 3 * 3600
WHOLE_SYSTEM = Path(__file__).parent / "tests"
BETWEEN = 3, 4
"""The part of the other tests that comes between those of the whole system."""

gc.disable()

os.environ["TYMPAN_SETTINGS"] = str(Path(__file__).parent / "tools" / "loopback.toml")
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _forked() -> None:
    HABIT.forking = True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long runs may be long; and each worker has its part of the tests of the whole system, among others."""
    for item in items:
        if item.get_closest_marker("soak") is not None:
            item.add_marker(pytest.mark.timeout(SOAK_S))
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = _spread(items, workers)


def _spread(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """In as many equal stretches as there are workers, which get one each and take from each other later."""
    whole = [item for item in items if item.path.is_relative_to(WHOLE_SYSTEM)]
    others = (item for item in items if not item.path.is_relative_to(WHOLE_SYSTEM))
    modules = [list(group) for _, group in itertools.groupby(whole, key=lambda item: item.path)]
    spread: list[pytest.Item] = []
    for place in range(workers):
        mine = modules[place::workers]
        end = len(spread) + max(sum(map(len, mine)), len(items) // workers)
        gap = (end - len(spread) - sum(map(len, mine))) * BETWEEN[0] // BETWEEN[1] // max(1, len(mine))
        for number, module in enumerate(mine):
            early = gap * place // workers if number == 0 else gap  # not all wait at once
            spread += [*itertools.islice(others, early), *module]
        spread += itertools.islice(others, end - len(spread))
    return [*spread, *others]


def pytest_collection_finish() -> None:
    """From here on garbage is what tests leave."""
    gc.freeze()
    gc.enable()
