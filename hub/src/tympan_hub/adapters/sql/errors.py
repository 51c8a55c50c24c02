"""What the database's errors mean to the hub."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tympan_hub.domain.errors import Unavailable


@contextmanager
def told() -> Iterator[None]:
    """Errors that pass by themselves (locked, full, gone) become ``Unavailable``; our own mistakes stay themselves."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        cause = str(error.orig) if isinstance(error, DBAPIError) else "it is busy"
        raise Unavailable(f"the database does not answer: {cause}", next_step="Try again in a moment.") from error
