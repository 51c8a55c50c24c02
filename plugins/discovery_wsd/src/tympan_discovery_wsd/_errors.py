"""What this plugin raises.

::

    Exception
    └── WsdError    a message that is none, or beyond a limit; it is dropped and counted
"""

from __future__ import annotations


class WsdError(Exception):
    """A message that is none, or beyond a limit."""
