"""Queues of the operating system: what they are, where they lead, and what they can be asked for.

- A queue is known by its name to the spooler, and by ``identity`` to whoever must know it again under another name.
- Options have the names and values of IPP wherever IPP has them (RFC 8011 section 5.2, PWG 5100.13); what only a driver
  knows is called ``x-NAME``, with the driver's own words as values.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from tympan._ids import PrinterId


class QueueState(StrEnum):
    """State of a queue of the operating system."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


class QueueKind(StrEnum):
    """What stands behind a queue."""

    PRINTER = "printer"
    CLASS = "class"
    """Several queues under one name."""
    FAX = "fax"
    FILE = "file"
    """Nothing comes out on paper: a file, a document writer, a dialogue that asks for a name."""


@attrs.frozen(kw_only=True)
class Queue:
    """A print queue of the operating system.

    Attributes:
        name: Its name there.
        uri: Where it sends to.
        info: Its description.
        location: For people.
        state: Its state.
        reasons: IPP ``printer-state-reasons`` keywords.
        accepting: Whether it takes jobs.
        usable: Whether it is proved to work (CUPS: a PPD or driver exists, so that options and formats are handled).
        ours: Whether it leads to this agent.
        identity: The device behind it, the same after the queue was renamed or made again; "" when nothing tells.
        kind: What stands behind it.
        make_and_model: Of its driver or device, for people.
        revision: Another one whenever what the queue can do may have changed; "" when nothing tells. It says when to
            look again, and makes no difference between two queues that are otherwise equal.
    """

    name: str
    uri: str
    info: str = ""
    location: str = ""
    state: QueueState = QueueState.IDLE
    reasons: tuple[str, ...] = ()
    accepting: bool = True
    usable: bool = True
    ours: bool = False
    identity: str = ""
    kind: QueueKind = QueueKind.PRINTER
    make_and_model: str = ""
    revision: str = attrs.field(default="", eq=False)

    @property
    def printer(self) -> PrinterId | None:
        """The printer that a queue of ours is for, whatever port the agent had when it was made; else None."""
        return PrinterId(self.uri.rpartition("/")[2]) if self.ours else None


class DefaultOrigin(StrEnum):
    """Who chose the default of an option."""

    DEVICE = "device"
    """The device, or the driver for it."""
    OS = "os"
    """Somebody set it at the queue, for every user of this machine."""
    USER = "user"
    """The user this agent runs for set it for herself."""


@attrs.frozen(kw_only=True)
class QueueOption:
    """One thing a job may ask of a queue.

    Attributes:
        name: IPP job-template attribute, or ``x-NAME``.
        values: What it may be, at least one; a range of whole numbers is the one value ``1-99``.
        default: What it is when nobody asks; "" when nothing tells.
        origin: Who chose the default.
    """

    name: str
    values: tuple[str, ...]
    default: str = ""
    origin: DefaultOrigin = DefaultOrigin.DEVICE


@attrs.frozen(kw_only=True)
class OptionChoice:
    """One option with one of its values; ``value`` "" means any that is not off."""

    option: str
    value: str = ""


@attrs.frozen(kw_only=True)
class OptionConstraint:
    """Two choices that the device cannot have together, as duplex on transparencies."""

    one: OptionChoice
    other: OptionChoice

    def forbids(self, asked: tuple[OptionChoice, ...]) -> bool:
        """Whether a job that asks for these choices asks for what cannot be."""
        return any(_covers(self.one, choice) for choice in asked) and any(
            _covers(self.other, choice) for choice in asked
        )


_OFF = frozenset({"", "none", "one-sided", "false", "False", "None", "Off", "3"})
"""Values that ask for nothing; ``3`` is the finishing "none"."""


def _covers(rule: OptionChoice, asked: OptionChoice) -> bool:
    if rule.option != asked.option:
        return False
    return asked.value == rule.value if rule.value else asked.value not in _OFF


@attrs.frozen(kw_only=True)
class QueueCapabilities:
    """What a queue takes.

    Attributes:
        media_types: Documents it prints, converted by the system or taken by the device as they are.
        options: What a job may ask for, by name.
        constraints: What it may not ask for together.
    """

    media_types: tuple[str, ...] = ()
    options: tuple[QueueOption, ...] = ()
    constraints: tuple[OptionConstraint, ...] = ()

    def option(self, name: str) -> QueueOption | None:
        """The option of that name; None when the queue has none."""
        return next((option for option in self.options if option.name == name), None)
