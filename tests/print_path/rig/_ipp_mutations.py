"""Malformed IPP (RFC 8010) inside sound HTTP. Built by hand: the codec under test has no part in it."""

from __future__ import annotations

import functools
import gzip
import random
import zlib
from typing import Final

from rig._mutations import ALLOWED, FORBIDDEN, Shot, Target, Verdict, http, mutation

OPERATIONS: Final = (0x02, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x39, 0x3B, 0x3C)
"""All the endpoint offers."""
PRINT_JOB, GET_PRINTER_ATTRIBUTES = 0x02, 0x0B
_CHARSET, _LANGUAGE, _URI, _NAME, _KEYWORD, _MIME = 0x47, 0x48, 0x45, 0x42, 0x44, 0x49
_INTEGER, _BOOLEAN, _RANGE, _TEXT = 0x21, 0x22, 0x33, 0x41
_BEGIN, _END, _MEMBER = 0x34, 0x37, 0x4A
_DOCUMENT: Final = b"a line of text\n"

Item = tuple[int, bytes, bytes]
"""Value tag, name, value."""


def number(value: int) -> bytes:
    """An IPP integer."""
    return value.to_bytes(4, "big", signed=True)


def item(tag: int, name: bytes, value: bytes) -> bytes:
    """One attribute with one value."""
    return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


def items(target: Target, name: bytes, job: int = 1) -> list[Item]:
    """The operation attributes of a sound request, whichever operation it is."""
    return [
        (_CHARSET, b"attributes-charset", b"utf-8"),
        (_LANGUAGE, b"attributes-natural-language", b"en"),
        (_URI, b"printer-uri", target.uri),
        (_INTEGER, b"job-id", number(job)),
        (_NAME, b"requesting-user-name", b"fuzz"),
        (_NAME, b"job-name", name),
        (_MIME, b"document-format", b"text/plain"),
        (_KEYWORD, b"which-jobs", b"all"),
        (_KEYWORD, b"requested-attributes", b"all"),
        (_INTEGER, b"limit", number(5)),
        (_BOOLEAN, b"last-document", b"\x01"),
    ]


def ticket() -> list[Item]:
    """Job attributes of a sound request."""
    return [
        (_INTEGER, b"copies", number(1)),
        (_KEYWORD, b"sides", b"one-sided"),
        (_RANGE, b"page-ranges", number(1) + number(3)),
        (_BEGIN, b"media-col", b""),
        (_MEMBER, b"", b"media-size"),
        (_BEGIN, b"", b""),
        (_MEMBER, b"", b"x-dimension"),
        (_INTEGER, b"", number(21000)),
        (_END, b"", b""),
        (_END, b"", b""),
    ]


def header(code: int, *, version: int = 0x0200, request: int = 1) -> bytes:
    """The eight bytes in front."""
    return version.to_bytes(2, "big") + code.to_bytes(2, "big") + number(request)


def message(code: int, operation: list[Item], job: list[Item], tail: bytes = b"\x03") -> bytes:
    """A request of two groups."""
    groups = [b"\x01", *(item(*each) for each in operation), b"\x02", *(item(*each) for each in job), tail]
    return header(code) + b"".join(groups)


def sound(code: int, target: Target, name: bytes, job: int = 1) -> bytes:
    """A request nothing is wrong with."""
    return message(code, items(target, name, job), ticket())


def _any(target: Target, body: bytes) -> Shot:
    return Shot(data=http(target, body), verdict=Verdict.ANY, sound=True)


def _refused(target: Target, body: bytes) -> Shot:
    return Shot(data=http(target, body), verdict=Verdict.REFUSED, sound=True)


def _one(dice: random.Random) -> int:
    return dice.choice(OPERATIONS)


@mutation(90)
def flipped_bits(dice: random.Random, target: Target) -> Shot:
    """One to eight bits."""
    body = bytearray(sound(_one(dice), target, ALLOWED, dice.randint(1, 40)) + _DOCUMENT)
    for _ in range(dice.randint(1, 8)):
        body[dice.randrange(len(body))] ^= 1 << dice.randrange(8)
    return _any(target, bytes(body))


@mutation(90)
def spliced(dice: random.Random, target: Target) -> Shot:
    """Bytes cut out, put in, overwritten."""
    body = bytearray(sound(_one(dice), target, ALLOWED, dice.randint(1, 40)) + _DOCUMENT)
    for _ in range(dice.randint(1, 4)):
        at, count = dice.randrange(len(body)), dice.randint(1, 9)
        new = dice.choice((b"", dice.randbytes(count), b"\xff" * count, b"\0" * count))
        body[at : at + dice.choice((0, count))] = new
    return _any(target, bytes(body))


