"""What the command line may use of the kernel beside the running agent. Not for plugins: it may change any time.

Names are loaded when first asked for, so that ``tympan jobs`` does not pay for the store, the registry and trio.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tympan.__main__ import serve
    from tympan._agent import POLICY_KEY, explain, open_agent
    from tympan._endpoint import endpoint_uri
    from tympan._holder import holder, lives
    from tympan._home import Home, disk_error, find_home, make_folder, write_file
    from tympan._hooks import collect
    from tympan._installation import RUN_MODULE, added_plugins, install_root, installed_program, own_module
    from tympan._kernel_keys import KERNEL_KEYS
    from tympan._log import Log
    from tympan._manifest import CapabilitySpec, Isolation, Manifest
    from tympan._pinned_policy import PinnedFile
    from tympan._plain import Plain, plain
    from tympan._policy import Decision, PolicyDocument, Scope, Verdict
    from tympan._policy_book import PolicyBook, PolicyFolder
    from tympan._printer_file import PrinterFile
    from tympan._registry import AllowList, PluginRecord, load, scan
    from tympan._rows import find_job, plugin_row, printer_row
    from tympan._settings import SettingsFile
    from tympan._signing import open_policy, public_key_of, sign_policy
    from tympan._stalls import StallBook
    from tympan._starts import starting
    from tympan._vault import KeyOrigin, Vault
    from tympan_wire.dsse import key_id

_PLACES: Final = {
    "tympan.__main__": ("serve",),
    "tympan._agent": ("POLICY_KEY", "explain", "open_agent"),
    "tympan._endpoint": ("endpoint_uri",),
    "tympan._holder": ("holder", "lives"),
    "tympan._home": ("Home", "disk_error", "find_home", "make_folder", "write_file"),
    "tympan._hooks": ("collect",),
    "tympan._installation": ("RUN_MODULE", "added_plugins", "install_root", "installed_program", "own_module"),
    "tympan._kernel_keys": ("KERNEL_KEYS",),
    "tympan._log": ("Log",),
    "tympan._manifest": ("CapabilitySpec", "Isolation", "Manifest"),
    "tympan._plain": ("Plain", "plain"),
    "tympan._pinned_policy": ("PinnedFile",),
    "tympan._policy": ("Decision", "PolicyDocument", "Scope", "Verdict"),
    "tympan._policy_book": ("PolicyBook", "PolicyFolder"),
    "tympan._printer_file": ("PrinterFile",),
    "tympan._registry": ("AllowList", "PluginRecord", "load", "scan"),
    "tympan._rows": ("find_job", "plugin_row", "printer_row"),
    "tympan._settings": ("SettingsFile",),
    "tympan._signing": ("open_policy", "public_key_of", "sign_policy"),
    "tympan._stalls": ("StallBook",),
    "tympan._starts": ("starting",),
    "tympan._vault": ("KeyOrigin", "Vault"),
    "tympan_wire.dsse": ("key_id",),
}
_MODULE_OF: Final = {name: module for module, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> object:
    """Loads the module a name lives in."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


__all__ = [
    "KERNEL_KEYS",
    "POLICY_KEY",
    "RUN_MODULE",
    "AllowList",
    "CapabilitySpec",
    "Decision",
    "Home",
    "Isolation",
    "KeyOrigin",
    "Log",
    "Manifest",
    "PinnedFile",
    "Plain",
    "PluginRecord",
    "PolicyBook",
    "PolicyDocument",
    "PolicyFolder",
    "PrinterFile",
    "Scope",
    "SettingsFile",
    "StallBook",
    "Vault",
    "Verdict",
    "added_plugins",
    "collect",
    "disk_error",
    "endpoint_uri",
    "explain",
    "find_home",
    "find_job",
    "holder",
    "install_root",
    "installed_program",
    "key_id",
    "lives",
    "load",
    "make_folder",
    "open_agent",
    "open_policy",
    "own_module",
    "plain",
    "plugin_row",
    "printer_row",
    "public_key_of",
    "scan",
    "serve",
    "sign_policy",
    "starting",
    "write_file",
]
