"""Policy: a switch for each capability, for everybody or for a group; what it would do is told before it is moved."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Decided, SoAlready
from tympan_hub.domain.groups import Group
from tympan_hub.domain.ids import CapabilityKey, GroupId
from tympan_hub.domain.people import Act
from tympan_hub.domain.policy import Effect, Scope, Switch, Verdict
from tympan_hub.http.portal import _policy_words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._update_rings import floor_words, window_words
from tympan_hub.http.portal._visit import Visit, Visiting, after

router = APIRouter(prefix="/policy")

_SECTION = "policy"
_EVERYBODY = marked("Everybody")
_LINK = frozenset({CapabilityKey("hub.https"), CapabilityKey("hub.sync")})
_DEAF = marked("Agents cannot hear the hub after this: it can be undone at each computer alone.")


@router.get("")
async def switches(visit: Visiting, group: str = "") -> Response:
    """All switches of a scope."""
    groups = await _groups(visit)
    chosen = await _chosen(visit, group)
    found = await visit.services.policy.switches(visit.home, visit.actor, group=chosen.id if chosen else None)
    view = views.Policy(
        switches=tuple(map(_shown, found)),
        number=max((switch.changed.number for switch in found if switch.changed), default=0),
        group=chosen.id if chosen else "",
        group_name=chosen.name if chosen else "",
        scopes=_scopes(groups, chosen),
        updates=await _updates(visit),
    )
    return visit.page("policy", _SECTION, view)


@router.post("")
async def switch(visit: Visiting) -> Response:
    """Moves one switch, or takes its decision back; asks first when agents would notice."""
    fields = await visit.fields()
    key, value = fields.get("key", ""), fields.get("value", "")
    verdict = Verdict(value) if value in set(Verdict) else None
    chosen = await _chosen(visit, fields.get("group", ""))
    scope = chosen.id if chosen else None
    if "sure" not in fields:
        effect = await visit.services.policy.effect(visit.home, visit.actor, key, verdict, group=scope)
        if effect.changed:
            return visit.page("policy_asked", _SECTION, _asked(key, effect, chosen))
    try:
        await visit.services.policy.switch(visit.home, visit.actor, key, verdict, group=scope)
    except SoAlready:
        return after("/policy", "already-so", group=scope or "")
    except Decided:
        return after("/policy", "decided", group=scope or "")
    return after("/policy", "policy-switched", group=scope or "")


async def _updates(visit: Visit) -> views.UpdatesInShort:
    """What is said of updates beside the switches: a pause, a version and a time are none."""
    if visit.is_owner:
        floor = (await visit.services.update_floors.look(visit.actor)).floor
        return views.UpdatesInShort(floor=floor_words(floor))
    rules, floor = await visit.services.rollouts.bound_by(visit.home, visit.actor)
    window = window_words(rules.window)
    told = f"{window[1]}–{window[2]}" if window else ""
    pin = floor.over(rules).pin
    return views.UpdatesInShort(paused=rules.paused, pin=pin, window=told, floor=floor_words(floor))


async def _groups(visit: Visit) -> tuple[Group, ...]:
    if not visit.may(Act.MANAGE_PEOPLE) or visit.tenant is None:
        return ()
    return tuple(shown.group for shown in await visit.services.groups.list(visit.home, visit.actor))


async def _chosen(visit: Visit, group: str) -> Group | None:
    return await visit.services.groups.get(visit.home, visit.actor, GroupId(group)) if group else None


def _scopes(groups: tuple[Group, ...], chosen: Group | None) -> tuple[views.Choice, ...]:
    if not groups:
        return ()
    everybody = views.Choice(value="", label=_EVERYBODY, chosen=chosen is None)
    named = (views.Choice(value=g.id, label=g.name, chosen=g == chosen, translated=False) for g in groups)
    return (everybody, *named)


def _asked(key: str, effect: Effect, group: Group | None) -> views.SwitchAsked:
    name, meaning = words.CAPABILITIES.get(CapabilityKey(key), (key, words.STRANGE))
    return views.SwitchAsked(
        key=key,
        name=name,
        meaning=meaning,
        value=effect.verdict.value if effect.verdict else "",
        group=group.id if group else "",
        group_name=group.name if group else "",
        changed=effect.changed,
        used=effect.used,
        caution=_DEAF if key in _LINK and effect.verdict is Verdict.OFF else "",
    )


def _shown(switch: Switch) -> views.Switch:
    name, meaning = words.CAPABILITIES.get(switch.key, (switch.key, words.STRANGE))
    return views.Switch(
        key=switch.key,
        name=name,
        meaning=meaning,
        value=switch.verdict.value if switch.verdict else "",
        agents=switch.agents,
        running=switch.running,
        locked=words.LOCKED[switch.wider_scope or Scope.OWNER][switch.wider] if switch.wider else "",
        changed_by=switch.changed.by if switch.changed else "",
        changed_at=switch.changed.issued_at if switch.changed else None,
    )