@mutation(80)
def truncated(dice: random.Random, target: Target) -> Shot:
    """Ends anywhere before its end tag."""
    body = sound(_one(dice), target, FORBIDDEN)
    return _refused(target, body[: dice.randrange(len(body))])


@mutation(80)
def lying_length(dice: random.Random, target: Target) -> Shot:
    """A name or value says it is longer than the whole request."""
    wire = [item(*each) for each in items(target, FORBIDDEN)]
    chosen = dice.randrange(len(wire))
    tag, name, value = items(target, FORBIDDEN)[chosen]
    lie = dice.choice((0x7FFF, 0x8000, 0xFFFF, 0x0FFF)).to_bytes(2, "big")
    honest = len(name).to_bytes(2, "big") + name
    wire[chosen] = bytes([tag]) + (lie + name if dice.random() < 0.5 else honest + lie) + value
    return _refused(target, header(_one(dice)) + b"\x01" + b"".join(wire) + b"\x03" + _DOCUMENT)


@mutation(60)
def wrong_tags(dice: random.Random, target: Target) -> Shot:
    """Attributes in a syntax that is not theirs, delimiters among values."""
    operation = items(target, ALLOWED, dice.randint(1, 40))
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(2, len(operation))
        operation[at] = (dice.randrange(256), *operation[at][1:])
    return _any(target, message(_one(dice), operation, ticket()))


@mutation(60)
def wrong_opening(dice: random.Random, target: Target) -> Shot:
    """Charset and language missing, late, twice or in another syntax (RFC 8011 section 4.1.4)."""
    operation = items(target, FORBIDDEN)
    changed: list[list[Item]] = [
        operation[1:],
        operation[2:],
        [operation[1], operation[0], *operation[2:]],
        [operation[2], *operation],
        [(_KEYWORD, *operation[0][1:]), *operation[1:]],
        [(_CHARSET, b"attributes-charset", b"utf-7"), *operation[1:]],
        [operation[0], operation[0], *operation[1:]],
    ]
    return _refused(target, message(_one(dice), dice.choice(changed), ticket()))


@mutation(60)
def wrong_groups(dice: random.Random, target: Target) -> Shot:
    """Groups out of order, missing, of unknown or reserved tags."""
    operation = b"".join(item(*each) for each in items(target, FORBIDDEN))
    job = b"".join(item(*each) for each in ticket())
    reserved = bytes([dice.choice((0x00, 0x0B, 0x0F))])
    body = dice.choice(
        (
            b"\x02" + job + b"\x01" + operation + b"\x03",
            b"\x02" + operation + b"\x03",
            operation + b"\x03",
            reserved + operation + b"\x03",
            b"\x03" + operation,
            b"\x04\x05\x07\x03",
            b"\x01\x01" + b"\x03",
        )
    )
    return _refused(target, header(_one(dice)) + body)


@mutation(60)
def wrong_header(dice: random.Random, target: Target) -> Shot:
    """Versions, operations and request numbers that do not exist."""
    body = sound(_one(dice), target, FORBIDDEN)[8:]
    head = dice.choice(
        (
            header(_one(dice), version=dice.choice((0, 0x0300, 0x7F01, 0xFFFF))),
            header(dice.choice((0, 1, 3, 7, 0x0E, 0x4002, 0x7FFF, 0xFFFF))),
            header(_one(dice), request=dice.choice((0, -1, -(2**31)))),
        )
    )
    return _refused(target, head + body)


@mutation(60)
def wrong_target(dice: random.Random, target: Target) -> Shot:
    """No printer, another one, a path out of the tree, a very long one."""
    site = b"ipp://localhost:%d" % target.port
    paths = (b"", b"/", b"/ipp/print/nobody", b"/ipp/print/../../etc/passwd", b"/ipp/print/%2e%2e", b"/ipp/print/\0")
    uris = [site + path for path in paths] + [b"", b"x", site + b"/ipp/print/" + b"a" * 30_000, b"ipp://[::1/ipp/print"]
    operation = items(target, FORBIDDEN)
    operation[2:3] = [(_URI, b"printer-uri", dice.choice(uris))] if dice.random() < 0.9 else []
    return _refused(target, message(_one(dice), operation, ticket()))


@mutation(60)
def hostile_values(dice: random.Random, target: Target) -> Shot:
    """Values of the wrong size, range or characters."""
    operation, job = items(target, ALLOWED, dice.randint(1, 40)), ticket()[:3]
    values = (
        b"",
        b"\0",
        b"\xff" * 3,
        b"\x80\0\0\0",
        b"\x7f\xff\xff\xff",
        b"\xc3\x28",
        b"\r\nX: y",
        b"%s%n",
        b"A" * 32_000,
    )
    for _ in range(dice.randint(1, 3)):
        group, first = (operation, 3) if dice.random() < 0.7 else (job, 0)
        at = dice.randrange(first, len(group))
        group[at] = (*group[at][:2], dice.choice(values))
    return _any(target, message(_one(dice), operation, job))


