"""A computer that asks to be let in, or to be signed in at, as its page shows it."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class Asking:
    """What asks.

    Attributes:
        code: As the computer shows it.
        name: The computer's name.
        platform: What it runs on, a word; "" when that is not known.
        release: The agent's version.
        user: The account of the operating system; "" when it was not told.
        source: The network address it asks from.
        asked_at: When.
        expires_at: When the code is no good any more.
        enrols: A computer that is to join; else an agent at which the person signs in.
        signs_in: Whether signing in as well is the likely wish.
        places: Agents whose place it may take, as many as one page shows; the first choice is none.
        searchable: There are more, to be found by name.
        query: What was looked for among them.
        fitting: How many fit that.
    """

    code: str
    name: str
    platform: str = ""
    release: str = ""
    user: str = ""
    source: str = ""
    asked_at: dt.datetime
    expires_at: dt.datetime
    enrols: bool
    signs_in: bool = False
    places: tuple[Choice, ...] = ()
    searchable: bool = False
    query: str = ""
    fitting: int = 0


@frozen(kw_only=True)
class Activate:
    """Typing a code, then deciding about what asks with it."""

    asking: Asking | None = None
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class Activated:
    """What was decided.

    Attributes:
        name: The computer's name.
        approved: Let in; else refused.
        enrols: It joins the hub; else somebody signed in at it.
        signed_in: For which account they are signed in; "" for none.
    """

    name: str
    approved: bool
    enrols: bool
    signed_in: str = ""
