"""What is wanted of this machine: of its hub where that says, else of its own settings. What is stricter holds."""

from __future__ import annotations

import attrs

from tympan.plugin import BadInput, Settings
from tympan_updater._window import Window, read_window
from tympan_wire.updates import CHANNELS, BadUpdateFile, Version


@attrs.frozen(kw_only=True)
class Wanted:
    """What is wanted.

    Attributes:
        channel: Whose versions; "" to take none.
        repository: Where they are; "" for the hub's own.
        paused: Whether nothing is changed.
        pin: The agent's version instead of the channel's.
        window: When versions are switched; None for any time.
        stopped: Subjects and versions that are not switched to.
        every_s: Between two looks.
        unheard: Why the hub does not say it now, and what it said last holds; "" where it does.
        spread_s: Upper end of a random wait before a look, so that a fleet does not come at once.
    """

    channel: str
    repository: str = ""
    paused: bool = False
    pin: Version | None = None
    window: Window | None = None
    stopped: frozenset[tuple[str, Version]] = frozenset()
    every_s: float
    spread_s: float = 0.0
    unheard: str = ""

    @property
    def meant(self) -> tuple[object, ...]:
        """What an order depends on."""
        return (self.channel, self.paused, self.pin, self.stopped)


def of_settings(settings: Settings) -> Wanted:
    """What this machine's own settings say.

    Raises:
        BadInput: One of them cannot be meant.
    """
    channel, pin = settings.text("channel"), settings.text("pin")
    if channel not in CHANNELS:
        raise BadInput(f"the setting channel is {channel!r:.40}, and there are {', '.join(CHANNELS)}")
    try:
        version = Version(pin) if pin else None
    except BadUpdateFile as error:
        raise BadInput(f"the setting pin: {error.cause}") from error
    return Wanted(
        channel=channel,
        repository=settings.text("repository"),
        paused=settings.flag("paused"),
        pin=version,
        window=read_window(settings.text("window")),
        every_s=settings.number("every_s"),
    )


def both(own: Wanted, hub: Wanted) -> Wanted:
    """The hub's wish, as far as this machine's own settings leave it: a pause and a pin of its own hold, and of two
    times its own.
    """
    return attrs.evolve(
        hub,
        repository=own.repository or hub.repository,
        paused=own.paused or hub.paused,
        pin=own.pin or hub.pin,
        window=own.window or hub.window,
    )
