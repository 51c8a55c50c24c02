"""What to change: the versions a channel or a pin wants, beside those that are here. Pure.

- Nothing lower than what is here is gone to, but where the signed channel says so: whoever took over a hub cannot bring
  back a hole that was mended.
- A version that was come back from is not gone to again by itself.
"""

from __future__ import annotations

from collections.abc import Collection

import attrs

from tympan_updater._installation import Running
from tympan_wire.updates import Channel, Version

AGENT = ""
"""The agent itself, where a plugin's distribution could stand."""


@attrs.frozen(kw_only=True)
class Plan:
    """What shall run.

    Attributes:
        after: All of it.
        left: What is wanted and not gone to, as sentences.
    """

    after: Running
    left: tuple[str, ...] = ()


def plan(
    before: Running,
    channel: Channel,
    *,
    pin: Version | None = None,
    refused: Collection[tuple[str, Version]] = (),
) -> Plan:
    """What shall run after this.

    Args:
        before: What runs.
        channel: What the channel names.
        pin: The agent's version that somebody wants instead.
        refused: Subjects and versions that are not gone to: they were come back from, or stopped.
    """
    left: list[str] = []
    agent = before.agent
    wanted = pin or channel.agent
    if wanted is not None and wanted != agent:
        why_not = _hindered(AGENT, wanted, agent, channel, refused)
        agent = agent if why_not else wanted
        left += [why_not] if why_not else []
    plugins = {}
    for name, version in channel.plugins.items():
        here = before.plugins.get(name)
        why_not = _hindered(name, version, here, channel, refused) if version != here else ""
        left += [why_not] if why_not else []
        chosen = here if why_not else version
        if chosen is not None:
            plugins[name] = chosen
    return Plan(after=Running(agent=agent, plugins=plugins), left=tuple(left))


def _hindered(
    subject: str, wanted: Version, here: Version | None, channel: Channel, refused: Collection[tuple[str, Version]]
) -> str:
    """Why a version is not gone to; "" when it is."""
    who = subject or "the agent"
    if (subject, wanted) in refused:
        return f"{who} {wanted} was come back from, or is stopped"
    named = channel.agent if subject == AGENT else channel.plugins.get(subject)
    if here is not None and wanted < here and not (channel.lower and named == wanted):
        return f"{who} {wanted} is lower than {here}, and no signed channel says to go back"
    return ""
