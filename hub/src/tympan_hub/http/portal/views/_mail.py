"""The address to print by e-mail, as pages show it."""

import datetime as dt

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._jobs import Choice


@frozen(kw_only=True)
class MailShown:
    """An address, as far as it is shown again.

    Attributes:
        label: Its beginning and its domain.
        printer: Where what comes is printed; "" where that is gone.
        since: When it was made.
    """

    label: str
    printer: str
    since: dt.datetime


@frozen(kw_only=True)
class MailDoor:
    """What stands on the account page: one's address, or that one can be made."""

    shown: MailShown | None = None


@frozen(kw_only=True)
class MailForm:
    """Making an address, or aiming it anew; ``made`` is a new one, shown once.

    Attributes:
        email: From which letters are taken.
        printers: To choose from.
        sides: To choose from.
        colors: To choose from.
        shown: The address there is.
        made: A new one.
        form: What was typed.
    """

    email: str
    printers: tuple[Choice, ...] = ()
    sides: tuple[Choice, ...] = ()
    colors: tuple[Choice, ...] = ()
    shown: MailShown | None = None
    made: str = ""
    form: Form = attrs.field(factory=Form)
