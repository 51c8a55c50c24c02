"""What others made and the program carries: which distributions, their modules, what they say of themselves.

- The versions are those that are installed here, from ``requirements.lock``.
- What an installer wrote down of this machine (folders, its own name) is left out of what is carried.
"""

from __future__ import annotations

import re
import shutil
import sysconfig
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path, PurePosixPath
from typing import Final

import attrs
from packaging.requirements import Requirement

from tympan_packages._errors import PackagingError
from tympan_packages._workspace import normal

_SAID: Final = ("METADATA", "WHEEL", "entry_points.txt", "top_level.txt")
_LICENCE: Final = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
_IMPORTED: Final = re.compile(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*\.py")
_TESTS: Final = frozenset({"test", "tests", "_tests", "testdata"})


@attrs.frozen(kw_only=True)
class Other:
    """A distribution of somebody else.

    Attributes:
        name: As indexes compare it.
        version: Which one is installed here.
        requires: The names of those it needs, here and now.
        distribution: Where its files are.
    """

    name: str
    version: str
    requires: tuple[str, ...]
    distribution: Distribution = attrs.field(eq=False, repr=False)


def others(requirements: Iterable[str]) -> list[Other]:
    """Everything that requirements need, directly or not, sorted by name; those that hold on this system.

    Raises:
        PackagingError: One is not installed here.
    """
    found: dict[tuple[str, frozenset[str]], Other] = {}
    ahead = list(_holding(requirements, frozenset()))
    while ahead:
        name, extras = ahead.pop()
        if (name, extras) in found:
            continue
        installed = _installed(name)
        needs = list(_holding(installed.requires or (), extras))
        found[name, extras] = Other(
            name=name,
            version=installed.version,
            requires=tuple(sorted({need for need, _ in needs})),
            distribution=installed,
        )
        ahead += needs
    return sorted({other.name: other for other in found.values()}.values(), key=lambda other: other.name)


def not_carried(carried: Iterable[str]) -> list[str]:
    """The packages that are installed here and belong to no distribution that is carried: tools, tests, the hub."""
    wanted = set(carried)
    inside, outside = set[str](), set[str]()
    for each in distributions(path=[sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]):
        (inside if normal(each.name) in wanted else outside).update(top_levels(each))
    return sorted(outside - inside)


def modules(other: Other) -> list[str]:
    """Every module of a distribution that somebody may import, its tests apart."""
    paths = [PurePosixPath(str(file)) for file in other.distribution.files or ()]
    return sorted({_dotted(path) for path in paths if _IMPORTED.fullmatch(str(path)) and not _TESTS & set(path.parts)})


def top_levels(each: Distribution) -> set[str]:
    """The names at the top that a distribution can be imported by."""
    parts = (PurePosixPath(str(file)).parts for file in each.files or ())
    names = {part[0].partition(".")[0] for part in parts if part[0] not in ("..", "__pycache__") and _python(part)}
    return {name for name in names if name.isidentifier()}


def _python(parts: tuple[str, ...]) -> bool:
    return not parts[0].endswith((".dist-info", ".data", ".pth")) and parts[-1].endswith((".py", ".so", ".pyd"))


def lay_metadata(other: Other, into: Path) -> Path:
    """Writes what a distribution says of itself, as it is carried; returns the folder."""
    folder = into / _folder(other)
    folder.mkdir(parents=True)
    for name in _SAID:
        text = other.distribution.read_text(name)
        if text is not None:
            (folder / name).write_text(text, "utf-8")
    return folder


def forget_installer(other: Other, inside: Path) -> None:
    """Takes away what an installer wrote down, which PyInstaller brings along for those whose metadata somebody reads.

    A hash of a command in ``RECORD`` is another one in each folder, for its first line names the Python there.
    """
    for path in (inside / _folder(other)).glob("*"):
        if path.is_dir():
            shutil.rmtree(path)  # licences, which are carried elsewhere
        elif path.name not in _SAID:
            path.unlink()


def licences(other: Other) -> Iterator[tuple[str, bytes]]:
    """The licence texts and notices a distribution brings, by their path below what it says of itself."""
    for file in sorted(other.distribution.files or (), key=str):
        path = PurePosixPath(str(file))
        inside = path.parts and path.parts[0].endswith(".dist-info")
        name = "/".join(path.parts[1:])
        if inside and _LICENCE.search(name):
            yield name, Path(str(other.distribution.locate_file(file))).read_bytes()


def licence_of(other: Other) -> str:
    """What it says its licence is: an SPDX expression where it has one."""
    said = other.distribution.metadata  # of one reader or another: not each gives None for what is not there
    expression, text = ((said.get_all(name) or ("",))[0] for name in ("License-Expression", "License"))
    classified = [
        line.rpartition("::")[2].strip()
        for line in said.get_all("Classifier") or ()
        if line.startswith("License ::") and line != "License :: OSI Approved"
    ]
    short = text if text and len(text) < 80 and "\n" not in text else ""
    return str(expression or short or " AND ".join(classified) or "unknown")


def _folder(other: Other) -> str:
    return f"{other.name.replace('-', '_')}-{other.version}.dist-info"


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise PackagingError(f"{name} is not installed here; run 'make setup'") from error


def _holding(requirements: Iterable[str], extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Those of requirements that hold on this system, with the extras they ask for."""
    for written in requirements:
        requirement = Requirement(written)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""})):
            yield normal(requirement.name), frozenset(requirement.extras)


def _dotted(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
