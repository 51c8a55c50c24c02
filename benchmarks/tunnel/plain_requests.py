"""The peer: the same bytes through the same hub by plain requests, one after the other, on one kept connection.

Each part is as large as the hub takes; its checksum was made before. What came is not looked at.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from pathlib import Path
from typing import Any, Final

from tympan_wire.hub import (
    BLOBS_PATH,
    DIGEST_HEADER,
    HEADER,
    PART_BYTES,
    PREFIX,
    PROTOCOL,
    digest_header,
    digest_of,
    part_path,
)

_WAIT_S: Final = 120


class Plain:
    """Plain requests with an agent's token."""

    def __init__(self, port: int, token: str, document: Path) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=_WAIT_S)
        self._headers = {HEADER: str(PROTOCOL), "Authorization": f"Bearer {token}"}
        content = document.read_bytes()
        self._parts = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)]
        self._sha256s = [hashlib.sha256(part).hexdigest() for part in self._parts]
        self._size = len(content)

    def upload(self, name: str) -> tuple[str, float]:
        """The document under a name; gives its reference and the seconds it took."""
        begin = time.perf_counter()
        asked = {"name": name, "size": self._size, "part_bytes": PART_BYTES, "user": "ben"}
        upload = str(json.loads(self._post("upload", asked))["upload"])
        for number, (part, sha256) in enumerate(zip(self._parts, self._sha256s, strict=True)):
            self._ask("POST", part_path(upload, number), part, {DIGEST_HEADER: digest_header(sha256)})
        self._post("upload-finish", {"upload": upload, "digest": digest_of(self._sha256s)})
        return upload, time.perf_counter() - begin

    def download(self, upload: str) -> float:
        """All of it; gives the seconds it took."""
        begin = time.perf_counter()
        for at in range(0, self._size, PART_BYTES):
            last = min(at + PART_BYTES, self._size) - 1
            self._ask("GET", BLOBS_PATH + upload, None, {"Range": f"bytes={at}-{last}"})
        return time.perf_counter() - begin

    def _post(self, operation: str, message: dict[str, Any]) -> bytes:
        return self._ask("POST", PREFIX + operation, json.dumps(message).encode(), {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        self._line.request(method, path, body, {**self._headers, **headers})
        answer = self._line.getresponse()
        content = answer.read()
        if answer.status not in (200, 206):
            raise RuntimeError(f"the hub answers {answer.status}: {content[:200]!r}")
        return content
