"""What this plugin raises, by what can be done about it.

::

    TympanError
    └── MqttError
        ├── BrokerAway       the broker cannot be reached, or the way broke      later
        ├── BrokerRefused    it does not take this agent                         later
        └── BrokerSilent     no echo came back through it                        later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError

_NEXT_STEP = "Notices come over HTTPS meanwhile; it is tried again by itself."


class MqttError(TympanError):
    """Something on the way through the broker."""

    retry = Retry.LATER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step=_NEXT_STEP)


class BrokerAway(MqttError):
    """The broker cannot be reached, or the way to it broke."""

    def __init__(self, broker: str, why: str) -> None:
        super().__init__(f"the broker at {broker} cannot be reached: {why:.300}")


class BrokerRefused(MqttError):
    """The broker does not take this agent, or not its subscription."""

    def __init__(self, broker: str, why: str) -> None:
        super().__init__(f"the broker at {broker} does not take this agent: {why:.300}")


class BrokerSilent(MqttError):
    """No echo came back: broker or hub do not carry on what is said."""

    def __init__(self, broker: str, waited_s: float) -> None:
        super().__init__(f"nothing came back from the hub through the broker at {broker} within {waited_s:g} s")


def first_of(group: BaseExceptionGroup[TympanError]) -> TympanError:
    """One of a group's errors, where any says enough."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if not isinstance(error, TympanError):
        raise TypeError(f"{error!r} is no {TympanError.__name__}")
    return error
