"""Names of the plugin API that will go: since when, what to use instead, and which plugins use them.

- A name that will go works as before until the API number is raised, and for a year at least.
- Who imports one is written down, and told at the gate, in the agent's log and by ``tympan plugin check``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

import attrs


@attrs.frozen(kw_only=True)
class Deprecation:
    """A name that will go.

    Attributes:
        since: The version that said so first.
        instead: What to do, as a sentence.
        value: What the name stands for until then.
    """

    since: str
    instead: str
    value: object


DEPRECATED: Final[dict[str, Deprecation]] = {}
"""Names of ``tympan.plugin`` that will go. None does."""

_USED: Final[dict[str, dict[str, None]]] = {}


def deprecated(name: str, module: str, table: Mapping[str, Deprecation] = DEPRECATED) -> object:
    """What a name that will go stands for; ``AttributeError`` for any other. ``module`` is who asks."""
    found = table.get(name)
    if found is None:
        raise AttributeError(f"module 'tympan.plugin' has no attribute {name!r}")
    said = f"tympan.plugin.{name} will go (since {found.since}). {found.instead}"
    _USED.setdefault(module.partition(".")[0], {})[said] = None
    return found.value


def asking(depth: int = 2) -> str:
    """The module whose code is running, so many calls above."""
    return str(sys._getframe(depth).f_globals.get("__name__", ""))


def used_by(module: str) -> tuple[str, ...]:
    """Sentences on the names that a plugin has imported; ``module`` is any of its own."""
    return tuple(_USED.get(module.partition(":")[0].partition(".")[0], ()))
