"""Fixtures of the hub's whole-system tests."""

from collections.abc import Callable, Iterator

import pytest
from portal_rig import MAIL_DOOR, Browsing, Look, ServedHub, browsing, furnish, served


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedHub]:
    """A served hub with people, printers, agents and jobs in it."""
    home = tmp_path_factory.mktemp("hub") / "home"
    furnish(home)
    with served(home, "--providers-to-private", *MAIL_DOOR) as hub:
        yield hub


@pytest.fixture(scope="module")
def look(furnished: ServedHub) -> Iterator[Callable[[Look], Browsing]]:
    """Opens a browser context on that hub."""
    with browsing(furnished.url) as opened:
        yield opened
