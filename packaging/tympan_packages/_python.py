"""The modules of Python's own library that the program carries: all that a plugin of anybody may rely on."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LEFT_OUT: Final = frozenset(
    {
        "antigravity", "curses", "ensurepip", "idlelib", "lib2to3", "nis", "pydoc_data", "readline", "test", "this",
        "tkinter", "turtle", "turtledemo", "venv", "_curses", "_curses_panel", "_tkinter",
    }
)  # fmt: skip
"""Windows and terminals of their own, tests, and what makes other environments: no service has a use for them. ``nis``
left Python with 3.13, and would bring seven libraries of the system."""


def library() -> list[str]:
    """Every module of it that there is on this system, sorted."""
    root = Path(sysconfig.get_path("stdlib"))
    names = {name for name in sys.stdlib_module_names - LEFT_OUT if not name.startswith("__") and _is_there(name)}
    inner = {module for name in names if (root / name).is_dir() for module in _within(root, root / name)}
    return sorted(names | inner)


def _within(root: Path, package: Path) -> Iterator[str]:
    for path in package.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        if LEFT_OUT & set(parts) or "tests" in parts or not all(part.isidentifier() for part in parts):
            continue
        if parts[-1] != "__main__":
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
