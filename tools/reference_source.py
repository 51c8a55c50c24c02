"""Where the reference is read from: modules of the workspace, their docstrings, manifests of bundled plugins."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tympan._manifest import Manifest, parse_manifest

ROOT = Path(__file__).resolve().parent.parent


def manifests() -> list[Manifest]:
    """Of the bundled plugins, by id."""
    paths = sorted(ROOT.glob("plugins/*/src/*/plugin.toml"))
    return [parse_manifest(path.read_bytes()) for path in paths]


def modules(file_name: str) -> Iterator[tuple[Path, ModuleType]]:
    """Every module of the workspace's distributions whose file is called so, with its path."""
    for pattern in ("*/src", "plugins/*/src"):
        for source in sorted(ROOT.glob(pattern)):
            for path in sorted(source.rglob(file_name)):
                name = ".".join(path.relative_to(source).with_suffix("").parts)
                yield path, importlib.import_module(name)


def package_name(module: ModuleType) -> str:
    """The package for people: ``tympan_wire.ipp`` for ``tympan_wire.ipp._limits``; the store belongs to the kernel."""
    if ".domain." in module.__name__:
        return module.__name__.partition(".")[0]
    return ".".join(part for part in module.__name__.split(".") if not part.startswith("_"))


def first_paragraph(value: object) -> str:
    """The first paragraph of a docstring, on one line, in Markdown."""
    text = inspect.getdoc(value) or ""
    return markdown(" ".join(text.partition("\n\n")[0].split()))


def summary(kind: type) -> str:
    """A class's first paragraph; "" for the text attrs or enum give to a class without one."""
    return first_paragraph(kind)


def markdown(text: str) -> str:
    """Docstring text as Markdown: double backticks become single ones."""
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def anchor_text(text: str) -> str:
    """Text that stands in a table's cell."""
    return text.replace("|", "\\|")
