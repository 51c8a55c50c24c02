"""One person's own install, without root: its service and its updates, of the agent and of a plugin alone, as built.

The program is built once; the version after it is the same tree under another number.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from debian import Debian, booted, clean_debian
from desk_rig import Workshop
from releases_rig import ROOT, release
from rig import wait_until
from test_update_by_itself import bundle

from tympan_release._making import add
from tympan_release._publishing import archive

pytestmark = [pytest.mark.anyio, pytest.mark.system, pytest.mark.soak, pytest.mark.timeout(3600)]
FIRST, SECOND, THIRD = "7.1.0", "7.1.1", "7.1.2"
WAIT_S: Final = 240.0
NAME: Final = "pat"
HOME: Final = f"/home/{NAME}"
OWN: Final = f"{HOME}/.local/share/tympan/install"
SETTINGS: Final = '[updater]\nrepository = "/srv/updates"\n'
SESSION: Final = "[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n"
"""What a session's login brings, where nobody logs in."""
INSTALL: Final = f"""set -eu
cd ~
mkdir -p {OWN}/versions/{FIRST} {OWN}/trust
tar -xzf /srv/packages/tympan-{FIRST}-linux-x86_64.tar.gz -C {OWN}/versions/{FIRST}
touch {OWN}/versions/{FIRST}/complete
ln -sfn versions/{FIRST} {OWN}/current
ln -sfn versions/{FIRST} {OWN}/steady
cp /srv/stick/root.json {OWN}/trust/root.json
{OWN}/current/tympan service install --user
"""
"""As the portal writes it down for people."""


@pytest.fixture
def anyio_backend() -> str:
    return "trio"


@attrs.frozen(kw_only=True)
class Person:
    """Somebody with an account on a machine, and a session."""

    machine: Debian
    number: int

    async def run(self, *command: str, check: bool = True) -> str:
        """Runs a command as this person."""
        session = [f"HOME={HOME}", "PATH=/usr/bin:/bin", f"XDG_RUNTIME_DIR=/run/user/{self.number}"]
        rights = ["setpriv", f"--reuid={NAME}", f"--regid={NAME}", "--init-groups"]
        return await self.machine.run(*rights, "env", "-i", *session, *command, check=check)

    async def tympan(self, *words: str, check: bool = True) -> str:
        """Runs the program that is installed."""
        return await self.run(f"{OWN}/current/tympan", *words, check=check)

    async def ask(self, *words: str) -> Any:
        """What it answers to scripts."""
        return json.loads(await self.tympan(*words, "--json", check=False))

    async def write(self, path: str, text: str) -> None:
        """Writes a file of theirs."""
        await self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"', "sh", path, text)

    async def standing(self) -> str:
        """How updates stand, for whoever looks why there was none."""
        units = ["tympan.service", "tympan-update.path", "tympan-update.service"]
        said = [
            await self.tympan("update", "status", check=False),
            await self.run("systemctl", "--user", "--no-pager", "status", *units, check=False),
            await self.machine.run("sh", "-c", "journalctl --no-pager | grep -i tympan | tail -n 40", check=False),
        ]
        return "\n".join(said)

    async def plugins(self) -> dict[str, tuple[str, str]]:
        """State and version of each."""
        return {row["id"]: (row["status"], row["version"]) for row in await self.ask("plugins")}


@asynccontextmanager
async def person(machine: Debian) -> AsyncIterator[Person]:
    """Makes the account, and begins a session of it."""
    await machine.write("/etc/hosts", "127.0.0.1 localhost\n")  # an installer of Debian writes it
    await machine.run("useradd", "--create-home", "--home-dir", HOME, "--shell", "/bin/sh", NAME)
    number = int(await machine.run("id", "-u", NAME))
    await machine.write("/etc/systemd/system/user@.service.d/session.conf", SESSION)
    await machine.run("systemctl", "daemon-reload")
    await machine.run("systemctl", "start", f"user@{number}.service")
    yield Person(machine=machine, number=number)


