"""httpx, once it is asked for anything, and without its command line.

- An agent that asks nobody by HTTP never imports it, which is a tenth of its start.
- Where rich and pygments are installed, its command line costs an agent at rest 4 MiB.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

_COMMAND_LINE: Final = "httpx._main"


class _Late:
    """The module, imported by whoever first looks for something in it."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(_imported(), name)
        setattr(self, name, found)
        return found


def _imported() -> Any:
    absent = "httpx" not in sys.modules
    if absent:
        sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # as if not installed, which httpx is ready for
    try:
        import httpx
    finally:
        if absent:
            del sys.modules[_COMMAND_LINE]
    return httpx


if TYPE_CHECKING:
    import httpx as httpx
else:
    httpx = _Late()

__all__ = ["httpx"]
