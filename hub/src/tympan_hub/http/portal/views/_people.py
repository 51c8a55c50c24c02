"""People and accounts as pages show them."""

import datetime as dt
from collections.abc import Mapping

import attrs
from attrs import frozen

from tympan_hub.domain.second_factor import Standing
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._jobs import Choice
from tympan_hub.http.portal.views._mail import MailDoor

FIRST_PAGE = marked("Go to the first page")


@frozen(kw_only=True)
class PersonRow:
    """A person in the list."""

    id: str
    name: str
    email: str
    login: str
    role: str
    disabled: bool = False
    oneself: bool = False


@frozen(kw_only=True)
class People:
    """The page of people."""

    rows: tuple[PersonRow, ...]
    page: Page
    roles: tuple[Choice, ...]
    states: tuple[Choice, ...]
    query: str = ""
    filtered: bool = False


@frozen(kw_only=True)
class PersonForm:
    """Adding a person."""

    roles: tuple[Choice, ...]
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class BadgeRow:
    """A badge of a person: the end of its number, and what it is taken away by."""

    digest: str
    shown: str
    made_at: dt.datetime


@frozen(kw_only=True)
class PersonChange:
    """One person: what may be changed of them.

    Attributes:
        row: Who.
        roles: What they may become.
        groups: Those they are in.
        form: What was typed.
        badges: Those they hold.
        badge_form: What is wrong with a new one.
    """

    row: PersonRow
    roles: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    factor: Standing
    form: Form = attrs.field(factory=Form)
    badges: tuple[BadgeRow, ...] = ()
    badge_form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class NewPassword:
    """Another password for a person who cannot sign in any more."""

    row: PersonRow
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class SessionRow:
    """One of the own sessions; ``this`` is the one that looks."""

    id: str
    browser: str
    source: str
    begun_at: dt.datetime
    seen_at: dt.datetime
    this: bool


@frozen(kw_only=True)
class Computer:
    """A computer at which one is signed in."""

    id: str
    name: str
    user: str
    since: dt.datetime


@frozen(kw_only=True)
class Link:
    """As whom a service owner comes through a provider."""

    name: str
    issuer: str
    subject: str
    since: dt.datetime


@frozen(kw_only=True)
class Account:
    """One's own account.

    Attributes:
        email: What they sign in with.
        languages: To choose from.
        sessions: Where they are signed in.
        factor: Their second factor.
        changes_factor: Whether they may change it in this session.
        form: What was typed for another password.
        computers: Where they are signed in to print.
        prints: Whether it is of somebody who prints at all.
        mail: Their address to print by e-mail; None where nobody does.
        links: As whom a service owner comes through providers.
        doors: Providers a service owner may link.
        link_form: What was typed for that.
    """

    email: str
    languages: tuple[Choice, ...]
    sessions: tuple[SessionRow, ...]
    factor: Standing
    changes_factor: bool = True
    form: Form = attrs.field(factory=Form)
    computers: tuple[Computer, ...] = ()
    prints: bool = False
    mail: MailDoor | None = None
    links: tuple[Link, ...] = ()
    doors: tuple[Choice, ...] = ()
    link_form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class Door:
    """A provider to sign in with."""

    name: str
    href: str


@frozen(kw_only=True)
class SecondStep:
    """The second step of signing in: a code, or an app to be set up first.

    Attributes:
        then: Where to afterwards.
        picture: A QR code as address of a picture; "" where only a code is asked for.
        secret: The same, to be typed.
        form: What was typed.
    """

    then: str = ""
    picture: str = ""
    secret: str = ""
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class FactorForm:
    """Setting a second factor up, from the account.

    Attributes:
        picture: A QR code as address of a picture.
        secret: The same, to be typed.
        form: What was typed.
    """

    picture: str
    secret: str
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class FactorCode:
    """A code asked for before something is done to the second factor.

    Attributes:
        title: What will be done.
        text: Why a code is asked for.
        label: The word on the button.
        action: Where the form goes.
        form: What was typed.
    """

    title: str
    text: str
    label: str
    action: str
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class RecoveryCodes:
    """Recovery codes, shown once.

    Attributes:
        codes: The codes.
        then: Where to afterwards.
    """

    codes: tuple[str, ...]
    then: str


@frozen(kw_only=True)
class InvitationRow:
    """An invitation in the list; ``standing`` is a word for people."""

    id: str
    email: str
    role: str
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime
    standing: str
    open: bool


@frozen(kw_only=True)
class Invitations:
    """The page of invitations."""

    rows: tuple[InvitationRow, ...]


@frozen(kw_only=True)
class InvitationForm:
    """Inviting somebody.

    Attributes:
        roles: What they may become.
        groups: Groups they could be in; "" is none.
        mails: The hub mails the link.
        form: What was typed.
    """

    roles: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    mails: bool
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class InvitationMade:
    """An invitation that was just made: the one time its link is shown.

    Attributes:
        email: Whom it invites.
        link: To be handed over.
        expires_at: Until when.
        mailed: Whether it was mailed; None where the hub does not mail.
    """

    email: str
    link: str
    expires_at: dt.datetime
    mailed: bool | None


@frozen(kw_only=True)
class Welcome:
    """An invitation as the invited person sees it."""

    tenant: str
    email: str
    role: str
    action: str
    form: Form = attrs.field(factory=Form)


@frozen(kw_only=True)
class SignIn:
    """Signing in.

    Attributes:
        languages: To choose from.
        then: Path to go on to.
        form: The fields.
        doors: Providers to sign in with.
        others: Whether saying one's address may show more of them.
        asked: Whether the address was said for that.
        owner: Whether it is the page of service owners.
        owners: Whether there is one.
        places: Organisations to choose from, for who has the same password in several.
    """

    languages: tuple[Choice, ...]
    then: str = ""
    form: Form = attrs.field(factory=Form)
    doors: tuple[Door, ...] = ()
    others: bool = False
    asked: bool = False
    owner: bool = False
    owners: bool = False
    places: tuple[Choice, ...] = ()


@frozen(kw_only=True)
class Trouble:
    """A page that cannot be shown: why, and what to do."""

    status: int
    title: str
    detail: str
    then: str
    href: str = "/"
    label: str = FIRST_PAGE


@frozen(kw_only=True)
class Confirm:
    """A question before something that cannot be undone.

    Attributes:
        title: The question.
        subject: What it is about, as people know it.
        documents: Titles of what it is about, where that is documents; "" for one that has none.
        consequences: What will happen, sentences.
        label: The word on the button.
        action: Where the form goes.
        back: Where to go instead.
        seen_by: Who says so, by name, where that is to be weighed.
        said: What goes with the form.
        held: Jobs that are held for it, for which reason it cannot be done now.
    """

    title: str
    subject: str = ""
    held: int = 0
    documents: tuple[str, ...] = ()
    consequences: tuple[str, ...]
    label: str
    action: str
    back: str
    seen_by: tuple[str, ...] = ()
    said: Mapping[str, str] = attrs.field(factory=dict)
