"""Wishes: what a person asks of the tray, and what of the agent. Pure.

A wish of the agent names no account: whose it is says the connection it comes by, or the page's own session.
"""

from __future__ import annotations

from enum import StrEnum

import attrs


class Act(StrEnum):
    """What is to be done."""

    PAGE = "page"
    """Open the page."""
    PORTAL = "portal"
    """Open the hub's portal."""
    RELEASE = "release"
    DELETE = "delete"
    PRINT_AGAIN = "again"
    """Of a job whose end is unknown."""
    PRINTED = "printed"
    """A job whose end is unknown came out."""
    SIGN_IN = "login"
    SIGN_OUT = "logout"
    QUIT = "quit"
    START_AGAIN = "start-again"
    """Nobody chooses it: the agent was updated, and the tray follows."""


@attrs.frozen(kw_only=True)
class Wish:
    """One of them.

    Attributes:
        jobs: Uuids; for a release in the order in which they shall come out.
        at: A printer's id, where a release needs one.
        proof: The code that stands on the device or on its screen, where the hub wants to know that somebody is there.
        part: Of the page: "" or a name of ``PARTS``.
    """

    act: Act
    jobs: tuple[str, ...] = ()
    at: str = ""
    proof: str = ""
    part: str = ""


PARTS = ("login", "about")
"""Parts of the page that have an address of their own."""
