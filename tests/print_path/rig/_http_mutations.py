"""Malformed HTTP/1.1 (RFC 9112): request lines, headers, framing, and requests that break off.

A body, or what is hidden behind one, is always a print job that would print if the framing were believed.
"""

from __future__ import annotations

import random
from typing import Final

from rig._ipp_mutations import GET_PRINTER_ATTRIBUTES, PRINT_JOB, sound
from rig._mutations import ALLOWED, FORBIDDEN, Goodbye, Shot, Target, Verdict, http, mutation

_DOCUMENT: Final = b"confidential\n" * 20
_FLOOD: Final = 100_000
_MEGABYTE: Final = 1 << 20
"""More than the agent takes in one read, so that its bound of what is incomplete is met."""


def _job(target: Target, name: bytes = FORBIDDEN) -> bytes:
    return sound(PRINT_JOB, target, name) + _DOCUMENT


def _head(target: Target, *lines: bytes, start: bytes = b"", host: bytes = b"") -> bytes:
    """A head whose framing is left to ``lines``."""
    first = start or b"POST /ipp/print/" + target.printer.encode() + b" HTTP/1.1"
    site = host or b"Host: localhost:%d" % target.port
    return b"\r\n".join([first, site, b"Content-Type: application/ipp", *lines]) + b"\r\n\r\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _refused(data: bytes, goodbye: Goodbye = Goodbye.STAY) -> Shot:
    return Shot(data=data, verdict=Verdict.REFUSED, goodbye=goodbye)


def _any(data: bytes, goodbye: Goodbye = Goodbye.STAY) -> Shot:
    return Shot(data=data, verdict=Verdict.ANY, goodbye=goodbye)


@mutation(25)
def request_line(dice: random.Random, target: Target) -> Shot:
    """Lines that open no request of HTTP/1.x, other protocols among them."""
    path = b"/ipp/print/" + target.printer.encode()
    lines = (
        b"POST " + path,
        b"POST  " + path + b" HTTP/1.1",
        b"POST " + path + b" HTTP/9.9",
        b"POST " + path + b" HTTP/1.1 HTTP/1.1",
        b"POST " + path + b"\0 HTTP/1.1",
        b"PO ST " + path + b" HTTP/1.1",
        b"\0\0\0\0",
        b"POST " + path + b"a" * _FLOOD + b" HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(100),
        b"PRI * HTTP/2.0\r\n\r\nSM",
        b"HTTP/1.1 200 OK",
        b" POST " + path + b" HTTP/1.1",
        b"@PJL ENTER LANGUAGE=PCL",
    )
    body = _job(target)
    return _refused(
        _head(target, b"Content-Length: %d" % len(body), start=dice.choice(lines)) + body, Goodbye.HALF_CLOSE
    )


@mutation(20)
def strange_target(dice: random.Random, target: Target) -> Shot:
    """Absolute, asterisk and authority form; paths that try to climb into the control application."""
    paths = (
        b"/api/v1/jobs.list",
        b"//api/v1/jobs.list",
        b"/ipp/print/../../api/v1/jobs.list",
        b"/api/v1/%2e%2e/status",
    )
    sites = (b"", b"http://localhost:%d" % target.port, b"http://evil.example", b"http://user@localhost")
    forms = [site + path for site in sites for path in paths] + [b"*", b"localhost:631", b"evil.example:443", b"/%00"]
    method = dice.choice((b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"BREW"))
    return _refused(_head(target, b"Content-Length: 0", start=method + b" " + dice.choice(forms) + b" HTTP/1.1"))


@mutation(10)
def absolute_form(dice: random.Random, target: Target) -> Shot:
    """A target servers must understand (RFC 9112 section 3.2.2) and clients never send."""
    site = dice.choice((b"http://localhost:%d", b"HTTP://LOCALHOST:%d", b"ipp://localhost:%d")) % target.port
    body = sound(GET_PRINTER_ATTRIBUTES, target, ALLOWED)
    start = b"POST " + site + b"/ipp/print/" + target.printer.encode() + b" HTTP/1.1"
    return _any(_head(target, b"Content-Length: %d" % len(body), start=start) + body)


@mutation(10)
def header_flood(dice: random.Random, target: Target) -> Shot:
    """More header bytes than anybody needs, in one line or in thousands."""
    many = b"\r\n".join(b"X-%d: y" % each for each in range(10_000))
    one = b"X-Long: " + b"a" * _FLOOD
    return _refused(_head(target, dice.choice((many, one)), b"Content-Length: 0"))


@mutation(25)
def bad_header(dice: random.Random, target: Target) -> Shot:
    """NUL, bare CR, no colon, no name, blanks before the colon."""
    lines = (b"X: a\0b", b"X: a\rb", b"nonsense", b": empty", b"X : y", b"\0: y", b"X\xff: y", b"X\x7f: y", b"(x): y")
    body = _job(target)
    return _refused(_head(target, dice.choice(lines), b"Content-Length: %d" % len(body)) + body, Goodbye.HALF_CLOSE)


@mutation(15)
def folded_header(dice: random.Random, target: Target) -> Shot:
    """Continuation lines (obs-fold), lines ended by LF alone."""
    body = sound(GET_PRINTER_ATTRIBUTES, target, ALLOWED)
    head = _head(target, b"X: a\r\n b\r\n\tc", b"Content-Length: %d" % len(body))
    return _any((head if dice.random() < 0.5 else head.replace(b"\r\n", b"\n")) + body)


