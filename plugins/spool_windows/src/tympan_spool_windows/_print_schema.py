"""The Print Schema document of a driver, read with limits: options that DEVMODE has no member for.

- It is what a driver wrote, some of it from a device's answer: no entities, bounded in size, depth and number.
- Features that DEVMODE has are left to it. Of the others, those that IPP names get its name and keywords
  (PWG 5100.1, 5100.2); the rest is ``x-NAME`` with the driver's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import quoteattr

import attrs
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from tympan_spool_windows._limits import (
    OPTION_VALUES,
    OPTIONS,
    SCHEMA_BYTES,
    SCHEMA_DEPTH,
    SCHEMA_ELEMENTS,
    SCHEMA_TEXT_CHARACTERS,
)
from tympan_spool_windows._media import slug

FRAMEWORK: Final = "http://schemas.microsoft.com/windows/2003/08/printing/printschemaframework"
KEYWORDS: Final = "http://schemas.microsoft.com/windows/2003/08/printing/printschemakeywords"
_QNAMES: Final = re.compile(r"^(?:([^\s:]+):)?([^\s:]+)$")
_IN_DEVMODE: Final = frozenset(
    {
        "DocumentCollate",
        "DocumentDuplex",
        "DocumentInputBin",
        "JobCollateAllDocuments",
        "JobDuplexAllDocumentsContiguously",
        "JobInputBin",
        "PageInputBin",
        "PageMediaSize",
        "PageMediaType",
        "PageOrientation",
        "PageOutputColor",
        "PageResolution",
    }
)
_FEATURES: Final[Mapping[str, str]] = {
    "PageOutputQuality": "print-quality",
    "JobOutputBin": "output-bin",
    "JobStapleAllDocuments": "finishings",
}
_VALUES: Final[Mapping[tuple[str, str], str]] = {
    ("print-quality", "Draft"): "draft",
    ("print-quality", "Normal"): "normal",
    ("print-quality", "High"): "high",
    ("finishings", "None"): "none",
    ("finishings", "StapleTopLeft"): "staple-top-left",
    ("finishings", "StapleTopRight"): "staple-top-right",
    ("finishings", "StapleBottomLeft"): "staple-bottom-left",
    ("finishings", "StapleBottomRight"): "staple-bottom-right",
    ("finishings", "StapleDualLeft"): "staple-dual-left",
    ("finishings", "StapleDualTop"): "staple-dual-top",
    ("finishings", "StapleDualRight"): "staple-dual-right",
    ("finishings", "StapleDualBottom"): "staple-dual-bottom",
    ("finishings", "SaddleStitch"): "saddle-stitch",
}


class SchemaError(ValueError):
    """It is no Print Schema document, or beyond a limit."""


@attrs.frozen(kw_only=True)
class SchemaName:
    """A name of the schema or of a driver, in its namespace."""

    namespace: str
    name: str


@attrs.frozen(kw_only=True)
class SchemaValue:
    """One value: the keyword we tell, and the driver's name for it."""

    keyword: str
    option: SchemaName


@attrs.frozen(kw_only=True)
class SchemaFeature:
    """One feature of which one value is picked.

    Attributes:
        name: As we tell it.
        feature: As the driver does.
        values: In the driver's order.
        default: A keyword of them, "" when the driver marks none.
    """

    name: str
    feature: SchemaName
    values: tuple[SchemaValue, ...]
    default: str = ""


@attrs.define
class _Feature:
    """A feature while its options come."""

    name: SchemaName
    options: list[SchemaName] = attrs.field(factory=list)
    default: SchemaName | None = None


