"""Installing from the portal: the right file for the system, a token inside, its hash, and who may."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from hub_rig import Bench
from portal_steps import URL, SignIn, csrf, send
from update_rig import Folder

from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.domain.agents import EnrolmentFilter
from tympan_hub.domain.ids import TenantId, hash_of
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.domain.policy import USER_ENROLMENT, Verdict

pytestmark = pytest.mark.anyio
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0"
DEB = "agent/2.0.0/tympan_2.0.0_amd64.deb"
BUNDLE = "agent/2.0.0/tympan-2.0.0-linux-x86_64.tar.gz"


@pytest.fixture
async def tenant(hub: Bench) -> TenantId:
    return await hub.tenant()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    tree = tmp_path_factory.mktemp("package")
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN").chmod(0o755)  # whatever the mask of who runs the tests: dpkg-deb takes no other
    control = "Package: tympan\nVersion: 2.0.0\nArchitecture: amd64\nMaintainer: n <n@example.org>\nDescription: x\n"
    (tree / "DEBIAN" / "control").write_text(control)
    made = tree.with_suffix(".deb")
    subprocess.run(["dpkg-deb", "-Zxz", "--root-owner-group", "-b", tree, made], check=True, capture_output=True)
    return made.read_bytes()


PROGRAM = b"""#!/bin/sh
echo "$@" >> "$HOME/asked"
test -s "$HOME/.local/share/tympan/install/trust/root.json"
"""
CURL = """#!/bin/sh
cp {folder}/"${{3#*/updates/v1/}}" "$2"
"""


def bundle() -> bytes:
    """An archive with a program that keeps what it is asked, and does nothing where nobody is trusted."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        told = tarfile.TarInfo("tympan")
        told.size, told.mode = len(PROGRAM), 0o755
        tar.addfile(told, io.BytesIO(PROGRAM))
    return made.getvalue()


@pytest.fixture
def published(hub: Bench, package: bytes) -> Folder:
    repository = hub.services.installs._repository
    assert isinstance(repository, FolderRepository)
    folder = Folder(repository._folder)
    folder.add(DEB, package)
    folder.add(BUNDLE, bundle())
    folder.add("agent/3.0.0/tympan_3.0.0_amd64.deb", b"not for everybody yet")
    folder.channel("all", "2.0.0")
    folder.channel("canary", "3.0.0")
    folder.publish()
    return folder


async def tokens(hub: Bench, tenant: TenantId) -> set[str]:
    found = await hub.services.agents.tokens(tenant, CONSOLE, EnrolmentFilter(limit=100))
    return {token.hash for token in found}


async def test_one_click_gives_the_package_with_a_token_that_joins_one_computer(
    hub: Bench, tenant: TenantId, sign_in: SignIn, published: Folder, package: bytes, tmp_path: Path
) -> None:
    boss = await hub.person(tenant)
    client = await sign_in(boss)
    page = (await client.get("/install")).text
    assert "Version 2.0.0." in page and hashlib.sha256(package).hexdigest() in page
    answer = await client.post("/install/package", data={"csrf": await csrf(client, "/install")})
    assert answer.headers["content-disposition"] == 'attachment; filename="tympan_2.0.0_amd64.deb"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["cache-control"] == "no-store"
    (tmp_path / "own.deb").write_bytes(answer.content)
    shown = subprocess.run(["dpkg-deb", "-I", tmp_path / "own.deb", "enrolment"], check=True, capture_output=True)
    address, token = re.fullmatch(r"hub=(\S+)\ntoken=(\S+)\n", shown.stdout.decode()).groups()  # type: ignore[union-attr]
    assert address == URL and await tokens(hub, tenant) == {hash_of(token)}
    agent = await hub.agent(tenant)
    assert agent.id


async def test_commands_check_the_file_before_they_install_it(
    hub: Bench, tenant: TenantId, sign_in: SignIn, published: Folder, package: bytes
) -> None:
    client = await sign_in(await hub.person(tenant))
    page = (await send(client, "/install/command", system="debian")).text
    command = re.search(r'<code id="command">(.*?)</code>', page, re.DOTALL)[1]  # type: ignore[index]
    order = [command.index(word) for word in ("curl", "sha256sum -c", "/etc/tympan/enrolment", "apt install")]
    assert order == sorted(order) and hashlib.sha256(package).hexdigest() in command
    page = (await send(client, "/install/command", system="linux")).text
    assert "service install --user" in page and "--token=" in page
    assert "/steady" in page  # from there the updater is started
    assert len(await tokens(hub, tenant)) == 2


