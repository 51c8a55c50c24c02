"""The operations people may ask of the running agent, each with JSON-ready answers.

Every operation has a heading in ``docs/reference/control.md``, made from its docstring.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tympan._errors import BadInput, TympanError
from tympan._ids import PluginId
from tympan._limits import DEFAULTS
from tympan._plain import Plain, plain
from tympan._ports import Discoverer, Queue, QueueRequest, ReleaseWish, SweepStanding
from tympan._releasing import held_for, named, place
from tympan._rows import (
    find_known_agent,
    job_row,
    key_book_row,
    known_agent_row,
    member_row,
    plugin_row,
    printer_mode,
    printer_row,
)
from tympan._values import Job

if TYPE_CHECKING:
    from tympan._control import AgentControl

Arguments = Mapping[str, object]
Operation = Callable[["AgentControl", Arguments], Awaitable[Plain]]
OPERATIONS: dict[str, Operation] = {}


def _operation(name: str) -> Callable[[Operation], Operation]:
    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        return function

    return register


def text(arguments: Arguments, name: str, default: str | None = None) -> str:
    """A text argument; raises ``BadInput`` when it is missing or something else."""
    value = arguments.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"the argument {name!r} must be a text")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadInput(f"the argument {name!r} is no UTF-8", next_step="Write it in UTF-8.")
    return value


def texts(arguments: Arguments, name: str) -> tuple[str, ...]:
    """A list of texts, none when it is left out; raises ``BadInput``."""
    value = arguments.get(name, [])
    if not isinstance(value, list) or len(value) > DEFAULTS.open_jobs:
        raise BadInput(f"the argument {name!r} must be a list of texts")
    return tuple(text({name: item}, name) for item in value)


@_operation("status")
async def _status(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells how the agent is: keys, plugins by state, printers, open jobs, problems.

    Answer: an object with `home`, `pid`, `started_at`, `keys`, `keys_statement`, `plugins`, `policy` (scope, name and
    number of every document in force), `port` (of the loopback site, null when there is none), `printers`,
    `jobs_open`, `problems`.
    """
    return control.agent.status()


