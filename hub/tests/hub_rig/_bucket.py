"""An S3 server of the tests' own on loopback: moto's, in a process beside them."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import attrs

_START_S = 60.0


@attrs.frozen(kw_only=True)
class Bucket:
    """A bucket on the server.

    Attributes:
        name: Its name.
        port: Where the server answers.
    """

    name: str = "print-blobs"
    port: int

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a hub is told of it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "tests",
            "AWS_SECRET_ACCESS_KEY": "of-the-tests",
        }


@contextlib.contextmanager
def bucket_server() -> Iterator[Bucket]:
    """A server with an empty bucket; ended by its process id."""
    bucket = Bucket(port=_free_port())
    command = str(Path(sys.executable).with_name("moto_server"))
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [command, "-H", "127.0.0.1", "-p", str(bucket.port)], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _make(bucket, process)
            yield bucket
        finally:
            process.kill()
            process.wait()


def _make(bucket: Bucket, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"{bucket.url}/{bucket.name}", method="PUT")
    while True:
        try:
            opener.open(request, timeout=_START_S).close()
        except urllib.error.URLError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
