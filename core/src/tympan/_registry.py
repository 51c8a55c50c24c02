"""Finds plugins and runs the gate. Sole place that imports plugin code.

- Every entry point found has a record, and every step of the gate is in it: ``tympan plugins`` shows them all.
- A capability that policy has off is never imported; the manifest is found through the import system's spec of the
  top-level package, which imports nothing.
- Two distributions claiming one id: neither is guessed, both are named.
- What is imported is the distribution's own that was looked at: one whose package stands behind another's is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import importlib.util
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import attrs

from tympan._errors import BadManifest, TympanError
from tympan._home import Home, read_file
from tympan._ids import CapabilityKey, PluginId
from tympan._installed import change, elsewhere
from tympan._limits import DEFAULTS
from tympan._manifest import (
    MANIFEST,
    CapabilitySpec,
    Isolation,
    Manifest,
    Platform,
    parse_manifest,
    this_platform,
)
from tympan._states import PluginState, PluginStep, plugin_step

GROUP = "tympan.plugins"
API = 1


@attrs.frozen(kw_only=True)
class GateStep:
    """One step of the gate and how it went."""

    step: str
    passed: bool
    detail: str


class RunStep(StrEnum):
    """The steps of the gate behind the static ones, in their order."""

    POLICY = "policy"
    REQUIRES = "requires"
    IMPORT = "import"
    HOOKS = "hooks"
    START = "start"
    RUN = "run"


@attrs.frozen(kw_only=True)
class PluginRecord:
    """All that is known of a plugin that was found.

    Attributes:
        id: Name of the entry point.
        distribution: The distribution it came with, and its version.
        version: Version of that distribution.
        module: What would be imported.
        state: What became of it.
        reason: Why, as a sentence; "" when it runs.
        manifest: Once read.
        on: Capabilities that policy has on.
        steps: The gate, step by step.
        restarts: How often the supervisor has started it again.
        sha256: Of its distribution's RECORD, as an allow-list pins it; "" when it has none.
        used_at: When it last did what it is for, UTC, to the hour; None when it has not since the agent started.
    """

    id: PluginId
    distribution: str
    version: str
    module: str
    state: PluginState = PluginState.FOUND
    reason: str = ""
    manifest: Manifest | None = None
    on: frozenset[CapabilityKey] = frozenset()
    steps: tuple[GateStep, ...] = ()
    restarts: int = 0
    sha256: str = ""
    used_at: dt.datetime | None = None

    def step(self, step: PluginStep, reason: str = "") -> PluginRecord:
        """The record after a step of its state machine."""
        return attrs.evolve(self, state=plugin_step(self.state, step), reason=reason)

    def passed(self, step: str, detail: str = "") -> PluginRecord:
        """The record with one more gate step passed."""
        return attrs.evolve(self, steps=(*self.steps, GateStep(step=step, passed=True, detail=detail)))

    def marked(self, step: RunStep, *, passed: bool, detail: str = "") -> PluginRecord:
        """The record with one more step behind the static gate; what stood for it or came later is forgotten."""
        later = tuple(RunStep)[tuple(RunStep).index(step) :]
        kept = tuple(done for done in self.steps if done.step not in later)
        return attrs.evolve(self, steps=(*kept, GateStep(step=step.value, passed=passed, detail=detail)))

    def next_step(self) -> RunStep:
        """The step it has come to."""
        done = {step.step for step in self.steps if step.passed}
        return next((step for step in RunStep if step.value not in done), RunStep.RUN)

    def stopped(self, step: str, how: PluginStep, reason: str) -> PluginRecord:
        """The record refused, skipped or off at a gate step."""
        record = attrs.evolve(self, steps=(*self.steps, GateStep(step=step, passed=False, detail=reason)))
        return record.step(how, reason)


Found = importlib.metadata.EntryPoint

_NO_BOUNDS = "it wants a process of its own, which this agent cannot bound on Windows yet"


class AllowList:
    """Which distributions may be loaded: ``plugins.toml`` with ``[[allow]]`` tables; without the file, all may."""

    def __init__(self, home: Home) -> None:
        self._path = home.allow_file

    def refusal(self, distribution: importlib.metadata.Distribution | None, name: str, version: str) -> str:
        """Why a distribution may not be loaded; "" when it may. A file that cannot be read allows nothing."""
        try:
            entries = tomllib.loads(read_file(self._path).decode("utf-8")).get("allow", [])
            matches = [entry for entry in entries if _matches(entry, distribution, name, version)]
            pinned = bool(matches) and all(entry.get("sha256") for entry in matches)
            changed = change(distribution) if pinned and distribution is not None else ""
        except FileNotFoundError:
            return ""
        except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            return f"{self._path} cannot be read, so nothing is allowed: {error}"
        if changed:
            return f"{name} {version} was changed since it was installed: {changed}"
        return "" if matches else f"{name} {version} is not on the allow-list {self._path}"


def distribution_hash(distribution: importlib.metadata.Distribution | None) -> str:
    """SHA-256 of a distribution's RECORD (which lists the hash of each of its files); "" when it has none."""
    record = distribution.read_text("RECORD") if distribution else None
    return hashlib.sha256(record.encode()).hexdigest() if record else ""


