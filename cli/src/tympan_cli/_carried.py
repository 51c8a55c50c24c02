"""Start of the program that carries its own Python: what ``python -m`` and ``tympan`` are elsewhere.

- Plugins that were added are on the path before anything is looked for. One that this program carries, too, was updated
  alone: the added one is found first. Any other comes last, so that it stands in front of nothing of ours.
- What root starts by itself takes none: a vendor's wheel may be the agent's guest, and never root's.
- Programs of the system are started with the libraries of the system, and not with the ones carried.
"""

from __future__ import annotations

import os
import re
import runpy
import sys
from collections.abc import Iterable, MutableMapping, Sequence
from pathlib import Path
from typing import Final

from tympan.admin import RUN_MODULE, added_plugins, install_root

_LIBRARIES: Final = "LD_LIBRARY_PATH"
_BEFORE: Final = f"{_LIBRARIES}_ORIG"
"""What the program's loader found there, and put aside (PyInstaller, "Run-time information")."""


def main() -> None:
    """Runs a module of ours as ``python -m`` would, or the command line."""
    give_libraries_back(os.environ)
    if takes_plugins(sys.argv[1:]):
        _add_plugins()
    if len(sys.argv) > 2 and sys.argv[1] == RUN_MODULE:
        del sys.argv[:2]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    from tympan_cli.__main__ import main as command_line

    command_line()


def give_libraries_back(env: MutableMapping[str, str]) -> None:
    """Has the environment as it was before the loader named the folder of the carried libraries."""
    before = env.pop(_BEFORE, None)
    env.pop(_LIBRARIES, None)
    if before:
        env[_LIBRARIES] = before


def takes_plugins(arguments: Sequence[str]) -> bool:
    """Whether a command finds plugins that were added; a version is tried with them, without rights."""
    words = list(arguments[:2])
    return words[:1] != ["service"] and (words[:1] != ["update"] or words[1:] == ["check"])


def found_in(path: list[str], carried: str, added: Iterable[Path]) -> list[str]:
    """The places modules are looked for in, with those of added plugins.

    Args:
        path: The places there are.
        carried: The one of what this program carries.
        added: Folders of plugins.
    """
    ours = {_distribution(each.stem) for each in Path(carried).glob("*.dist-info")}
    first = [str(folder) for folder in added if _distribution(folder.name) in ours]
    last = [str(folder) for folder in added if _distribution(folder.name) not in ours]
    at = path.index(carried) if carried in path else len(path)
    return [*path[:at], *first, *path[at:], *last]


def _add_plugins() -> None:
    root = install_root()
    if root is None:
        return
    try:
        sys.path[:] = found_in(sys.path, getattr(sys, "_MEIPASS", ""), added_plugins(root))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"tympan: the list of added plugins in {root} cannot be read, so none is added: {error}\n")


def _distribution(name: str) -> str:
    """Of a folder ``distribution-version``, as indexes compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.partition("-")[0]).lower()
