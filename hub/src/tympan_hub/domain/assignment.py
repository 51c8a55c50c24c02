"""Assignment: for whom a printer is, and the one rule of who may use it.

- A printer is for everybody of its tenant, or for those people and groups it was given to.
- Whom it was given to is kept while it is for everybody, and counts again afterwards.
"""

from collections.abc import Collection

from attrs import frozen

from tympan_hub.domain.ids import GroupId, PersonId


@frozen(kw_only=True)
class Audience:
    """For whom a printer is.

    Attributes:
        everybody: Everybody of the tenant, whomever it was given to.
        people: People it was given to.
        groups: Groups it was given to.
    """

    everybody: bool
    people: frozenset[PersonId] = frozenset()
    groups: frozenset[GroupId] = frozenset()


@frozen(kw_only=True)
class Member:
    """A person of the tenant, with the groups they are in."""

    person: PersonId
    groups: frozenset[GroupId] = frozenset()


def may_use(audience: Audience, members: Collection[Member]) -> bool:
    """Whether any of these people may use a printer; one for everybody is also for a computer where nobody is."""
    return audience.everybody or any(_is_meant(audience, member) for member in members)


def _is_meant(audience: Audience, member: Member) -> bool:
    return member.person in audience.people or not audience.groups.isdisjoint(member.groups)
