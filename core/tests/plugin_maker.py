"""Makes real distributions of plugins on disk, and agents that find them."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.metadata
import sys
import textwrap
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import trio

from tympan._agent import POLICY_KEY, Agent, open_agent
from tympan._events import Event
from tympan._home import Home, write_file
from tympan._ids import PluginId
from tympan._limits import Limits
from tympan._policy import PolicyDocument, Scope, Verdict
from tympan._registry import PluginRecord
from tympan._signing import sign_policy
from tympan._states import PluginState

QUICK = Limits(
    policy_poll_s=0.05, backoff_first_s=0.02, backoff_last_s=1.0, grace_s=0.2, ready_s=0.5, import_s=1.0, claim_s=0.5
)
PATIENCE_S = 20.0

WELL = """
    import trio
    from tympan.plugin import Contribution, hookimpl

    TRACE = []

    class Main:
        async def run(self, host):
            TRACE.append("started")
            host.ready()
            try:
                await trio.sleep_forever()
            finally:
                TRACE.append("ended")

    @hookimpl
    def register_services():
        return [Contribution(port=Main())]
"""
"""A plugin that runs until it is stopped and writes down both."""


@attrs.frozen(kw_only=True)
class Made:
    """What the maker made: a distribution with one entry point and one package."""

    id: str
    package: str
    distribution: str
    dist_info: Path

    @property
    def imported(self) -> bool:
        """Whether any of its code was ever run."""
        return any(name.partition(".")[0] == self.package for name in sys.modules)

    @property
    def trace(self) -> list[str]:
        """What its code wrote down."""
        found: list[str] = getattr(sys.modules.get(f"{self.package}.plugin"), "TRACE", [])
        return found


class Maker:
    """Writes distributions into a folder that is on ``sys.path`` for the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages: list[str] = []

    def plugin(
        self,
        name: str,
        code: str = WELL,
        *,
        default: str = "on",
        requires: Iterable[str] = (),
        permissions: Iterable[str] = (),
        manifest: str | None = None,
        extra: str = "",
        distribution: str = "",
        entry: str = "",
    ) -> Made:
        """Makes plugin ``name`` with capability ``test.<name>``; ``extra`` is added to its manifest."""
        package = f"tympan_made_{distribution or name}".replace("-", "_")
        distribution = distribution or f"made-{name}"
        self.packages.append(package)
        folder = self.folder / package
        folder.mkdir()
        (folder / "__init__.py").write_text('"""Made for a test."""\n')
        (folder / "plugin.py").write_text(textwrap.dedent(code))
        text = manifest if manifest is not None else manifest_of(name, default, requires, permissions) + extra
        (folder / "plugin.toml").write_text(textwrap.dedent(text))
        point = entry or f"{name} = {package}.plugin"
        dist_info = self._dist_info(distribution, package, f"[tympan.plugins]\n{point}\n")
        importlib.invalidate_caches()
        return Made(id=name, package=package, distribution=distribution, dist_info=dist_info)

    def _dist_info(self, distribution: str, package: str, points: str) -> Path:
        folder = self.folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(points)
        write_record(self.folder, package, folder)
        return folder


