"""What PyInstaller is told: a spec made of what the workspace says. Pure.

- Plugins are found by entry points, which no analysis of imports sees: each module of ours is named, and what each
  distribution says of itself comes along.
- A library under the LGPL stays in files of its own, so that whoever runs the program can put another one in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

REPLACEABLE: Final = ("zeroconf",)
"""Packages under the LGPL."""

_START: Final = "from tympan_cli._carried import main\n\nmain()\n"


@attrs.frozen(kw_only=True)
class Spec:
    """What the program is made of.

    Attributes:
        name: Of the program.
        start: The script it starts with.
        path: Where our packages lie.
        modules: Those that are carried though no import names them.
        data: Files, each with the folder it goes to.
        left_out: Packages that are installed here and do not come along.
    """

    name: str
    start: Path
    path: Path
    modules: tuple[str, ...]
    data: tuple[tuple[Path, str], ...]
    left_out: tuple[str, ...]

    def text(self) -> str:
        """The spec, as PyInstaller reads it."""
        data = [(str(file), folder) for file, folder in self.data]
        return (
            "# Generated: packaging/tympan_packages/_spec.py\n"
            f"a = Analysis([{str(self.start)!r}], pathex=[{str(self.path)!r}],\n"
            f"    hiddenimports={_lines(self.modules)},\n"
            f"    datas={_lines(data)},\n"
            f"    excludes={_lines(self.left_out)},\n"
            f"    module_collection_mode={dict.fromkeys(REPLACEABLE, 'py')!r})\n"
            "pyz = PYZ(a.pure)\n"
            f"exe = EXE(pyz, a.scripts, [], exclude_binaries=True, name={self.name!r}, console=True)\n"
            f"COLLECT(exe, a.binaries, a.datas, name={self.name!r})\n"
        )


def start_script() -> str:
    """The script the program starts with."""
    return _START


def modules_in(root: Path) -> list[str]:
    """Every module of the packages that lie unpacked in a folder, sorted."""
    found = (path.relative_to(root) for path in root.rglob("*.py") if _is_module(path, root))
    return sorted({_dotted(path) for path in found})


def data_in(root: Path) -> list[tuple[Path, str]]:
    """Every other file there, with the folder it goes to: a template's modules are nobody's to import."""
    files = (path for path in root.rglob("*") if path.is_file() and not _is_module(path, root))
    return sorted((path, path.parent.relative_to(root).as_posix()) for path in files)


def _is_module(path: Path, root: Path) -> bool:
    """Whether it can be imported: every folder up to the root is a package."""
    folders = list(path.relative_to(root).parents)[:-1]
    return path.suffix == ".py" and all((root / folder / "__init__.py").is_file() for folder in folders)


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _lines(values: Iterable[object]) -> str:
    return "[\n" + "".join(f"        {value!r},\n" for value in values) + "    ]"
