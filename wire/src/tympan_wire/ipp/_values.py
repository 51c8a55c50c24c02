"""Values: what an attribute holds, as Python sees it (RFC 8010 section 3.9).

- A value remembers its tag, so that a keyword never comes back as a name.
- Nothing is lost: what a Python type cannot say (an odd date, a language, stray bytes of an out-of-band value) stays.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Self

import attrs

_DATE = struct.Struct(">HBBBBBBcBB")


class Value(NamedTuple):
    """One value and the tag it travels under.

    Attributes:
        tag: A ``Tag``, or the bare number of a tag not known.
        value: int, bool, str, bytes, ``Range``, ``Resolution``, ``DateTime``, ``LocalizedText`` or ``Collection``;
            None for an out-of-band tag. A boolean that is neither 0 nor 1 on the wire comes as that int.
    """

    tag: int
    value: object

    @property
    def stray(self) -> bytes:
        """Bytes that came with an out-of-band tag, where there should be none."""
        return b""


class StrayValue(Value):
    """An out-of-band value that carried bytes (old Brother firmware does it); they are kept and otherwise ignored."""

    _stray: bytes

    @classmethod
    def of(cls, tag: int, stray: bytes) -> "StrayValue":
        """Make one of its tag and the bytes that came along."""
        value = cls(tag, None)
        value._stray = stray
        return value

    @property
    def stray(self) -> bytes:
        """Bytes that came with an out-of-band tag, where there should be none."""
        return self._stray

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StrayValue) and (self.tag, self._stray) == (other.tag, other._stray)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.tag, self._stray))


class Range(NamedTuple):
    """A rangeOfInteger; both ends belong to it."""

    lower: int
    upper: int


class Resolution(NamedTuple):
    """A resolution: cross-feed (x) and feed (y) direction, units 3 = dots per inch, 4 = dots per centimetre."""

    x: int
    y: int
    units: int = 3


class LocalizedText(NamedTuple):
    """A text or name together with its natural language."""

    text: str
    language: str


@attrs.frozen
class DateTime:
    """A dateTime: the 11 bytes of RFC 2579, kept as they came, so that an impossible date survives too."""

    raw: bytes = attrs.field()

    @raw.validator
    def _is_eleven_bytes(self, _: object, raw: bytes) -> None:
        if len(raw) != _DATE.size:
            raise ValueError(f"a dateTime has {_DATE.size} bytes, not {len(raw)}")

    @classmethod
    def from_datetime(cls, moment: datetime) -> Self:
        """Take an aware datetime; a tenth of a second is kept.

        Raises:
            ValueError: The datetime has no UTC offset.
        """
        offset = moment.utcoffset()
        if offset is None:
            raise ValueError("a dateTime needs a datetime with a UTC offset")
        minutes = round(offset.total_seconds() / 60)
        sign = b"-" if minutes < 0 else b"+"
        date = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        return cls(_DATE.pack(*date, moment.microsecond // 100_000, sign, *divmod(abs(minutes), 60)))

    def to_datetime(self) -> datetime | None:
        """Give the moment as an aware datetime; None if the bytes name none. A leap second becomes second 59."""
        year, month, day, hour, minute, second, tenth, sign, hours, minutes = _DATE.unpack(self.raw)
        if sign not in b"+-":
            return None
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == b"-" else 1)
        second = 59 if second == 60 else second
        try:
            return datetime(year, month, day, hour, minute, second, tenth * 100_000, timezone(offset))
        except ValueError:
            return None


class Collection(Mapping[str, tuple[Value, ...]]):
    """A collection: member attributes by name, in the order of the wire, duplicates kept.

    As a mapping it gives the values of the first member of a name; ``members`` gives everything.
    """

    __slots__ = ("_members",)

    def __init__(self, members: Iterable[tuple[str, tuple[Value, ...]]] = ()) -> None:
        self._members = tuple((name, tuple(values)) for name, values in members)

    @classmethod
    def of(cls, members: tuple[tuple[str, tuple[Value, ...]], ...]) -> Self:
        """Take members that are tuples already, as the decoder has them."""
        collection = object.__new__(cls)
        collection._members = members
        return collection

    @property
    def members(self) -> tuple[tuple[str, tuple[Value, ...]], ...]:
        """Every member as (name, values), in the order of the wire."""
        return self._members

    def first(self, name: str, default: object = None) -> object:
        """Give the Python value of the first value of a member, or the default."""
        values = self.get(name)
        return values[0].value if values else default

    def __getitem__(self, name: str) -> tuple[Value, ...]:
        for member, values in self._members:
            if member == name:
                return values
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self._members))

    def __len__(self) -> int:
        return len({name for name, _ in self._members})

    def __eq__(self, other: object) -> bool:
        return self._members == other._members if isinstance(other, Collection) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._members)

    def __repr__(self) -> str:
        return f"Collection({self._members!r})"
