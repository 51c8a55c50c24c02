"""The key book as pages show it."""

import datetime as dt

from attrs import frozen

from tympan_hub.http.portal.views._health import Health


@frozen(kw_only=True)
class KeyRow:
    """An entry.

    Attributes:
        number: In the book.
        at: When.
        agent: Its id.
        name: As it was called then.
        what: What happened, a word.
        fingerprint: Of its key for envelopes, in groups of four digits; "" while it has none.
        proved: Whether the agent signed it.
        by: Who did it.
        digest: By which the next entry names this one, in groups of four digits.
    """

    number: int
    at: dt.datetime
    agent: str
    name: str
    what: Health
    fingerprint: str
    proved: bool
    by: str
    digest: str


@frozen(kw_only=True)
class WaitingKey:
    """A key that waits for an administrator.

    Attributes:
        row: Its entry.
        why: A sentence.
    """

    row: KeyRow
    why: str


@frozen(kw_only=True)
class Keys:
    """The page.

    Attributes:
        waiting: What waits for an administrator.
        rows: Newest first.
        head: The newest entry of all; None of an empty book.
        older: Address of the next page; "" on the last.
        first: Whether this is the first page.
    """

    waiting: tuple[WaitingKey, ...]
    rows: tuple[KeyRow, ...]
    head: KeyRow | None
    older: str
    first: bool
