"""The bill of materials (CycloneDX 1.6, JSON): everything the program carries, with version, licence and origin.

- It says nothing of when or where it was written: its number comes from what is in it.
"""

from __future__ import annotations

import datetime as dt
import sys
import uuid
from collections.abc import Collection
from importlib import metadata
from pathlib import Path
from typing import Final

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tympan_packages._archive import sha256
from tympan_packages._others import Other, licence_of
from tympan_packages._release import Release
from tympan_packages._system import SystemPackage
from tympan_packages._workspace import Member, named, normal

_SPACE: Final = uuid.UUID("7f4a0d0e-6f0c-5d64-9a55-0c4c8a6f2b11")
"""Of our bills' numbers."""

_OWN_LICENCE: Final = "Apache-2.0"
_START_LICENCE: Final = "GPL-2.0-or-later WITH Bootloader-exception"
_LICENCES: Final = LicenseFactory()


def bill(
    release: Release,
    ours: Collection[Member],
    theirs: Collection[Other],
    systems: Collection[SystemPackage],
    tree: Path,
) -> str:
    """The bill of a program, as text."""
    whole = Component(name="tympan", version=release.version, type=ComponentType.APPLICATION, bom_ref="tympan",
                      licenses=[_LICENCES.make_from_string(_OWN_LICENCE)])  # fmt: skip
    parts = {member.name: _own(member, release) for member in ours} | {other.name: _foreign(other) for other in theirs}
    needs = {member.name: named(member.requires) for member in ours} | {
        each.name: set(each.requires) for each in theirs
    }
    libraries = [_library(path, tree) for path in sorted(tree.rglob("*.so*")) if path.is_file()]
    carried = [_python(), _start(), *(_system(each) for each in systems)]
    bom = Bom(components=[*parts.values(), *carried, *libraries])
    bom.metadata.component = whole
    bom.metadata.timestamp = dt.datetime.fromtimestamp(release.epoch, dt.UTC)
    bom.serial_number = uuid.uuid5(_SPACE, "\n".join(sorted(str(each.bom_ref) for each in bom.components)))
    bom.register_dependency(whole, [*parts.values(), *carried])
    for name, part in sorted(parts.items()):
        bom.register_dependency(part, [parts[need] for need in sorted(needs[name]) if need in parts])
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _own(member: Member, release: Release) -> Component:
    return _named(member.name, release.version, _OWN_LICENCE)


def _foreign(other: Other) -> Component:
    return _named(normal(other.name), other.version, licence_of(other))


def _named(name: str, version: str, licence: str) -> Component:
    where = PackageURL(type="pypi", name=name, version=version)
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=where, bom_ref=where.to_string(),
                     licenses=[_LICENCES.make_from_string(licence)])  # fmt: skip


def _python() -> Component:
    version = sys.version.split()[0]
    where = PackageURL(type="generic", name="python", version=version)
    return Component(name="python", version=version, type=ComponentType.PLATFORM, purl=where, bom_ref=where.to_string(),
                     licenses=[_LICENCES.make_from_string("PSF-2.0")])  # fmt: skip


def _start() -> Component:
    """What the program's file begins with."""
    name = "pyinstaller"
    version = metadata.version(name)
    where = PackageURL(type="pypi", name=name, version=version)
    return Component(name=name, version=version, type=ComponentType.FRAMEWORK, purl=where, bom_ref=where.to_string(),
                     licenses=[_LICENCES.make_from_string(_START_LICENCE)])  # fmt: skip


def _system(package: SystemPackage) -> Component:
    where = PackageURL(type="deb", namespace="debian", name=package.name, version=package.version)
    return Component(name=package.name, version=package.version, type=ComponentType.LIBRARY, purl=where,
                     bom_ref=where.to_string(), licenses=[_LICENCES.make_from_string(package.licence)])  # fmt: skip


def _library(path: Path, tree: Path) -> Component:
    name = path.relative_to(tree).as_posix()
    digest = HashType(alg=HashAlgorithm.SHA_256, content=sha256(path))
    return Component(name=name, type=ComponentType.FILE, hashes=[digest], bom_ref=f"file:{name}")
