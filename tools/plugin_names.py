"""Records what the plugin API promises: ``python -m tools.plugin_names`` adds what is new, with its first version.

- Nothing is ever taken out by this program. What is recorded and missing is a broken promise, which a test finds.
"""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib.metadata import version
from typing import Any, Final

import attrs
from tools.reference_source import ROOT

from tympan._deprecations import DEPRECATED, Deprecation

FILE: Final = ROOT / "tools" / "plugin_names.toml"
MODULES: Final = ("tympan.plugin", "tympan.testing")
HEAD: Final = (
    "# Written by tools/plugin_names.py: what docs/guides/plugin-api-promise.md promises. Nothing is taken out.\n"
)

Recorded = Mapping[str, Mapping[str, Mapping[str, Any]]]


def members(value: object) -> list[str]:
    """Public fields, methods and members of a class; of anything else, none."""
    if not isinstance(value, type) or value.__module__ == "builtins":
        return []
    if issubclass(value, Enum):
        return sorted(member.name for member in value)
    fields = [field.name for field in attrs.fields(value)] if attrs.has(value) else []
    own = [name for kind in value.__mro__ if kind.__module__.startswith("tympan") for name in vars(kind)]
    return sorted({name for name in (*fields, *own) if not name.startswith("_")})


def now() -> dict[str, dict[str, list[str]]]:
    """What there is, by module and name."""
    found: dict[str, dict[str, list[str]]] = {}
    for module in map(importlib.import_module, MODULES):
        found[module.__name__] = {name: members(getattr(module, name)) for name in module.__all__}
    return found


def recorded() -> Recorded:
    """What was promised."""
    return tomllib.loads(FILE.read_text("utf-8")) if FILE.exists() else {}


def broken(promised: Recorded, deprecated: Mapping[str, Deprecation] = DEPRECATED) -> Iterator[str]:
    """Promises that are not kept, and names that nobody recorded."""
    for module, there in now().items():
        promises = promised.get(module, {})
        for name, promise in promises.items():
            if name in there:
                yield from (f"{module}.{name}.{each} is gone" for each in promise["has"] if each not in there[name])
            elif name not in deprecated:
                yield f"{module}.{name} is gone"
            if name in deprecated and promise.get("deprecated") != deprecated[name].since:
                yield f"{module}.{name} is not recorded as deprecated since {deprecated[name].since}"
        for name in there:
            if name not in promises:
                yield f"{module}.{name} is not recorded"
            else:
                new = sorted(set(there[name]) - set(promises[name]["has"]))
                yield from (f"{module}.{name}.{each} is not recorded" for each in new)


def added(promised: Recorded) -> str:
    """The file with what is new."""
    since = version("tympan")
    lines = [HEAD]
    for module, there in now().items():
        promises = dict(promised.get(module, {}))
        lines.append(f'\n["{module}"]\n')
        for name in sorted({*promises, *there}):
            entry = dict(promises.get(name, {"since": since, "has": []}))
            entry["has"] = sorted({*entry["has"], *there.get(name, [])})
            if name in DEPRECATED and module == MODULES[0]:
                entry["deprecated"] = DEPRECATED[name].since
            lines.append(f"{name} = {{ {', '.join(_pair(*each) for each in entry.items())} }}\n")
    return "".join(lines)


def _pair(key: str, value: object) -> str:
    if isinstance(value, list):
        return f"{key} = [" + ", ".join(f'"{each}"' for each in value) + "]"
    return f'{key} = "{value}"'


def main() -> int:
    """Writes the file."""
    FILE.write_text(added(recorded()), "utf-8")
    left = list(broken(recorded()))
    sys.stderr.writelines(f"{each}\n" for each in left)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
