"""Stage: a served hub with two agents as processes of their own, and a plain file server for curl."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
for _place in ("tests/tunnel", "tests/hub", "tests/print_path", "hub/tests"):
    sys.path.append(str(_ROOT / _place))

from bytes_rig import End, Sealed, Site, end, sealed, site  # noqa: E402

__all__ = ["Curl", "End", "Sealed", "Site", "curl", "end", "sealed", "site"]


class Curl:
    """curl, to and from a plain file server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def upload(self, document: Path) -> float:
        """Seconds to send it."""
        return self._timed("--upload-file", str(document))

    def download(self, to: Path) -> float:
        """Seconds to fetch it."""
        return self._timed("--output", str(to))

    def _timed(self, *arguments: str) -> float:
        begin = time.perf_counter()
        subprocess.run(["curl", "--silent", "--fail", "--header", "Expect:", *arguments, self._url], check=True)
        return time.perf_counter() - begin


@contextmanager
def curl(place: Path) -> Iterator[Curl]:
    """A file server that keeps its file in a folder."""
    program = Path(__file__).with_name("file_server.py")
    server = subprocess.Popen([sys.executable, str(program), str(place)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield Curl(f"http://127.0.0.1:{int(server.stdout.readline())}/kept")
    finally:
        server.kill()
        server.wait()
