"""For every test: agents that tests start look for devices on loopback alone, unless a test lets them.

What a discovery sends would otherwise reach the network of whoever runs the tests.
"""

import os
from pathlib import Path

os.environ["TYMPAN_SETTINGS"] = str(Path(__file__).parent / "tools" / "loopback.toml")