def run(command: str, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs what the page shows, with a ``curl`` that takes from a published folder."""
    (home / "bin").mkdir(parents=True, exist_ok=True)
    (home / "bin" / "curl").write_text(CURL.format(folder=folder))
    (home / "bin" / "curl").chmod(0o755)
    env = {"HOME": str(home), "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(["sh", "-c", command], env=env, capture_output=True, text=True, timeout=60, check=False)


async def test_one_persons_own_install_knows_whom_to_trust_with_updates_before_it_starts(
    hub: Bench, tenant: TenantId, sign_in: SignIn, published: Folder, tmp_path: Path
) -> None:
    client = await sign_in(await hub.person(tenant))
    page = (await send(client, "/install/command", system="linux")).text
    command = html.unescape(re.search(r'<code id="command">(.*?)</code>', page, re.DOTALL)[1])  # type: ignore[index]
    done = run(command, tmp_path / "home", published.root)
    assert done.returncode == 0, done.stderr
    install = tmp_path / "home" / ".local" / "share" / "tympan" / "install"
    [root] = published.root.glob("metadata/*.root.json")
    assert (install / "trust" / "root.json").read_bytes() == root.read_bytes()
    assert (install / "versions" / "2.0.0" / "complete").exists() and (install / "steady").is_symlink()
    asked = (tmp_path / "home" / "asked").read_text().splitlines()
    assert asked[0] == "service install --user" and asked[1].startswith(f"hub enrol {URL} --token=")
    root.write_bytes(b"another one's")
    done = run(command, tmp_path / "other", published.root)
    assert done.returncode != 0 and not (tmp_path / "other" / "asked").exists(), "what is not as told starts nothing"


async def test_the_address_the_page_names_is_where_the_file_is(
    hub: Bench, tenant: TenantId, sign_in: SignIn, published: Folder, package: bytes
) -> None:
    page = (await (await sign_in(await hub.person(tenant))).get("/install")).text
    [address] = set(re.findall(rf'href="{URL}(/updates/v1/\S+?)"', page))
    assert (await hub.client.get(address)).content == package


async def test_windows_and_macos_are_told_honestly(hub: Bench, tenant: TenantId, sign_in: SignIn) -> None:
    client = await sign_in(await hub.person(tenant))
    for asked in (client.get("/install", headers={"User-Agent": WINDOWS}), client.get("/install?system=macos")):
        page = (await asked).text
        assert "Not there yet for this system" in page and "/install/package" not in page


async def test_a_user_gets_a_token_only_where_policy_lets_users_join_computers(
    hub: Bench, tenant: TenantId, sign_in: SignIn, published: Folder
) -> None:
    client = await sign_in(await hub.person(tenant, Role.USER))
    page = (await client.get("/install")).text
    assert "Without a token" in page and "tympan login" in page
    assert (await send(client, "/install/package")).status_code == 403
    assert (await send(client, "/install/command", system="debian")).status_code == 403
    assert await tokens(hub, tenant) == set()
    await hub.services.policy.switch(tenant, CONSOLE, USER_ENROLMENT, Verdict.ON)
    assert (await send(client, "/install/package")).headers["content-disposition"]


async def test_a_package_that_is_not_what_was_published_is_not_handed_out(
    hub: Bench, tenant: TenantId, sign_in: SignIn, published: Folder
) -> None:
    for path in published.root.rglob("*.tympan_2.0.0_amd64.deb"):
        path.write_bytes(b"something else")
    answer = await send(await sign_in(await hub.person(tenant)), "/install/package")
    assert answer.status_code == 409 and "cannot be handed out" in answer.text
    assert await tokens(hub, tenant) == set()


async def test_a_hub_that_published_nothing_says_so(hub: Bench, tenant: TenantId, sign_in: SignIn) -> None:
    page = (await (await sign_in(await hub.person(tenant))).get("/install?system=debian")).text
    assert "Nothing is published here yet" in page


async def test_who_fetches_very_many_waits_for_a_while(hub: Bench, tenant: TenantId, published: Folder) -> None:
    from tympan_hub.domain.errors import TooMany
    from tympan_hub.domain.limits.updates import INSTALLS_PER_PERSON

    boss: Person = await hub.person(tenant)
    for _ in range(INSTALLS_PER_PERSON):
        await hub.services.installs.token(tenant, boss)
    with pytest.raises(TooMany):
        await hub.services.installs.token(tenant, boss)
    hub.clock.forward(minutes=16)
    _, ends = await hub.services.installs.token(tenant, boss)
    assert ends == hub.clock.now() + dt.timedelta(days=1)
