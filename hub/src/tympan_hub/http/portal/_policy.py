"""Policy: a switch for each capability."""

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import Conflict
from tympan_hub.domain.policy import Switch, Verdict
from tympan_hub.http.portal import _words as words
from tympan_hub.http.portal import views
from tympan_hub.http.portal._visit import Visiting, after

router = APIRouter(prefix="/policy")

_SECTION = "policy"


@router.get("")
async def switches(visit: Visiting) -> Response:
    """All switches."""
    found = await visit.services.policy.switches(visit.home, visit.actor)
    latest = max((switch.changed.number for switch in found if switch.changed), default=0)
    return visit.page("policy", _SECTION, views.Policy(switches=tuple(map(_shown, found)), number=latest))


@router.post("")
async def switch(visit: Visiting) -> Response:
    """Moves one switch, or takes its decision back."""
    fields = await visit.fields()
    value = fields.get("value", "")
    verdict = Verdict(value) if value in set(Verdict) else None
    try:
        await visit.services.policy.switch(visit.home, visit.actor, fields.get("key", ""), verdict)
    except Conflict:
        return after("/policy", "already-so")
    return after("/policy", "policy-switched")


def _shown(switch: Switch) -> views.Switch:
    name, meaning = words.CAPABILITIES.get(switch.key, (switch.key, words.STRANGE))
    return views.Switch(
        key=switch.key,
        name=name,
        meaning=meaning,
        value=switch.verdict.value if switch.verdict else "",
        agents=switch.agents,
        locked=words.LOCKED[switch.wider] if switch.wider else "",
        changed_by=switch.changed.by if switch.changed else "",
        changed_at=switch.changed.issued_at if switch.changed else None,
    )
