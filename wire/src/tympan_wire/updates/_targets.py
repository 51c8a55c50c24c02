"""Names of a repository's targets: a name says what the file is, and nothing else does.

``agent/<version>/tympan-<version>-<platform>.tar.gz`` · ``plugins/<distribution>/<wheel>`` ·
``channels/<channel>.json``.
"""

from __future__ import annotations

import re
from typing import Final

from tympan_wire.updates._errors import BadUpdateFile
from tympan_wire.updates._versions import Version

CHANNELS: Final = ("canary", "early", "all")
"""From the first machines that get a version to the last."""

PLATFORM: Final = "linux-x86_64"
"""What bundles are built for so far."""

_DISTRIBUTION: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_WHEEL: Final = re.compile(r"([A-Za-z0-9_]{1,64})-([0-9a-z.]{1,40})-py3-none-any\.whl")


def is_distribution(name: str) -> bool:
    """Whether a text is a distribution's name as this repository writes them: small letters, digits and ``-``."""
    return _DISTRIBUTION.fullmatch(name) is not None and "--" not in name


def agent_target(version: Version, platform: str = PLATFORM) -> str:
    """The name of an agent's bundle."""
    return f"agent/{version}/tympan-{version}-{platform}.tar.gz"


def plugin_target(distribution: str, version: Version) -> str:
    """The name of a plugin's wheel; pure ones alone are released, for they run on every machine.

    Raises:
        BadUpdateFile: That is no distribution's name.
    """
    if not is_distribution(distribution):
        raise BadUpdateFile(f"{distribution!r:.80} is no distribution's name")
    return f"plugins/{distribution}/{distribution.replace('-', '_')}-{version}-py3-none-any.whl"


def wheel_of(name: str) -> tuple[str, Version]:
    """The distribution and the version that a wheel's file name tells.

    Raises:
        BadUpdateFile: It is no pure wheel's name.
    """
    found = _WHEEL.fullmatch(name)
    if found is None:
        raise BadUpdateFile(f"{name!r:.120} is no wheel such as acme_raw9100-1.0.0-py3-none-any.whl")
    return found[1].replace("_", "-").lower(), Version(found[2])


def channel_target(channel: str) -> str:
    """The name of a channel's file.

    Raises:
        BadUpdateFile: There is no such channel.
    """
    if channel not in CHANNELS:
        raise BadUpdateFile(f"there is no channel {channel!r:.40}; there are {', '.join(CHANNELS)}")
    return f"channels/{channel}.json"
