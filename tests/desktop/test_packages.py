"""What packages are made of, without making one: versions, archives, control files, scripts, and what is carried."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tarfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tympan_packages._archive import normalise, pack, sha256
from tympan_packages._debian import SCRIPTS, control_file, maintainer_script, newest_glibc
from tympan_packages._errors import PackagingError
from tympan_packages._others import forget_installer, lay_metadata, licence_of, modules, not_carried, others
from tympan_packages._python import library
from tympan_packages._release import NO_DATE, Release, this_release
from tympan_packages._spec import Spec, data_in, modules_in
from tympan_packages._system import lay_terms, system_packages
from tympan_packages._wheels import versioned, wheels_of
from tympan_packages._workspace import Member, carried, members, named

ROOT = Path(__file__).resolve().parents[2]
EPOCH = 1_700_000_000
RELEASE = Release(sources=ROOT, version="1.3.0rc1", epoch=EPOCH)


def made(folder: Path, *names: str) -> Path:
    """A folder with files of these names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


# ------------------------------------------------------------------------------------------------------ the release


@pytest.mark.parametrize("version", ["1.0", "1.2.0", "1.2.0.4", "1.3.0rc1", "0.1.0a2", "2026.11.2"])
def test_a_version_is_one_that_every_kind_of_package_can_say(version: str) -> None:
    assert Release(sources=ROOT, version=version, epoch=EPOCH).version == version


@pytest.mark.parametrize(
    "version", ["", "1", "v1.2", "1.02", "1.2.0-1", "1.2.0.dev3", "1.2.0+acme", "1.2.0/..", "1.2.0\n"]
)
def test_any_other_version_is_refused(version: str) -> None:
    with pytest.raises(PackagingError, match="is no version"):
        Release(sources=ROOT, version=version, epoch=EPOCH)


def test_debian_sorts_a_candidate_before_what_it_is_a_candidate_for() -> None:
    assert RELEASE.debian == "1.3.0~rc1"
    compare = ["dpkg", "--compare-versions", RELEASE.debian, "lt", "1.3.0"]
    assert subprocess.run(compare, check=False).returncode == 0


def test_the_date_of_a_release_is_told_or_that_of_its_sources_and_never_today(tmp_path: Path) -> None:
    assert this_release(ROOT, "1.0", {"SOURCE_DATE_EPOCH": "12"}).epoch == 12
    assert this_release(tmp_path, "1.0", {}).epoch == NO_DATE
    with pytest.raises(PackagingError, match="SOURCE_DATE_EPOCH"):
        this_release(ROOT, "1.0", {"SOURCE_DATE_EPOCH": "yesterday"})


# ----------------------------------------------------------------------------------------------------- the archives


def test_archives_of_equal_trees_are_equal_whenever_and_by_whoever_they_were_made(tmp_path: Path) -> None:
    one = made(tmp_path / "one", "tympan", "_internal/b", "_internal/a")
    two = made(tmp_path / "two", "_internal/a", "_internal/b", "tympan")
    (two / "_internal" / "a").chmod(0o600)
    os.utime(two / "tympan", (5, 5))
    (two / "_internal").chmod(0o700)
    for tree in (one, two):
        (tree / "tympan").chmod(0o700)
        pack(tree, tree.with_suffix(".tar.gz"), EPOCH)
    assert sha256(tmp_path / "one.tar.gz") == sha256(tmp_path / "two.tar.gz")
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        found = {entry.name: (entry.mode, entry.uid, entry.uname, entry.mtime) for entry in archive}
    assert list(found) == ["_internal", "_internal/a", "_internal/b", "tympan"]
    assert found["tympan"] == (0o755, 0, "", EPOCH)
    assert found["_internal/a"] == (0o644, 0, "", EPOCH)


def test_a_file_with_two_names_is_in_the_archive_twice(tmp_path: Path) -> None:
    tree = made(tmp_path / "tree", "a")
    (tree / "b").hardlink_to(tree / "a")
    pack(tree, tmp_path / "tree.tar.gz", EPOCH)
    with tarfile.open(tmp_path / "tree.tar.gz") as archive:
        assert [(entry.name, entry.isreg(), entry.size) for entry in archive] == [("a", True, 1), ("b", True, 1)]


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "inside/../../outside"])
def test_a_link_that_leads_out_of_the_archive_is_refused(tmp_path: Path, target: str) -> None:
    tree = made(tmp_path / "tree", "inside/a")
    (tree / "link").symlink_to(target)
    with pytest.raises(PackagingError, match="leads out"):
        pack(tree, tmp_path / "tree.tar.gz", EPOCH)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    tree = made(tmp_path / "tree", "a")
    os.mkfifo(tree / "pipe")
    with pytest.raises(PackagingError, match="no file, folder or link"):
        pack(tree, tmp_path / "tree.tar.gz", EPOCH)


