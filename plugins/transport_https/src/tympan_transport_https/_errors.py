"""What this plugin raises, by what can be done about it.

::

    TympanError
    └── HubError
        ├── NotEnrolled           this agent belongs to no hub                 never
        ├── AlreadyEnrolled       it belongs to one already                    never
        ├── BadAddress            no address of a hub                          never
        ├── BodyMismatch          a body is not what its upload began with     never
        ├── BookBroken            the key book is not what it was              never
        ├── EnvelopeUnfit         an envelope is not for this agent            never
        ├── NoSuchKey             there is no key to be accepted               never
        ├── OwnKeyForged          the key book has a key this agent never had  never
        ├── HubRefused            the hub says no                              never
        │   ├── AgentRevoked      it does not know this agent any more         never
        │   └── HubForgot         it has no such thing (any more)              never
        └── HubAway               the hub cannot be reached                    later
            ├── HubBusy           it asks to come back later                   later
            ├── NotSignedIn       it does not take the access token            later
            ├── HubGarbled        its answer cannot be understood              later
            ├── UploadGone        it gave an upload up; begin it again         later
            └── StreamSilent      its stream is dead                           later
"""

from __future__ import annotations

from tympan.plugin import NotFound, Retry, TympanError


class HubError(TympanError):
    """Something between this agent and its hub."""


class NotEnrolled(HubError):
    """This agent belongs to no hub."""

    def __init__(self) -> None:
        super().__init__("this agent belongs to no hub", next_step="Join one: tympan login URL")


class AlreadyEnrolled(HubError):
    """This agent belongs to a hub already."""

    def __init__(self, address: str) -> None:
        super().__init__(f"this agent belongs to the hub at {address} already", next_step="Leave it: tympan hub leave")


class BadAddress(HubError):
    """The address is none of a hub."""

    def __init__(self, address: str) -> None:
        cause = f"{address!r:.120} is no address of a hub"
        super().__init__(cause, next_step="Give an https URL such as https://print.example (http on loopback only).")


class HubRefused(HubError):
    """The hub says no, and would say so again."""

    def __init__(self, detail: str, next_step: str = "") -> None:
        super().__init__(f"the hub refuses: {detail}", next_step=next_step or "Ask whoever runs the hub.")
        self.detail = detail


class AgentRevoked(HubRefused):
    """The hub does not know this agent any more."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "Ask an administrator for a new token, then: tympan hub leave, tympan hub enrol.")


class HubForgot(HubRefused, NotFound):
    """The hub has no such thing, or has it no more; or it is an older one, which never had."""


class BodyMismatch(HubError):
    """A body is not what its upload began with."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Upload it under another name.")


class BookBroken(HubError):
    """The hub's key book does not fit to what this agent checked before, or says what no honest hub writes."""

    def __init__(self, number: int, why: str) -> None:
        cause = f"the hub's key book is not to be believed at entry {number}: {why:.200}"
        super().__init__(cause, next_step="Ask whoever runs the hub what happened, then: tympan keys reread")


class NoSuchKey(HubError):
    """There is no key of this agent that could be accepted."""

    def __init__(self, agent: str, why: str = "") -> None:
        cause = f"there is no key of agent {agent!r:.100} to accept"
        super().__init__(f"{cause}: {why}" if why else cause, next_step="Look at: tympan keys")


class OwnKeyForged(HubError):
    """The hub's key book has a key of this very agent that it neither has nor signed."""

    def __init__(self) -> None:
        cause = "the hub's key book names a key for this computer that it does not have and did not sign"
        super().__init__(cause, next_step="Do not confirm it; ask whoever runs the hub, and compare: tympan keys")


class EnvelopeUnfit(HubError):
    """An envelope is not for this agent or this document, or was changed."""

    def __init__(self) -> None:
        cause = "the key of this document is not locked for this agent"
        super().__init__(cause, next_step="Print the document again; it is still held where it was printed.")


class HubAway(HubError):
    """The hub cannot be reached."""

    retry = Retry.LATER
    after_s = 0.0
    """Not to be asked again before."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Printing goes on; it is tried again by itself.")


class HubBusy(HubAway):
    """The hub asks to come back later."""

    def __init__(self, detail: str, after_s: float) -> None:
        super().__init__(f"the hub asks to come back later: {detail}")
        self.after_s = after_s


class NotSignedIn(HubAway):
    """The hub does not take the access token."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"the hub does not take this agent's access token: {detail}")


class HubGarbled(HubAway):
    """The hub's answer cannot be understood: a proxy's own page, or something else in between."""

    def __init__(self, what: str) -> None:
        super().__init__(f"what answers for the hub cannot be understood: {what:.300}")


class StreamSilent(HubAway):
    """The stream of notices is dead without having ended."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(f"the stream of notices gave no sign of life for {waited_s:g} s")


class UploadGone(HubAway):
    """The hub gave an upload up meanwhile."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the hub has given up the upload of {name!r:.200}; it begins again")
