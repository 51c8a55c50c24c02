"""Values as JSON with bytes in it, and back: each built by its type, and by nothing that the other end says.

- Texts, numbers and flags are what they must be; nothing is converted to fit.
- A union of classes carries the name of its class, and takes those of the union alone.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import operator
import pathlib
import types
import typing
import uuid
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import attrs
import cattrs
from cattrs.strategies import configure_tagged_union

from tympan._errors import PluginFault

_TAG: Final = "$"
_PLAIN: Final = (str, int, float, bool, bytes, type(None), object, dt.datetime, uuid.UUID, pathlib.Path)
_MANY: Final = (tuple, list, Sequence, Iterable, frozenset, AbstractSet)


class BadValue(PluginFault):
    """The other end gave a value of another type than the one that was wanted."""


def encode(value: object, kind: Any) -> Any:
    """``value`` as JSON with bytes in it."""
    if typing.get_origin(kind) in (Iterable, Sequence) and not isinstance(value, (list, tuple)):
        value = tuple(value)  # type: ignore[arg-type]
    return _converter.unstructure(value, unstructure_as=_settled(kind))


def decode(told: object, kind: Any) -> Any:
    """The value of type ``kind``; raises ``BadValue``."""
    try:
        return _converter.structure(told, _settled(kind))
    except Exception as error:  # validators of values raise what they like
        name = getattr(kind, "__name__", str(kind))
        raise BadValue(f"what came over the pipe is no {name}: {error}") from error


def obstacle(kind: Any, seen: frozenset[Any] = frozenset()) -> str:
    """Why values of a type cannot go over the pipe; "" when they can."""
    if kind in _PLAIN or kind in seen or isinstance(kind, typing.NewType):
        return ""
    origin, arguments = typing.get_origin(kind), [each for each in typing.get_args(kind) if each is not Ellipsis]
    if origin in (typing.Union, types.UnionType) or origin in _MANY or origin in (dict, Mapping):
        return _first(arguments, seen)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return ""
    if isinstance(kind, type) and attrs.has(kind):
        return _first([field.type for field in attrs.fields(attrs.resolve_types(kind))], seen | {kind})
    return f"a {getattr(kind, '__name__', kind)} does not go over a pipe"


def _first(kinds: Iterable[Any], seen: frozenset[Any]) -> str:
    return next((why for kind in kinds if (why := obstacle(kind, seen))), "")


@functools.cache
def _settled(kind: Any) -> Any:
    """The type as the converter knows it: a union is made known when it is first met."""
    origin = typing.get_origin(kind)
    if origin in (Iterable, Sequence):
        return types.GenericAlias(tuple, (typing.get_args(kind)[0], ...))
    classes = [each for each in typing.get_args(kind) if each is not type(None)]
    if origin in (typing.Union, types.UnionType) and len(classes) > 1 and all(attrs.has(each) for each in classes):
        configure_tagged_union(kind, _converter, tag_name=_TAG)
    return kind


def _exactly(kind: type[Any]) -> typing.Callable[[object, Any], Any]:
    def take(told: object, wanted: Any) -> Any:
        if type(told) is not kind and not (kind is float and type(told) is int):
            raise TypeError(f"{told!r:.80} is no {kind.__name__}")
        return wanted(told) if isinstance(wanted, type) and issubclass(wanted, enum.Enum) else told

    return take


def _made(kind: Any, text: str) -> Any:
    if type(text) is not str:
        raise TypeError(f"{text!r:.80} is no text")
    return kind(text)


def _make() -> cattrs.Converter:
    converter = cattrs.Converter(
        forbid_extra_keys=True, detailed_validation=False, omit_if_default=True,
        unstruct_collection_overrides={AbstractSet: list},
    )  # fmt: skip
    for kind in (str, int, float, bool, bytes):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook_func(functools.partial(operator.is_, type(None)), _exactly(type(None)))
    converter.register_structure_hook_func(functools.partial(operator.is_, object), lambda told, _: told)
    converter.register_unstructure_hook(dt.datetime, dt.datetime.isoformat)
    converter.register_structure_hook(dt.datetime, lambda told, _: _made(dt.datetime.fromisoformat, told))
    for made in (uuid.UUID, pathlib.Path):
        converter.register_unstructure_hook(made, str)
        converter.register_structure_hook(made, lambda told, kind: _made(kind, told))
    return converter


_converter: Final = _make()
