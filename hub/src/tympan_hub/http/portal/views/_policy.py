"""Policy switches as pages show them."""

import datetime as dt

from attrs import frozen

from tympan_hub.domain.limits.policy import POLICY_KEPT
from tympan_hub.http.portal.views._frame import Form
from tympan_hub.http.portal.views._jobs import Choice
from tympan_hub.http.portal.views._updates import UpdatesInShort


@frozen(kw_only=True)
class Switch:
    """One capability.

    Attributes:
        key: Its dotted key.
        name: For people, in English.
        meaning: What happens with it, in English.
        value: ``on``, ``off``, ``user``, or "" where nobody decided.
        agents: How many agents have it.
        running: On how many of them it runs now.
        locked: What a wider scope decided, so that this switch cannot; "" when it can.
        changed_by: Who set it; "" when nobody.
        changed_at: When.
    """

    key: str
    name: str
    meaning: str
    value: str
    agents: int = 0
    running: int = 0
    locked: str = ""
    changed_by: str = ""
    changed_at: dt.datetime | None = None


@frozen(kw_only=True)
class Policy:
    """The page of switches, with the number of the document in force.

    Attributes:
        switches: By key.
        updates: What is said of updates beside them.
        number: Of the edition that was made last; 0 for none.
        group: Whose document, as addresses name it; "" for everybody's.
        group_name: The same for people.
        scopes: Everybody and the groups, to choose from; empty where there are no groups.
        weeks: So long at least agents obey it without the hub.
    """

    switches: tuple[Switch, ...]
    updates: UpdatesInShort
    number: int = 0
    group: str = ""
    group_name: str = ""
    scopes: tuple[Choice, ...] = ()
    weeks: int = POLICY_KEPT.days // 7


@frozen(kw_only=True)
class SwitchAsked:
    """The question before a switch is moved: what it would do.

    Attributes:
        key: What.
        name: For people, in English.
        meaning: What happens with it, in English.
        value: As `Switch.value`, to be.
        group: As in `Policy`.
        group_name: As in `Policy`.
        changed: Agents on which it would be switched.
        used: Those on which it was used within a week.
        caution: What cannot be undone from here, in English; "" when all can.
    """

    key: str
    name: str
    meaning: str
    value: str
    group: str = ""
    group_name: str = ""
    changed: int
    used: int
    caution: str = ""


@frozen(kw_only=True)
class Keeping:
    """How long jobs are kept: the form, and the most days."""

    form: Form
    most: int