def scan(allow: AllowList) -> dict[PluginId, tuple[PluginRecord, Found]]:
    """Finds every plugin and takes it through the gate up to, and without, policy."""
    points, broken = _entry_points()
    unique = {(point.name, point.value, _distribution(point)): point for point in points}
    counts = Counter(name for name, _, _ in unique)
    found: dict[PluginId, tuple[PluginRecord, Found]] = {}
    for number, ((_, _, by), point) in enumerate(unique.items()):
        record = _record(point, *by)
        if counts[point.name] > 1:
            rivals = [" ".join(other) for name, _, other in unique if name == point.name]
            reason = f"claimed by {' and by '.join(rivals)}; none is loaded"
            found[PluginId(f"{point.name}#{number}")] = (record.stopped("unique", PluginStep.REFUSE, reason), point)
        elif number >= DEFAULTS.plugins:
            reason = f"there are more than {DEFAULTS.plugins} plugins"
            found[record.id] = (record.stopped("unique", PluginStep.REFUSE, reason), point)
        else:
            found[record.id] = (_gate(record.passed("unique"), point, allow), point)
    for number, (record, point) in enumerate(broken):
        place = PluginId(f"{record.id}#broken{number}") if record.id in found else record.id
        found[place] = (record, point)
    return found


def load(point: Found) -> object:
    """Imports the plugin's module. The only place where foreign code comes in; run it in a thread."""
    return point.load()


def order(records: Iterable[PluginRecord]) -> list[PluginRecord]:
    """Those given, each after the ones whose capabilities it requires; cycles come last, in the order given."""
    left = list(records)
    offered_by_left = {spec.key for record in left for spec in _capabilities(record)}
    placed: list[PluginRecord] = []
    available = {key for record in left for key in _requires(record)} - offered_by_left
    while left:
        ready = [record for record in left if _requires(record) <= available]
        if not ready:
            return placed + left
        placed += ready
        available |= {spec.key for record in ready for spec in _capabilities(record)}
        left = [record for record in left if record not in ready]
    return placed


def _capabilities(record: PluginRecord) -> tuple[CapabilitySpec, ...]:
    return record.manifest.capabilities if record.manifest else ()


def _requires(record: PluginRecord) -> set[CapabilityKey]:
    return set(record.manifest.requires) if record.manifest else set()


def circular(record: PluginRecord, records: Iterable[PluginRecord]) -> bool:
    """Whether a plugin requires, through others, a capability that it offers itself."""
    known = tuple(records)
    own = {spec.key for spec in _capabilities(record)}
    seen: set[CapabilityKey] = set()
    ahead = _requires(record)
    while ahead:
        seen |= ahead
        offering = [other for other in known if any(spec.key in ahead for spec in _capabilities(other))]
        ahead = {key for other in offering for key in _requires(other)} - seen
    return bool(own & seen)


def _entry_points() -> tuple[list[Found], list[tuple[PluginRecord, Found]]]:
    """Entry points of the group by name, and those of distributions that cannot be read; one breaks no other."""
    points: list[Found] = []
    broken: list[tuple[PluginRecord, Found]] = []
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        try:
            offered = list(distribution.entry_points.select(group=GROUP))
        except Exception as error:
            broken += _broken(distribution, error)
            continue
        name = _normal(_named(distribution)[0]) if offered else ""
        if name not in seen:  # the first on the path is the one that would be imported
            points += offered
        seen |= {name} if offered else set()
    return sorted(points, key=lambda point: (point.name, point.value)), broken


