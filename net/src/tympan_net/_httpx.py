"""httpx without its command line: where rich and pygments are installed, that costs an agent at rest 4 MiB."""

import sys

_COMMAND_LINE = "httpx._main"

_absent = "httpx" not in sys.modules
if _absent:
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # as if not installed, which httpx is ready for
try:
    import httpx
finally:
    if _absent:
        del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
