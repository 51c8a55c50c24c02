"""For every test: agents look for devices on loopback alone, and examples made at random take the time they take.

- What a discovery sends would otherwise reach the network of whoever runs the tests.
- How fast examples are made says how busy the machine is, and nothing about the code.
- What is imported and collected stays until the end: no garbage is looked for in it, meanwhile or later. What tests
  themselves leave is found sooner for that.
"""

import gc
import os
from pathlib import Path

from hypothesis import HealthCheck, settings

gc.disable()

os.environ["TYMPAN_SETTINGS"] = str(Path(__file__).parent / "tools" / "loopback.toml")
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """From here on garbage is what tests leave."""
    gc.freeze()
    gc.enable()
