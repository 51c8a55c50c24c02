"""What a repository of updates holds: versions, names of its targets, and the file of a channel. Pure."""

from tympan_wire.updates._channel import Channel, decode_channel, encode_channel
from tympan_wire.updates._errors import BadUpdateFile
from tympan_wire.updates._limits import CHANNEL_BYTES
from tympan_wire.updates._targets import (
    CHANNELS,
    PLATFORM,
    agent_target,
    channel_target,
    is_distribution,
    plugin_target,
    wheel_of,
)
from tympan_wire.updates._versions import Version

__all__ = [
    "CHANNELS",
    "CHANNEL_BYTES",
    "PLATFORM",
    "BadUpdateFile",
    "Channel",
    "Version",
    "agent_target",
    "channel_target",
    "decode_channel",
    "encode_channel",
    "is_distribution",
    "plugin_target",
    "wheel_of",
]
