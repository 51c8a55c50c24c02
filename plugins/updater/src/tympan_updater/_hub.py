"""What the hub wants of this machine's versions, and what it is told of them: one operation, asked now and then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs
import trio

from tympan.plugin import Host, HubLink, Member, Membership, NotFound, Retry, TympanError
from tympan_updater._errors import HubSilent
from tympan_updater._installation import Running
from tympan_updater._limits import ASKED_LEAST_S, ASKED_MOST_S, TELL_S
from tympan_updater._outcomes import Ending, Outcome, subjects
from tympan_updater._said import Said
from tympan_updater._wanted import Wanted
from tympan_updater._window import DAYS, Window
from tympan_wire.hub import (
    UPDATES_TOLD,
    HubMessageError,
    Operation,
    PluginVersion,
    Ring,
    UpdatesRequest,
    UpdateStep,
    UpdatesWanted,
    UpdateTold,
    UpdateWindow,
    decode,
    encode,
)
from tympan_wire.updates import BadUpdateFile, Version

_ENDINGS = {
    Ending.SWITCHED: UpdateStep.SWITCHED,
    Ending.RETURNED: UpdateStep.RETURNED,
    Ending.REFUSED: UpdateStep.REFUSED,
}
_CHANNELS = {Ring.CANARY: "canary", Ring.EARLY: "early", Ring.ALL: "all"}
_DAYS = {day: number for number, day in enumerate(DAYS)}


@attrs.frozen(kw_only=True)
class Told:
    """What the hub is told of this machine.

    Attributes:
        installed: The agent's version.
        plugins: Plugins that were updated by themselves, by distribution.
        previous: What could be come back to; "" for nothing.
        able: Whether updates can be installed here.
        why_not: Why not, as a sentence.
        outcomes: The last update of each subject.
        under_way: The one that is being made, if any.
        healthy: Whether all that ran before the last update runs.
        trouble: What does not.
    """

    installed: str
    plugins: Mapping[str, Version] = attrs.field(factory=dict)
    previous: str = ""
    able: bool = True
    why_not: str = ""
    outcomes: tuple[Outcome, ...] = ()
    under_way: tuple[UpdateTold, ...] = ()
    healthy: bool = True
    trouble: str = ""


async def ask(host: Host, told: Told, said: Said | None = None) -> Wanted | None:
    """Tells the hub, and hears what it wants; None where no hub says anything of it. One that refuses, or that nothing
    here speaks to any more, leaves what it said last: what was stopped stays stopped.

    Raises:
        TympanError: There is a hub, and it does not answer now; or it refuses, and never said what it wants.
    """
    member = member_of(host)
    request = encode(_request(told))
    for link in host.ports(HubLink):  # type: ignore[type-abstract]
        try:
            with trio.fail_after(TELL_S):
                answer = await link.request(Operation.UPDATES, request)
        except trio.TooSlowError as error:
            raise HubSilent from error
        except TympanError as error:
            if error.retry is not Retry.NEVER:
                raise
            return _refused(error, member, said)
        try:
            wanted = decode(UpdatesWanted, answer)
        except HubMessageError as error:
            raise HubSilent from error
        if said is not None and member is not None:
            said.keep(member, wanted)
        return _wanted(wanted)
    return _last(said, None, "nothing here speaks to the hub")


def member_of(host: Host) -> Member | None:
    """This agent as its hub knows it."""
    for membership in host.ports(Membership):  # type: ignore[type-abstract]
        if membership.member is not None:
            return membership.member
    return None


def _refused(error: TympanError, member: Member | None, said: Said | None) -> Wanted | None:
    if member is None:  # it belongs to no hub
        if said is not None:
            said.forget()
        return None
    last = _last(said, member, error.cause)
    if last is None and not isinstance(error, NotFound):  # an older hub knows nothing of updates, and never did
        raise error
    return last


def _last(said: Said | None, member: Member | None, why: str) -> Wanted | None:
    last = said.of(member) if said is not None else None
    return None if last is None else attrs.evolve(_wanted(last), unheard=why)


def _request(told: Told) -> UpdatesRequest:
    plugins = [PluginVersion(distribution=name, version=str(version)) for name, version in told.plugins.items()]
    return UpdatesRequest(
        installed=told.installed,
        previous=told.previous,
        able=told.able,
        why_not=told.why_not,
        healthy=told.healthy,
        trouble=told.trouble,
        plugins=tuple(plugins[:UPDATES_TOLD]),
        updates=(*map(_told, told.outcomes), *told.under_way)[-UPDATES_TOLD:],
    )


def _told(outcome: Outcome) -> UpdateTold:
    return UpdateTold(
        subject=outcome.subject,
        version=str(outcome.version),
        step=_ENDINGS[outcome.ending],
        reason=outcome.reason,
        missing=outcome.missing,
        at=outcome.at,
    )


def begun(before: Running, after: Running, step: UpdateStep, at: dt.datetime) -> tuple[UpdateTold, ...]:
    """What is being done, for the hub."""
    return tuple(
        UpdateTold(subject=subject, version=str(version), step=step, at=at)
        for subject, version in subjects(before, after)
    )


def _wanted(answer: UpdatesWanted) -> Wanted:
    return Wanted(
        channel=_CHANNELS.get(answer.ring, ""),
        repository=answer.repository,
        paused=answer.paused,
        pin=_version(answer.pin),
        window=_window(answer.window),
        stopped=frozenset(
            (each.subject, version) for each in answer.stopped if (version := _version(each.version)) is not None
        ),
        every_s=min(max(answer.every_s, ASKED_LEAST_S), ASKED_MOST_S),
        spread_s=min(max(answer.spread_s, 0.0), ASKED_MOST_S),
    )


def _version(text: str) -> Version | None:
    """None for what is no version here: a newer hub may mean something by it."""
    try:
        return Version(text) if text else None
    except BadUpdateFile:
        return None


def _window(told: UpdateWindow | None) -> Window | None:
    if told is None:
        return None
    days = frozenset(_DAYS[day.value] for day in told.days if day.value in _DAYS)
    return Window(days=days, begin_min=told.begin_min, end_min=told.end_min)