def write_record(site: Path, package: str, dist_info: Path) -> None:
    """RECORD as an installer writes it (binary distribution format)."""
    rows = [f"{dist_info.name}/RECORD,,"]
    for path in sorted(each for folder in (site / package, dist_info) for each in folder.rglob("*") if each.is_file()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
        rows.append(f"{path.relative_to(site).as_posix()},sha256={digest},{path.stat().st_size}")
    (dist_info / "RECORD").write_text("\n".join(rows) + "\n")


def manifest_of(name: str, default: str = "on", requires: Iterable[str] = (), permissions: Iterable[str] = ()) -> str:
    """A sound ``plugin.toml``."""
    return (
        f'api = 1\nid = "{name}"\nsummary = "Made for a test"\nplatforms = ["linux", "macos", "windows"]\n'
        f"permissions = {sorted(permissions)!r}\nrequires = {sorted(requires)!r}\n"
        f'[[capabilities]]\nkey = "test.{name.replace("_", "-")}"\nsummary = "A test"\ndefault = "{default}"\n'
    )


@contextmanager
def making(folder: Path) -> Iterator[Maker]:
    """A maker whose distributions are the only ones with plugins that can be found, until it is left."""
    folder.mkdir()
    maker, path, everywhere = Maker(folder), list(sys.path), importlib.metadata.distributions
    sys.path.insert(0, str(folder))
    only_ours = functools.partial(everywhere, path=[str(folder)])  # the bundled plugins stay out
    importlib.metadata.distributions = only_ours
    try:
        yield maker
    finally:
        importlib.metadata.distributions = everywhere
        sys.path[:] = path
        for name in [name for name in sys.modules if name.partition(".")[0] in maker.packages]:
            del sys.modules[name]
        importlib.invalidate_caches()


@attrs.define(eq=False)
class Bench:
    """A running agent with made plugins only, and what a test asks of it."""

    agent: Agent
    home: Home
    lines: list[tuple[str, dict[str, object]]] = attrs.field(factory=list)
    number: int = 0

    def record(self, plugin: str) -> PluginRecord:
        """A plugin's record."""
        return self.agent.lifecycle.records[PluginId(plugin)]

    async def until(self, plugin: str, state: PluginState, reason: str = "") -> PluginRecord:
        """Polls until the plugin is in ``state`` and its reason contains ``reason``."""
        with trio.move_on_after(PATIENCE_S):
            while not ((found := self.record(plugin)).state is state and reason in found.reason):
                await trio.sleep(0.005)
            return found
        found = self.record(plugin)
        raise AssertionError(f"{plugin} is {found.state.value}: {found.reason!r}; wanted {state.value} {reason!r}")

    async def policy(self, *, scope: Scope = Scope.MACHINE, **rules: str) -> None:
        """Signs a newer document with the local key and puts it into the folder; the agent finds it by itself."""
        self.number += 1
        said = {f"test.{name.replace('_', '-')}": Verdict(verdict) for name, verdict in rules.items()}
        now = self.agent.now()
        document = PolicyDocument(scope=scope, name=scope.value, number=self.number, issued_at=now, rules=said)
        write_file(
            self.home.policy / f"{scope.value}.json", sign_policy(document, await self.agent.vault.key(POLICY_KEY))
        )

    async def poll(self, condition: Any, what: str) -> None:
        """Polls until ``condition()`` holds."""
        with trio.move_on_after(PATIENCE_S):
            while not condition():
                await trio.sleep(0.005)
            return
        raise AssertionError(f"never: {what}")

    async def heard(self, kind: type[Event], act: Any) -> None:
        """Runs ``act`` and waits for an event of ``kind`` published after it began."""
        with self.agent.bus.subscribe(kind) as events:
            await act()
            with trio.fail_after(PATIENCE_S):
                await events.receive()


ENV = {"TYMPAN_KEYS": "file"}


@asynccontextmanager
async def running(home: Path, *, limits: Limits = QUICK, ready: bool = True) -> AsyncIterator[Bench]:
    """Opens a real agent over a state folder and runs it with the plugins that can be found."""
    lines: list[tuple[str, dict[str, object]]] = []
    agent = await open_agent(
        Home(home), ENV, overrides={}, log=lambda message, **fields: lines.append((message, fields)), limits=limits
    )
    bench = Bench(agent, Home(home), lines)
    async with trio.open_nursery() as nursery:
        if ready:
            with trio.fail_after(PATIENCE_S):
                await nursery.start(agent.run)
        else:
            nursery.start_soon(agent.run)
        yield bench
        nursery.cancel_scope.cancel()


def state_of(bench: Bench) -> dict[str, PluginState]:
    """Every made plugin's state."""
    return {str(name): record.state for name, record in bench.agent.lifecycle.records.items()}
