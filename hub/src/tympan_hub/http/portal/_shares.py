"""Shared queues: those of a computer, one with its defaults, and what the tenant says of sharing."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from tympan_hub.domain.errors import BadInput, NotFound, SoAlready
from tympan_hub.domain.ids import AgentId, PrinterId, ShareId
from tympan_hub.domain.people import Act
from tympan_hub.domain.shares import Effective, Origin, QueueState, SharedFor, SharingRules, share_id
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._option_words import option_word, value_word, value_words
from tympan_hub.http.portal._visit import Member, Visit, after
from tympan_hub.service.sharing import ShareShown

router = APIRouter()

_SECTION: Final = "agents"
_ORIGINS: Final = {
    Origin.DEVICE: marked("The device's own"),
    Origin.OS: marked("Set on its computer for everybody"),
    Origin.USER: marked("Set by who uses its computer"),
    Origin.TENANT: marked("Set here for everybody"),
}
_AUDIENCES: Final = {
    SharedFor.NOBODY: marked("For nobody until it is given to somebody"),
    SharedFor.SIGNED_IN: marked("For whoever is signed in at its computer"),
    SharedFor.EVERYBODY: marked("For everybody"),
}
_STOPPED: Final = views.Health(tone=views.Tone.STILL, icon="pause", word=marked("Stopped"))
_GONE: Final = views.Health(tone=views.Tone.STILL, icon="pause", word=marked("Gone"))
_REVOKED: Final = views.Health(tone=views.Tone.BAD, icon="alert", word=marked("Revoked"))
_PAUSED: Final = views.Health(tone=views.Tone.WARN, icon="alert", word=marked("Paused"))
_SHARED: Final = views.Health(tone=views.Tone.GOOD, icon="check", word=marked("Shared"))
_NO_ROOM: Final = views.Health(tone=views.Tone.WARN, icon="alert", word=marked("No room"))
_AS_THE_QUEUE: Final = views.Word(text=marked("Not set here"))


@router.get("/shares/{share}")
async def one(visit: Member, share: str) -> Response:
    """A shared queue."""
    shown = await visit.services.sharing.get(visit.home, visit.actor, _id(share))
    options = tuple(map(_option, shown.options))
    return visit.page("share", _SECTION, views.Share(row=row_of(shown), options=options))


@router.post("/shares/{share}/stop")
async def stop(visit: Member, share: str) -> Response:
    """Ends one."""
    await visit.fields()
    try:
        await visit.services.sharing.stop(visit.home, visit.actor, _id(share))
    except SoAlready:
        return after(f"/shares/{share}", "already-so")
    return after(f"/shares/{share}", "share-stopped")


@router.post("/shares/{share}/allow")
async def allow(visit: Member, share: str) -> Response:
    """Lets one be shared again."""
    await visit.fields()
    try:
        await visit.services.sharing.allow(visit.home, visit.actor, _id(share))
    except SoAlready:
        return after(f"/shares/{share}", "already-so")
    return after(f"/shares/{share}", "share-allowed")


@router.post("/shares/{share}/default")
async def set_default(visit: Member, share: str) -> Response:
    """Sets a default above that of the queue."""
    fields = await visit.fields()
    name, value = fields.get("option", ""), fields.get("value", "").strip()
    try:
        await visit.services.sharing.set_default(visit.home, visit.actor, _id(share), name, value)
    except BadInput:
        return after(f"/shares/{share}", "share-default-impossible")
    return after(f"/shares/{share}", "share-default-set")


@router.get("/sharing")
async def ask_rules(visit: Member) -> Response:
    """The form with what the tenant says."""
    visit.actor.require(Act.SWITCH_POLICY, visit.home)
    rules = await visit.services.sharing.rules(visit.home, visit.actor)
    values = {"audience": rules.audience.value, "allow": ", ".join(rules.allow), "deny": ", ".join(rules.deny)}
    return _rules_page(visit, views.Form(values=values))


@router.post("/sharing")
async def change_rules(visit: Member) -> Response:
    """Says another thing."""
    fields = await visit.fields("allow", "deny")
    audience = next((one for one in SharedFor if one.value == fields.get("audience")), SharedFor.NOBODY)
    rules = SharingRules(
        audience=audience, allow=_patterns(fields.get("allow", "")), deny=_patterns(fields.get("deny", ""))
    )
    try:
        await visit.services.sharing.change_rules(visit.home, visit.actor, rules)
    except BadInput as error:
        fault = marked("Give at most 100 names of at most 200 letters each, with commas between them.")
        return _rules_page(visit, views.Form(values=fields, faults={error.field or "": fault}), 422)
    return after("/sharing", "sharing-changed")


async def of_agent(visit: Visit, agent: AgentId) -> tuple[views.ShareRow, ...]:
    """All that a computer shares, for its page."""
    return tuple(map(row_of, await visit.services.sharing.of_agent(visit.home, visit.actor, agent)))


async def of_printer(visit: Visit, printer: PrinterId) -> views.ShareRow | None:
    """The queue a printer is, for its page; None for one with a device."""
    shown = await visit.services.sharing.of_printer(visit.home, visit.actor, printer)
    return row_of(shown) if shown else None


def row_of(shown: ShareShown) -> views.ShareRow:
    """A shared queue in a list."""
    share = shown.share
    state, about = _state(shown)
    return views.ShareRow(
        id=share.id,
        name=share.told.name,
        queue=share.told.queue,
        computer=shown.computer,
        agent=share.agent,
        seen_at=shown.seen_at,
        state=state,
        about=about,
        printer=share.printer or "",
        stopped_by=share.stopped_by,
        stopped_at=share.stopped_at,
    )


def _state(shown: ShareShown) -> tuple[views.Health, str]:
    share = shown.share
    if shown.revoked:
        return _REVOKED, marked("Its computer may not come here any more. Jobs wait until they expire.")
    if share.stopped_at is not None:
        return _STOPPED, marked("It stays stopped, whatever its computer says, until it is allowed again.")
    if share.gone_at is not None:
        return _GONE, marked("Its computer has this queue no more. It comes back with its users when the queue does.")
    if share.printer is None:
        return _NO_ROOM, marked("There are as many printers as there may be. Remove one that nobody needs.")
    if share.told.state is QueueState.STOPPED or not share.told.accepting:
        return _PAUSED, marked("The queue is paused on its computer, or takes no jobs. They wait there.")
    return _SHARED, ""


def _option(one: Effective) -> views.OptionRow:
    typed = any("-" in value and value.replace("-", "").isdigit() for value in one.values)
    chosen = one.set.value if one.set else ""
    queue = views.ValueChoice(value="", word=_AS_THE_QUEUE, chosen=not chosen)
    called = value_words(one.name, one.values)
    values = (views.ValueChoice(value=value, word=word, chosen=value == chosen) for value, word in called)
    return views.OptionRow(
        name=one.name,
        called=option_word(one.name),
        value=value_word(one.name, one.value),
        why=_ORIGINS[one.origin],
        by=one.set.by if one.set else "",
        at=one.set.at if one.set else None,
        told=value_word(one.name, one.told) if one.set else None,
        choices=() if typed else (queue, *values),
        typed=chosen if typed else None,
    )


def _rules_page(visit: Visit, form: views.Form, status: int = 200) -> Response:
    audiences = tuple(
        views.Choice(value=one.value, label=label, chosen=one.value == form.value("audience"))
        for one, label in _AUDIENCES.items()
    )
    return visit.page("sharing_form", "policy", views.SharingForm(form=form, audiences=audiences), status=status)


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _id(share: str) -> ShareId:
    """Raises ``NotFound`` for what is no id."""
    found = share_id(share)
    if found is None:
        raise NotFound("there is no such share")
    return found
