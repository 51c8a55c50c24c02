"""For every test: agents look for devices on loopback alone, and examples made at random take the time they take.

- What a discovery sends would otherwise reach the network of whoever runs the tests.
- How fast examples are made says how busy the machine is, and nothing about the code.
- A test that never ends is ended: after ten minutes (pyproject.toml), a long run after three hours.
- What is imported and collected stays until the end: no garbage is looked for in it, meanwhile or later. What tests
  themselves leave is found sooner for that.
"""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SOAK_S = 3 * 3600

gc.disable()

os.environ["TYMPAN_SETTINGS"] = str(Path(__file__).parent / "tools" / "loopback.toml")
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long runs may be long."""
    for item in items:
        if item.get_closest_marker("soak") is not None:
            item.add_marker(pytest.mark.timeout(SOAK_S))


def pytest_collection_finish() -> None:
    """From here on garbage is what tests leave."""
    gc.freeze()
    gc.enable()
