"""Messages of the bridge, and the permit by which the hub lets one page do one thing at one agent, once.

- The page greets the agent and gets a challenge: a random word the agent accepts once, for less than a minute.
- The hub signs a permit that names the challenge, the agent, the tenant, the person and the deed.
- The page hands the permit to the agent, which does the deed and answers what came of it.
"""

from enum import StrEnum
from typing import Final

from attrs import frozen

PREFIX: Final = "/bridge/v1"
"""Where the bridge is mounted."""

GREET_PATH: Final = f"{PREFIX}/greet"
"""``POST``, an empty JSON object: answered with `Greeting`."""

RUN_PATH: Final = f"{PREFIX}/run"
"""``POST``, an `Errand`: answered with `Result`, or with `Refusal` and a status of 400 or more."""

HEADER: Final = "tympan-bridge"
"""Sent with every request, whatever its value: a page of another site cannot send it without asking first."""


class Deed(StrEnum):
    """What a permit is for."""

    INSTALL = "install-queue"
    REMOVE = "remove-queue"


@frozen(kw_only=True)
class Permit:
    """What the hub signs.

    Attributes:
        tenant: Whose printer and agent it is.
        agent: Who is to do it.
        person: For whom.
        deed: What is to be done.
        printer: To which printer.
        challenge: The word the agent gave.
        manages: Whether the person manages agents, and so needs not be signed in at this one.
    """

    tenant: str
    agent: str
    person: str
    deed: Deed
    printer: str
    challenge: str
    manages: bool = False


@frozen(kw_only=True)
class Greeting:
    """An agent of this hub answers.

    Attributes:
        agent: Its name at the hub.
        tenant: Whose it is.
        release: Its version.
        challenge: For a permit.
        people: Ids of the people signed in at it.
        needs_sign_in: Whether policy lets it do deeds for those people alone, and for those who manage agents.
        installed: Printers that have a queue there.
    """

    agent: str
    tenant: str
    release: str
    challenge: str
    people: tuple[str, ...] = ()
    needs_sign_in: bool = False
    installed: tuple[str, ...] = ()


@frozen(kw_only=True)
class Errand:
    """A permit, as the hub signed it (`sealed`)."""

    permit: str


@frozen(kw_only=True)
class Result:
    """A deed was done.

    Attributes:
        printer: To which printer.
        queue: The queue's name; "" when there is none now.
        usable: Whether it is proved to work.
    """

    printer: str
    queue: str = ""
    usable: bool = True


class Code(StrEnum):
    """Why the agent refuses."""

    BAD_REQUEST = "bad-request"
    PERMIT_REFUSED = "permit-refused"
    NOT_SIGNED_IN = "not-signed-in"
    FAILED = "failed"
    TOO_MANY = "too-many"


@frozen(kw_only=True)
class Refusal:
    """The agent does not do it.

    Attributes:
        code: Why, for programs.
        cause: Why, for people.
        next_step: What to do about it.
    """

    code: Code
    cause: str
    next_step: str = ""
