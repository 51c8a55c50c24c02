"""Makes an archive of the agent as a commit had it: its packages and what an installer writes beside them.

``python -m tools.old_agent COMMIT FILE.zip``. The same commit gives the same octets. Tests unpack it beside today's
hub (``tests/hub/test_old_agents.py``): of a history that was cut off there are no commits to build from.
"""

import base64
import hashlib
import io
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
NOT_THE_AGENTS: Final = frozenset({"hub", "sim"})
"""Members of the workspace that no agent has."""

_WHEN: Final = (1980, 1, 1, 0, 0, 0)


def files_of(commit: str) -> Mapping[str, bytes]:
    """Every file of a commit."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        members = (member for member in opened if member.isfile())
        return {member.name: read.read() for member in members if (read := opened.extractfile(member))}


def members_of(files: Mapping[str, bytes]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Folders of the agent's distributions, each with what its project file says."""
    for name in sorted(files):
        folder, _, file = name.rpartition("/")
        if file == "pyproject.toml" and (folder.count("/") == 0 or folder.startswith("plugins/")):
            project = tomllib.loads(files[name].decode()).get("project")
            if folder and project and folder not in NOT_THE_AGENTS and f"{folder}/src/" in _sources(files, folder):
                yield folder, project


def _sources(files: Mapping[str, bytes], folder: str) -> str:
    return next((name for name in files if name.startswith(f"{folder}/src/")), "")


def installed(files: Mapping[str, bytes], folder: str, project: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """A distribution as it lies in ``site-packages``."""
    begin = f"{folder}/src/"
    own = {name.removeprefix(begin): content for name, content in files.items() if name.startswith(begin)}
    info = f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    own[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n".encode()
    )
    own[f"{info}/entry_points.txt"] = "".join(_entry_points(project)).encode()
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in sorted(own.items()))
    own[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    yield from sorted(own.items())


def _entry_points(project: Mapping[str, Any]) -> Iterator[str]:
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    for group, points in groups.items():
        if points:
            yield f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in points.items()) + "\n"


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def write(commit: str, file: Path) -> None:
    """Writes the archive."""
    files = files_of(commit)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for folder, project in members_of(files):
            for name, content in installed(files, folder, project):
                told = zipfile.ZipInfo(str(PurePosixPath(name)), _WHEN)
                told.compress_type, told.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                archive.writestr(told, content)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
