"""What the command line uses of the updater. Not for other plugins: it may change any time.

Importing it loads no part of The Update Framework; what verifies is loaded when something is verified.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tympan_updater._applying import Applying
    from tympan_updater._checking import ProgramCheck
    from tympan_updater._errors import NotInstalled, UpdateError
    from tympan_updater._installation import Installation, Pointer, Running
    from tympan_updater._journal import Entry, Journal, Phase
    from tympan_updater._keeping import Ask, Keeper, NobodyKeeper, SystemdKeeper, has_systemd
    from tympan_updater._limits import START_S
    from tympan_updater._order import drop_order
    from tympan_updater._outcomes import Ending, Outcome, Outcomes
    from tympan_updater._sources import FolderSource, Source
    from tympan_updater._units import PATH_UNIT, SERVICE_UNIT, UpdateUnits
    from tympan_updater._unpacking import unpack_archive
    from tympan_updater._wishes import Patience, Wish

_PLACES: Final = {
    "_applying": ("Applying",),
    "_checking": ("ProgramCheck",),
    "_errors": ("NotInstalled", "UpdateError"),
    "_installation": ("Installation", "Pointer", "Running"),
    "_journal": ("Entry", "Journal", "Phase"),
    "_keeping": ("Ask", "Keeper", "NobodyKeeper", "SystemdKeeper", "has_systemd"),
    "_limits": ("START_S",),
    "_order": ("drop_order",),
    "_outcomes": ("Ending", "Outcome", "Outcomes"),
    "_sources": ("FolderSource", "Source"),
    "_units": ("PATH_UNIT", "SERVICE_UNIT", "UpdateUnits"),
    "_unpacking": ("unpack_archive",),
    "_wishes": ("Patience", "Wish"),
}
_MODULE_OF: Final = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    """Loads the module a name lives in."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"tympan_updater.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


__all__ = [
    "PATH_UNIT",
    "SERVICE_UNIT",
    "START_S",
    "Applying",
    "Ask",
    "Ending",
    "Entry",
    "FolderSource",
    "Installation",
    "Journal",
    "Keeper",
    "NobodyKeeper",
    "NotInstalled",
    "Outcome",
    "Outcomes",
    "Patience",
    "Phase",
    "Pointer",
    "ProgramCheck",
    "Running",
    "Source",
    "SystemdKeeper",
    "UpdateError",
    "UpdateUnits",
    "Wish",
    "drop_order",
    "has_systemd",
    "unpack_archive",
]
