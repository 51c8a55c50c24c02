"""The agent's log: one line per event on standard error, as text for people or JSON for collectors."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Mapping
from typing import TextIO


class Log:
    """Writes lines. ``TYMPAN_LOG=json`` makes each line a JSON object. Values are cut at 500 characters."""

    def __init__(self, env: Mapping[str, str], stream: TextIO | None = None) -> None:
        self._json = env.get("TYMPAN_LOG") == "json"
        self._stream = stream or sys.stderr

    def __call__(self, message: str, **fields: object) -> None:
        """Writes one line; a stream that is gone loses it, the agent goes on."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        cut = {name: str(value)[:500] for name, value in fields.items()}
        if self._json:
            line = json.dumps({"at": at, "event": message, **cut}, ensure_ascii=False)
        else:
            line = " ".join([at, message, *(f"{name}={value!r}" for name, value in cut.items())])
        try:
            print(line, file=self._stream, flush=True)
        except (OSError, ValueError):
            return
