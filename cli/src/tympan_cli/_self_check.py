"""What a new version is asked before it is switched to: does it load, open and print here?

- It works on copies and in folders of its own; the agent that runs is not touched, and no hub is asked.
- What cannot be tried here is no fault: a keyring that is locked, a simulator that was left out.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from tympan.admin import AllowList, Home, collect, load, own_module, scan
from tympan.plugin import PluginState, TympanError
from tympan_cli import _offline as offline
from tympan_cli._errors import CommandError
from tympan_cli._limits import CHECK_STEP_S, CHECK_UP_S

PLUGINS: Final = "TYMPAN_PLUGINS"
"""Names a file with the plugins that will be in use after the switch."""
_STORE_KEY: Final = "store"
_PAGE: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" + (
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def faults_of(state: Path | None, expected: Sequence[str]) -> list[str]:
    """What does not do here, each as a sentence; none when all does."""
    _add_plugins()
    faults = [*_tried("the plugins", lambda: _unloadable(expected))]
    if state is not None:
        faults += _tried("the state", lambda: _unopened(state))
    return faults + _tried("a page", _unprinted)


def _tried(what: str, look: Callable[[], list[str]]) -> list[str]:
    try:
        return look()
    except Exception as error:  # whatever a new version raises is what we want to know
        return [f"{what}: {type(error).__name__}: {error}"]


def _add_plugins() -> None:
    with contextlib.suppress(OSError, ValueError, KeyError):
        for folder in json.loads(Path(os.environ[PLUGINS]).read_bytes())["use"]:
            sys.path.insert(0, str(folder))
    importlib.invalidate_caches()


# ---------------------------------------------------------------------------------------------------- loading


def _unloadable(expected: Sequence[str]) -> list[str]:
    """Plugins that ran before and cannot be loaded now; what they would do is not begun."""
    with tempfile.TemporaryDirectory(prefix="tympan-check-") as folder:
        found = {str(name): pair for name, pair in scan(AllowList(Home(Path(folder)))).items()}
    faults = []
    for name in expected:
        if name not in found:
            faults.append(f"the plugin {name} is not there")
            continue
        record, point = found[name]
        if record.state is not PluginState.FOUND:
            faults.append(f"the plugin {name} is {record.state.value}: {record.reason}")
            continue
        faults += _tried(f"the plugin {name}", lambda r=record, p=point: _hooks(r.id, p))  # type: ignore[misc]
    return faults


def _hooks(plugin: Any, point: Any) -> list[str]:
    return [] if collect(load(point), plugin) else [f"the plugin {plugin} offers nothing"]


# ---------------------------------------------------------------------------------------------------- opening


def _unopened(state: Path) -> list[str]:
    """A state that cannot be opened, where there is one and its key can be had."""
    if not (state / "store" / "store.db").exists():
        return []
    try:
        offline.run(lambda: _open(Home(state)))
    except CommandError as error:
        if isinstance(error.__cause__, TympanError) and type(error.__cause__).__name__ in ("VaultError", "VaultLocked"):
            return []
        return [f"the state of this machine cannot be opened: {error.cause}"]
    return []


async def _open(place: Home) -> None:
    from tympan.admin import Log, open_agent

    agent = await open_agent(place, os.environ, overrides={}, log=Log({"TYMPAN_LOG": "off"}))
    try:
        await agent.store.load_all()
    finally:
        await agent.store.close()


# ---------------------------------------------------------------------------------------------------- printing


@attrs.frozen
class _Room:
    """An agent of its own, in a folder of its own."""

    folder: Path
    environment: Mapping[str, str]

    def tympan(self, *arguments: str) -> Any:
        """A command of this version's; its JSON, None when it fails."""
        done = subprocess.run(
            own_module("tympan_cli", *arguments, "--json"),
            env=self.environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=CHECK_UP_S,
            check=False,
        )
        return json.loads(done.stdout) if done.returncode == 0 else None


def _unprinted() -> list[str]:
    """Prints a page with an agent of this version on a simulated printer, where there is one."""
    if importlib.util.find_spec("tympan_sim") is None:
        return []
    with tempfile.TemporaryDirectory(prefix="tympan-check-") as folder:
        kept = {name: value for name, value in os.environ.items() if name != "CREDENTIALS_DIRECTORY"}
        room = _Room(Path(folder), {**kept, "TYMPAN_HOME": f"{folder}/state", "TYMPAN_LOG": "json"})
        page = room.folder / "page.pdf"
        page.write_bytes(_PAGE)
        with _running(own_module("tympan_sim", "printer", "--name", "check", "--no-tls", "--json"), room) as sim:
            address = json.loads(sim.readline())["printers"][0]["uri"]
            with _running(own_module("tympan_cli", "run", "--port", "0"), room):
                return _print(room, str(address), page)


def _print(room: _Room, address: str, page: Path) -> list[str]:
    if _until(lambda: (room.tympan("status") or {}).get("running")) is None:
        return ["an agent of this version does not get ready"]
    if room.tympan("printers", "add", "check", "--uri", address) is None:
        return ["an agent of this version takes no printer"]
    done = _until(lambda: room.tympan("print", str(page), "--printer", "check", "--wait"))
    state = (done or {}).get("state", "not taken")
    return [] if state == "completed" else [f"a page was not printed by an agent of this version: {state}"]


def _until(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + CHECK_UP_S
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(CHECK_STEP_S)
    return None


@contextlib.contextmanager
def _running(argv: list[str], room: _Room) -> Iterator[Any]:
    """A process that lives as long as the block does, with its output."""
    process = subprocess.Popen(
        argv, env=room.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        yield process.stdout
    finally:
        process.terminate()
        try:
            process.wait(CHECK_UP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
