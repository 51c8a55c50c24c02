"""Errors: why there is no update.

::

    TympanError
    └── UpdateError
        ├── TrustsNobody    no root of trust lies beside the installation      never
        ├── Untrusted       the repository or a file in it is not to be had    never
        │   ├── RolledBack      older than what was seen before                never
        │   ├── OutOfDate       nobody signed it anew in time                  later
        │   ├── TooFewSigned       too few trusted keys signed it                 never
        │   ├── DoesNotMatch    not what was signed: swapped or mixed          later
        │   └── TooLong         more bytes than were signed, or than may be    later
        ├── NotOffered      no trusted role names such a version               never
        ├── SourceAway      nobody there has the repository                    later
        ├── NotUsable       what was signed is no version of the agent         never
        ├── CheckFailed     the new version does not do here                   never
        ├── Returned        the new version ran badly; the old one runs        never
        ├── Postponed       not now: jobs are on their way, or it is paused    later
        ├── NotInstalled    this program lies in no installation               never
        ├── HubSilent       the hub does not say what it wants                 later
        ├── UpdaterBusy     another update is under way                        later
        └── AgentStays      the agent could not be started again               later
"""

from __future__ import annotations

from tympan.plugin import Retry, TympanError


class UpdateError(TympanError):
    """There is no update."""

    retry = Retry.NEVER


class TrustsNobody(UpdateError):
    """No root of trust lies beside the installation."""

    def __init__(self, place: object) -> None:
        next_step = "Put the root.json that 'tympan-release init' made there, or install a package that carries it."
        super().__init__(f"{place} is missing: this installation trusts nobody with updates", next_step=next_step)


class Untrusted(UpdateError):
    """The repository, or a file in it, is not to be believed."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Nothing was changed. Ask whoever publishes updates here.")


class RolledBack(Untrusted):
    """What is shown is older than what was seen before: somebody serves an old repository."""


class OutOfDate(Untrusted):
    """Nobody signed it anew in time: somebody holds it back, or this computer's clock is wrong."""

    retry = Retry.LATER


class TooFewSigned(Untrusted):
    """Fewer of the trusted keys signed it than must."""


class DoesNotMatch(Untrusted):
    """It is not what was signed: swapped, damaged, or mixed from several repositories."""

    retry = Retry.LATER


class TooLong(Untrusted):
    """More bytes came than were signed, or than may be."""

    retry = Retry.LATER


class NotOffered(UpdateError):
    """No role that may name such a file names it."""

    def __init__(self, target: str) -> None:
        next_step = "Nothing was changed. Whoever publishes updates here should look at 'tympan-release show'."
        super().__init__(f"nobody who may has signed {target}", next_step=next_step)


class SourceAway(UpdateError):
    """Nobody there has the repository."""

    retry = Retry.LATER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="It is tried again by itself; nothing was changed.")


class NotUsable(UpdateError):
    """What was signed is no version of the agent or of a plugin."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Nothing was changed. Whoever publishes updates here should build it anew.")


class CheckFailed(UpdateError):
    """The new version does not do on this machine."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="Nothing was changed. The version is not tried again by itself.")


class Returned(UpdateError):
    """The new version ran badly, and the old one runs again."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="The old version runs. The new one is not tried again by itself.")


class Postponed(UpdateError):
    """Not now: jobs are on their way, or somebody wants it later."""

    retry = Retry.LATER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="It is tried again by itself.")


class NotInstalled(UpdateError):
    """This program lies in no installation that could be updated."""

    def __init__(self, cause: str) -> None:
        next_step = "Packages and 'uv tool' bring their own updates; the bundle of Tympan has this one."
        super().__init__(cause, next_step=next_step)


class HubSilent(UpdateError):
    """The hub does not say what it wants."""

    retry = Retry.LATER

    def __init__(self) -> None:
        super().__init__("the hub does not say which version it wants", next_step="It is asked again by itself.")


class UpdaterBusy(UpdateError):
    """Another update is under way."""

    retry = Retry.LATER

    def __init__(self) -> None:
        cause = "another update, or the installation of a package, is under way"
        super().__init__(cause, next_step="Wait for it, and try again; see 'tympan update status'.")


class AgentStays(UpdateError):
    """The agent could not be started again by whoever runs it."""

    retry = Retry.LATER

    def __init__(self, cause: str) -> None:
        super().__init__(cause, next_step="See 'tympan service status'.")
