"""The page of limits: every number of every ``_limits.py`` and of the hub's domain, and settings of bundled plugins."""

from __future__ import annotations

import ast
import datetime as dt
import inspect
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import attrs
from tools.reference_source import manifests, markdown, modules, package_name

_UNITS = {
    "s": "s",
    "h": "h",
    "days": "days",
    "bytes": "bytes",
    "characters": "characters",
    "px": "pixels",
    "ratio": "times",
    "pages": "pages",
    "jobs": "jobs",
    "printers": "printers",
    "connections": "connections",
}


@attrs.frozen(kw_only=True)
class Limit:
    """One number with what a reader needs to know of it."""

    name: str
    default: str
    unit: str
    range: str
    reason: str


def page() -> Iterator[str]:
    """The generated part."""
    for package, limits in sections().items():
        yield f"## {package}\n"
        for limit in limits:
            yield f"### {package}: {limit.name}\n"
            yield f"{limit.reason}\n"
            yield f"Default: {limit.default}{' ' + limit.unit if limit.unit else ''}. Range: {limit.range}.\n"


def sections() -> dict[str, list[Limit]]:
    """All limits, by package; settings come under ``settings of`` their plugin."""
    found: dict[str, list[Limit]] = {}
    for path, module in itertools.chain(modules("_limits.py"), modules("domain/limits/[a-z]*.py")):
        name = "tympan (store)" if "_store" in module.__name__ else package_name(module)
        found.setdefault(name, []).extend([*_constants(path, module), *_fields(path, module)])
    for manifest in manifests():
        rows = [_setting(spec) for spec in manifest.settings.values()]
        if rows:
            found[f"settings of {manifest.id}"] = rows
    return {name: limits for name, limits in found.items() if limits}


def _setting(spec: object) -> Limit:
    low, high = getattr(spec, "minimum", None), getattr(spec, "maximum", None)
    bounds = f"{_shown(low)} to {_shown(high)}" if low is not None and high is not None else "any"
    default = getattr(spec, "default", "")
    return Limit(
        name=spec.name,  # type: ignore[attr-defined]
        default=_shown(default),
        unit=spec.unit,  # type: ignore[attr-defined]
        range=f"{bounds} ({spec.type.value})",  # type: ignore[attr-defined]
        reason=f"{spec.summary}.",  # type: ignore[attr-defined]
    )


def _constants(path: Path, module: ModuleType) -> Iterator[Limit]:
    for name, reason in _documented(ast.parse(path.read_text("utf-8")).body).items():
        value = getattr(module, name, None)
        if isinstance(value, dt.timedelta):
            yield Limit(name=name, default=str(value), unit="", range="fixed", reason=markdown(reason))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield Limit(name=name, default=_shown(value), unit=_unit(name), range="fixed", reason=markdown(reason))
        elif isinstance(value, Mapping):
            shown = ", ".join(f"{getattr(key, 'name', key)} {_shown(item)}" for key, item in value.items())
            yield Limit(name=name, default=shown, unit=_unit(name), range="fixed", reason=markdown(reason))
        elif not isinstance(value, bool) and value is not None and attrs.has(type(value)):
            changed = [f for f in attrs.fields_dict(type(value)).values() if getattr(value, f.name) != f.default]
            shown = ", ".join(f"{f.name} {_shown(getattr(value, f.name))}" for f in changed) or "all defaults"
            yield Limit(name=name, default=shown, unit="", range="fixed", reason=markdown(reason))


def _fields(path: Path, module: ModuleType) -> Iterator[Limit]:
    for node in ast.parse(path.read_text("utf-8")).body:
        kind = getattr(module, node.name, None) if isinstance(node, ast.ClassDef) else None
        if not isinstance(node, ast.ClassDef) or kind is None or not attrs.has(kind):
            continue
        said = {**_attributes(kind), **_documented(node.body)}
        for field in attrs.fields(kind):
            metadata = field.metadata
            reason = str(metadata.get("reason") or said.get(field.name, ""))
            yield Limit(
                name=field.name if node.name == "Limits" else f"{node.name}.{field.name}",
                default=_shown(field.default),
                unit=str(metadata.get("unit") or _unit(field.name)),
                range=_range(field),
                reason=markdown(_sentence(reason)),
            )


def _documented(body: list[ast.stmt]) -> dict[str, str]:
    """Names assigned in a body, each with the text that follows it."""
    found: dict[str, str] = {}
    for statement, after in itertools.pairwise(body):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        if isinstance(target, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[target.id] = " ".join(str(after.value.value).split())
    return found


def _attributes(kind: type) -> dict[str, str]:
    """Texts of the section ``Attributes:`` of a class's docstring."""
    _, _, section = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    entries = re.split(r"\n(?= {4}\w)", section.rstrip())
    pairs = (entry.strip().partition(": ") for entry in entries if ": " in entry)
    return {name: " ".join(text.split()) for name, _, text in pairs}


def _range(field: attrs.Attribute[object]) -> str:
    validators = getattr(field.validator, "_validators", (field.validator,))
    bounds = {getattr(one, "compare_op", ""): getattr(one, "bound", None) for one in validators}
    low = next((f"from {_shown(bounds[op])}" for op in (">=",) if op in bounds), "")
    low = low or next((f"above {_shown(bounds[op])}" for op in (">",) if op in bounds), "")
    high = next((f"to {_shown(bounds[op])}" for op in ("<=",) if op in bounds), "")
    return " ".join(part for part in (low, high) if part) or "any"


def _unit(name: str) -> str:
    """The unit that a name ends with, also over time: ``BODY_BYTES_PER_S`` is in bytes a second, not in seconds."""
    counted = name.lower().removesuffix("_per_s")
    unit = _UNITS.get(counted.rpartition("_")[2], "")
    return unit if counted == name.lower() else f"{unit} per second".strip()


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}" if value < 1 << 40 else f"{value}"
    if isinstance(value, float):
        return f"{value:g}" if value < 1e6 else f"{value:,.0f}"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "empty"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."
