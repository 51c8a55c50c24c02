"""Mounts: which application answers which path."""

from __future__ import annotations

from collections.abc import Iterable

from tympan.plugin import LocalApp


class Mounts:
    """Applications by the path they are mounted at; the first to claim a path keeps it.

    Args:
        apps: In the order of precedence.

    Attributes:
        refused: Paths that a second application wanted, or that are no paths.
    """

    def __init__(self, apps: Iterable[LocalApp] = ()) -> None:
        self._apps: dict[str, LocalApp] = {}
        refused = []
        for app in apps:
            prefix = app.prefix
            if not prefix.startswith("/") or prefix.endswith("/") or prefix in self._apps:
                refused.append(prefix)
            else:
                self._apps[prefix] = app
        self.refused = tuple(refused)

    def find(self, path: str) -> LocalApp | None:
        """The application mounted at the path, or at the nearest one above it."""
        while path:
            app = self._apps.get(path)
            if app is not None:
                return app
            path = path.rpartition("/")[0]
        return None