@mutation(40)
def twice(dice: random.Random, target: Target) -> Shot:
    """Attributes given twice, nameless first values, members outside collections."""
    operation = items(target, ALLOWED, dice.randint(1, 40))
    at = dice.randrange(2, len(operation))
    strange: Item = dice.choice(((_MEMBER, b"", b"x"), (_END, b"", b""), (_INTEGER, b"", b"\0"), operation[at]))
    operation.insert(at, strange)
    return _any(target, message(_one(dice), operation, [strange, *ticket()]))


@mutation(30)
def deep_collection(dice: random.Random, target: Target) -> Shot:
    """Collections in collections, far beyond what anybody prints with; closed or not."""
    depth = dice.choice((64, 100, 1000, 5000))
    nest: list[Item] = [(_BEGIN, b"media-col", b""), *[(_MEMBER, b"", b"m"), (_BEGIN, b"", b"")] * depth]
    if dice.random() < 0.5:
        nest += [(_END, b"", b"")] * (depth + 1)
    return _refused(target, message(_one(dice), items(target, FORBIDDEN), nest))


@mutation(8)
def huge_counts(dice: random.Random, target: Target) -> Shot:
    """Ten thousand attributes, or values, or groups."""
    values: list[Item] = [(_INTEGER, b"copies", number(1)), *[(_INTEGER, b"", number(1))] * 10_000]
    names: list[Item] = [(_INTEGER, b"a%d" % each, number(1)) for each in range(10_000)]
    many = dice.choice((values, names))
    tail = b"\x02" * 10_000 + b"\x03" if dice.random() < 0.3 else b"\x03"
    return _refused(target, message(_one(dice), items(target, FORBIDDEN), many, tail))


@mutation(60)
def hostile_six(dice: random.Random, target: Target) -> Shot:
    """Six bytes behind a right header: enough to keep a careless parser busy for ever."""
    body = bytes(dice.choice((0, 1, 2, 3, 4, _BEGIN, _END, _MEMBER, _INTEGER, 0x7F, 0xFF)) for _ in range(6))
    return _refused(target, header(_one(dice)) + body)


@mutation(40)
def noise(dice: random.Random, target: Target) -> Shot:
    """Random bytes, with a right header or without."""
    head = header(_one(dice)) if dice.random() < 0.5 else b""
    return _refused(target, head + dice.randbytes(dice.choice((0, 1, 7, 8, 9, 40, 400, 4000))))


def _compressed(target: Target, name: bytes, compression: bytes, document: bytes) -> bytes:
    operation = [*items(target, name), (_KEYWORD, b"compression", compression)]
    return message(PRINT_JOB, operation, []) + document


@functools.cache
def _long(wbits: int) -> bytes:
    """A compressed document that expands in several steps: what follows it is met by an engine already at its end."""
    engine = zlib.compressobj(9, wbits=wbits)
    return engine.compress(_DOCUMENT * 70_000) + engine.flush()


@mutation(40)
def wrong_compression(dice: random.Random, target: Target) -> Shot:
    """Compression that does not exist, is not what the bytes are, breaks off or is followed by something."""
    packed, raw = gzip.compress(_DOCUMENT * 50), zlib.compress(_DOCUMENT * 50)
    compression, document = dice.choice(
        (
            (b"br", packed),
            (b"compress", packed),
            (b"GZIP\0", packed),
            (b"gzip", _DOCUMENT),
            (b"gzip", packed[: dice.randrange(2, len(packed))]),
            (b"gzip", packed + b"more"),
            (b"gzip", packed[:-8] + bytes(8)),
            (b"deflate", packed),
            (b"deflate", raw[:-3]),
            (b"deflate", raw + b"more"),
            (b"gzip", _long(31) + b"more"),
            (b"deflate", _long(15) + b"more"),
            (b"deflate", _long(-15) + b"more"),
        )
    )
    return _refused(target, _compressed(target, FORBIDDEN, compression, document))


@functools.cache
def _bomb(compression: bytes) -> bytes:
    engine = zlib.compressobj(9, wbits=31 if compression == b"gzip" else 15)
    return b"".join(engine.compress(bytes(1 << 20)) for _ in range(160)) + engine.flush()


@mutation(1)
def compression_bomb(dice: random.Random, target: Target) -> Shot:
    """160 kB that become 160 MB."""
    compression = dice.choice((b"gzip", b"deflate"))
    return _refused(target, _compressed(target, FORBIDDEN, compression, _bomb(compression)))
