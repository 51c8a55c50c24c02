"""The file of a channel: the versions that its machines run, and the hashes of their files.

Whoever may sign a plugin cannot change it once a channel names it; whoever may sign a channel cannot make a plugin.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen
from attrs.validators import instance_of

from tympan_wire.updates._errors import BadUpdateFile
from tympan_wire.updates._limits import CHANNEL_BYTES, NAMED_PLUGINS
from tympan_wire.updates._targets import agent_target, plugin_target
from tympan_wire.updates._versions import Version

_HASH: Final = re.compile(r"[0-9a-f]{64}")


@frozen(kw_only=True)
class Channel:
    """What machines of a channel run.

    Attributes:
        agent: The agent's version; None leaves the agent as it is.
        plugins: Versions of plugins that are updated by themselves, by distribution.
        hashes: SHA-256 of every file named above, hex, by the name of its target.
        lower: Whether a machine with a higher version of the agent goes back to this one.
    """

    agent: Version | None = None
    plugins: Mapping[str, Version] = field(factory=dict)
    hashes: Mapping[str, str] = field(factory=dict)
    lower: bool = field(default=False, validator=instance_of(bool))

    def __attrs_post_init__(self) -> None:
        if len(self.plugins) > NAMED_PLUGINS:
            raise BadUpdateFile(f"a channel names at most {NAMED_PLUGINS} plugins")
        missing = [target for target in self.targets() if _HASH.fullmatch(self.hashes.get(target, "")) is None]
        if missing:
            raise BadUpdateFile(f"the channel has no hash for {missing[0]}")

    def targets(self) -> tuple[str, ...]:
        """The names of all it names, the agent first."""
        own = (agent_target(self.agent),) if self.agent is not None else ()
        return own + tuple(plugin_target(name, version) for name, version in sorted(self.plugins.items()))


def encode_channel(channel: Channel) -> bytes:
    """The file of a channel."""
    table: dict[str, Any] = {"v": 1, "plugins": {name: str(v) for name, v in sorted(channel.plugins.items())}}
    if channel.agent is not None:
        table["agent"] = str(channel.agent)
    table["hashes"] = {target: channel.hashes[target] for target in channel.targets()}
    table["lower"] = channel.lower
    return json.dumps(table, sort_keys=True).encode()


def decode_channel(data: bytes) -> Channel:
    """Reads the file of a channel; what a later version adds is passed over.

    Raises:
        BadUpdateFile: It is none, or of a kind nobody here knows.
    """
    table = _table(data)
    if table.get("v") != 1:
        raise BadUpdateFile("the channel's file is of a kind this version does not know")
    agent, plugins, hashes = table.get("agent"), _texts(table, "plugins"), _texts(table, "hashes")
    if agent is not None and not isinstance(agent, str):
        raise BadUpdateFile("the channel's agent is no version")
    return Channel(
        agent=None if agent is None else Version(agent),
        plugins={name: Version(text) for name, text in plugins.items()},
        hashes=hashes,
        lower=table.get("lower") is True,
    )


def _table(data: bytes) -> dict[str, Any]:
    if len(data) > CHANNEL_BYTES:
        raise BadUpdateFile(f"a channel's file has at most {CHANNEL_BYTES} bytes")
    try:
        table = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadUpdateFile("the channel's file is no JSON") from error
    if not isinstance(table, dict):
        raise BadUpdateFile("the channel's file is no object")
    return table


def _texts(table: Mapping[str, Any], key: str) -> dict[str, str]:
    found = table.get(key, {})
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadUpdateFile(f"the channel's {key} are no texts")
    return found
