"""The update repository as its publisher makes it, served by the hub, and read by a client that is none of ours."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import attrs
import httpx
import pytest
from portal_rig import served
from tuf.api.exceptions import RepositoryError
from tuf.ngclient import Updater

from tympan_hub.adapters.update_repository import FolderRepository
from tympan_hub.cli.home import Home
from tympan_hub.cli.hub import hub
from tympan_hub.domain.updates import Ring
from tympan_wire.hub import UPDATES_PATH

pytestmark = pytest.mark.system
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "unattended-install.md"
BUNDLE = "agent/1.2.0/tympan-1.2.0-linux-x86_64.tar.gz"
DEB = "agent/1.2.0/tympan_1.2.0_amd64.deb"
CHANNEL = "channels/canary.json"


@attrs.frozen
class Shop:
    """A publisher's desk, what they published, and where the hub serves it."""

    root: Path
    folder: Path
    url: str = ""

    def do(self, command: str, *arguments: str | Path) -> None:
        """One command of ``tympan-release``."""
        program = [sys.executable, "-m", "tympan_release", command, str(self.root / "shop")]
        subprocess.run([*program, *map(str, arguments)], check=True, capture_output=True, text=True, timeout=60)

    def client(self, place: Path) -> Updater:
        """python-tuf's own client, which trusts what the publisher gave it."""
        base = f"{self.url}{UPDATES_PATH}"
        return Updater(
            metadata_dir=str(place / "metadata"),
            metadata_base_url=f"{base}metadata/",
            target_dir=str(place),
            target_base_url=f"{base}targets/",
            bootstrap=(self.root / "shop" / "root.json").read_bytes(),
        )


def bundle(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as made:
        told = tarfile.TarInfo("tympan")
        told.size, told.mode = 9, 0o755
        made.addfile(told, io.BytesIO(b"#!/bin/sh"))
    return path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = tmp_path_factory.mktemp("shop")
    made = Shop(root, root / "published")
    made.do("init", "--no-passphrase", "--root-keys", "1", "--threshold", "1")
    package = root / "tympan_1.2.0_amd64.deb"
    package.write_bytes(b"!<arch>\n" + bytes(999))
    made.do("add", bundle(root / "tympan-1.2.0-linux-x86_64.tar.gz"), package)
    made.do("channel", "canary", "--agent", "1.2.0")
    made.do("publish", made.folder)
    asyncio.run(_begin(root / "home"))
    with served(root / "home", "--updates", str(made.folder)) as running:
        yield attrs.evolve(made, url=running.url)


async def _begin(home: Path) -> None:
    async with hub(Home(home)):
        pass


def test_a_client_of_the_standard_verifies_and_fetches_it_through_the_hub(shop: Shop, tmp_path: Path) -> None:
    client = shop.client(tmp_path)
    told, wanted = client.get_targetinfo(CHANNEL), client.get_targetinfo(BUNDLE)
    assert told is not None and wanted is not None
    said = json.loads(Path(client.download_target(told, str(tmp_path / "channel"))).read_text())
    assert said["agent"] == "1.2.0"
    assert Path(client.download_target(wanted, str(tmp_path / "file"))).read_bytes() == (
        (shop.root / "tympan-1.2.0-linux-x86_64.tar.gz").read_bytes()
    )


def test_the_hubs_own_reading_says_the_same(shop: Shop, tmp_path: Path) -> None:
    contents = asyncio.run(FolderRepository(shop.folder).contents())
    assert contents is not None and not contents.trouble and contents.ends_at is not None
    assert contents.channels[Ring.CANARY].agent == "1.2.0"
    for path in (BUNDLE, DEB):
        told = shop.client(tmp_path).get_targetinfo(path)
        assert told is not None
        assert (contents.targets[path].sha256, contents.targets[path].size) == (told.hashes["sha256"], told.length)
        assert (shop.folder / contents.targets[path].place).is_file()


def test_a_hub_that_swaps_a_file_is_found_out_by_who_fetches_it(shop: Shop, tmp_path: Path) -> None:
    client = shop.client(tmp_path)
    wanted = client.get_targetinfo(DEB)
    assert wanted is not None
    [file] = shop.folder.rglob("*.tympan_1.2.0_amd64.deb")
    kept = file.read_bytes()
    try:
        file.write_bytes(b"X" + kept[1:])
        with pytest.raises(RepositoryError):
            client.download_target(wanted, str(tmp_path / "file"))
    finally:
        file.write_bytes(kept)


def test_the_address_that_the_guide_of_roll_outs_names_is_where_the_package_is(shop: Shop) -> None:
    named = "/updates/v1/targets/agent/1.0.0/{{ sha256 }}.{{ package }}"
    assert named in GUIDE.read_text()
    content = (shop.root / "tympan_1.2.0_amd64.deb").read_bytes()
    address = named.replace("1.0.0", "1.2.0").replace("{{ sha256 }}", hashlib.sha256(content).hexdigest())
    assert httpx.get(shop.url + address.replace("{{ package }}", "tympan_1.2.0_amd64.deb")).content == content
