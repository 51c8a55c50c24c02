"""A Debian package that is handed to one computer: read by dpkg's own tool, the rest of it octet for octet."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tympan_hub.domain.packages import HEAD_BYTES, Enrolment, personal

JOINS = Enrolment(hub="https://print.example.org", token="-a_token")


def package(folder: Path, packed: str = "xz", *, scripted: bool = True) -> Path:
    """A small package, made by dpkg's own tool."""
    tree = folder / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN").chmod(0o755)  # whatever the mask of who runs the tests: dpkg-deb takes no other
    (tree / "DEBIAN" / "control").write_text(
        "Package: tympan\nVersion: 2.0.0\nArchitecture: amd64\nMaintainer: n <n@example.org>\nDescription: x\n"
    )
    if scripted:
        (tree / "DEBIAN" / "postinst").write_text("#!/bin/sh\nexit 0\n")
        (tree / "DEBIAN" / "postinst").chmod(0o755)
    (tree / "opt").mkdir()
    (tree / "opt" / "file").write_bytes(bytes(range(256)) * 999)
    made = folder / "tympan_2.0.0_amd64.deb"
    subprocess.run(["dpkg-deb", f"-Z{packed}", "--root-owner-group", "-b", tree, made], check=True, capture_output=True)
    return made


def asked(*arguments: str | Path) -> bytes:
    return subprocess.run(["dpkg-deb", *arguments], check=True, capture_output=True).stdout


@pytest.mark.parametrize("packed", ["xz", "gzip"])
def test_dpkg_finds_the_enrolment_among_the_control_files_and_all_else_as_it_was(tmp_path: Path, packed: str) -> None:
    made = package(tmp_path, packed)
    content = made.read_bytes()
    changed = personal(content[:HEAD_BYTES], JOINS)
    assert changed is not None
    own = tmp_path / "own.deb"
    own.write_bytes(changed.beginning + content[changed.rest_from :])
    assert asked("-I", own, "enrolment") == b"hub=https://print.example.org\ntoken=-a_token\n"
    assert asked("-I", own, "postinst") == asked("-I", made, "postinst")
    assert asked("-f", own) == asked("-f", made)
    assert asked("--fsys-tarfile", own) == asked("--fsys-tarfile", made)
    unpacked = tmp_path / "unpacked"
    asked("-e", own, unpacked)
    assert (unpacked / "enrolment").stat().st_mode & 0o777 == 0o600
    assert (unpacked / "postinst").stat().st_mode & 0o777 == 0o755


def test_dpkg_keeps_the_enrolment_where_the_packages_script_finds_it_and_nobody_else_reads_it(tmp_path: Path) -> None:
    made = package(tmp_path, scripted=False)
    content = made.read_bytes()
    changed = personal(content[:HEAD_BYTES], JOINS)
    assert changed is not None
    own, root = tmp_path / "own.deb", tmp_path / "root"
    own.write_bytes(changed.beginning + content[changed.rest_from :])
    for folder in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    force = ["--force-not-root", "--force-bad-path", "--force-architecture"]
    command = ["dpkg", f"--root={root}", f"--log={tmp_path / 'log'}", *force, "-i", str(own)]
    subprocess.run(command, check=True, capture_output=True)
    [kept] = (root / "var/lib/dpkg/info").glob("tympan*.enrolment")
    assert kept.read_text() == JOINS.text and kept.stat().st_mode & 0o777 == 0o600
    assert (root / "opt/file").stat().st_size == 256 * 999


def test_a_package_whose_control_files_cannot_be_read_is_none(tmp_path: Path) -> None:
    content = package(tmp_path, "zstd").read_bytes()
    assert personal(content, JOINS) is None
    content = package(tmp_path / "x").read_bytes()
    assert personal(content[:200], JOINS) is None
    assert personal(b"", JOINS) is None
    assert personal(b"PK\3\4" + content, JOINS) is None


def test_control_files_that_unpack_without_end_are_refused(tmp_path: Path) -> None:
    import gzip

    bomb = gzip.compress(b"\0" * (64 << 20))
    header = b"control.tar.gz  0           0     0     100644  " + f"{len(bomb):<10}".encode() + b"`\n"
    first = b"debian-binary   0           0     0     100644  4         `\n2.0\n"
    assert personal(b"!<arch>\n" + first + header + bomb + b"\n" * (len(bomb) % 2), JOINS) is None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    try:
        return package(folder).read_bytes()[:4096]
    finally:
        shutil.rmtree(folder)


@given(at=st.integers(0, 1200), octets=st.binary(min_size=1, max_size=40))
def test_whatever_stands_there_it_is_a_package_or_none(whole: bytes, at: int, octets: bytes) -> None:
    personal(whole[:at] + octets + whole[at + len(octets) :], JOINS)
