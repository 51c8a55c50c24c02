"""What may be called of an object across the pipe, read from its protocol.

- A protocol's members are all there is: nothing else of an object can be reached.
- A protocol with a member whose values do not go over a pipe cannot cross, and says which.
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from enum import Enum, auto
from typing import Any, Final

import attrs

from tympan._outside import _codec
from tympan._outside._ends import ENDS, PortList
from tympan._ports import LocalResponse


class Manner(Enum):
    """How a member is called."""

    FACT = auto()
    """A property."""
    NOW = auto()
    """A method that answers at once."""
    LATER = auto()
    """A method that may wait."""
    STREAM = auto()
    """A method whose answer is items, one after the other."""


@attrs.frozen
class Value:
    """A value that is copied."""

    kind: Any


@attrs.frozen
class Thing:
    """An object that stays where it is, and is called from there."""

    protocol: type[Any]


@attrs.frozen
class Items:
    """Items that are fetched one after the other."""

    item: Any


@attrs.frozen
class Response:
    """A ``LocalResponse``, whose body is bytes or items."""


@attrs.frozen
class Found:
    """Ports of a kind that is asked for."""


Shape = Value | Thing | Items | Response | Found


@attrs.frozen(kw_only=True)
class Member:
    """One member of a protocol.

    Attributes:
        name: Its name.
        manner: How it is called.
        takes: Its parameters, by name.
        gives: What it answers.
        signature: How arguments are bound to parameters.
    """

    name: str
    manner: Manner
    takes: Mapping[str, Shape] = attrs.field(hash=False)
    gives: Shape
    signature: inspect.Signature = attrs.field(eq=False)

    def bind(self, given: tuple[object, ...], named: Mapping[str, object]) -> dict[str, object]:
        """Arguments by their parameters; raises ``TypeError`` as a call would."""
        return dict(self.signature.bind(*given, **named).arguments)

    def call(self, thing: object, arguments: dict[str, object]) -> Any:
        """Calls it on an object here with arguments by their parameters."""
        bound = inspect.BoundArguments(self.signature, OrderedDict(arguments))
        return getattr(thing, self.name)(*bound.args, **bound.kwargs)


@attrs.frozen(kw_only=True)
class Contract:
    """All that may be called of an object."""

    name: str
    members: Mapping[str, Member] = attrs.field(hash=False)

    @property
    def facts(self) -> tuple[Member, ...]:
        """Its properties."""
        return tuple(member for member in self.members.values() if member.manner is Manner.FACT)


class CannotCross(TypeError):
    """A protocol has a member that does not go over a pipe."""


def contract_of(protocol: type[Any]) -> Contract:
    """The contract of a protocol; raises ``CannotCross``."""
    if protocol not in _CONTRACTS:
        _CONTRACTS[protocol] = _read(protocol)
    return _CONTRACTS[protocol]


_CONTRACTS: Final[dict[type[Any], Contract]] = {}


def _read(protocol: type[Any]) -> Contract:
    found = [(name, value) for name, value in vars(protocol).items() if not name.startswith("_")]
    members = {name: _member(name, value) for name, value in found if _is_member(value)}
    return Contract(name=protocol.__name__, members=members)


def why_not(protocol: type[Any]) -> str:
    """Why the kernel cannot call such a port across a pipe; "" when it can."""
    try:
        contract = contract_of(protocol)
    except CannotCross as error:
        return str(error)
    now = next((member.name for member in contract.members.values() if member.manner is Manner.NOW), "")
    return f"its {now} must answer at once, and the kernel waits for no process" if now else ""


def _is_member(value: object) -> bool:
    return isinstance(value, property) or inspect.isfunction(value)


def _member(name: str, value: Any) -> Member:
    function: Any = value.fget if isinstance(value, property) else value
    hints = typing.get_type_hints(function)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    gives = _shape(name, hints.get("return", type(None)))
    return Member(
        name=name,
        manner=_manner(value, gives),
        takes={each.name: _shape(name, _taken(each, hints[each.name])) for each in parameters},
        gives=gives,
        signature=inspect.Signature(parameters),
    )


def _taken(parameter: inspect.Parameter, kind: Any) -> Any:
    return tuple[kind, ...] if parameter.kind is inspect.Parameter.VAR_POSITIONAL else kind


def _manner(value: object, gives: Shape) -> Manner:
    if isinstance(value, property):
        return Manner.FACT
    if isinstance(gives, Items):
        return Manner.STREAM
    return Manner.LATER if inspect.iscoroutinefunction(value) else Manner.NOW


def _shape(name: str, kind: Any) -> Shape:
    if typing.get_origin(kind) is AsyncIterator:
        return Items(_value(name, typing.get_args(kind)[0]).kind)
    if getattr(kind, "_is_protocol", False):
        return Thing(ENDS.get(kind, kind))
    return _OWN[kind] if kind in _OWN else _value(name, kind)


def _value(name: str, kind: Any) -> Value:
    why = _codec.obstacle(kind)
    if why:
        raise CannotCross(f"{why}, and its {name} has one")
    return Value(kind)


_OWN: Final[dict[Any, Shape]] = {LocalResponse: Response(), PortList: Found()}


@functools.cache
def items_contract(item: Any) -> Contract:
    """Of a stream: its next items, or none at its end."""
    signature = inspect.Signature()
    following = Member(name="next", manner=Manner.LATER, takes={}, gives=Value(tuple[item, ...]), signature=signature)
    return Contract(name="Items", members={"next": following})
