"""The package for Debian and what descends from it: control file, maintainer scripts, and the tree it installs.

- It installs its version's files under ``/opt/tympan/package``; the script that runs after unpacking gives them their
  names in ``/opt/tympan/versions``, which no later package takes away: what runs goes on, and there is a version to go
  back to.
- Packed with xz: whoever hands it out with a token inside can open it with what every system has.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tympan_packages._archive import normalise
from tympan_packages._errors import PackagingError
from tympan_packages._release import Release

SCRIPTS: Final = ("postinst", "prerm", "postrm")
PACK_S: Final = 600.0
UNITS_S: Final = 60.0
LOCK_S: Final = 120
"""For whoever updates the agent by hand to end, before the package is not installed now."""
ROOT: Final = Path("opt/tympan")
PRINT_SYSTEM: Final = "/usr/sbin/cupsd"
COMMAND: Final = "usr/bin/tympan"
AUTOSTART: Final = Path("etc/xdg/autostart/tympan-tray.desktop")
UNITS: Final = Path("usr/lib/systemd/system")
OWN_UNITS: Final = ("tympan-copied.service", "tympan-setup.service")

_HERE: Final = Path(__file__).parent / "debian"
_GLIBC: Final = re.compile(rb"GLIBC_2\.(\d+)")
_DESCRIPTION: Final = """\
Description: cloud printing without print servers: the agent
 The Tympan agent prints to the printers of an organisation, directly or through
 its hub, keeps waiting jobs sealed on the disk, and brings itself up to date.
 .
 With a file /etc/tympan/enrolment it joins its hub by itself.
"""


def make_package(release: Release, tree: Path, work: Path, into: Path, *, trust: Path | None = None) -> Path:
    """Makes the package of a program's folder.

    Args:
        release: Which one.
        tree: The program's folder.
        work: Where it is put together.
        into: Where it goes.
        trust: The root of trust for updates, if there are to be any.
    """
    root = work / "debian"
    _lay(release, tree, root, trust)
    _units(root / UNITS)
    settings = _session(tree, root)
    control = root / "DEBIAN"
    control.mkdir()
    (control / "conffiles").write_text("".join(f"/{name}\n" for name in settings))
    (control / "control").write_text(control_file(release, size_kib(root), newest_glibc(tree)))
    (control / "triggers").write_text(f"interest-noawait {PRINT_SYSTEM}\n")
    for script in SCRIPTS:
        path = control / script
        path.write_text(maintainer_script(script, release))
        path.chmod(0o755)
    (control / "md5sums").write_text("".join(_sums(root)))
    normalise(root, release.epoch)
    into.mkdir(parents=True, exist_ok=True)
    path = into / release.package
    _pack(root, path, release)
    return path


def control_file(release: Release, kib: int, glibc: int) -> str:
    """What dpkg is told (deb-control(5))."""
    return (
        "Package: tympan\n"
        f"Version: {release.debian}\n"
        "Architecture: amd64\n"
        "Maintainer: The Tympan project <tympan@tympan.example>\n"
        f"Installed-Size: {kib}\n"
        f"Depends: libc6 (>= 2.{glibc})\n"
        "Recommends: systemd, cups, cups-client\n"
        "Section: net\n"
        "Priority: optional\n"
        f"{_DESCRIPTION}"
    )


def maintainer_script(name: str, release: Release) -> str:
    """One of the scripts dpkg runs (deb-postinst(5)), for a release."""
    text = (_HERE / f"{name}.sh").read_text("utf-8")
    told = {"@VERSION@": release.version, "@DEBIAN@": release.debian, "@LOCK_S@": str(LOCK_S)}
    for mark, value in told.items():
        text = text.replace(mark, value)
    return text


def newest_glibc(tree: Path) -> int:
    """The minor number of the newest C library that a program or library in a folder asks for."""
    asked = (match for path in tree.rglob("*") if _is_elf(path) for match in _GLIBC.findall(path.read_bytes()))
    return max((int(minor) for minor in asked), default=0)


def size_kib(root: Path) -> int:
    """What is in a folder, in KiB as dpkg counts (deb-substvars(5))."""
    return sum(-(-path.lstat().st_size // 1024) if path.is_file() else 1 for path in root.rglob("*"))


def _lay(release: Release, tree: Path, root: Path, trust: Path | None) -> None:
    own = root / ROOT / "package"
    shutil.copytree(tree, own / release.version, symlinks=True, copy_function=os.link)
    shutil.copyfile(_HERE / "setup.sh", own / "setup")
    (own / "setup").chmod(0o755)
    if trust is not None:
        shutil.copyfile(trust, own / "root.json")
    command = root / COMMAND
    command.parent.mkdir(parents=True)
    command.symlink_to("/opt/tympan/current/tympan")
    said = root / "usr/share/doc/tympan"
    said.mkdir(parents=True)
    shutil.copyfile(_HERE / "copyright", said / "copyright")


def _units(into: Path) -> None:
    """Those that look at each start what is to be done; all others are written by ``tympan service install``."""
    wants = into / "multi-user.target.wants"
    wants.mkdir(parents=True)
    for unit in OWN_UNITS:
        shutil.copyfile(_HERE / unit, into / unit)
        (wants / unit).symlink_to(f"../{unit}")


def _session(tree: Path, root: Path) -> list[str]:
    """What starts the tray with each session, in its own words; the names of files that an administrator may change."""
    if not _carries(tree, "tympan_tray"):
        return []
    path = root / AUTOSTART
    path.parent.mkdir(parents=True)
    path.write_text(_said(tree, "tray", "--print").replace(str(tree / "tympan"), f"/{COMMAND}"))
    return [AUTOSTART.as_posix()]


def _carries(tree: Path, distribution: str) -> bool:
    return any((tree / "_internal").glob(f"{distribution}-*.dist-info"))


def _said(tree: Path, *words: str) -> str:
    """What a command of the program that is packed says."""
    asked = [str(tree / "tympan"), *words]
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": os.defpath, "HOME": home, "TYMPAN_HOME": home}
        done = subprocess.run(asked, env=env, capture_output=True, text=True, timeout=UNITS_S, check=False)
    if done.returncode:
        raise PackagingError(f"'tympan {' '.join(words)}' fails: {done.stderr}")
    return done.stdout


def _sums(root: Path) -> Iterator[str]:
    """A line for each file, as ``dpkg --verify`` reads them."""
    for path in sorted(root.rglob("*"), key=lambda path: path.relative_to(root).as_posix()):
        name = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and name.parts[0] != "DEBIAN":
            yield f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name.as_posix()}\n"


def _is_elf(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _pack(root: Path, into: Path, release: Release) -> None:
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z3", "--build", str(root), str(into)]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(release.epoch), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PACK_S, check=False)
    except FileNotFoundError as error:
        raise PackagingError("packages for Debian are made by dpkg-deb, which is not on this machine") from error
    if done.returncode:
        raise PackagingError(f"dpkg-deb makes no package: {done.stderr}")
