"""The static plugin manifest, ``plugin.toml``: read without importing the plugin.

- Unknown keys are errors: a misspelt permission must not pass for none.
- A manifest is data of a stranger: its size and every count are bounded.
"""

from __future__ import annotations

import math
import sys
import tomllib
from collections.abc import Mapping
from enum import StrEnum

import attrs
from attrs.validators import ge, le

from tympan._errors import BadManifest
from tympan._ids import CapabilityKey, PluginId, capability_key, plugin_id
from tympan._limits import DEFAULTS
from tympan._policy import Verdict

MANIFEST = "plugin.toml"
_COUNT = 64


class Platform(StrEnum):
    """Where a plugin can run."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"


class Permission(StrEnum):
    """Parts of the host a plugin asks for."""

    JOBS = "jobs"
    PRINTERS = "printers"
    CONTROL = "control"
    OUTBOX = "outbox"
    KEYS = "keys"
    HUB = "hub"
    PORTS = "ports"


class Holds(StrEnum):
    """Which received jobs wait while the plugin that decides about them is on and does not run."""

    NONE = ""
    PULL = "pull"
    ALL = "all"


class Isolation(StrEnum):
    """Where a plugin runs."""

    AGENT = "agent"
    """In the agent's own process."""
    PROCESS = "process"
    """In a process of its own, with bounds on what it takes."""


class SettingType(StrEnum):
    """Types of settings."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"
    TEXTS = "texts"


SettingValue = int | float | str | bool | tuple[str, ...]


@attrs.frozen(kw_only=True)
class CapabilitySpec:
    """A capability a plugin offers.

    Attributes:
        key: What policy switches.
        summary: One line for people.
        default: What holds when no policy says anything.
        essential: Needed to print: stays on when a policy document has expired.
        holds: It decides whether jobs go on: while it is on and does not run, those jobs wait.
        needs: Another capability of the same plugin, without which it is off too.
    """

    key: CapabilityKey
    summary: str
    default: Verdict = Verdict.OFF
    essential: bool = False
    holds: Holds = Holds.NONE
    needs: CapabilityKey | None = None


@attrs.frozen(kw_only=True)
class SettingSpec:
    """A setting: its type, default, unit, range and meaning."""

    name: str
    type: SettingType
    default: SettingValue
    summary: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None

    def check(self, value: object) -> SettingValue:
        """Returns ``value`` in this setting's type, or raises ``ValueError`` naming what is wrong."""
        checked = _typed(self.type, value)
        if isinstance(checked, (int, float)) and not isinstance(checked, bool):
            if not math.isfinite(checked):
                raise ValueError(f"{self.name} is {value!r}, which is no number to count with")
            low, high = self.minimum, self.maximum
            if (low is not None and checked < low) or (high is not None and checked > high):
                raise ValueError(f"{self.name} is {value!r}, not between {low} and {high} {self.unit}".rstrip())
        return checked


@attrs.frozen(kw_only=True)
class Bounds:
    """What a plugin in a process of its own may take.

    Attributes:
        memory_mib: Memory, in MiB, beside what an empty process takes.
        cpu_percent: Of one processor, over a minute.
    """

    memory_mib: int = attrs.field(default=256, validator=[ge(16), le(4096)])
    cpu_percent: int = attrs.field(default=75, validator=[ge(5), le(400)])


@attrs.frozen(kw_only=True)
class Manifest:
    """What a plugin says of itself.

    Attributes:
        isolation: Where it runs.
        bounds: What it may take in a process of its own.
        checks: Module with what only its vendor can give to the checks of its ports; "" for none. Never imported by an
            agent.
    """

    id: PluginId
    api: int
    summary: str
    platforms: frozenset[Platform]
    permissions: frozenset[Permission]
    capabilities: tuple[CapabilitySpec, ...]
    requires: tuple[CapabilityKey, ...]
    settings: Mapping[str, SettingSpec] = attrs.field(hash=False)
    checks: str = ""
    isolation: Isolation = Isolation.AGENT
    bounds: Bounds = Bounds()

    def capability(self, key: CapabilityKey) -> CapabilitySpec | None:
        """The spec of one capability."""
        return next((spec for spec in self.capabilities if spec.key == key), None)


def this_platform() -> Platform:
    """The platform this interpreter runs on."""
    return {"darwin": Platform.MACOS, "win32": Platform.WINDOWS}.get(sys.platform, Platform.LINUX)