def _broken(distribution: importlib.metadata.Distribution, error: Exception) -> list[tuple[PluginRecord, Found]]:
    try:
        concerns_us = GROUP in (distribution.read_text("entry_points.txt") or "")
    except (OSError, ValueError):
        concerns_us = False
    if not concerns_us:
        return []
    name, version = _named(distribution)
    record = PluginRecord(id=PluginId(_normal(name).replace("-", "_")), distribution=name, version=version, module="")
    reason = f"the entry points of {name} {version} cannot be read: {error}"
    point = importlib.metadata.EntryPoint(name=name, value="", group=GROUP)
    return [(record.stopped("found", PluginStep.REFUSE, reason), point)]


def _record(point: Found, name: str, version: str) -> PluginRecord:
    record = PluginRecord(
        id=PluginId(point.name),
        distribution=name,
        version=version,
        module=_module(point),
        sha256=distribution_hash(point.dist),
    )
    return record.passed("found", f"{name} {version}")


def _module(point: Found) -> str:
    return point.value.partition(":")[0].partition("[")[0].strip()


def _distribution(point: Found) -> tuple[str, str]:
    return _named(point.dist) if point.dist else ("unknown", "0")


def _named(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    try:
        told = distribution.metadata  # read anew each time, whole, with the description
        return str(told["Name"]), str(told["Version"])
    except Exception:  # metadata that is missing or damaged raises whatever its parser stumbles over
        return "unknown", "0"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _gate(record: PluginRecord, point: Found, allow: AllowList) -> PluginRecord:
    try:
        manifest = _read_manifest(point)
    except TympanError as error:
        return record.stopped("manifest", PluginStep.REFUSE, error.sentence)
    record = attrs.evolve(record.passed("manifest"), manifest=manifest)
    if manifest.id != record.id:
        return record.stopped(
            "manifest", PluginStep.REFUSE, f"its manifest names it {manifest.id!r}, its entry point {record.id!r}"
        )
    if manifest.api != API:
        return record.stopped(
            "api", PluginStep.REFUSE, f"it is written for plugin API {manifest.api}; this agent has {API}"
        )
    if this_platform() not in manifest.platforms:
        names = ", ".join(sorted(platform.value for platform in manifest.platforms))
        return record.passed("api").stopped("platform", PluginStep.SKIP, f"it can only run on {names}")
    if manifest.isolation is Isolation.PROCESS and this_platform() is Platform.WINDOWS:
        return record.passed("api").stopped("platform", PluginStep.SKIP, _NO_BOUNDS)
    refusal = allow.refusal(point.dist, record.distribution, record.version)
    record = record.passed("api").passed("platform")
    return record.stopped("allowed", PluginStep.REFUSE, refusal) if refusal else record.passed("allowed")


def _read_manifest(point: Found) -> Manifest:
    package = _module(point).partition(".")[0]
    try:
        spec = importlib.util.find_spec(package)
    except Exception as error:  # finders of other distributions take part, and raise what they like
        raise BadManifest(f"its package {package!r} cannot be found: {error}") from error
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise BadManifest(f"its package {package!r} cannot be found", next_step="Install it again.")
    if point.dist is not None and (where := elsewhere(point.dist, Path(folders[0]))):
        raise BadManifest(f"its package {package!r} {where}", next_step="Remove the other one.")
    path = Path(folders[0]) / MANIFEST
    try:
        with path.open("rb") as file:
            return parse_manifest(file.read(DEFAULTS.manifest_bytes + 1))
    except OSError as error:
        raise BadManifest(f"{MANIFEST} is missing beside {package}: {error.strerror}") from error


def _matches(
    entry: dict[str, str], distribution: importlib.metadata.Distribution | None, name: str, version: str
) -> bool:
    unknown = sorted(set(entry) - {"distribution", "version", "sha256"})
    if unknown:  # a misspelt condition must not pass for none
        raise ValueError(f"an entry has the unknown key {unknown[0]!r}")
    wanted_hash = entry.get("sha256", "")
    return (
        _normal(entry["distribution"]) == _normal(name)
        and entry.get("version", version) == version
        and (not wanted_hash or wanted_hash == distribution_hash(distribution))
    )
