"""Updates: versions in the fleet, rings, what was stopped and why; and what is said of all that."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

import attrs
from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, Decided, SoAlready
from tympan_hub.domain.ids import AgentId, GroupId
from tympan_hub.domain.limits.updates import UPDATE_SILENT
from tympan_hub.domain.people import Act
from tympan_hub.domain.updates import (
    Day,
    Ring,
    Step,
    Toll,
    Update,
    UpdateRules,
    Window,
    check_subject,
    is_newer,
    named,
    sorted_versions,
)
from tympan_hub.http.portal import _update_words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._update_rings import clock, floor_words, meant, read, rings, ticked, window_words
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.ports.update_repository import Contents
from tympan_hub.service.rollouts import Rollout, StopShown

router = APIRouter(prefix="/updates")

_SECTION: Final = "agents"
_FIELDS: Final = 600
"""Of the form with a ring for each group."""

_FAULTS: Final = {
    "pin": marked("A version is written such as 1.4.0."),
    "least": marked("1 to 100,000 computers."),
    "percent": marked("0 to 99 percent."),
    "begin": marked("A time is written such as 22:00."),
    "repository": marked("An address that begins with https://."),
    "canary": marked("A ring has at most 50 groups, and each must be there."),
}
_DECIDED: Final = marked("The service owner allows no version as new as this.")


@router.get("")
async def every(visit: Member) -> Response:
    """The page."""
    rollout = await visit.services.rollouts.look(visit.home, visit.actor)
    return visit.page("updates", _SECTION, _view(rollout, visit.portal.clock.now()))


@router.post("/pause")
async def pause(visit: Member) -> Response:
    """Pauses all updates, or lets them go on."""
    fields = await visit.fields()
    return await _changed(visit, paused=fields.get("paused") == "yes")


@router.post("/pin")
async def pin(visit: Member) -> Response:
    """Has every computer go to one version, or takes that back."""
    fields = await visit.fields()
    return await _changed(visit, pin=fields.get("version", ""))


@router.get("/stop")
async def ask_stop(visit: Member, version: str, subject: str = "") -> Response:
    """The question before a version is stopped."""
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    check_subject(subject, version)
    view = views.Confirm(
        title=marked("Stop this version?"),
        subject=named(subject, version),
        consequences=(
            marked("No further computer takes it. Connected ones know within seconds."),
            marked("Computers that have it keep it."),
        ),
        label=marked("Stop the version"),
        action="/updates/stop",
        back="/updates",
        said={"subject": subject, "version": version},
    )
    return visit.page("confirm", _SECTION, view)


@router.post("/stop")
async def stop(visit: Member) -> Response:
    """Stops one."""
    fields = await visit.fields()
    try:
        await visit.services.rollouts.stop(
            visit.home, visit.actor, fields.get("subject", ""), fields.get("version", "")
        )
    except SoAlready:
        return after("/updates", "already-so")
    return after("/updates", "version-stopped")


@router.post("/go-on")
async def go_on(visit: Member) -> Response:
    """Lets one go on."""
    fields = await visit.fields()
    try:
        await visit.services.rollouts.go_on(
            visit.home, visit.actor, fields.get("subject", ""), fields.get("version", "")
        )
    except SoAlready:
        return after("/updates", "already-so")
    return after("/updates", "version-goes-on")


@router.get("/rules")
async def ask_rules(visit: Member) -> Response:
    """The form with what is said."""
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    rules = await visit.services.rollouts.rules(visit.home, visit.actor)
    return await _form(visit, views.Form(values=_values(rules)))


@router.post("/rules")
async def change_rules(visit: Member) -> Response:
    """Says something else."""
    fields = await visit.fields(most=_FIELDS)
    visit.actor.require(Act.MANAGE_AGENTS, visit.home)
    try:
        known = await visit.services.rollouts.rules(visit.home, visit.actor)
        await visit.services.rollouts.change(visit.home, visit.actor, _rules(fields, known))
    except SoAlready:
        return after("/updates", "already-so")
    except Decided:
        return await _form(visit, views.Form(values=fields, faults={"pin": _DECIDED}), 422)
    except BadInput as error:
        name = error.field if error.field in _FAULTS else "canary"
        return await _form(visit, views.Form(values=fields, faults={name: _FAULTS[name]}), 422)
    return after("/updates", "update-rules-changed")


async def of_agent(visit: Visit, agent: AgentId) -> views.AgentUpdates | None:
    """What a computer told of its versions, for its page; None before it did."""
    known, updates = await visit.services.rollouts.of_agent(visit.home, visit.actor, agent)
    if known is None:
        return None
    return views.AgentUpdates(
        installed=known.installed,
        previous=known.previous,
        ring=words.RINGS[known.ring],
        why_not=known.why_not if not known.able else "",
        trouble=known.trouble if not known.healthy else "",
        plugins=tuple(named(*each) for each in sorted(known.plugins.items())),
        rows=tuple(_row(update, "", visit.portal.clock.now()) for update in updates),
    )


async def _changed(visit: Visit, **changes: Any) -> Response:
    known = await visit.services.rollouts.rules(visit.home, visit.actor)
    try:
        await visit.services.rollouts.change(visit.home, visit.actor, attrs.evolve(known, **changes), read=known)
    except SoAlready:
        return after("/updates", "already-so")
    except Decided:
        return after("/updates", "decided")
    return after("/updates", "update-rules-changed")


def _view(rollout: Rollout, now: dt.datetime) -> views.Updates:
    rules, contents = rollout.rules, rollout.contents or Contents()
    stopped = {shown.stop.version for shown in rollout.stops if shown.stop.holds and not shown.stop.subject}
    rows = tuple(_versions(rollout, stopped))
    return views.Updates(
        rows=rows,
        rings=tuple(rings(contents, rules, rollout)),
        stops=tuple(map(_stop, rollout.stops)),
        troubles=tuple(_row(update, rollout.agents.get(update.agent, ""), now) for update in rollout.troubles),
        paused=rules.paused,
        pin=rules.pin,
        overruled=rollout.floor.over(rules).pin != rules.pin,
        window=window_words(rules.window),
        own=rollout.contents is not None,
        elsewhere=rules.repository,
        trouble=contents.trouble,
        ends_at=contents.ends_at,
        over=contents.ends_at is not None and contents.ends_at <= now,
        back_to=next((row.version for row in rows if _leads_back(row, rollout)), ""),
        stay=_stay(rules.pin, rows, contents),
        floor=floor_words(rollout.floor),
    )


def _leads_back(row: views.VersionRow, rollout: Rollout) -> bool:
    """Whether everybody could be kept at this version instead of a stopped one."""
    return not row.stopped and row.version != rollout.rules.pin and rollout.floor.allows("", row.version)


def _stay(pin: str, rows: Iterable[views.VersionRow], contents: Contents) -> bool:
    """Whether computers have a newer version than everybody is to have, and nobody signed that they go back."""
    channels = contents.channels.values()
    leads_back = bool(channels) and all(channel.lower and channel.agent == pin for channel in channels)
    return bool(pin) and not leads_back and any(is_newer(row.version, pin) for row in rows)


def _versions(rollout: Rollout, stopped: set[str]) -> Iterable[views.VersionRow]:
    for version in sorted_versions({one.version for one in rollout.versions}):
        these = [one for one in rollout.versions if one.version == version]
        by_ring = {ring: sum(one.agents for one in these if one.ring is ring) for ring in Ring}
        yield views.VersionRow(
            version=version,
            agents=sum(by_ring.values()),
            unwell=sum(one.unwell for one in these),
            rings=tuple((words.RINGS[ring], count) for ring, count in by_ring.items() if count),
            stopped=version in stopped,
        )


def _stop(shown: StopShown) -> views.StopRow:
    stop = shown.stop
    return views.StopRow(
        subject=stop.subject,
        version=stop.version,
        name=stop.name,
        at=stop.at,
        by=stop.by,
        taken=stop.toll.taken,
        kinds=tuple(_kinds(stop.toll)),
        unhealthy=shown.now.unhealthy,
        taken_now=shown.now.taken,
        holds=stop.holds,
        ended_at=stop.ended_at,
        ended_by=stop.ended_by,
    )


def _kinds(toll: Toll) -> Iterable[tuple[str, int]]:
    for kind, (one, many) in words.KINDS.items():
        if count := getattr(toll, kind):
            yield one if count == 1 else many, count


def _row(update: Update, computer: str, now: dt.datetime) -> views.UpdateRow:
    state = words.STEPS[update.step]
    if update.step is Step.SWITCHED and update.missing:
        state = words.LACKING
    if update.step is Step.SWITCHING and update.told_at < now - UPDATE_SILENT:
        state = words.SILENT
    return views.UpdateRow(
        agent=update.agent if computer else "",
        computer=computer,
        name=named(update.subject, update.version),
        state=state,
        reason=update.reason,
        missing=update.missing,
        at=update.told_at,
    )


async def _form(visit: Visit, form: views.Form, status: int = 200) -> Response:
    groups = [shown.group for shown in await visit.services.groups.list(visit.home, visit.actor)]
    view = views.UpdateRulesForm(
        form=form,
        groups=tuple(
            views.GroupRing(id=group.id, name=group.name, rings=_choices(form.value(f"ring-{group.id}")))
            for group in groups
        ),
        days=tuple(
            views.Choice(value=f"day-{day.value}", label=word, chosen=bool(form.value(f"day-{day.value}")))
            for day, word in words.DAYS.items()
        ),
    )
    return visit.page("update_rules", _SECTION, view, status=status)


def _choices(chosen: str) -> tuple[views.Choice, ...]:
    ring = chosen or Ring.ALL.value
    return tuple(
        views.Choice(value=each.value, label=word, chosen=each.value == ring) for each, word in words.RINGS.items()
    )


def _values(rules: UpdateRules) -> dict[str, str]:
    window = rules.window
    return {
        **read(pin=rules.pin, paused=ticked(rules.paused)),
        "least": str(rules.least),
        "percent": str(rules.percent),
        "repository": rules.repository,
        "begin": clock(window.begin_min) if window else "",
        "end": clock(window.end_min) if window else "",
        **{f"ring-{group}": Ring.CANARY.value for group in rules.canary},
        **{f"ring-{group}": Ring.EARLY.value for group in rules.early},
        **{f"day-{day.value}": "yes" for day in (window.days if window else ())},
    }


def _rules(fields: dict[str, str], known: UpdateRules) -> UpdateRules:
    rings = {name.removeprefix("ring-"): ring for name, ring in fields.items() if name.startswith("ring-")}
    return UpdateRules(
        canary=tuple(GroupId(group) for group, ring in rings.items() if ring == Ring.CANARY.value),
        early=tuple(GroupId(group) for group, ring in rings.items() if ring == Ring.EARLY.value),
        paused=meant(fields, "paused", ticked(known.paused)) == "yes",
        pin=meant(fields, "pin", known.pin),
        window=_window(fields),
        least=_number(fields, "least"),
        percent=_number(fields, "percent"),
        repository=fields.get("repository", "").strip(),
    )


def _window(fields: dict[str, str]) -> Window | None:
    begin, end = fields.get("begin", "").strip(), fields.get("end", "").strip()
    if not begin and not end:
        return None
    days = tuple(day for day in Day if fields.get(f"day-{day.value}") == "yes")
    return Window(days=days, begin_min=_minute(begin), end_min=_minute(end))


def _minute(text: str) -> int:
    try:
        at = dt.time.fromisoformat(text)
    except ValueError as error:
        raise BadInput("this is no time", field="begin") from error
    return at.hour * 60 + at.minute


def _number(fields: dict[str, str], name: str) -> int:
    text = fields.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise BadInput("this is no number", field=name)
    return int(text)
