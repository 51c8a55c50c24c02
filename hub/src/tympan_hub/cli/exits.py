"""Errors of the hub as a command ends with them."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from tympan_hub.domain.errors import HubError


@contextmanager
def told() -> Iterator[None]:
    """A sentence on stderr and status 1 in place of a traceback."""
    try:
        yield
    except HubError as error:
        raise click.ClickException(error.sentence) from error
