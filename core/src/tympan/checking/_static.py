"""What can be said of a plugin before any of its code runs: how far it comes through the gate, and what it imports."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tympan._home import Home
from tympan._registry import AllowList, Found, PluginRecord, scan
from tympan._states import PluginState
from tympan.checking._findings import Finding, failed, passed
from tympan.checking._laid import Laid
from tympan.checking._limits import SOURCE_BYTES

_OURS: Final = re.compile(r"tympan(_\w+)?(\.|$)")
_PUBLIC: Final = ("tympan.plugin", "tympan_wire", "tympan_net")
_FOR_CHECKS: Final = (*_PUBLIC, "tympan.testing", "tympan_sim")
_ONLY_PUBLIC: Final = "it imports the public face of Tympan alone"


def found_of(laid: Laid, nowhere: Home) -> list[tuple[PluginRecord, Found]]:
    """The distribution's plugins, as the gate of an agent without an allow-list sees them."""
    every = scan(AllowList(nowhere)).values()
    return [(record, point) for record, point in every if _same(record.distribution, laid.name)]


def gate(record: PluginRecord) -> Iterator[Finding]:
    """The steps of the gate that look at a plugin from outside."""
    for step in record.steps:
        what = _GATE.get(step.step, step.step)
        if step.passed:
            yield passed(record.id, what, step.detail)
        elif record.state is PluginState.UNSUPPORTED:
            yield failed(record.id, what, step.detail, "Check it on a system it is made for.")
        else:
            yield failed(record.id, what, step.detail, "See docs/reference/manifest.md.")


_GATE: Final = {
    "unique": "no other distribution claims its id",
    "found": "its distribution says that it is there",
    "manifest": "its manifest can be read, and names it",
    "api": "it is written for this plugin API",
    "platform": "it runs on this system",
    "allowed": "nothing forbids it",
}


def imports(record: PluginRecord) -> Iterator[Finding]:
    """What its sources import of Tympan: private modules change any day."""
    package = record.module.partition(".")[0]
    checks = record.manifest.checks if record.manifest else ""
    own = () if package == "tympan" else (package,)
    public, of_checks = (*_PUBLIC, *own), (*_FOR_CHECKS, *own)
    bad = [
        each
        for path in _sources(package)
        for each in _bad_imports(path, of_checks if _is_module(path, checks) else public)
    ]
    if bad:
        then = "Import from tympan.plugin; in the module of checks from tympan.testing, too."
        yield failed(record.id, _ONLY_PUBLIC, "; ".join(bad[:10]), then)
    else:
        yield passed(record.id, _ONLY_PUBLIC)


def _sources(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    alone = [Path(spec.origin)] if spec and spec.origin and not folders else []  # a module that is one file
    return [*alone, *(path for folder in folders for path in sorted(Path(folder).rglob("*.py")))]


def _is_module(path: Path, module: str) -> bool:
    return bool(module) and path.with_suffix("").parts[-module.count(".") - 1 :] == tuple(module.split("."))


def _bad_imports(path: Path, public: tuple[str, ...]) -> Iterator[str]:
    try:
        if path.stat().st_size > SOURCE_BYTES:
            raise ValueError("it is too large to be read")
        tree = ast.parse(path.read_bytes())
    except (ValueError, SyntaxError, RecursionError) as error:
        yield f"{path.name} cannot be read: {error}"
        return
    for node in ast.walk(tree):
        for name in _names(node):
            if _OURS.match(name) and not name.startswith(tuple(f"{each}." for each in public)) and name not in public:
                yield f"{path.name}:{getattr(node, 'lineno', 0)} imports {name}"


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        # `from tympan import plugin` imports a module, `from tympan.plugin import Job` a name.
        return [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "tympan" else [node.module]
    return []


def _same(one: str, other: str) -> bool:
    return re.sub(r"[-_.]+", "-", one).lower() == re.sub(r"[-_.]+", "-", other).lower()
