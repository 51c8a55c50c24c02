"""Attributes: a name and its values, read from the wire only when looked at."""

from typing import Any

from tympan_wire.ipp._limits import MAX_VALUE_BYTES
from tympan_wire.ipp._readers import read_values
from tympan_wire.ipp._values import LocalizedText, Value
from tympan_wire.ipp._writers import write_text, write_values

_NO_NAME = b"\0\0"


class Attribute:
    """An attribute: its name and one or more values.

    It never changes. An attribute that was decoded keeps its bytes and makes its values when they are first asked for;
    one made from values makes its bytes when first encoded.

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
            wire = self._wire or b""  # one of the two is always there
            named = 3 + int.from_bytes(wire[1:3], "big")
            self._values = read_values(wire[:1] + _NO_NAME + wire[named:])
        return self._values

    @property
    def wire(self) -> bytes:
        """The attribute as it stands in a message.

        Raises:
            ValueError: It has no name or no value, or a value does not fit its tag or the format.
        """
        if self._wire is None:
            self._wire = self._write()
        return self._wire

    def _write(self) -> bytes:
        bare, name = write_values(self.values), write_text(self._name)
        if not bare or not name or len(name) > MAX_VALUE_BYTES:
            raise ValueError(f"attribute {self._name[:80]!r} needs a name the format can say, and a value")
        return b"".join((bare[:1], len(name).to_bytes(2, "big"), name, bare[3:]))

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
    """Make an attribute of bytes the scanner has approved."""
    attribute = object.__new__(Attribute)
    attribute._name = name
    attribute._values = None
    attribute._wire = wire
    return attribute