def test_a_tree_is_normalised_to_one_date_and_two_modes(tmp_path: Path) -> None:
    tree = made(tmp_path / "tree", "in/a", "in/run")
    (tree / "in" / "run").chmod(0o500)
    (tree / "in" / "a").chmod(0o666)
    (tree / "in" / "link").symlink_to("a")
    normalise(tree, EPOCH)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tree.rglob("*")}
    assert modes == {"in": 0o755, "a": 0o644, "run": 0o755, "link": 0o644}
    assert {path.lstat().st_mtime for path in (tree, *tree.rglob("*"))} == {EPOCH}


# ------------------------------------------------------------------------------------------------ what is carried


def test_the_program_carries_the_kernel_every_plugin_and_no_hub() -> None:
    names = {member.name for member in carried(members(ROOT))}
    plugins = {member.name for member in members(ROOT).values() if member.folder.parent.name == "plugins"}
    assert plugins | {"tympan", "tympan-cli", "tympan-wire", "tympan-net"} <= names
    assert not {"tympan-hub"} & names


def test_requirements_are_known_by_the_names_that_indexes_compare() -> None:
    assert named(["Attrs>=25", "tympan_net", 'jeepney>=0.9; sys_platform == "linux"', "uvicorn[standard]"]) == {
        "attrs", "tympan-net", "jeepney", "uvicorn",
    }  # fmt: skip


def test_what_others_need_comes_along_and_tools_do_not() -> None:
    found = {other.name: other for other in others(["trio>=0.31", "zeroconf"])}
    assert {"trio", "attrs", "outcome", "zeroconf", "ifaddr"} <= set(found)
    assert "trio._core._run" in modules(found["trio"])
    assert not [module for module in modules(found["trio"]) if "_tests" in module]
    assert "LGPL" in licence_of(found["zeroconf"])
    left_out = not_carried(found)
    assert {"pytest", "mypy"} <= set(left_out)
    assert not {"trio", "attr", "zeroconf"} & set(left_out)


