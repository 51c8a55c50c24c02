"""The provider: ``oidc-provider`` under node, on a free loopback port, ended with the block."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

SECRET = "a secret between the two"
_HERE = Path(__file__).resolve().parent
_TOOL = _HERE.parents[2] / "tools" / "node.sh"
_READY = "answers on "
_INSTALL_S = 300
_STOP_S = 20


@attrs.frozen
class Contoso:
    """A provider that answers.

    Attributes:
        url: Its issuer.
        file: The people it knows.
    """

    url: str
    file: Path

    def knows(self, **people: dict[str, Any]) -> None:
        """These people from now on, by account, with their claims."""
        beside = self.file.with_suffix(".new")
        beside.write_text(json.dumps(people))
        beside.replace(self.file)


@contextmanager
def contoso(folder: Path, hub: str) -> Iterator[Contoso]:
    """Runs the provider for a hub at an address."""
    people = folder / "people.json"
    people.write_text("{}")
    # Modules are looked for beside the real place of the script.
    shutil.copy(_HERE / "provider.mjs", folder)
    (folder / "node_modules").symlink_to(Path(_installed()) / "node_modules")
    command = ["node", str(folder / "provider.mjs"), str(people), hub]
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()  # "" when it ended: then there is nothing to wait for
        assert line.startswith(_READY), (folder / "provider.log").read_text()
        yield Contoso(line.removeprefix(_READY).strip(), people)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _installed() -> str:
    found = subprocess.run(["/bin/sh", str(_TOOL)], capture_output=True, text=True, timeout=_INSTALL_S)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()
