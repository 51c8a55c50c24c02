"""The order: what the agent asks of the updater, in a file of the agent's folder. It is a wish, and proves nothing.

The updater reads it as root from a folder the agent may write: no link is followed, and what it says is taken for the
names it holds, and for nothing else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Final

import attrs

from tympan_updater._errors import NotUsable
from tympan_updater._limits import PLAIN_FILE_BYTES
from tympan_updater._sources import read_beneath
from tympan_wire.updates import CHANNELS, BadUpdateFile, Version

FOLDER: Final = "store/plugins/updater"
"""Of the plugin, below the agent's state folder."""

ORDER: Final = f"{FOLDER}/order.json"
MIRROR: Final = f"{FOLDER}/mirror"
"""What was fetched, as a repository."""


@attrs.frozen(kw_only=True)
class Order:
    """A wish of the agent's.

    Attributes:
        channel: Whose versions.
        pin: The agent's version instead of the channel's; None for the channel's.
        leave: Subjects and versions that are not gone to.
    """

    channel: str
    pin: Version | None = None
    leave: frozenset[tuple[str, Version]] = frozenset()


def encode_order(order: Order) -> bytes:
    """The file of an order."""
    leave = sorted([subject, str(version)] for subject, version in order.leave)
    return json.dumps({"v": 1, "channel": order.channel, "pin": str(order.pin or ""), "leave": leave}).encode()


def read_order(state: Path) -> Order | None:
    """The order that waits in an agent's state folder; None when none does.

    Raises:
        NotUsable: It is none.
    """
    try:
        table: Any = json.loads(read_beneath(state, ORDER, PLAIN_FILE_BYTES))
        channel, pin = table["channel"], table["pin"]
        if channel not in CHANNELS or not isinstance(pin, str):
            raise NotUsable("the agent's order names no channel of ours")
        leave = frozenset((str(subject), Version(version)) for subject, version in table["leave"])
        return Order(channel=channel, pin=Version(pin) if pin else None, leave=leave)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, BadUpdateFile) as error:
        raise NotUsable(f"the agent's order cannot be read: {error}") from error


def drop_order(state: Path) -> None:
    """The order was carried out, or cannot be. What stands there is removed and nothing else, wherever links lead."""
    try:
        at = os.open(state, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        for part in Path(FOLDER).parts:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        os.unlink("order.json", dir_fd=at)
    except OSError:
        return
    finally:
        os.close(at)
