"""For every test: agents look for devices on loopback alone, and examples made at random take the time they take.

- What a discovery sends would otherwise reach the network of whoever runs the tests.
- How fast examples are made says how busy the machine is, and nothing about the code.
"""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

os.environ["TYMPAN_SETTINGS"] = str(Path(__file__).parent / "tools" / "loopback.toml")
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
