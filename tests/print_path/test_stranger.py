"""A stranger's plugin, installed from a wheel built outside the repository: found, gated, run, nothing changed here."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
import trio
from rig import ProgramFailed, agent, run, wait_until

pytestmark = [pytest.mark.anyio, pytest.mark.system]
WAIT_S = 30.0

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{distribution}"
version = "1.0"
dependencies = ["tympan"]
[project.entry-points."tympan.plugins"]
greeter = "{package}.plugin"
[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""
MANIFEST = """\
api = 1
id = "greeter"
summary = "Greets every job"
platforms = ["linux", "macos", "windows"]
permissions = ["jobs"]
[[capabilities]]
key = "greeter.hello"
summary = "Writes a line for every job"
"""
PLUGIN = """\
from tympan.plugin import Contribution, JobChanged, hookimpl


class Greeter:
    async def run(self, host):
        with host.bus.subscribe(JobChanged) as events:
            host.ready()
            host.log("the greeter listens", jobs=len(host.jobs.all()))
            async for event in events:
                host.log("hello", job=str(event.job))


class Hello:
    name = "hello"
    summary = "Says hello"

    def run(self, arguments):
        print("hello", *arguments)
        return 6 if "badly" in arguments else 0


@hookimpl
def register_commands():
    return [Contribution(port=Hello())]


@hookimpl
def register_services():
    return [Contribution(port=Greeter())]
"""


async def wheel(folder: Path, distribution: str, package: str) -> Path:
    """Builds a plugin's wheel in a folder of its own."""
    source = folder / distribution
    (source / package).mkdir(parents=True)
    (source / "pyproject.toml").write_text(PROJECT.format(distribution=distribution, package=package))
    (source / package / "__init__.py").write_text('"""Greets every job."""\n')
    (source / package / "plugin.toml").write_text(MANIFEST)
    (source / package / "plugin.py").write_text(textwrap.dedent(PLUGIN))
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "dist"), str(source)]
    await run(build)
    return next((folder / "dist").glob(f"{package}-*.whl"))


async def installed(folder: Path, *wheels: Path) -> dict[str, str]:
    """Installs wheels into a place of their own; returns the environment that has it on the path."""
    place = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    await run([*pip, "--target", str(place), *map(str, wheels)])
    return {"PYTHONPATH": str(place)}


async def test_a_stranger_s_plugin_is_found_gated_and_run(tmp_path: Path) -> None:
    env = await installed(tmp_path, await wheel(tmp_path, "acme-greeter", "acme_greeter"))
    async with agent(tmp_path / "home", env=env) as running:

        async def row() -> dict[str, Any]:
            rows = await running.ask("plugins")
            return next(row for row in rows if row["id"] == "greeter")

        found = await row()
        assert (found["distribution"], found["status"], found["imported"]) == ("acme-greeter", "off", False)
        assert "the default is off" in found["reason"]
        await running.tympan("policy", "set", "greeter.hello", "on")

        async def runs() -> bool:
            return (await row())["status"] == "running" and "the greeter listens" in running.output()

        await wait_until(runs, "the greeter runs", timeout_s=WAIT_S)
        assert await running.tympan("hello", "--loud", "world") == "hello --loud world\n"
        with pytest.raises(ProgramFailed, match="ended with 6"):
            await running.tympan("hello", "badly")
        await running.tympan("policy", "set", "greeter.hello", "off")

        async def off() -> bool:
            return bool((await row())["status"] == "off")

        await wait_until(off, "the greeter is off", timeout_s=WAIT_S)
        with pytest.raises(ProgramFailed, match="no such command 'hello'"):
            await running.tympan("hello")


async def test_two_distributions_with_one_id_are_both_named_and_neither_runs(tmp_path: Path) -> None:
    wheels = [await wheel(tmp_path, f"{name}-greeter", f"{name}_greeter") for name in ("acme", "umbrella")]
    env = await installed(tmp_path, *wheels)
    async with agent(tmp_path / "home", env=env) as running:
        rows = [row for row in await running.ask("plugins") if row["id"] == "greeter"]
        assert sorted(row["distribution"] for row in rows) == ["acme-greeter", "umbrella-greeter"]
        for row in rows:
            assert (row["status"], row["imported"]) == ("refused", False)
            assert "acme-greeter" in row["reason"]
            assert "umbrella-greeter" in row["reason"]


async def test_an_allow_list_with_a_hash_admits_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    env = await installed(tmp_path, await wheel(tmp_path, "acme-greeter", "acme_greeter"))
    home = tmp_path / "home"
    home.mkdir()
    allowed = ["local-site", "ipp-endpoint", "ipp-submission", "document-stats", "spool-cups"]
    lines = [f'[[allow]]\ndistribution = "tympan-{name}"\n' for name in allowed]
    lines.append(f'[[allow]]\ndistribution = "acme-greeter"\nsha256 = "{"0" * 64}"\n')
    await trio.Path(home / "plugins.toml").write_text("".join(lines))
    async with agent(home, env=env) as running:
        rows = {row["id"]: row for row in await running.ask("plugins")}
        assert (rows["greeter"]["status"], rows["greeter"]["imported"]) == ("refused", False)
        assert "allow-list" in rows["greeter"]["reason"]
        assert rows["local_site"]["status"] == "running"
