"""How a person signs in at an enrolled agent: by a code they approve, and by tokens that rotate afterwards.

- A sign-in belongs to one account of the operating system of one agent.
- Refresh tokens are made by the agent, each kept before it is sent: a request whose answer was lost is repeated with
  the same two tokens, and means the same. Any other use of an old token tells that it was stolen.
"""

import datetime as dt

from attrs import frozen

from tympan_wire.hub._enrolment import Grant


@frozen(kw_only=True)
class SignedInPerson:
    """A person who is signed in at an agent.

    Attributes:
        user: The account of the operating system they signed in for.
        person: Their id at the hub.
        name: For people.
    """

    user: str
    person: str
    name: str = ""


@frozen(kw_only=True)
class SignInCodeRequest:
    """An agent asks for a code by which a person signs in for an account of the operating system."""

    user: str


@frozen(kw_only=True)
class SignInQuestion:
    """Has the person decided yet? The code is of this agent's own, also the one it was enrolled by.

    Attributes:
        device_code: As given.
        refresh_token: Made by the agent (32 random bytes as text), kept before it is sent; it counts once granted.
    """

    device_code: str
    refresh_token: str


@frozen(kw_only=True)
class SignInAnswer:
    """How the sign-in stands.

    Attributes:
        grant: What the person decided.
        sign_in: Its id, when granted.
        who: Who is signed in, when granted.
        expires_at: It ends then unless it is refreshed, when granted.
    """

    grant: Grant
    sign_in: str = ""
    who: SignedInPerson | None = None
    expires_at: dt.datetime | None = None


@frozen(kw_only=True)
class RefreshRequest:
    """Lengthens a sign-in, and replaces its token.

    Attributes:
        sign_in: Its id.
        refresh_token: The token that holds now.
        next: The one that holds afterwards.
    """

    sign_in: str
    refresh_token: str
    next: str


@frozen(kw_only=True)
class SignOutRequest:
    """Ends the sign-in of an account of the operating system; none is fine."""

    user: str
