"""The HTTP server under CUPS's own client: Expect: 100-continue, chunked and counted, 200 MB in bounded memory."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

DOCUMENT_BYTES = 200_000_000
GROWTH_BYTES = 16 << 20

SERVER = """
import hashlib, json, resource, trio
from tympan_net.http_server import Response, serve
from tympan_wire.ipp import Decoder, Group, GroupTag, Message, attr, encode

def rss():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

async def printer(request):
    before, digest, decoder, message = rss(), hashlib.sha256(), Decoder(), None
    async for piece in request.stream():
        if message is None:
            message = decoder.feed(piece)
            digest.update(decoder.rest)
        else:
            digest.update(piece)
    print(json.dumps({"sha": digest.hexdigest(), "growth": rss() - before, "expect": request.header("expect"),
                      "chunked": request.header("transfer-encoding") is not None}), flush=True)
    job = Group(GroupTag.JOB, (attr.integer("job-id", 1), attr.uri("job-uri", "ipp://localhost/1"),
                               attr.enum("job-state", 9), attr.keyword("job-state-reasons", "none")))
    body = encode(Message.response(message, 0, job))
    return Response(headers=(("content-type", "application/ipp"),), body=body)

async def main():
    async with trio.open_nursery() as nursery:
        bound = await nursery.start(lambda task_status: serve(printer, task_status=task_status))
        print(bound.port, flush=True)

trio.run(main)
"""

PRINT_JOB = """{
    NAME "Print-Job" OPERATION Print-Job GROUP operation-attributes-tag
    ATTR charset attributes-charset utf-8 ATTR language attributes-natural-language en
    ATTR uri printer-uri $uri ATTR name requesting-user-name $user
    ATTR mimeMediaType document-format application/octet-stream
    FILE $filename STATUS successful-ok
}
"""


@pytest.fixture
def printer() -> Iterator[subprocess.Popen[str]]:
    """The server in a process of its own, so that the memory measured is its own."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    yield process
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_prints_200_mb_from_ipptool_in_bounded_memory(printer: subprocess.Popen[str], tmp_path: Path) -> None:
    assert printer.stdout is not None
    port = int(printer.stdout.readline())
    (tmp_path / "print.test").write_text(PRINT_JOB)
    block = os.urandom(1_000_000)
    digest = hashlib.sha256()
    with (tmp_path / "document").open("wb") as document:
        for _ in range(DOCUMENT_BYTES // len(block)):
            document.write(block)
            digest.update(block)
    for framing in ("-C", "-L"):
        command = ["ipptool", "-t", framing, "-f", str(tmp_path / "document")]
        command += [f"ipp://127.0.0.1:{port}/ipp/print", str(tmp_path / "print.test")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "[PASS]" in done.stdout, done.stdout + done.stderr
        seen = json.loads(printer.stdout.readline())
        assert seen["sha"] == digest.hexdigest()
        assert seen["expect"] == "100-continue"
        assert seen["chunked"] is (framing == "-C")
        assert seen["growth"] < GROWTH_BYTES
