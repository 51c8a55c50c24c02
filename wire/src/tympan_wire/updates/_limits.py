"""Numbers of what a repository of updates names, each with its reason."""

from typing import Final

CHANNEL_BYTES: Final = 64 * 1024
"""Of a channel's file: some hundred plugins."""

NAMED_PLUGINS: Final = 200
"""Plugins that one channel names; more are installed with the machine."""

VERSION_CHARACTERS: Final = 40
"""Of a version: nobody needs more, and it becomes a folder's name."""
