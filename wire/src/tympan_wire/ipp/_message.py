"""Messages: a header and groups of attributes (RFC 8010 section 3.1)."""

from collections.abc import Iterable, Iterator
from typing import Self, TypeVar

from tympan_wire.ipp import attr
from tympan_wire.ipp._attributes import Attribute
from tympan_wire.ipp._tags import GroupTag

Version = tuple[int, int]
T = TypeVar("T")

DEFAULT_VERSION: Version = (2, 0)
_FIRST = ("attributes-charset", "attributes-natural-language")


class Group:
    """A group of attributes under one group tag. It never changes.

    Attributes:
        tag: A ``GroupTag``, or the bare number of one not known.
        attributes: In the order of the wire; a name may come twice.
    """

    __slots__ = ("_attributes", "_by_name", "_tag")
    _by_name: dict[str, Attribute] | None

    def __init__(self, tag: int, attributes: Iterable[Attribute] = ()) -> None:
        self._tag = tag
        self._attributes = tuple(attributes)
        self._by_name = None

    @property
    def tag(self) -> int:
        """The group tag."""
        return self._tag

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every attribute."""
        return self._attributes

    def get(self, name: str) -> Attribute | None:
        """Give the first attribute of that name."""
        if self._by_name is None:
            self._by_name = {attribute.name: attribute for attribute in reversed(self._attributes)}
        return self._by_name.get(name)

    def string(self, name: str, default: str | None = None) -> str | None:
        """Give the first string of an attribute, or the default where there is none."""
        return next(iter(self.strings(name)), default)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """Give the first integer or enum of an attribute, or the default where there is none."""
        return next(iter(self.integers(name)), default)

    def boolean(self, name: str, default: bool | None = None) -> bool | None:
        """Give the first boolean of an attribute, or the default where there is none."""
        attribute = self.get(name)
        return next(iter(attribute.booleans()), default) if attribute else default

    def strings(self, name: str) -> tuple[str, ...]:
        """Give every string of an attribute; none where it is absent."""
        attribute = self.get(name)
        return attribute.strings() if attribute else ()

    def integers(self, name: str) -> tuple[int, ...]:
        """Give every integer or enum of an attribute; none where it is absent."""
        attribute = self.get(name)
        return attribute.integers() if attribute else ()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self._attributes)

    def __len__(self) -> int:
        return len(self._attributes)

    def __bool__(self) -> bool:
        return True  # an empty group is still a group

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Group):
            return NotImplemented
        return self._tag == other._tag and self._attributes == other._attributes

    def __hash__(self) -> int:
        return hash((self._tag, self._attributes))

    def __repr__(self) -> str:
        return f"Group(0x{self._tag:02x}, {self._attributes!r})"


class Message:
    """A request or a response, without the document that may follow it. It never changes.

    Attributes:
        version: Major and minor.
        code: An ``Operation`` in a request, a ``Status`` in a response; the bare number where not known.
        request_id: Signed 32 bits; 1 and above are valid.
        groups: In the order of the wire.
    """

    __slots__ = ("_code", "_groups", "_request_id", "_version")

    def __init__(self, version: Version, code: int, request_id: int, groups: Iterable[Group] = ()) -> None:
        self._version = version
        self._code = code
        self._request_id = request_id
        self._groups = tuple(groups)

    @property
    def version(self) -> Version:
        """Major and minor version."""
        return self._version

    @property
    def code(self) -> int:
        """The operation or the status."""
        return self._code

    @property
    def request_id(self) -> int:
        """The number a response echoes."""
        return self._request_id

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group."""
        return self._groups

    @property
    def operation(self) -> Group:
        """The first operation group, or an empty one."""
        return self.first(GroupTag.OPERATION)

    def groups_of(self, tag: int) -> tuple[Group, ...]:
        """Give every group with that tag, as Get-Jobs answers one per job."""
        return tuple(group for group in self._groups if group.tag == tag)

    def first(self, tag: int) -> Group:
        """Give the first group with that tag, or an empty one."""
        return next((group for group in self._groups if group.tag == tag), Group(tag))

    @classmethod
    def request(cls, operation: int, request_id: int, *groups: Group, version: Version = DEFAULT_VERSION) -> Self:
        """Make a request; charset and language come first in its operation group (RFC 8011 section 4.1.4)."""
        return cls(version, operation, request_id, _opened(groups))

    @classmethod
    def response(cls, request: "Message", status: int, *groups: Group) -> Self:
        """Make the response to a request; its version is echoed as far as the major version is 1 or 2."""
        return cls(_answered(request.version), status, request.request_id, _opened(groups))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        ours = (self._version, self._code, self._request_id, self._groups)
        return ours == (other._version, other._code, other._request_id, other._groups)

    def __hash__(self) -> int:
        return hash((self._version, self._code, self._request_id, self._groups))

    def __repr__(self) -> str:
        return f"Message({self._version!r}, 0x{self._code:04x}, {self._request_id}, {self._groups!r})"


def _answered(version: Version) -> Version:
    if version[0] < 1:
        return (1, 1)
    return version if version[0] <= 2 else DEFAULT_VERSION


def _opened(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """Merge the operation groups into one that begins with charset and language, and put it first."""
    given = [attribute for group in groups if group.tag == GroupTag.OPERATION for attribute in group]
    merged = Group(GroupTag.OPERATION, given)
    charset = merged.get(_FIRST[0]) or attr.charset(_FIRST[0], "utf-8")
    language = merged.get(_FIRST[1]) or attr.language(_FIRST[1], "en")
    rest = [attribute for attribute in given if attribute.name not in _FIRST]
    opening = Group(GroupTag.OPERATION, (charset, language, *rest))
    return (opening, *(group for group in groups if group.tag != GroupTag.OPERATION))
