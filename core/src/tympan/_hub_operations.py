"""What people may ask of the agent about its hub: joining it, keys, shared queues, who is signed in."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from tympan._arguments import Arguments, Operations, text
from tympan._limits import DEFAULTS
from tympan._plain import Plain, plain
from tympan._rows import (
    find_known_agent,
    key_book_row,
    known_agent_row,
    member_row,
)

if TYPE_CHECKING:
    from tympan._control import AgentControl

HUB_OPERATIONS: Final = Operations()


@HUB_OPERATIONS.named("hub.enrol")
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


@HUB_OPERATIONS.named("hub.status")
async def _hub(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which hub this agent belongs to.

    Answer: an object with `enrolled`, and when it is: `address`, `agent`, `tenant`, `tenant_name`, `trouble` (why the
    hub does not take it at present; empty when all is well), `keys` (SHA-256 of each key of the hub's that was pinned).
    """
    return member_row((await control.membership())[1].member)


@HUB_OPERATIONS.named("hub.leave")
async def _leave(control: AgentControl, arguments: Arguments) -> Plain:
    """Forgets the hub: its policy and printers hold no more. The hub is not told.

    Answer: as `hub.status` was before.
    """
    owner, membership = await control.membership()
    before = membership.member
    await control.asked(owner, "leave", membership.leave, DEFAULTS.hub_s)
    return member_row(before)


@HUB_OPERATIONS.named("shares")
async def _shares(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which queues of this machine are shared through the hub, and of each other one why not.

    Answer: an object with `trouble` (why the queues could not be listed the last time; empty when they could) and
    `queues`, a list of `queue`, `share` (null for one that is not shared), `printer` (what it is called at the hub,
    empty while it is nothing there) and `why`.
    """
    owner, sharing = await control.sharing()
    return plain(await control.asked(owner, "shared", sharing.shared, DEFAULTS.spool_s))


@HUB_OPERATIONS.named("keys")
async def _keys(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells which keys of other agents this agent knows, and how far it followed the key book of its hub.

    Answer: an object with `number` and `digest` (of the newest entry that was checked), `trouble` (why the book is not
    followed further, or what it says wrongly of this agent; empty when all is well), `agents`: a list of objects with
    `agent`, `name`, `fingerprint` (SHA-256 of its key for envelopes), `state` (`trusted`, `new`, `changed`, `unproved`,
    `none`, `revoked`), `since` and `this` (whether it is this very agent).
    """
    owner, keys = await control.agent_keys()
    return key_book_row(await control.asked(owner, "book", keys.book, DEFAULTS.hub_s))


@HUB_OPERATIONS.named("keys.accept")
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


@HUB_OPERATIONS.named("keys.reread")
async def _reread_keys(control: AgentControl, arguments: Arguments) -> Plain:
    """Follows the key book of the hub from its first entry again, whatever was pinned of it.

    Answer: as `keys`.
    """
    owner, keys = await control.agent_keys()
    return key_book_row(await control.asked(owner, "reread", keys.reread, DEFAULTS.hub_s))


@HUB_OPERATIONS.named("login.begin")
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


@HUB_OPERATIONS.named("login.ask")
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


@HUB_OPERATIONS.named("logout")
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


@HUB_OPERATIONS.named("whoami")
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


@HUB_OPERATIONS.named("people")
async def _people(control: AgentControl, arguments: Arguments) -> Plain:
    """Tells who is signed in at this machine.

    Answer: an object with `required` (whether the hub's printers ask for it) and `people`, a list of people with
    `user`, `person`, `name`.
    """
    presence = control.agent.presence
    return {"required": presence.required, "people": plain(presence.people)}