def parse_manifest(data: bytes) -> Manifest:
    """Reads a ``plugin.toml``.

    Raises:
        BadManifest: It is too large, no TOML, or breaks a rule; the sentence names the key.
    """
    if len(data) > DEFAULTS.manifest_bytes:
        raise BadManifest(f"the manifest has {len(data)} bytes, more than {DEFAULTS.manifest_bytes}")
    try:
        table = tomllib.loads(data.decode("utf-8"))
        return _manifest(table)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadManifest(f"the manifest is no TOML: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        cause = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise BadManifest(f"the manifest breaks a rule: {cause}", next_step="Ask the plugin's vendor.") from error


def _manifest(table: dict[str, object]) -> Manifest:
    _only(
        table, "api", "id", "summary", "platforms", "permissions", "requires", "capabilities", "settings", "checks",
        "isolation", "limits",
    )  # fmt: skip
    capabilities = tuple(_capability(item) for item in _tables(table.get("capabilities", [])))
    if not capabilities or len({spec.key for spec in capabilities}) != len(capabilities):
        raise ValueError("capabilities must name at least one key, each once")
    _check_needs(capabilities)
    settings = _table(table.get("settings", {}), "settings")
    isolation = Isolation(_text(table.get("isolation", Isolation.AGENT.value), "isolation"))
    if "limits" in table and isolation is not Isolation.PROCESS:
        raise ValueError('limits hold for a plugin in a process of its own: isolation = "process"')
    return Manifest(
        id=plugin_id(_text(table["id"], "id")),
        api=_integer(table["api"], "api"),
        summary=_text(table["summary"], "summary"),
        platforms=frozenset(Platform(name) for name in _names(table["platforms"], "platforms")),
        permissions=frozenset(Permission(name) for name in _names(table.get("permissions", []), "permissions")),
        capabilities=capabilities,
        requires=tuple(capability_key(name) for name in _names(table.get("requires", []), "requires")),
        settings={name: _setting(name, _table(spec, name)) for name, spec in settings.items()},
        checks=_module(_text(table.get("checks", ""), "checks")),
        isolation=isolation,
        bounds=_bounds(_table(table.get("limits", {}), "limits")),
    )


def _bounds(table: dict[str, object]) -> Bounds:
    _only(table, "memory_mib", "cpu_percent")
    return Bounds(**{name: _integer(value, name) for name, value in table.items()})


def _module(name: str) -> str:
    if name and not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"checks is {name!r:.80}, which is no module's name")
    return name


def _capability(table: dict[str, object]) -> CapabilitySpec:
    _only(table, "key", "summary", "default", "essential", "holds", "needs")
    return CapabilitySpec(
        key=capability_key(_text(table["key"], "key")),
        summary=_text(table["summary"], "summary"),
        default=Verdict(_text(table.get("default", "off"), "default")),
        essential=bool(_typed(SettingType.FLAG, table.get("essential", False))),
        holds=_holds(table.get("holds", False)),
        needs=capability_key(_text(table["needs"], "needs")) if "needs" in table else None,
    )


def _holds(value: object) -> Holds:
    if isinstance(value, str):
        return Holds(value)
    return Holds.ALL if _typed(SettingType.FLAG, value) else Holds.NONE


def _check_needs(capabilities: tuple[CapabilitySpec, ...]) -> None:
    """One step and no more: no circle can be written."""
    alone = {spec.key for spec in capabilities if spec.needs is None}
    for spec in capabilities:
        if spec.needs is not None and spec.needs not in alone:
            raise ValueError(f"{spec.key} needs {spec.needs}, which is no capability here that needs no other")


def _setting(name: str, table: dict[str, object]) -> SettingSpec:
    _only(table, "type", "default", "unit", "minimum", "maximum", "summary")
    spec = SettingSpec(
        name=name,
        type=SettingType(_text(table["type"], "type")),
        default=_typed(SettingType(_text(table["type"], "type")), table["default"]),
        summary=_text(table["summary"], "summary"),
        unit=_text(table.get("unit", ""), "unit"),
        minimum=_bound(table.get("minimum")),
        maximum=_bound(table.get("maximum")),
    )
    spec.check(table["default"])
    return spec


def _typed(kind: SettingType, value: object) -> SettingValue:
    match kind, value:
        case SettingType.FLAG, bool():
            return value
        case SettingType.INTEGER, int() if not isinstance(value, bool):
            return value
        case SettingType.NUMBER, int() | float() if not isinstance(value, bool):
            return float(value)
        case SettingType.TEXT, str():
            return value
        case SettingType.TEXTS, list() | tuple() if all(isinstance(item, str) for item in value):
            return tuple(value)
    raise ValueError(f"{value!r} is not of type {kind.value}")


def _only(table: Mapping[str, object], *known: str) -> None:
    for key in table:
        if key not in known:
            raise ValueError(f"{key!r} is unknown; known are {', '.join(known)}")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise ValueError(f"{name} must be a text of at most 1000 characters")
    return value


def _integer(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} must be an integer")
    return value


def _bound(value: object) -> float | None:
    return None if value is None else float(_typed(SettingType.NUMBER, value))  # type: ignore[arg-type]


def _names(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or len(value) > _COUNT:
        raise ValueError(f"{name} must be a list of at most {_COUNT} names")
    return [_text(item, name) for item in value]


def _table(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict) or len(value) > _COUNT:
        raise ValueError(f"{name} must be a table of at most {_COUNT} keys")
    return value


def _tables(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or len(value) > _COUNT:
        raise ValueError(f"capabilities must be a list of at most {_COUNT} tables")
    return [_table(item, "capabilities") for item in value]
