"""What the command line may use of the kernel beside the running agent. Not for plugins: it may change any time."""

from tympan.__main__ import serve
from tympan._agent import POLICY_KEY, explain
from tympan._control import find_job, plugin_row, printer_row
from tympan._home import Home, disk_error, find_home, make_folder, write_file
from tympan._hooks import collect
from tympan._log import Log
from tympan._manifest import CapabilitySpec, Manifest
from tympan._plain import Plain, plain
from tympan._policy import Decision, PolicyDocument, Scope, Verdict
from tympan._policy_book import PolicyBook, PolicyFolder
from tympan._printers import PrinterFile
from tympan._registry import AllowList, PluginRecord, load, scan
from tympan._settings import SettingsFile
from tympan._signing import key_id, open_policy, public_key_of, sign_policy
from tympan._vault import KeyOrigin, Vault

__all__ = [
    "POLICY_KEY",
    "AllowList",
    "CapabilitySpec",
    "Decision",
    "Home",
    "KeyOrigin",
    "Log",
    "Manifest",
    "Plain",
    "PluginRecord",
    "PolicyBook",
    "PolicyDocument",
    "PolicyFolder",
    "PrinterFile",
    "Scope",
    "SettingsFile",
    "Vault",
    "Verdict",
    "collect",
    "disk_error",
    "explain",
    "find_home",
    "find_job",
    "key_id",
    "load",
    "make_folder",
    "open_policy",
    "plain",
    "plugin_row",
    "printer_row",
    "public_key_of",
    "scan",
    "serve",
    "sign_policy",
    "write_file",
]