def acme(folder: Path, version: str) -> Path:
    """The example of a vendor's plugin, as a wheel of some version."""
    sources = folder / f"acme-{version}"
    shutil.copytree(ROOT / "examples" / "acme-raw9100", sources)
    project = sources / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "1.0"', f'version = "{version}"'))
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(sources)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    return folder / f"acme_raw9100-{version}-py3-none-any.whl"


async def until_runs(pat: Person, agent: str, **plugins: str) -> None:
    """The versions run and proved themselves."""

    async def there() -> bool:
        row = await pat.ask("update", "status")
        return (row["steady"], row["plugins"], row["under_way"]) == (
            agent, {name.replace("_", "-"): version for name, version in plugins.items()}, None,
        )  # fmt: skip

    try:
        await wait_until(there, f"{agent} with {plugins} to run", timeout_s=WAIT_S, every_s=1.0)
    except TimeoutError:
        pytest.fail(f"{agent} with {plugins} does not run:\n{await pat.standing()}")


async def until_started(pat: Person, version: str) -> None:
    """The vendor's plugin runs, in a process of its own."""

    async def runs() -> bool:
        return (await pat.plugins()).get("raw9100") == ("running", version)

    await wait_until(runs, f"the plugin {version} to run", timeout_s=WAIT_S, every_s=1.0)


async def test_one_person_s_agent_brings_itself_and_a_plugin_up_to_date_without_root(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path / "made")
    workshop.public.mkdir()
    made = release(FIRST)
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "root.json").write_bytes(workshop.root)
    shown = {made.folder: "/srv/packages", workshop.public: "/srv/updates", stick: "/srv/stick"}
    async with booted(clean_debian(), tmp_path / "console", shown) as machine, person(machine) as pat:
        await pat.run("sh", "-c", INSTALL)
        assert (await pat.ask("service", "status", "--user"))["state"] == "active"
        before = await pat.plugins()
        assert {status for status, _ in before.values()} <= {"running", "off", "unsupported"}
        state = (await pat.ask("status"))["home"]
        await pat.write(f"{state}/settings.toml", SETTINGS)

        add(workshop.shop(), bundle(made, SECOND, workshop.files))
        workshop.name(SECOND)
        await pat.run("systemctl", "--user", "restart", "tympan.service")  # an agent looks a minute after its start
        await until_runs(pat, SECOND)
        assert (await pat.ask("update", "status"))["previous"] == FIRST
        assert {name: status for name, (status, _) in (await pat.plugins()).items()} == {
            name: status for name, (status, _) in before.items()
        }

        for version in ("1.0", "1.1"):
            add(workshop.shop(), acme(workshop.files, version))
            workshop.name(SECOND, acme_raw9100=version)
            await pat.run("systemctl", "--user", "restart", "tympan.service")
            await until_runs(pat, SECOND, acme_raw9100=version)
            await pat.tympan("policy", "set", "route.raw9100", "on")  # of a vendor's it is off until somebody says so
            await until_started(pat, version)

        add(workshop.shop(), bundle(made, THIRD, workshop.files, broken=True))
        workshop.name(THIRD, acme_raw9100="1.1")
        archive(workshop.public, stick / "updates.tar", ["all"])
        said = await pat.tympan("update", "from", "/srv/stick/updates.tar", "--user", "--now", check=False)
        assert "The old version runs" in said
        await until_runs(pat, SECOND, acme_raw9100="1.1")
        await until_started(pat, "1.1")
        assert FIRST in await pat.tympan("update", "back", "--user")
        await until_runs(pat, FIRST)
        assert (await pat.ask("service", "status", "--user"))["state"] == "active"
        await pat.tympan("service", "remove", "--user")
        assert "tympan" not in await pat.run("ls", f"{HOME}/.config/systemd/user")
