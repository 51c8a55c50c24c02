"""Groups as pages show them."""

import attrs
from attrs import frozen

from tympan_hub.http.portal.views._frame import Form, Page
from tympan_hub.http.portal.views._people import PersonRow


@frozen(kw_only=True)
class GroupRow:
    """A group in the list."""

    id: str
    name: str
    people: int
    provided: bool


@frozen(kw_only=True)
class Groups:
    """The page of groups."""

    rows: tuple[GroupRow, ...]


@frozen(kw_only=True)
class Group:
    """One group with people: those in it, or those who could be put in.

    Attributes:
        id: The group.
        name: For people.
        provided: A provider says who is in it.
        rows: People.
        page: Where the list stands.
        query: What was looked for.
    """

    id: str
    name: str
    provided: bool
    rows: tuple[PersonRow, ...]
    page: Page
    query: str = ""


@frozen(kw_only=True)
class GroupForm:
    """Adding a group, or renaming one.

    Attributes:
        id: The group; "" when it is a new one.
        name: As it is called now.
        form: What was typed.
    """

    id: str = ""
    name: str = ""
    form: Form = attrs.field(factory=Form)
