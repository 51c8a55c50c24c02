"""What can go wrong in the hub, classified by what to do about it.

::

    HubError
    ├── BadInput          somebody gave us something we cannot take          never
    │   ├── BadRange      a line of ranges; says which, and why              never
    │   └── BadList       a list of devices that cannot be read at all       never
    ├── NotFound          there is no such thing, for this tenant            never
    ├── Conflict          it is there already, or was changed meanwhile      never
    │   ├── Changed       it is not any more what it was when it was read    never
    │   ├── Full          there are as many as there may be                  never
    │   ├── Taken         a name or an address is another's                  never
    │   ├── Decided       a wider scope, or somebody else, has decided       never
    │   ├── SoAlready     it is as it was to be made                         never
    │   ├── NotMeant      nobody there may use the printer                   never
    │   ├── Unreached     no agent reaches what is to be scanned             never
    │   ├── Overlaps      a scan that runs asks there already                never
    │   └── Unconfirmed   it is outside private space, and unconfirmed       never
    ├── NotAllowed        signed in, but this is not theirs to do            never
    │   └── NeedsPassword theirs, in a session begun with a password         never
    ├── NotSignedIn       no session or access token, or one that ended      never
    │   └── SignInRefused wrong address, password or code: which is not told
    │       └── ProviderRefused  a sign-in through an OpenID provider; says why
    ├── TokenRefused      a token or assertion that is no good               never
    │   └── InvitationEnded an invitation that was good once
    ├── AgentRevoked      an administrator ended this agent                  never
    ├── TooMany           a limit over time was reached                      later
    ├── TooLarge          more bytes than are taken                          never
    ├── NotConverted      a document of which no PDF can be made; says why   never
    ├── TooSlow           what was begun did not arrive in time              later
    ├── TooOld            a protocol that is spoken no longer                never
    └── Unavailable       storage does not answer now                        later
        ├── NoRoom        as much waits as may: there is room later          later
        └── ProviderTrouble  an OpenID provider does not answer as it should
"""

from enum import StrEnum
from typing import ClassVar


class HubError(Exception):
    """Anything the hub raises on purpose.

    Args:
        cause: What went wrong, as a sentence part for people.
        next_step: What they can do about it.
        field: Which of the things that were given it is about; "" for none or several.
    """

    later: ClassVar[bool] = False

    def __init__(self, cause: str, *, next_step: str = "", field: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.next_step = next_step
        self.field = field

    @property
    def sentence(self) -> str:
        """Cause and next step, for a person."""
        return f"{self.cause}. {self.next_step}" if self.next_step else self.cause

    def __str__(self) -> str:
        return self.sentence


class BadInput(HubError):
    """Somebody gave us something we cannot take."""


class NotFound(HubError):
    """There is no such thing, for this tenant: what belongs to another one looks the same."""


class Conflict(HubError):
    """It is there already, or somebody changed it meanwhile."""


class Changed(Conflict):
    """It is not any more what it was when it was read: what somebody else did would be undone."""


class Full(Conflict):
    """There are as many as there may be."""


class Taken(Conflict):
    """A name or an address that belongs to another."""


class Decided(Conflict):
    """A wider scope, or somebody else, has decided."""


class SoAlready(Conflict):
    """It is as it was to be made: nothing is changed."""


class NotMeant(Conflict):
    """Nobody who is signed in at a computer may use the printer: the computer is not told of it."""


class Unreached(Conflict):
    """No agent reaches what is to be scanned, or none that may."""


class Overlaps(Conflict):
    """A scan that runs asks some of these addresses, or others next to them, already."""


class Unconfirmed(Conflict):
    """Addresses outside private space are scanned only when that was confirmed."""


class NotAllowed(HubError):
    """Signed in, but this is not theirs to do."""


class NeedsPassword(NotAllowed):
    """Theirs to do, in a session they began with their own password."""


class NotSignedIn(HubError):
    """No session or access token, or one that ended."""


class SignInRefused(NotSignedIn):
    """Wrong address or password; which of them is not told."""


class Refusal(StrEnum):
    """Why somebody who comes from a provider is not let in."""

    STALE = "stale"
    FORGED = "forged"
    DENIED = "denied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NO_EMAIL = "no-email"
    EMAIL_TAKEN = "email-taken"
    NO_TENANT = "no-tenant"
    DISABLED = "disabled"
    FULL = "full"
    UNVERIFIED = "unverified"
    NOT_OWNER = "not-owner"
    NO_REFRESH = "no-refresh"
    LINKED = "linked"
    NO_FACTOR = "no-factor"


class ProviderRefused(SignInRefused):
    """A sign-in through an OpenID provider that is not believed or not allowed.

    Attributes:
        why: For the page.
    """

    def __init__(self, cause: str, *, next_step: str = "Sign in again.", why: Refusal) -> None:
        super().__init__(cause, next_step=next_step)
        self.why = why


class TokenRefused(HubError):
    """A token, invitation or assertion that is no good."""


class InvitationEnded(TokenRefused):
    """An invitation that was good once.

    Attributes:
        why: ``used``, ``revoked`` or ``expired``.
    """

    def __init__(self, cause: str, *, next_step: str = "", why: str) -> None:
        super().__init__(cause, next_step=next_step)
        self.why = why


class AgentRevoked(HubError):
    """An administrator ended this agent."""


class TooMany(HubError):
    """A limit over time was reached.

    Attributes:
        retry_after_s: Not before.
    """

    later = True

    def __init__(self, cause: str, *, next_step: str = "", retry_after_s: int) -> None:
        super().__init__(cause, next_step=next_step)
        self.retry_after_s = retry_after_s


class TooLarge(HubError):
    """More bytes than are taken."""


class Trouble(StrEnum):
    """Why no PDF is made of a document."""

    PASSWORD = "password"
    BROKEN = "broken"
    TOO_LARGE = "too-large"
    TOO_LONG = "too-long"
    UNSUPPORTED = "unsupported"
    AWAY = "converter-away"


class NotConverted(HubError):
    """A document of which no PDF can be made.

    Attributes:
        why: For programs, and for the page's own words.
    """

    def __init__(self, cause: str, *, next_step: str = "", why: Trouble) -> None:
        super().__init__(cause, next_step=next_step)
        self.why = why


class TooSlow(HubError):
    """What was begun did not arrive in time."""

    later = True


class TooOld(HubError):
    """A protocol that is spoken no longer."""


class Unavailable(HubError):
    """Storage does not answer now."""

    later = True


class NoRoom(Unavailable):
    """As much waits as may; there is room when some of it is done."""


class ProviderTrouble(Unavailable):
    """An OpenID provider does not answer, or not as it should."""
