"""Attributes: a name and its values, read from the wire only when looked at."""

from collections.abc import Iterable
from typing import Any, Final

from tympan_wire.ipp._readers import read_attribute
from tympan_wire.ipp._tags import Tag
from tympan_wire.ipp._values import LocalizedText, Value
from tympan_wire.ipp._writers import NO_BYTES, write_attribute

_MEMBER: Final = bytes((Tag.MEMBER_ATTR_NAME, 0, 0))


class Attribute:
    """An attribute: its name and one or more values.

    It never changes. One that was decoded or built by ``attr`` keeps its bytes, and makes its values when they are
    first asked for; one made from values makes its bytes when first encoded.

    Attributes:
        name: As on the wire; bytes that are not UTF-8 are lone surrogates.
        values: In the order of the wire.
    """

    __slots__ = ("_name", "_values", "_wire")
    _name: str
    _values: tuple[Value, ...] | None
    _wire: bytes | None

    def __init__(self, name: str, values: tuple[Value, ...]) -> None:
        self._name = name
        self._values = tuple(values)
        self._wire = None

    @property
    def name(self) -> str:
        """The attribute's name."""
        return self._name

    @property
    def values(self) -> tuple[Value, ...]:
        """Every value with its tag."""
        if self._values is None:
            self._values = read_attribute(self._wire or b"")  # one of the two is always there
        return self._values

    @property
    def wire(self) -> bytes:
        """The attribute as it stands in a message.

        Raises:
            ValueError: It has no name or no value, or a value does not fit its tag or the format.
        """
        if self._wire is None:
            self._wire = write_attribute(self._name, self._values or ())
        return self._wire

    @property
    def tag(self) -> int:
        """The tag of the first value; 0 where there is none."""
        values = self.values
        return values[0].tag if values else 0

    @property
    def value(self) -> Any:
        """The Python value of the first value; None for an out-of-band value."""
        values = self.values
        return values[0].value if values else None

    def strings(self) -> tuple[str, ...]:
        """Every value that is a string; a text or name with a language comes without it."""
        found = (value.text if isinstance(value, LocalizedText) else value for _, value in self.values)
        return tuple(value for value in found if isinstance(value, str))

    def integers(self) -> tuple[int, ...]:
        """Every integer or enum."""
        return tuple(value for _, value in self.values if isinstance(value, int) and not isinstance(value, bool))

    def booleans(self) -> tuple[bool, ...]:
        """Every boolean."""
        return tuple(value for _, value in self.values if isinstance(value, bool))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Attribute):
            return NotImplemented
        return self._name == other._name and self.values == other.values

    def __hash__(self) -> int:
        return hash((self._name, self.values))

    def __repr__(self) -> str:
        return f"Attribute({self._name!r}, {self.values!r})"


def wired(name: str, wire: bytes) -> Attribute:
    """Make an attribute of bytes the scanner has approved, or a writer has made."""
    attribute = object.__new__(Attribute)
    attribute._name = name
    attribute._values = None
    attribute._wire = wire
    return attribute


def wires(attributes: Iterable[Attribute]) -> list[bytes]:
    """Give the bytes of each attribute, without a call for those that have them."""
    return [attribute._wire or attribute.wire for attribute in attributes]


def as_member(attribute: Attribute) -> bytes:
    """Write the attribute as a member of a collection: first its name as a value, then its values without a name."""
    wire = attribute.wire
    named = 3 + int.from_bytes(wire[1:3], "big")
    return b"".join((_MEMBER, wire[1:named], wire[:1], NO_BYTES, wire[named:]))
