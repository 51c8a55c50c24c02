"""Notices: "look again at X", and what keeps their stream honest.

A notice carries no truth: losing, repeating or reordering one harms nothing.
"""

from enum import StrEnum
from typing import ClassVar

from attrs import frozen

from tympan_wire.hub._codec import tagged


class Topic(StrEnum):
    """What hubs of this release say to look at again."""

    DESIRED = "desired"
    RELEASES = "releases"
    TUNNEL = "tunnel"
    KEYS = "keys"
    SHARES = "shares"
    UPDATES = "updates"


@frozen(kw_only=True)
class Look:
    """Look again at a topic.

    Attributes:
        topic: A `Topic`, or one of a newer hub, which means: at everything.
    """

    KIND: ClassVar[str] = "look"
    topic: str


@frozen(kw_only=True)
class Hello:
    """The stream is open.

    Attributes:
        stream: Its name, to be given with an `EchoRequest`.
        pace_s: After a break, wait a random time up to this before coming back: the hub spreads who returns when.
    """

    KIND: ClassVar[str] = "hello"
    stream: str
    pace_s: int = 30


@frozen(kw_only=True)
class Echo:
    """The answer to an `EchoRequest`, on the stream itself: proof that it is alive both ways."""

    KIND: ClassVar[str] = "echo"
    nonce: str


@frozen(kw_only=True)
class UnknownNews:
    """A line of a newer hub; passed over."""

    name: str


News = Look | Hello | Echo | UnknownNews
"""One line of the stream, as JSON."""
tagged(News, "kind", UnknownNews)


@frozen(kw_only=True)
class EchoRequest:
    """Asks the hub to say `nonce` on a stream."""

    stream: str
    nonce: str
