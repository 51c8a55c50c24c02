"""The broker, as the services see it: what is said there may be lost."""

from collections.abc import Callable
from typing import Protocol

Arrived = Callable[[str, bytes], None]
"""Told the topic and the payload of a message; it must not block."""


class Publisher(Protocol):
    """Says things at a broker."""

    @property
    def connected(self) -> bool:
        """Whether the broker is reached at present."""
        ...

    def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message soon; one for which there is no room, or no broker, is lost."""
        ...

    def listen(self, arrived: Arrived) -> None:
        """Calls ``arrived`` for every ping from now on, in the event loop."""
        ...
