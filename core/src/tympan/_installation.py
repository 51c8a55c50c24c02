"""How this agent is installed: run by a Python, or a program that carries its own.

- A program that carries its own Python has no ``-m``: whoever starts a module of ours as a process asks here how.
- Its folder, such as ``/opt/tympan``, has whole versions side by side in ``versions``; ``current`` names the one that
  is started. Plugins that were added lie unpacked in ``plugins``; ``plugins/current.json`` says which of them count.
- A list of plugins that cannot be read adds none, and keeps no agent from starting.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Final

RUN_MODULE: Final = "--run-module"
"""What stands for ``-m`` in a program that carries its own Python."""

VERSIONS: Final = "versions"
CURRENT: Final = "current"
PLUGINS: Final = "plugins"
IN_USE: Final = "current.json"
_FORMAT: Final = 1
_FOLDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+!-]*")
"""A distribution and its version: one folder, and no way out of the one it lies in."""


def own_module(module: str, *arguments: str) -> list[str]:
    """The command that runs an installed module as a process of its own, wherever this agent was installed.

    Args:
        module: Its dotted name; a package is run by its ``__main__``.
        arguments: More words for it.
    """
    how = [RUN_MODULE] if carries_python() else ["-P", "-m"]
    return [sys.executable, *how, module, *arguments]


def carries_python() -> bool:
    """Whether this is a program with its own Python, as PyInstaller makes it."""
    return bool(getattr(sys, "frozen", False))


def install_root() -> Path | None:
    """The folder that has this version beside others; None where the agent was installed in another way."""
    here = Path(sys.executable).resolve().parent
    return here.parent.parent if carries_python() and here.parent.name == VERSIONS else None


def installed_program() -> Path | None:
    """The program by a name that stays when the version changes; None where there is no such name."""
    root = install_root()
    program = root / CURRENT / Path(sys.executable).name if root else None
    return program if program and program.exists() else None


def added_plugins(root: Path) -> list[Path]:
    """The folders of plugins that were added to an installation, as its list has them.

    Raises:
        OSError: The list is there and cannot be read.
        ValueError: It is no such list.
    """
    try:
        told = json.loads((root / PLUGINS / IN_USE).read_bytes())
    except FileNotFoundError:
        return []
    if not isinstance(told, dict) or told.get("v") != _FORMAT or not isinstance(told.get("use"), list):
        raise ValueError("it is no list of plugins of this version's format")
    return [_folder(root, name) for name in told["use"]]


def _folder(root: Path, name: object) -> Path:
    if not isinstance(name, str) or not _FOLDER.fullmatch(name):
        raise ValueError(f"{name!r:.80} is no folder of a plugin")
    return root / PLUGINS / name
