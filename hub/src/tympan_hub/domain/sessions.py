"""Sessions as their person sees them: since when, from where, with what."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.limits.sessions import SESSION_IDLE, SESSION_SEEN


@frozen(kw_only=True)
class Visitor:
    """Where somebody comes from who signs in.

    Attributes:
        source: Their network address.
        browser: Their browser, as people call it; "" for one nobody knows.
    """

    source: str = ""
    browser: str = ""


@frozen(kw_only=True)
class OpenSession:
    """A session that was begun.

    Attributes:
        id: By which its person can end it; it opens nothing.
        begun_at: When they signed in.
        seen_at: When it was last used, to a few minutes.
        expires_at: When they must sign in again, however busy.
        source: The network address it was begun from.
        browser: With what.
    """

    id: str
    begun_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime
    source: str = ""
    browser: str = ""

    def lasts(self, now: dt.datetime) -> bool:
        """Whether it is good: neither at its end nor left alone for too long."""
        return now < min(self.expires_at, self.seen_at + SESSION_IDLE)

    def needs_note(self, now: dt.datetime) -> bool:
        """Whether its use is to be written down again."""
        return now - self.seen_at >= SESSION_SEEN