@_operation("plugins")
async def _plugins(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists every plugin found, with its gate.

    Answer: a list of objects with `id`, `distribution`, `version`, `status`, `reason`, `summary`, `capabilities`,
    `restarts`, `gate`.
    """
    return [plugin_row(record) for record in control.agent.lifecycle.records.values()]


@_operation("policy.explain")
async def _explain(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells why a capability is on or off.

    Takes:
        key: the capability, such as `endpoint.ipp`.

    Answer: an object with `key`, `on`, `verdict`, `scope`, `document`, `number`, `reason`, `chain` (what each
    scope says), `default`, `problems`.
    """
    return control.agent.explain(text(arguments, "key"))


@_operation("reload")
async def _reload(control: AgentControl, arguments: Arguments) -> Plain:
    """Reads printers, policy and settings again at once instead of at the next look.

    Answer: nothing.
    """
    await control.agent.refresh()
    return None


@_operation("devices")
async def _devices(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which devices are in view, by each discovery that runs. All of it was said by strangers on a network.

    Answer: an object with `devices` (a list of `method`, `key`, `seen_at`, `uri`, `host`, `addresses`, `mac`,
    `fingerprint`, `services`, `description`, `detail`) and `discoveries` (a list of `method`, `swept_at`, `took_s`,
    `packets`, `dropped`, and `problem`: why it could not be asked, and `method` is its plugin then); both empty where
    no discovery runs.
    """
    devices: list[Plain] = []
    discoveries: list[Plain] = []
    for owner, port in control.agent.owned(Discoverer):
        seen, standing = await _in_view(control, owner, port)
        devices += seen
        discoveries.append(standing)
    return {"devices": devices, "discoveries": discoveries}


async def _in_view(control: AgentControl, owner: PluginId, port: Discoverer) -> tuple[list[Plain], Plain]:
    """What one has in view, and how it fares; one that fails takes nothing from the others."""

    async def told() -> tuple[list[Plain], Plain]:
        seen = [plain(sighting) for sighting in await port.sightings()]
        return seen, {"method": str(port.method), **_object(plain(port.standing)), "problem": ""}

    try:
        return await control.asked(owner, "sightings", told, DEFAULTS.discoverer_s)
    except TympanError as error:
        return [], {"method": owner, **_object(plain(SweepStanding())), "problem": error.sentence}


def _object(value: Plain) -> dict[str, Plain]:
    return value if isinstance(value, dict) else {}


@_operation("printers.list")
async def _printers(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the printers, each with what was last seen of its device.

    Answer: a list of printers with `id`, `name`, `uri` (empty for a pull printer of many devices), `mode`,
    `fingerprint`, `location`, `offered` (whether programs may print to it), `releases` (whether held jobs may come out
    at it), `serves` (whether jobs that other machines sent through the hub may come out at it), `reach` (`direct`,
    `fallback` for direct while the device answers and else through the hub, or `tunnel` for through the hub always),
    and `device` (null when it was never asked).
    """
    book = control.agent.printers
    return [{**printer_row(printer), "device": plain(book.snapshot(printer.id))} for printer in book.all()]


@_operation("printers.add")
async def _add(control: AgentControl, arguments: Arguments) -> Plain:
    """Adds a printer to the printers file.

    Takes:
        name: for people, unique.
        uri: the device, `ipp`, `ipps`, `http` or `https`.
        mode: `push` (when left out) or `pull`.
        location: for people; may be left out.

    Answer: the printer.
    """
    mode = printer_mode(text(arguments, "mode", "push"))
    name, uri, location = text(arguments, "name"), text(arguments, "uri"), text(arguments, "location", "")
    added = control.file.add(name, uri, mode=mode, location=location)
    control.agent.printers.refresh()
    return printer_row(added)


@_operation("printers.remove")
async def _remove(control: AgentControl, arguments: Arguments) -> Plain:
    """Removes a printer from the printers file; its jobs wait until it is added again or they are canceled.

    Takes:
        printer: id or name.

    Answer: the printer that was removed.
    """
    control.agent.printers.refresh()
    printer = control.printer(arguments)
    owner = control.agent.printers.brought_by(printer.id)
    if owner is not None:
        raise BadInput(
            f"{printer.id} is brought by {owner}", next_step="Remove it where it comes from, such as the hub."
        )
    removed = control.file.remove(printer.id)
    control.agent.printers.refresh()
    return printer_row(removed)


@_operation("printers.trust")
async def _trust(control: AgentControl, arguments: Arguments) -> Plain:
    """Trusts a device's certificate instead of the one pinned, and asks for a new look at the device.

    Takes:
        printer: id or name.
        fingerprint: SHA-256 of the certificate, hex; left out or empty pins the next one seen.

    Answer: the printer as it was before.
    """
    printer = control.printer(arguments)
    control.agent.printers.pin(printer.id, text(arguments, "fingerprint", ""))
    control.agent.printers.want(printer.id)
    return printer_row(printer)


@_operation("hub.enrol")
async def _enrol(control: AgentControl, arguments: Arguments) -> Plain:
    """Makes this agent known to a hub.

    Takes:
        address: of the hub, an https URL.
        token: the one-use token an administrator made.

    Answer: as `hub.status`.
    """
    owner, membership = await control.membership()
    join = functools.partial(membership.join, text(arguments, "address"), text(arguments, "token"))
    return member_row(await control.asked(owner, "join", join, DEFAULTS.hub_s))


@_operation("hub.status")
async def _hub(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which hub this agent belongs to.

    Answer: an object with `enrolled`, and when it is: `address`, `agent`, `tenant`, `tenant_name`, `trouble` (why the
    hub does not take it at present; empty when all is well).
    """
    return member_row((await control.membership())[1].member)


@_operation("hub.leave")
async def _leave(control: AgentControl, arguments: Arguments) -> Plain:
    """Forgets the hub: its policy and printers hold no more. The hub is not told.

    Answer: as `hub.status` was before.
    """
    owner, membership = await control.membership()
    before = membership.member
    await control.asked(owner, "leave", membership.leave, DEFAULTS.hub_s)
    return member_row(before)


@_operation("shares")
async def _shares(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which queues of this machine are shared through the hub, and of each other one why not.

    Answer: an object with `trouble` (why the queues could not be listed the last time; empty when they could) and
    `queues`, a list of `queue`, `share` (null for one that is not shared), `printer` (what it is called at the hub,
    empty while it is nothing there) and `why`.
    """
    owner, sharing = await control.sharing()
    return plain(await control.asked(owner, "shared", sharing.shared, DEFAULTS.spool_s))


@_operation("keys")
async def _keys(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which keys of other agents this agent knows, and how far it followed the key book of its hub.

    Answer: an object with `number` and `digest` (of the newest entry that was checked), `trouble` (why the book is not
    followed further, or what it says wrongly of this agent; empty when all is well), `agents`: a list of objects with
    `agent`, `name`, `fingerprint` (SHA-256 of its key for envelopes), `state` (`trusted`, `new`, `changed`, `unproved`,
    `none`, `revoked`), `since` and `this` (whether it is this very agent).
    """
    owner, keys = await control.agent_keys()
    return key_book_row(await control.asked(owner, "book", keys.book, DEFAULTS.hub_s))


@_operation("keys.accept")
async def _accept_key(control: AgentControl, arguments: Arguments) -> Plain:
    """Believes the key of another agent that was compared: from now on this agent gives it the keys of documents.

    Takes:
        agent: its name at the hub, the unambiguous beginning of that, or its name for people.
        fingerprint: of that key, all 64 digits as in `keys`; where its newest key is another, nothing is believed.

    Answer: the agent, as in `keys`.
    """
    owner, keys = await control.agent_keys()
    view = await control.asked(owner, "book", keys.book, DEFAULTS.hub_s)
    known = find_known_agent(view.agents, text(arguments, "agent"))
    accept = functools.partial(keys.accept, known.agent, text(arguments, "fingerprint"))
    return known_agent_row(await control.asked(owner, "accept", accept, DEFAULTS.hub_s))


@_operation("keys.reread")
async def _reread_keys(control: AgentControl, arguments: Arguments) -> Plain:
    """Follows the key book of the hub from its first entry again, whatever was pinned of it.

    Answer: as `keys`.
    """
    owner, keys = await control.agent_keys()
    return key_book_row(await control.asked(owner, "reread", keys.reread, DEFAULTS.hub_s))


@_operation("login.begin")
async def _login(control: AgentControl, arguments: Arguments) -> Plain:
    """Begins a sign-in for an account of this machine; where the agent belongs to no hub, it is let in as well.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.
        address: of the hub, an https URL; empty for the one this agent belongs to.

    Answer: an object with `id`, `user_code`, `uri`, `uri_complete`, `interval_s`, `expires_at`, `enrols`.
    """
    owner, port = await control.sign_in()
    begin = functools.partial(port.begin, text(arguments, "address", ""), text(arguments, "user"))
    return plain(await control.asked(owner, "begin", begin, DEFAULTS.hub_s))


@_operation("login.ask")
async def _login_ask(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells what became of a sign-in.

    Takes:
        id: as `login.begin` gave it.

    Answer: an object with `standing`: `pending`, `slower`, `denied`, `expired`, `enrolled` (and nobody signed in) or
    `signed-in`.
    """
    owner, port = await control.sign_in()
    standing = await control.asked(owner, "ask", functools.partial(port.ask, text(arguments, "id")), DEFAULTS.hub_s)
    return {"standing": standing.value}


@_operation("logout")
async def _logout(control: AgentControl, arguments: Arguments) -> Plain:
    """Ends the sign-in of an account.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.

    Answer: an object with `user` and `signed_in`, whether somebody was.
    """
    owner, port = await control.sign_in()
    user = text(arguments, "user")
    was = await control.asked(owner, "sign out", functools.partial(port.sign_out, user), DEFAULTS.hub_s)
    return {"user": user, "signed_in": was}


@_operation("whoami")
async def _whoami(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells who is signed in for an account.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.

    Answer: an object with `user`, `signed_in`, `name`, `person`, `required` (whether the hub's printers ask for it),
    and the members of `hub.status`.
    """
    user, presence = text(arguments, "user"), control.agent.presence
    person = presence.of(user)
    return {
        **member_row((await control.membership())[1].member),
        "user": user,
        "signed_in": person is not None,
        "name": person.name if person else "",
        "person": person.person if person else "",
        "required": presence.required,
    }


@_operation("people")
async def _people(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells who is signed in at this machine.

    Answer: an object with `required` (whether the hub's printers ask for it) and `people`, a list of people with
    `user`, `person`, `name`.
    """
    presence = control.agent.presence
    return {"required": presence.required, "people": plain(presence.people)}


@_operation("queues.list")
async def _queues(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the queues of the operating system, ours and others.

    Answer: a list of queues with `name`, `uri`, `info`, `location`, `state`, `reasons`, `accepting`, `usable`, `ours`.
    """
    queues: tuple[Queue, ...] = await control.spool("list_queues")
    return plain(queues)


@_operation("queues.install")
async def _install(control: AgentControl, arguments: Arguments) -> Plain:
    """Makes a queue of the operating system for a printer, and proves it usable.

    Takes:
        printer: id or name.
        uri: endpoint the queue prints to.
        queue: its name; the printer's id when left out.

    Answer: the queue.
    """
    printer = control.printer(arguments)
    control.agent.require_offered(printer.id)
    control.agent.presence.require_somebody(printer.id)
    name, uri = text(arguments, "queue", printer.id), text(arguments, "uri")
    request = QueueRequest(name=name, uri=uri, info=printer.name, location=printer.location)
    return plain(await control.spool("install", request))


@_operation("queues.remove")
async def _uninstall(control: AgentControl, arguments: Arguments) -> Plain:
    """Removes a queue of the operating system.

    Takes:
        queue: its name.

    Answer: true, or false when there was none.
    """
    return plain(await control.spool("remove", text(arguments, "queue")))


@_operation("jobs.list")
async def _jobs(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the jobs that are not over and those lately over, oldest first.

    Answer: a list of jobs.
    """
    return [job_row(job) for job in control.agent.book.all()]


@_operation("jobs.show")
async def _job(control: AgentControl, arguments: Arguments) -> Plain:
    """Shows one job and its story.

    Takes:
        job: uuid, the first four or more characters of one, or the number.

    Answer: the job with `timeline`: what happened, when, why, and what is next.
    """
    job = control.job(arguments)
    return {**job_row(job), "timeline": plain(await control.agent.book.timeline(job.uuid))}


@_operation("held")
async def _held(control: AgentControl, arguments: Arguments) -> Plain:
    """Lists the jobs that wait for an account to release them at a device, oldest first.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.

    Answer: a list of jobs; `retry_at` is when one expires.
    """
    return [job_row(job) for job in held_for(control.agent, text(arguments, "user"))]


@_operation("release")
async def _release(control: AgentControl, arguments: Arguments) -> Plain:
    """Releases held jobs of an account at a device: the hub decides about those of its printers.

    Takes:
        user: the account; where the system tells who asks, theirs, whatever is said here.
        jobs: uuids, beginnings of them or numbers, in the order in which they shall come out; all when left out.
        at: the device: id or name of its printer, or its short code; may be left out for a printer with a device of its
            own.
        proof: the code the device's screen shows, where one is wanted.
        copies: instead of what was ordered.
        sides: an IPP keyword, instead of what was ordered.
        color: an IPP `print-color-mode` keyword, instead of what was ordered.
        grants: signed words of the hub, given ahead, for while it is away.

    Answer: an object with `jobs` (uuids of those on their way), `refused` (a list of `job`, null for a grant that is
    not to be believed, and `detail`), `notes`.
    """
    agent, user = control.agent, text(arguments, "user")
    copies = arguments.get("copies")
    if copies is not None and (isinstance(copies, bool) or not isinstance(copies, int)):
        raise BadInput("the argument 'copies' must be a number")
    wish = ReleaseWish(
        user=user,
        jobs=named(held_for(agent, user), texts(arguments, "jobs")),
        at=place(agent, text(arguments, "at", "")),
        proof=text(arguments, "proof", ""),
        copies=copies,
        sides=text(arguments, "sides", ""),
        color=text(arguments, "color", ""),
        grants=texts(arguments, "grants"),
    )
    owner, port = await control.releaser()
    return plain(await control.asked(owner, "release", functools.partial(port.release, wish), DEFAULTS.hub_s))


def _person(name: str, act: Callable[[Any], Callable[..., Awaitable[Job]]], what: str) -> None:
    async def run(control: AgentControl, arguments: Arguments) -> Plain:
        job = control.job(arguments)
        return job_row(await act(control.agent.book)(job.uuid, by=text(arguments, "by", "the command line")))

    run.__doc__ = f"""{what}

    Takes:
        job: uuid, the first four or more characters of one, or the number.
        by: who asks, for the story; `the command line` when left out.

    Answer: the job.
    """
    OPERATIONS[name] = run


_person("jobs.cancel", lambda book: book.cancel, "Cancels a job, at the device too when it is already there.")
_person("jobs.hold", lambda book: book.hold, "Holds a job that is not being sent yet.")
_person("jobs.release", lambda book: book.release, "Lets a held job go on, or an unknown one be printed again.")
_person("jobs.settle", lambda book: book.settle, "Says that a job whose end is unknown was printed.")
