"""JSON to values and back (cattrs, strict).

- A value is never bent into shape: "5" is no number, 1 is no truth, a number is no text.
- Fields that are not known are passed over (a newer sender); fields that are missing take their default or are a fault.
- Every size is bounded before anything is built from it.
"""

import datetime as dt
import json
from enum import StrEnum
from types import GenericAlias
from typing import Any, TypeVar, get_args, get_origin
from uuid import UUID

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.v import format_exception

from tympan_wire.hub._errors import HubMessageError
from tympan_wire.hub._limits import DEPTH, LIST_ITEMS, MESSAGE_BYTES, TEXT_CHARS

_M = TypeVar("_M")
_FAULTS = 10


def encode(message: object, kind: Any = None) -> bytes:
    """A message as UTF-8 JSON; fields that hold their default are left out.

    Args:
        message: What to say.
        kind: The union it belongs to, where it has one (`News`).
    """
    table = _converter.unstructure(message, kind)
    return json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def decode(kind: type[_M], data: bytes) -> _M:
    """A message of a kind (a class, or a union such as `News`) from UTF-8 JSON.

    Raises:
        HubMessageError: Not JSON, not of that kind, or beyond a limit; every fault is named with its place.
    """
    return structure(kind, _loaded(data))


def structure(kind: type[_M], table: object) -> _M:
    """A message of a kind from what JSON holds.

    Raises:
        HubMessageError: As `decode`.
    """
    try:
        return _converter.structure(table, kind)
    except (cattrs.BaseValidationError, cattrs.StructureHandlerNotFoundError, ValueError, TypeError) as error:
        place = getattr(kind, "__name__", "message")
        faults = cattrs.transform_error(error, path=place, format_exception=_told)
        raise HubMessageError(*faults[:_FAULTS]) from error


def _loaded(data: bytes) -> object:
    if len(data) > MESSAGE_BYTES:
        raise HubMessageError(f"{len(data)} bytes are more than {MESSAGE_BYTES}")
    try:
        table = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise HubMessageError(f"not JSON: {error!s:.200}") from error
    _bounded(table)
    return table


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _bounded(table: object) -> None:
    """Refuses what is nested too deep or too long, a level at a time, so that no depth is followed by recursion."""
    level, depth = [table], 0
    while level:
        if depth > DEPTH:
            raise HubMessageError(f"nested deeper than {DEPTH}")
        below: list[object] = []
        for item in level:
            children = _children(item)
            if len(children) > LIST_ITEMS:
                raise HubMessageError(f"a list of {len(children)} entries is longer than {LIST_ITEMS}")
            below += children
        level, depth = below, depth + 1


def _children(item: object) -> list[object]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _told(error: BaseException, kind: type | None) -> str:
    if isinstance(error, (ValueError, TypeError)) and str(error):
        return str(error)[:200]
    return format_exception(error, kind)[:200]


def _exactly(kind: type[Any], name: str) -> Any:
    def check(value: Any, _: object) -> Any:
        if type(value) is not kind:
            raise ValueError(f"not {name}")
        return value

    return check


def _text(value: Any, _: object) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    if len(value) > TEXT_CHARS:
        raise ValueError(f"a text of {len(value)} characters is longer than {TEXT_CHARS}")
    return value


def _moment(value: Any, _: object) -> dt.datetime:
    moment = dt.datetime.fromisoformat(_text(value, str))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(dt.UTC)


def _uuid(value: Any, _: object) -> UUID:
    return UUID(_text(value, str))


def _word(value: Any, kind: type[StrEnum]) -> StrEnum:
    """A word of a list that may grow: one not known here is the list's ``unknown``, where it has one."""
    text = _text(value, str)
    try:
        return kind(text)
    except ValueError as error:
        unknown = kind.__members__.get("UNKNOWN")
        if unknown is None:
            raise ValueError(f"{text!r:.60} is none of {', '.join(member.value for member in kind)}") from error
        return unknown


def tagged(union: Any, field: str, unknown: type[Any]) -> None:
    """Teaches the codec a union whose members carry their KIND in ``field``; one not known becomes ``unknown``."""
    kinds = {kind.KIND: kind for kind in get_args(union) if kind is not unknown}

    def read(table: Any, _: object) -> Any:
        if type(table) is not dict:
            raise ValueError("not an object")
        name = _text(table.get(field), str)
        if name not in kinds:
            return unknown(name=name)
        return _converter.structure(table, kinds[name])

    def write(value: Any) -> dict[str, Any]:
        name = value.name if type(value) is unknown else value.KIND
        return {field: name, **_converter.unstructure(value, type(value))}

    _converter.register_structure_hook(union, read)
    _converter.register_unstructure_hook(union, write)


def _items(kind: Any) -> Any:
    """Tuples come as JSON lists, and as nothing else: a text is a sequence too."""
    as_list = GenericAlias(list, get_args(kind)[:1])
    structured = _converter.get_structure_hook(as_list)

    def read(value: Any, _: object) -> Any:
        if type(value) is not list:
            raise ValueError("not a list")
        return tuple(structured(value, as_list))

    return read


def _reader(kind: type[Any]) -> Any:
    structured = make_dict_structure_fn(kind, _converter, _cattrs_detailed_validation=True)

    def read(table: Any, target: Any) -> Any:
        if type(table) is not dict:
            raise ValueError("not an object")
        return structured(table, target)

    return read


def _writer(kind: type[Any]) -> Any:
    return make_dict_unstructure_fn(kind, _converter, _cattrs_omit_if_default=True, KIND=override(omit=True))


def _is_tuple(kind: Any) -> bool:
    return bool(get_origin(kind) is tuple)


_converter = cattrs.Converter(detailed_validation=True)
_converter.register_structure_hook_factory(attrs.has, _reader)
_converter.register_structure_hook_factory(_is_tuple, _items)
_converter.register_unstructure_hook_factory(attrs.has, _writer)
_converter.register_structure_hook(str, _text)
_converter.register_structure_hook(StrEnum, _word)  # a StrEnum is a str: without its own hook any word would pass
_converter.register_structure_hook(int, _exactly(int, "a whole number"))
_converter.register_structure_hook(bool, _exactly(bool, "true or false"))
_converter.register_structure_hook(dt.datetime, _moment)
_converter.register_unstructure_hook(dt.datetime, lambda moment: moment.astimezone(dt.UTC).isoformat())
_converter.register_structure_hook(UUID, _uuid)
_converter.register_unstructure_hook(UUID, str)
