"""Description: attributes as a person reads them."""

from collections.abc import Iterable

from tympan_wire.ipp._attributes import Attribute
from tympan_wire.ipp._codes import JobState, Operation, PrinterState
from tympan_wire.ipp._tags import OUT_OF_BAND, Tag
from tympan_wire.ipp._values import Collection, DateTime, LocalizedText, Range, Resolution, Value
from tympan_wire.ipp._words import resolution_text

_ENUMS = {
    "job-state": JobState,
    "output-device-job-state": JobState,
    "printer-state": PrinterState,
    "operations-supported": Operation,
}


def describe(attribute: Attribute) -> str:
    """Give the attribute on one line, ``sides = two-sided-long-edge``; safe for a terminal, whatever a peer sent."""
    line = f"{attribute.name} = {_listed(attribute.name, attribute.values)}"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _listed(name: str, values: Iterable[Value]) -> str:
    return ", ".join(_one(name, value) for value in values)


def _one(name: str, value: Value) -> str:
    if value.tag in OUT_OF_BAND:
        return _out_of_band(value.tag)
    match value.value:
        case bool(flag):
            return "true" if flag else "false"
        case int(number):
            return _number(name, number)
        case str(text) | LocalizedText(text, _):
            return text
        case Range(lower, upper):
            return f"{lower}-{upper}"
        case Resolution():
            return resolution_text(value.value)
        case DateTime():
            return _moment(value.value)
        case Collection():
            return _collection(value.value)
        case bytes(raw):
            return raw.hex() if value.tag != Tag.OCTET_STRING else raw.decode("utf-8", "replace")
        case other:
            return str(other)


def _out_of_band(tag: int) -> str:
    return Tag(tag).name.lower().replace("_", "-") if tag in set(Tag) else f"out-of-band 0x{tag:02x}"


def _number(name: str, number: int) -> str:
    codes = _ENUMS.get(name)
    if codes is None or number not in set(codes):
        return str(number)
    return codes(number).name.lower().replace("_", "-")


def _moment(date: DateTime) -> str:
    moment = date.to_datetime()
    return moment.isoformat() if moment else f"impossible date {date.raw.hex()}"


def _collection(collection: Collection) -> str:
    return "{" + "; ".join(f"{name} = {_listed(name, values)}" for name, values in collection.members) + "}"
