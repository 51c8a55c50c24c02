"""The other peer: a plain file server that takes a PUT into a file and gives it to a GET; nothing else.

Says its port on its output, then serves until it is ended.
"""

from __future__ import annotations

import shutil
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_PIECE_BYTES = 1 << 20


class Files(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Keeps it."""
        left = int(self.headers["Content-Length"])
        with _place().open("wb") as file:
            while left:
                piece = self.rfile.read(min(left, _PIECE_BYTES))
                file.write(piece)
                left -= len(piece)
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """Gives it."""
        with _place().open("rb") as file:
            self.send_response(200)
            self.send_header("Content-Length", str(_place().stat().st_size))
            self.end_headers()
            shutil.copyfileobj(file, self.wfile, _PIECE_BYTES)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _place() -> Path:
    return Path(sys.argv[1]) / "kept"


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    print(server.server_port, flush=True)
    server.serve_forever()
