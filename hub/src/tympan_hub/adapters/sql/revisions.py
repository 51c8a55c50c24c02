"""Revisions of the schema: the one a database has, and those this release knows.

Asked at every start, so without alembic: importing that takes longer than all else a start does with the database.
"""

from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

_VERSIONS: Final = Path(__file__).with_name("migrations") / "versions"
_TABLE: Final = "alembic_version"
_CURRENT: Final = text(f"SELECT version_num FROM {_TABLE}")  # noqa: S608


@cache
def known() -> tuple[str, ...]:
    """Those of this release, oldest first, by which their files are named: ``r0001_first_tables.py``."""
    return tuple(sorted(path.name[1:].partition("_")[0] for path in _VERSIONS.glob("r[0-9]*_*.py")))


def current(connection: Connection) -> str | None:
    """The one a database has; None while it has no tables."""
    if not inspect(connection).has_table(_TABLE):
        return None
    revision: str | None = connection.execute(_CURRENT).scalar()
    return revision
