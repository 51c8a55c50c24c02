"""Numbers of the checks, each with unit and reason."""

from __future__ import annotations

from typing import Final

UNPACKED_BYTES: Final = 512 * 1024 * 1024
"""Of a wheel, unpacked: plugins are small, and a wheel that grows a thousandfold is no plugin."""

FILES: Final = 20_000
"""In a wheel."""

SOURCE_BYTES: Final = 4 * 1024 * 1024
"""Of one source file that is read for what it imports."""

DETAIL_CHARS: Final = 2000
"""Of what is said about one check: the end of a traceback tells enough."""
