"""Counts what the hub does, for those who run it."""

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from tympan_hub.domain.crossings import CrossingState
from tympan_hub.domain.webhooks import Answer


@frozen(kw_only=True)
class Pool:
    """Connections to the database.

    Attributes:
        name: What they are for.
        size: How many there may be.
        used: How many are in use.
    """

    name: str
    size: int
    used: int


@frozen(kw_only=True)
class Levels:
    """What is looked at when somebody asks, and not counted.

    Attributes:
        agents: Notice streams open in this process.
        waiting: Deliveries that wait for webhooks.
        lag_s: Age of the oldest that is due.
        pools: The database's.
        broker: Whether this process reaches the broker; False where there is none.
        tunnel: Jobs in the tunnel, by where they stand.
    """

    agents: int
    waiting: int
    lag_s: float
    pools: tuple[Pool, ...] = ()
    broker: bool = False
    tunnel: Mapping[CrossingState, int] = field(factory=dict)


class Meter(Protocol):
    """Counts; never fails, never waits."""

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; ``route`` is the pattern of its path and never the path itself."""
        ...

    def reports(self, taken: int, refused: int) -> None:
        """A batch of reports was taken."""
        ...

    def attempt(self, answer: Answer, seconds: float) -> None:
        """A webhook was tried."""
        ...

    def failover(self) -> None:
        """A job of the tunnel went to another agent, because the one that had it was silent."""
        ...

    def round(self, name: str, seconds: float, *, well: bool) -> None:
        """A round of what is done again and again has ended."""
        ...

    def text(self, levels: Levels) -> bytes:
        """All of it, in the text format of Prometheus."""
        ...
