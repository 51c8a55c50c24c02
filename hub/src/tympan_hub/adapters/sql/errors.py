"""What the database's errors mean to the hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tympan_hub.domain.errors import Unavailable

_PASSING: Final = ("08", "25P03", "40", "53", "55P03", "57")
"""Classes of SQLSTATE that pass by themselves: connection lost, conflict of transactions, no room, shut down."""


@contextmanager
def told() -> Iterator[None]:
    """Errors that pass by themselves (locked, full, gone) become ``Unavailable``; our own mistakes stay themselves."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        cause = str(error.orig) if isinstance(error, DBAPIError) else "it is busy"
        raise _unavailable(cause) from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None) or "")
        if state and isinstance(error, IntegrityError):
            raise Unavailable("it was changed at the same moment", next_step="Try again in a moment.") from error
        hung_up = not state and isinstance(error, InternalError)  # asyncpg, of a server that goes as it is greeted
        if not hung_up and not state.startswith(_PASSING):
            raise
        raise _unavailable(str(error.orig)) from error
    except (ConnectionError, FileNotFoundError, TimeoutError) as error:  # of a connection, or a socket, not there
        raise _unavailable(str(error) or "it takes too long") from error


def _unavailable(cause: str) -> Unavailable:
    return Unavailable(f"the database does not answer: {cause}", next_step="Try again in a moment.")
