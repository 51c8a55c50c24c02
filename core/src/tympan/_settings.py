"""Settings of plugins: ``settings.toml``, one table per plugin, checked against the plugin's manifest.

A file that the environment variable ``TYMPAN_SETTINGS`` names lies beneath it: what many agents have in common.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from tympan._errors import BadSetting
from tympan._home import Home, read_file
from tympan._manifest import Manifest, SettingValue

_T = TypeVar("_T")


class PluginSettings:
    """``Settings`` of one plugin: defaults of its manifest under what the file says."""

    def __init__(self, manifest: Manifest, given: Mapping[str, object]) -> None:
        self._values: dict[str, SettingValue] = {name: spec.default for name, spec in manifest.settings.items()}
        for name, value in given.items():
            self._values[name] = _checked(manifest, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PluginSettings) and self._values == other._values

    __hash__ = None  # type: ignore[assignment]

    def integer(self, name: str) -> int:
        """A setting of type integer."""
        return self._typed(name, int)

    def number(self, name: str) -> float:
        """A setting of type number."""
        return float(self._typed(name, (int, float)))

    def text(self, name: str) -> str:
        """A setting of type text."""
        return self._typed(name, str)

    def flag(self, name: str) -> bool:
        """A setting of type flag."""
        return self._typed(name, bool)

    def texts(self, name: str) -> tuple[str, ...]:
        """A setting of type texts."""
        return self._typed(name, tuple)

    def _typed(self, name: str, kind: type[_T] | tuple[type[_T], ...]) -> _T:
        value = self._values.get(name)
        if not isinstance(value, kind):
            raise BadSetting(f"the plugin asked for a setting {name!r} that its manifest does not have in that type")
        return value


class SettingsFile:
    """``settings.toml``, the file beneath it, and what the command line overrides for one run."""

    def __init__(
        self, home: Home, overrides: Mapping[str, Mapping[str, object]] | None = None, beneath: Path | None = None
    ) -> None:
        self._path = home.settings_file
        self._beneath = beneath
        self._overrides = overrides or {}

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever the file does; zeros when there is none."""
        try:
            status = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_mtime_ns, status.st_size, status.st_ino)

    def of(self, manifest: Manifest) -> PluginSettings:
        """Settings of one plugin.

        Raises:
            BadSetting: A file is no TOML, the one beneath is missing, or a value of this plugin has the wrong name,
                type or range.
        """
        common = _table(self._beneath, manifest, named=True) if self._beneath else {}
        return PluginSettings(
            manifest, {**common, **_table(self._path, manifest), **self._overrides.get(manifest.id, {})}
        )


def _table(path: Path, manifest: Manifest, *, named: bool = False) -> dict[str, object]:
    table = _tables(path, named=named).get(manifest.id, {})
    if not isinstance(table, dict):
        raise BadSetting(f"{manifest.id} in {path} is no table")
    return table


def _tables(path: Path, *, named: bool) -> dict[str, object]:
    try:
        return tomllib.loads(read_file(path).decode("utf-8"))
    except FileNotFoundError as error:
        if named:  # whoever names a file means that it counts
            cause = f"the file of settings {path} is missing"
            raise BadSetting(cause, next_step="Make it, or name another one or none in TYMPAN_SETTINGS.") from error
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise BadSetting(f"{path} cannot be read: {error}", next_step="Mend or remove the file.") from error


def _checked(manifest: Manifest, name: str, value: object) -> SettingValue:
    spec = manifest.settings.get(name)
    if spec is None:
        known = ", ".join(manifest.settings) or "none"
        raise BadSetting(f"{manifest.id} has no setting {name!r}", next_step=f"Known settings: {known}.")
    try:
        return spec.check(value)
    except ValueError as error:
        raise BadSetting(f"setting {manifest.id}.{name}: {error}", next_step="Mend settings.toml.") from error