def test_nothing_that_an_installer_wrote_of_this_machine_is_carried(tmp_path: Path) -> None:
    """As PyInstaller brings it along: ``RECORD`` has hashes of commands, whose first lines name the Python here."""
    [keyring] = [other for other in others(["keyring"]) if other.name == "keyring"]
    folder = lay_metadata(keyring, tmp_path)
    said = {path.name for path in folder.iterdir()}
    made(folder, "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "licenses/LICENSE")
    forget_installer(keyring, tmp_path)
    assert {path.name for path in folder.iterdir()} == said > {"METADATA", "entry_points.txt"}


def test_a_distribution_that_is_missing_here_is_named() -> None:
    with pytest.raises(PackagingError, match="nobody-made-this is not installed here"):
        others(["nobody-made-this>=1"])


def test_a_library_of_the_system_is_told_with_its_package_and_comes_with_its_terms(tmp_path: Path) -> None:
    """And one of the same name that somebody else made is not taken for the system's."""
    (tmp_path / "libz.so.1").write_bytes(Path("/lib/x86_64-linux-gnu/libz.so.1").read_bytes())
    (tmp_path / "libbz2.so.1.0").write_bytes(b"another one")
    [found] = system_packages(tmp_path)
    assert (found.name, found.licence) == ("zlib1g", "Zlib")
    assert found.version
    lay_terms([found], tmp_path / "licenses")
    assert "Zlib" in (tmp_path / "licenses/system/zlib1g/copyright").read_text()


def test_a_plugin_of_anybody_finds_the_whole_library_of_python() -> None:
    found = set(library())
    assert {"json.tool", "xml.sax.handler", "sqlite3", "concurrent.futures.thread", "email.mime.text"} <= found
    assert not {name for name in found if name.partition(".")[0] in ("tkinter", "test", "idlelib", "ensurepip")}


def test_templates_come_along_as_files_and_modules_as_modules(tmp_path: Path) -> None:
    root = made(tmp_path, "acme/__init__.py", "acme/in/__init__.py", "acme/in/a.py", "acme/plugin.toml",
                "acme/templates/plugin/vendor/__init__.py", "acme-1.dist-info/METADATA")  # fmt: skip
    assert modules_in(root) == ["acme", "acme.in", "acme.in.a"]
    assert [(path.name, folder) for path, folder in data_in(root)] == [
        ("plugin.toml", "acme"),
        ("__init__.py", "acme/templates/plugin/vendor"),
        ("METADATA", "acme-1.dist-info"),
    ]


def test_the_spec_is_python_names_every_module_and_leaves_lgpl_libraries_replaceable() -> None:
    spec = Spec(name="tympan", start=Path("start.py"), path=Path("site"), modules=("acme.plugin",),
                data=((Path("a b/'plugin.toml"), "acme"),), left_out=("pytest",))  # fmt: skip
    told: dict[str, object] = {}

    def analysis(scripts: list[str], **given: object) -> object:
        told.update(given, scripts=scripts)
        return type("Analysis", (), dict.fromkeys(("pure", "scripts", "binaries", "datas")))

    names = {"Analysis": analysis} | dict.fromkeys(("PYZ", "EXE", "COLLECT"), lambda *_, **__: None)
    exec(compile(spec.text(), "spec", "exec"), names)
    assert told == {
        "scripts": ["start.py"],
        "pathex": ["site"],
        "hiddenimports": ["acme.plugin"],
        "datas": [("a b/'plugin.toml", "acme")],
        "excludes": ["pytest"],
        "module_collection_mode": {"zeroconf": "py"},
    }


def test_every_plugin_that_is_found_here_is_of_a_member_that_is_carried() -> None:
    packages = {package for member in carried(members(ROOT)) for package in member.packages}
    found = {point.module.partition(".")[0] for point in entry_points(group="tympan.plugins")}
    assert {name for name in found if name.startswith("tympan_")} <= packages


# ------------------------------------------------------------------------------------------------------- the wheels


def test_a_version_is_written_into_the_project_once_and_nowhere_else() -> None:
    text = '[project]\nname = "x"\nversion = "0.1.0"\ndependencies = ["y>=1"]\n[tool.z]\ntarget-version = "py311"\n'
    assert versioned(text, "1.2.0") == text.replace("0.1.0", "1.2.0")
    with pytest.raises(PackagingError, match="2 times"):
        versioned(text + 'version = "3"\n', "1.2.0")


def test_wheels_are_told_apart_by_their_whole_name() -> None:
    wheels = [Path("tympan-1-py3-none-any.whl"), Path("tympan_net-1-py3-none-any.whl")]
    core = Member(name="tympan", folder=ROOT, requires=(), packages=("tympan",))
    assert wheels_of(wheels, [core]) == wheels[:1]


# ------------------------------------------------------------------------------------------------ Debian's package


def test_the_control_file_says_what_the_program_needs() -> None:
    text = control_file(RELEASE, 90_000, 36)
    assert "Version: 1.3.0~rc1\n" in text
    assert "Depends: libc6 (>= 2.36)" in text
    assert all(re.match(r"[A-Z][A-Za-z-]*: \S|[ ]\S", line) for line in text.splitlines())


def test_the_c_library_that_is_needed_is_read_from_the_programs_themselves(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x7fELF...GLIBC_2.4\0GLIBC_2.34\0GLIBC_PRIVATE")
    (tmp_path / "b").write_bytes(b"\x7fELF...GLIBC_2.17\0")
    (tmp_path / "notes").write_text("GLIBC_2.99")
    assert newest_glibc(tmp_path) == 34


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_maintainer_script_is_whole_and_a_shell_reads_it(name: str) -> None:
    text = maintainer_script(name, RELEASE)
    assert text.startswith("#!/bin/sh\n")
    assert "@" not in re.sub(r"\$@", "", text)
    assert subprocess.run(["sh", "-n"], input=text, text=True, check=False).returncode == 0


@pytest.mark.parametrize("words", ["upgrade 1.2.0", "failed-upgrade 1.2.0"])
def test_an_upgrade_takes_nothing_away_before_the_new_version_is_there(words: str) -> None:
    for name in ("prerm", "postrm"):
        traced = ["/bin/sh", "-x", "-c", maintainer_script(name, RELEASE), name, *words.split()]
        said = subprocess.run(traced, capture_output=True, text=True, check=True, env={"PATH": "/nowhere"}).stderr
        assert not re.search(r"^\++ (rm|systemctl|lpadmin)\b", said, re.MULTILINE)
