"""The view: what one account of the machine is shown, as facts without words. Pure.

- It crosses between the agent and the tray as JSON. Both may be of neighbouring releases: what one does not know it
  leaves out, and what the other lacks has a default.
- Titles, names and reasons come from elsewhere and are shown as text, never as markup.
"""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum

import attrs
import cattrs

from tympan.plugin import BadInput


class Condition(StrEnum):
    """How a printer's device stands."""

    READY = "ready"
    TROUBLE = "trouble"
    AWAY = "away"
    UNSEEN = "unseen"


@attrs.frozen(kw_only=True)
class HubView:
    """The hub this agent belongs to, and why it is not reached; "" when it is."""

    address: str
    agent: str = ""
    tenant: str = ""
    trouble: str = ""


@attrs.frozen(kw_only=True)
class HeldJob:
    """A job that waits for its owner at a device.

    Attributes:
        job: Its uuid.
        own: Whether its printer has a device of its own, so that none has to be named.
        pages: On paper; None when unknown.
        since: When it came, ISO 8601.
        until: When it expires, ISO 8601; "" when never.
    """

    job: str
    name: str = ""
    printer: str = ""
    own: bool = True
    pages: int | None = None
    since: str = ""
    until: str = ""


@attrs.frozen(kw_only=True)
class JobView:
    """Any other job of the account that is not over, or failed a moment ago.

    Attributes:
        state: As the kernel names it.
        reason: IPP keyword, ``none`` when all is well.
        detail: The agent's own sentence, in English.
        printer: Name of the printer it comes out at.
        place: Where that stands; its name where nobody said.
    """

    job: str
    name: str = ""
    printer: str = ""
    place: str = ""
    state: str = ""
    reason: str = "none"
    detail: str = ""
    pages: int | None = None
    since: str = ""


@attrs.frozen(kw_only=True)
class PrinterView:
    """A printer, and how its device stands.

    Attributes:
        offered: Whether programs print to it.
        releases: Whether held jobs come out at it.
        fingerprint: SHA-256 of its certificate; "" when none is pinned.
    """

    id: str
    name: str = ""
    location: str = ""
    condition: Condition = Condition.UNSEEN
    reason: str = "none"
    detail: str = ""
    offered: bool = True
    releases: bool = False
    pull: bool = False
    fingerprint: str = ""


@attrs.frozen(kw_only=True)
class View:
    """All of it.

    Attributes:
        account: Of the operating system.
        person: Who is signed in for it; "" when nobody is.
        sign_in_wanted: Whether the hub's printers ask for somebody.
        release: The agent's version.
        tray: Version of this distribution there.
        fingerprint: SHA-256 of the agent's key for documents; "" when it has none.
    """

    account: str
    release: str = ""
    tray: str = ""
    hub: HubView | None = None
    signed_in: bool = False
    person: str = ""
    sign_in_wanted: bool = False
    fingerprint: str = ""
    held: tuple[HeldJob, ...] = ()
    jobs: tuple[JobView, ...] = ()
    printers: tuple[PrinterView, ...] = ()

    @property
    def points(self) -> tuple[PrinterView, ...]:
        """Where held jobs of any printer come out."""
        return tuple(printer for printer in self.printers if printer.releases)


@attrs.frozen(kw_only=True)
class PluginView:
    """A part of the agent."""

    id: str
    version: str = ""
    status: str = ""


@attrs.frozen(kw_only=True)
class Key:
    """A key by its fingerprint: ``agent``, ``hub`` or the name of a printer."""

    of: str
    fingerprint: str


@attrs.frozen(kw_only=True)
class About:
    """Versions and fingerprints."""

    release: str
    hub: HubView | None = None
    keys: tuple[Key, ...] = ()
    keys_kept: str = ""
    plugins: tuple[PluginView, ...] = ()
    problems: tuple[str, ...] = ()


_CONVERTER = cattrs.Converter()


def written(view: View) -> str:
    """As JSON."""
    return json.dumps(_CONVERTER.unstructure(view), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> View:
    """A view from JSON; raises ``BadInput``."""
    try:
        return told(json.loads(text))
    except ValueError as error:
        raise BadInput("what the agent tells cannot be read") from error


def told(row: object) -> View:
    """A view from what JSON became.

    Raises:
        BadInput: It is none.
    """
    try:
        return _CONVERTER.structure(row, View)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, cattrs.BaseValidationError) as error:
        raise BadInput("what the agent tells cannot be read", next_step="Start the tray again.") from error


def digest(text: str) -> str:
    """By which a tray says what it has seen."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
