"""The units that carry updates out, written and removed beside the agent's own where it is an installation."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tympan.admin import install_root
from tympan_cli._service_units import NAME, credential

if TYPE_CHECKING:
    from tympan_updater.installing import UpdateUnits

PATH_UNIT: Final = f"{NAME}-update.path"
SERVICE_UNIT: Final = f"{NAME}-update.service"
SYSTEM_STATE: Final = Path("/var/lib") / NAME
"""Where the service's state is, or a link of systemd's to where it is (systemd.exec(5), StateDirectory)."""


def write_update_units(folder: Path, *, user: bool, encrypted: bool, state: Path) -> tuple[str, ...]:
    """Writes them into a folder of units; the names of those to be started. None where nothing updates itself."""
    root = install_root()
    if root is None:
        return ()
    units = update_units(root, user=user, encrypted=encrypted, state=state)
    (folder / SERVICE_UNIT).write_text(units.service())
    (folder / PATH_UNIT).write_text(units.path())
    return (PATH_UNIT,)


def update_units(root: Path, *, user: bool, encrypted: bool, state: Path) -> UpdateUnits:
    """What they are made of."""
    from tympan_updater.installing import UpdateUnits

    if user:
        return UpdateUnits(root=root, state=state, user=True)
    return UpdateUnits(root=root, state=SYSTEM_STATE, credential=credential(encrypted=encrypted))


def update_units_in(folder: Path) -> tuple[Path, ...]:
    """Those that are there, the one that waits first."""
    return tuple(folder / name for name in (PATH_UNIT, SERVICE_UNIT) if os.path.lexists(folder / name))
