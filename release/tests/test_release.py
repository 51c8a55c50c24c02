"""The program that makes releases, as people call it."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

PASSPHRASE = "a horse in the archive"


def release(*arguments: object, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tympan_release", *map(str, arguments)],
        env={"TYMPAN_RELEASE_PASSPHRASE": passphrase, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def done(*arguments: object) -> str:
    made = release(*arguments)
    assert made.returncode == 0, made.stderr
    return made.stdout


def refused(*arguments: object, passphrase: str = PASSPHRASE) -> str:
    made = release(*arguments, passphrase=passphrase)
    assert made.returncode in (1, 2), made.stdout
    assert "Traceback" not in made.stderr
    return made.stderr


def bundle(folder: Path, version: str) -> Path:
    path = folder / f"tympan-{version}-linux-x86_64.tar.gz"
    with tarfile.open(path, "w:gz"):
        return path


def wheel(folder: Path, name: str) -> Path:
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("acme/__init__.py", "")
    return folder / name


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with two versions, published."""
    folder = tmp_path_factory.mktemp("release") / "shop"
    done("init", folder)
    done("add", folder, bundle(folder.parent, "1.0.0"), bundle(folder.parent, "1.1.0"))
    done("channel", folder, "all", "--agent", "1.0.0")
    done("channel", folder, "canary", "--agent", "1.1.0")
    done("publish", folder, folder.parent / "public")
    return folder


def test_keys_are_locked_with_a_passphrase_and_for_their_owner_alone(shop: Path) -> None:
    keys = sorted(path.name for path in (shop / "keys").glob("*.pem"))
    assert keys == [
        "channels.pem",
        "root-1.pem",
        "root-2.pem",
        "root-3.pem",
        "snapshot.pem",
        "targets.pem",
        "timestamp.pem",
    ]
    for path in (shop / "keys").glob("*.pem"):
        assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_published_is_what_agents_and_hubs_read(shop: Path) -> None:
    public = shop.parent / "public"
    names = sorted(path.name for path in (public / "metadata").iterdir())
    assert {"1.root.json", "timestamp.json"} <= set(names)
    assert {name.partition(".")[2] for name in names} >= {"snapshot.json", "targets.json", "channel-all.json"}
    [path] = (public / "targets" / "channels").glob("*.canary.json")
    assert json.loads(path.read_bytes())["agent"] == "1.1.0"
    [bundle_there] = (public / "targets" / "agent" / "1.1.0").iterdir()
    assert bundle_there.name.endswith(".tympan-1.1.0-linux-x86_64.tar.gz")
    assert len(bundle_there.name.partition(".")[0]) == 64


def test_publishing_again_makes_a_new_timestamp_and_changes_no_file(shop: Path) -> None:
    public = shop.parent / "public"
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    done("publish", shop, public)
    changed = {path.name for path, data in before.items() if path.read_bytes() != data}
    assert changed == {"timestamp.json"}


def test_show_tells_roles_keys_and_files(shop: Path) -> None:
    told = done("show", shop)
    assert "root: 2 of 3" in told
    assert "agent/1.1.0/tympan-1.1.0-linux-x86_64.tar.gz" in told
    assert "hinders" not in told


def test_a_wrong_passphrase_signs_nothing_and_says_what_is_missing(shop: Path) -> None:
    before = {path: path.read_bytes() for path in (shop / "metadata").iterdir()}
    told = refused("publish", shop, shop.parent / "other", passphrase="not this one, no")
    assert "key of the snapshot is not at hand" in told
    assert not (shop.parent / "other").exists()
    assert {path: path.read_bytes() for path in (shop / "metadata").iterdir()} == before


def test_keys_that_lie_open_must_be_asked_for(tmp_path: Path) -> None:
    assert "--no-passphrase" in refused("init", tmp_path / "shop", passphrase="")
    assert "12 characters" in refused("init", tmp_path / "shop", passphrase="short")
    assert not (tmp_path / "shop").exists()


def test_a_version_never_changes(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "tympan-1.0.0-linux-x86_64.tar.gz"
    other.write_bytes(b"another")
    assert "as another file" in refused("add", shop, other)


@pytest.mark.parametrize(
    "name", ["tympan.tar.gz", "tympan-x-linux-x86_64.tar.gz", "acme-1.0-cp311-cp311-linux_x86_64.whl"]
)
def test_what_agents_do_not_know_is_not_added(shop: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert "neither bundle nor package nor pure wheel" in refused("add", shop, tmp_path / name)


def test_a_channel_names_what_was_added_alone(shop: Path) -> None:
    assert "was not added" in refused("channel", shop, "all", "--agent", "9.9.9")
    assert "Invalid value" in refused("channel", shop, "beta", "--agent", "1.0.0")


def test_two_vendors_do_not_sign_for_each_other(shop: Path, tmp_path: Path) -> None:
    for vendor in ("acme", "other"):
        done("key", tmp_path / f"{vendor}.pem")
    done("delegate", shop, "acme", "--distribution", "acme-raw9100", "--key", tmp_path / "acme.pub")
    assert "signed by vendor-acme already" in refused(
        "delegate", shop, "other", "--distribution", "acme-raw9100", "--key", tmp_path / "other.pub"
    )
    made = wheel(tmp_path, "acme_raw9100-1.0.0-py3-none-any.whl")
    done("add", shop, made, "--keys", tmp_path / "other.pem")
    assert "vendor-acme is not signed" in refused("publish", shop, shop.parent / "public")
    done("sign", shop, "vendor-acme", "--keys", tmp_path / "acme.pem")
    done("publish", shop, shop.parent / "public")


def test_a_root_is_rotated_with_enough_of_the_old_keys(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    done("init", shop)
    done("key", tmp_path / "root-4.pem")
    gone = done("key", "--show", shop / "keys" / "root-1.pub").strip()
    done(
        "rotate",
        shop,
        "root",
        "--add",
        tmp_path / "root-4.pub",
        "--remove",
        gone,
        "--keys",
        shop / "keys" / "root-2.pem",
    )
    assert "hinders publishing: root" in done("show", shop)
    done("sign", shop, "root", "--keys", shop / "keys" / "root-3.pem")
    done("publish", shop, tmp_path / "public")
    assert (tmp_path / "public" / "metadata" / "2.root.json").exists()
    assert "too few keys" in refused("rotate", shop, "root", "--threshold", "9")


def test_an_archive_holds_what_was_published(shop: Path, tmp_path: Path) -> None:
    done("archive", shop.parent / "public", tmp_path / "updates.tar", "--channel", "canary")
    with tarfile.open(tmp_path / "updates.tar") as tar:
        names = tar.getnames()
    assert "metadata/timestamp.json" in names
    assert any("tympan-1.1.0" in name for name in names)
    assert not any("tympan-1.0.0" in name for name in names)
    assert "was not published" in refused("archive", tmp_path, tmp_path / "none.tar")
