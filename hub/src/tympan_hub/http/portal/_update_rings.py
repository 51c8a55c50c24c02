"""Rings, times and what the service owner says of updates, as pages show them and forms say them."""

from collections.abc import Iterable, Mapping

from tympan_hub.domain.ids import GroupId
from tympan_hub.domain.update_floor import UpdateFloor
from tympan_hub.domain.updates import Ring, UpdateRules, Window, is_newer, named
from tympan_hub.http.portal import _update_words as words
from tympan_hub.http.portal import views
from tympan_hub.ports.update_repository import Channel, Contents
from tympan_hub.service.rollouts import Rollout


def rings(
    contents: Contents, rules: UpdateRules | None = None, rollout: Rollout | None = None
) -> Iterable[views.RingRow]:
    """Rings as the signed channels and a tenant's rules have them, the first one first."""
    said = rules or UpdateRules()
    groups: Mapping[Ring, tuple[GroupId, ...]] = {Ring.CANARY: said.canary, Ring.EARLY: said.early}
    names = rollout.groups if rollout else {}
    stopped = {shown.stop.version for shown in (rollout.stops if rollout else ()) if shown.stop.holds}
    before = Channel()
    for ring in Ring:
        channel = contents.channels.get(ring, Channel())
        yield views.RingRow(
            word=words.RINGS[ring],
            meaning=words.MEANINGS[ring],
            version=channel.agent,
            plugins=tuple(named(*each) for each in sorted(channel.plugins.items())),
            lower=channel.lower,
            groups=tuple(names[group].name for group in groups.get(ring, ()) if group in names),
            agents=sum(one.agents for one in rollout.versions if one.ring is ring) if rollout else 0,
            command=_command(ring, before) if _is_behind(channel, before) and before.agent not in stopped else "",
        )
        before = channel


def _is_behind(channel: Channel, before: Channel) -> bool:
    return bool(before.agent) and (not channel.agent or is_newer(before.agent, channel.agent))


def _command(ring: Ring, before: Channel) -> str:
    """A channel names everything its computers run, so plugins are named again."""
    plugins = "".join(f" --plugin {name}={version}" for name, version in sorted(before.plugins.items()))
    return f"tympan-release channel SHOP {ring.value} --agent {before.agent}{plugins}"


def window_words(window: Window | None) -> tuple[tuple[str, ...], str, str] | None:
    """Days as words in English, from when and to when; None for whenever."""
    if window is None:
        return None
    return tuple(words.DAYS[day] for day in window.days), clock(window.begin_min), clock(window.end_min)


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read(**values: str) -> dict[str, str]:
    """Values of a form, each with what it was as the form was read."""
    return values | {f"{name}-read": value for name, value in values.items()}


def meant(fields: Mapping[str, str], name: str, now: str) -> str:
    """What a form says of a value that has a button elsewhere too: who did not touch it takes back nobody's word."""
    sent, was = (fields.get(each, "").strip() for each in (name, f"{name}-read"))
    return now if sent == was else sent


def ticked(so: bool) -> str:
    """As a tick of a form says it."""
    return "yes" if so else ""


def floor_words(floor: UpdateFloor) -> views.FloorWords:
    """What the service owner says."""
    return views.FloorWords(paused=floor.paused, latest=floor.latest, held=floor.held)
