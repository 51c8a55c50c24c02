"""Where this agent's installation is, and who carries orders out on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tympan_updater._installation import Installation
from tympan_updater._units import PATH_UNIT

INSTALL: Final = "TYMPAN_INSTALL"
"""Names the folder of the installation, where this program does not lie in it."""

_SYSTEM: Final = Path("/etc/systemd/system")


def find_installation(env: Mapping[str, str], program: str = sys.executable) -> Installation | None:
    """The installation this program lies in, ``<root>/versions/<version>/tympan``; None when it lies in none."""
    if env.get(INSTALL):
        return Installation(Path(env[INSTALL]))
    path = Path(program).resolve()
    if not getattr(sys, "frozen", False) or path.parent.parent.name != "versions":
        return None
    return Installation(path.parents[2])


def has_path_unit() -> bool:
    """Whether a unit of systemd's waits for orders of this account's agent."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return any((folder / PATH_UNIT).exists() for folder in (_SYSTEM, Path(base) / "systemd" / "user"))