class _Reader:
    """Takes the parser's events; keeps features at the top with their options, and counts everything."""

    def __init__(self) -> None:
        self.features: list[_Feature] = []
        self.is_schema = False
        self._prefixes: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._elements = 0
        self._characters = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        self._prefixes.append((prefix, uri))
        if len(self._prefixes) > SCHEMA_ELEMENTS:
            raise SchemaError("it declares too many prefixes")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._characters = 0
        if self._elements > SCHEMA_ELEMENTS or len(self._path) >= SCHEMA_DEPTH:
            raise SchemaError("it has too many elements, or too deep ones")
        self._path.append(tag)
        if self._path == [f"{{{FRAMEWORK}}}PrintCapabilities"]:
            self.is_schema = True
        elif tag == f"{{{FRAMEWORK}}}Feature" and len(self._path) == 2:
            self._feature(self._name(attributes.get("name", "")))
        elif tag == f"{{{FRAMEWORK}}}Option" and self._path[1:-1] == [f"{{{FRAMEWORK}}}Feature"]:
            self._option(self._name(attributes.get("name", "")), attributes.get("default", ""))

    def _name(self, text: str) -> SchemaName | None:
        """A name with its prefix resolved, the latest declaration first; None for none or an unknown prefix."""
        match = _QNAMES.match(text)
        prefix = match[1] or "" if match else ""
        namespace = next((uri for known, uri in reversed(self._prefixes) if known == prefix), None)
        return SchemaName(namespace=namespace, name=match[2]) if match and namespace is not None else None

    def _feature(self, name: SchemaName | None) -> None:
        self.features.append(_Feature(name or SchemaName(namespace="", name="")))

    def _option(self, name: SchemaName | None, default: str) -> None:
        feature = self.features[-1] if self.features else None
        if feature is None or name is None or len(feature.options) >= OPTION_VALUES:
            return
        feature.options.append(name)
        if default:
            feature.default = name

    def end(self, _tag: str) -> None:
        self._path.pop()
        self._characters = 0

    def data(self, text: str) -> None:
        self._characters += len(text)
        if self._characters > SCHEMA_TEXT_CHARACTERS:
            raise SchemaError("a text in it is too long")

    def close(self) -> _Reader:
        return self


def read_schema(data: bytes) -> tuple[SchemaFeature, ...]:
    """Features DEVMODE has no member for, each name once.

    Raises:
        SchemaError: See there.
    """
    if len(data) > SCHEMA_BYTES:
        raise SchemaError(f"it has more than {SCHEMA_BYTES} bytes")
    parser = XMLParser(target=_Reader(), forbid_dtd=True)
    try:
        parser.feed(data)
        reader = parser.close()
    except (ParseError, DefusedXmlException, LookupError, TypeError) as error:
        raise SchemaError(f"it is no XML: {type(error).__name__}") from error
    if not isinstance(reader, _Reader) or not reader.is_schema:
        raise SchemaError("it is no PrintCapabilities document")
    found: dict[str, SchemaFeature] = {}
    for feature in _told(reader.features):
        found.setdefault(feature.name, feature)
    return tuple(found.values())[:OPTIONS]


def _told(features: list[_Feature]) -> Iterator[SchemaFeature]:
    for feature in features:
        if feature.name.name in _IN_DEVMODE and feature.name.namespace == KEYWORDS:
            continue
        name = _feature_name(feature.name)
        values = _values(name, feature)
        if name and len(values) > 1:
            default = next((value.keyword for value in values if value.option == feature.default), "")
            yield SchemaFeature(name=name, feature=feature.name, values=values, default=default)


def _feature_name(feature: SchemaName) -> str:
    known = _FEATURES.get(feature.name) if feature.namespace == KEYWORDS else None
    own = slug(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", feature.name))
    return known or (f"x-{own}" if own else "")


def _values(name: str, feature: _Feature) -> tuple[SchemaValue, ...]:
    found: dict[str, SchemaValue] = {}
    for option in feature.options:
        keyword = _VALUES.get((name, option.name)) or (option.name if name.startswith("x-") else slug(option.name))
        if keyword:
            found.setdefault(keyword, SchemaValue(keyword=keyword, option=option))
    return tuple(found.values())


def ticket(features: tuple[SchemaFeature, ...], options: Mapping[str, str]) -> bytes:
    """A PrintTicket that asks for these options, in so far as they are among the features; b"" when none is.

    Raises:
        ValueError: A feature has no such value.
    """
    asked = [(feature, _value(feature, options[feature.name])) for feature in features if feature.name in options]
    if not asked:
        return b""
    names = [name for feature, value in asked for name in (feature.feature, value.option)]
    prefixes = {space: f"n{at}" for at, space in enumerate(dict.fromkeys(name.namespace for name in names))}
    declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for space, prefix in prefixes.items())
    body = "".join(
        f"<psf:Feature name={_qname(feature.feature, prefixes)}>"
        f"<psf:Option name={_qname(value.option, prefixes)}/></psf:Feature>"
        for feature, value in asked
    )
    return f'<psf:PrintTicket xmlns:psf="{FRAMEWORK}"{declared} version="1">{body}</psf:PrintTicket>'.encode()


def _qname(name: SchemaName, prefixes: Mapping[str, str]) -> str:
    return quoteattr(f"{prefixes[name.namespace]}:{name.name}")


def _value(feature: SchemaFeature, keyword: str) -> SchemaValue:
    for value in feature.values:
        if value.keyword == keyword:
            return value
    raise ValueError(f"{feature.name} cannot be {keyword}")