@mutation(30)
def two_framings(dice: random.Random, target: Target) -> Shot:
    """Content-Length and Transfer-Encoding at once, with a second request hidden behind the first (smuggling)."""
    hidden = http(target, _job(target))
    body = (
        _chunk(sound(GET_PRINTER_ATTRIBUTES, target, ALLOWED)) + b"0\r\n\r\n" if dice.random() < 0.5 else b"0\r\n\r\n"
    )
    length = dice.choice((len(body) + len(hidden), len(body), 0, 5))
    lines = [b"Content-Length: %d" % length, b"Transfer-Encoding: chunked"]
    dice.shuffle(lines)
    return Shot(data=_head(target, *lines) + body + hidden, verdict=Verdict.ANY)


@mutation(25)
def two_lengths(dice: random.Random, target: Target) -> Shot:
    """Two different lengths, in two headers or in one."""
    hidden = http(target, _job(target))
    lines = dice.choice(((b"Content-Length: 0", b"Content-Length: %d"), (b"Content-Length: 0, %d",)))
    stated = [line % len(hidden) if b"%" in line else line for line in lines]
    if dice.random() < 0.5:
        stated.reverse()
    return _refused(_head(target, *stated) + hidden)


@mutation(30)
def bad_length(dice: random.Random, target: Target) -> Shot:
    """Lengths that are no decimal number, or larger than any disk."""
    lengths = (
        b"-1",
        b"-0",
        b"+5",
        b"0x10",
        b"1e3",
        b"5 5",
        b"",
        b"five",
        b"9" * 30,
        b"9" * 5000,
        b"1_0",
        b"\xb2",
        b"1.0",
    )
    return _refused(_head(target, b"Content-Length: " + dice.choice(lengths)) + _job(target), Goodbye.HALF_CLOSE)


@mutation(30)
def bad_encoding(dice: random.Random, target: Target) -> Shot:
    """Transfer-Encoding that is not ``chunked`` and nothing else."""
    lines = (
        b"Transfer-Encoding: identity",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding: chunked;q=1",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding:\x0bchunked",
        b'Transfer-Encoding: "chunked"',
    )
    data = _head(target, dice.choice(lines)) + _chunk(_job(target)) + b"0\r\n\r\n"
    return _refused(data, Goodbye.HALF_CLOSE)


@mutation(30)
def bad_chunk(dice: random.Random, target: Target) -> Shot:
    """Chunk sizes and ends that are not as RFC 9112 section 7.1 writes them."""
    job = _job(target)
    size = b"%x" % len(job)
    sizes = (
        b"-" + size,
        b"+" + size,
        b"0x" + size,
        b" " + size,
        b"zz",
        b"f" * 40,
        b"",
        size + b" x",
        size + b";" + b"a" * _MEGABYTE,
    )
    bodies = [each + b"\r\n" + job + b"\r\n0\r\n\r\n" for each in sizes]
    bodies += [size + b"\r\n" + job + b"XX0\r\n\r\n", size + b"\r\n" + job + b"\r\n0\r\n" + b"T: y\r\n" * 200_000]
    return _refused(_head(target, b"Transfer-Encoding: chunked") + dice.choice(bodies), Goodbye.HALF_CLOSE)


@mutation(60)
def broken_off(dice: random.Random, target: Target) -> Shot:
    """Ends in the middle: of the head, the attributes or the document."""
    job = _job(target)
    chunked = _head(target, b"Transfer-Encoding: chunked") + _chunk(job) + b"0\r\n\r\n"
    whole = dice.choice((http(target, job), chunked))
    cut = dice.randrange(1, len(whole))
    return _refused(whole[:cut], dice.choice((Goodbye.HALF_CLOSE, Goodbye.RESET)))


@mutation(2)
def endless(dice: random.Random, target: Target) -> Shot:
    """A document of megabytes that never says it is over."""
    piece = _chunk(bytes(64 * 1024))
    data = _head(target, b"Transfer-Encoding: chunked") + _chunk(_job(target)) + piece * dice.randint(8, 48)
    return _refused(data, dice.choice((Goodbye.HALF_CLOSE, Goodbye.RESET)))


@mutation(25)
def gone_early(dice: random.Random, target: Target) -> Shot:
    """A right question whose asker does not wait for the answer."""
    question = http(target, sound(GET_PRINTER_ATTRIBUTES, target, ALLOWED))
    return _any(question * dice.choice((1, 1, 20)), Goodbye.RESET)


@mutation(30)
def wrong_host(dice: random.Random, target: Target) -> Shot:
    """Names that a rebound DNS record would come under; two names; none."""
    port = b":%d" % target.port
    hosts = (
        b"Host: evil.example",
        b"Host: evil.example" + port,
        b"Host: localhost.evil.example" + port,
        b"Host: localhost" + port + b"@evil.example",
        b"Host: localhost:1",
        b"Host: 127.0.0.2" + port,
        b"Host: 0.0.0.0" + port,
        b"Host: ",
        b"X: no host",
        b"Host: localhost" + port + b"\r\nHost: evil.example",
    )
    body = _job(target)
    data = _head(target, b"Content-Length: %d" % len(body), host=dice.choice(hosts)) + body
    return _refused(data, Goodbye.HALF_CLOSE)


@mutation(25)
def from_a_browser(dice: random.Random, target: Target) -> Shot:
    """What a web page can make a browser send, with the user's own rights."""
    marks = (b"Origin: https://evil.example", b"Origin: null", b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Site: none")
    own = b"Origin: http://localhost:%d" % target.port
    return Shot(data=http(target, _job(target), dice.choice((*marks, own))), verdict=Verdict.REFUSED, sound=True)


@mutation(20)
def wrong_type(dice: random.Random, target: Target) -> Shot:
    """A body that says it is something else; forms and plain text cross origins without a question."""
    kinds = (b"text/plain", b"application/x-www-form-urlencoded", b"application/ippx", b"application/json", b"", b"/")
    return Shot(data=http(target, _job(target), kind=dice.choice(kinds)), verdict=Verdict.REFUSED, sound=True)
