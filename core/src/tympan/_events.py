"""Events of the bus. Each says "look again at X" and carries no truth: losing or repeating one harms nothing."""

from __future__ import annotations

import uuid

import attrs

from tympan._ids import PluginId, PrinterId
from tympan._states import JobState, PluginState


@attrs.frozen(kw_only=True)
class JobChanged:
    """A job came, moved, got statistics or ended. A state comes again when something else of the job changed."""

    job: uuid.UUID
    printer: PrinterId
    state: JobState


@attrs.frozen(kw_only=True)
class PrintersChanged:
    """Printers were added, removed or edited."""


@attrs.frozen(kw_only=True)
class DeviceChanged:
    """A device was seen in another condition than before."""

    printer: PrinterId


@attrs.frozen(kw_only=True)
class DeviceWanted:
    """Somebody wants a newer look at a device than the last one."""

    printer: PrinterId


@attrs.frozen(kw_only=True)
class PluginChanged:
    """A plugin's record changed."""

    plugin: PluginId
    state: PluginState


@attrs.frozen(kw_only=True)
class PortsChanged:
    """Ports offered by plugins came or went."""


@attrs.frozen(kw_only=True)
class PolicyChanged:
    """At least one policy decision may be another one now."""


@attrs.frozen(kw_only=True)
class OutboxFilled:
    """A plugin left something in the outbox; who sends it need not wait for its next round."""


@attrs.frozen(kw_only=True)
class LookAgain:
    """The hub has news about a topic; "" for everything, such as after a break of the link."""

    topic: str


@attrs.frozen(kw_only=True)
class SettingsChanged:
    """The settings file was read again."""


Event = (
    JobChanged
    | PrintersChanged
    | DeviceChanged
    | DeviceWanted
    | PluginChanged
    | PortsChanged
    | PolicyChanged
    | OutboxFilled
    | LookAgain
    | SettingsChanged
)
"""Everything the bus carries."""
