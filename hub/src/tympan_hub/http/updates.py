"""The files of the hub's update repository below ``/updates/v1/``, as the operator put them there: read, and no more.

- They are for everybody: an agent verifies them by keys it has, and who fetches a package has its hash from the portal.
- One folder, and nothing out of it: no name that begins with a dot, no link that leads elsewhere, no list of names.
- A file whose name tells its version or hash never changes, and may be kept; every other one is asked about again.
"""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}")
_PARTS: Final = 12
"""Folders within each other; the repository has five."""

_KEPT: Final = re.compile(r"(\d{1,18}|[0-9a-f]{64})\..+")
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASKED: Final = "no-cache"
_METHODS: Final = ("GET", "HEAD")
_BYTES: Final = "application/octet-stream"


class UpdateFiles(StaticFiles):
    """The files of a folder; one that is not there yet may come while the hub serves."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)

    async def check_config(self) -> None:
        """Nothing: a folder that is not there has no files."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Only names that a repository has."""
        parts = PurePosixPath(path.replace(os.sep, "/")).parts
        if not parts or len(parts) > _PARTS or not all(map(_PART.fullmatch, parts)):
            return "", None
        try:
            return super().lookup_path(path)
        except PermissionError:  # as good as not there, and nobody's password would help
            return "", None

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or a part of it, with how long it may be kept."""
        if scope["method"] not in _METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(_METHODS)})
        response = await super().get_response(path, scope)
        name = PurePosixPath(path).name
        if response.status_code < 400:
            response.headers["Cache-Control"] = _FOREVER if _KEPT.fullmatch(name) else _ASKED
        if "content-type" in response.headers and not name.endswith(".json"):
            response.headers["Content-Type"] = _BYTES  # never a page, whatever somebody put there
        return response
