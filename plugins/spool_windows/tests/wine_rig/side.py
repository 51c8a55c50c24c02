"""The Windows side of the tests: runs under wine, takes orders as lines of JSON, and does them with the plugin.

Each answer is a line of JSON, too: what came of it, or ``error`` with the kind and the sentence of what was raised.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import trio

from tympan.plugin import NotFound, QueueRequest
from tympan_spool_windows._devmode import JobSettings, change_devmode, read_devmode
from tympan_spool_windows._errors import WindowsSpoolError
from tympan_spool_windows._model import SpoolSettings
from tympan_spool_windows._notices import Notices
from tympan_spool_windows._print_schema import FRAMEWORK, KEYWORDS, read_schema
from tympan_spool_windows._spooler import WindowsSpooler
from tympan_spool_windows._winspool import SystemWinspool
from wine_rig.trio_on_wine import mend

SPOOL = SystemWinspool()
SETTINGS = SpoolSettings(install_timeout_s=1.0, request_timeout_s=10.0, render_dpi=150)
PIECE = 100_000
_SYNCHRONIZE = 0x00100000
_ENDS_MS = 60_000


def spooler() -> WindowsSpooler:
    return WindowsSpooler(SPOOL, settings=SETTINGS)


async def pieces(path: str, size: int | None = None) -> AsyncIterator[bytes]:
    data = Path(path).read_bytes()[:size]
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


async def queues() -> Any:
    return [attrs.asdict(queue) for queue in await spooler().list_queues()]


async def capabilities(name: str) -> Any:
    return attrs.asdict(await spooler().capabilities(name))


async def merged(name: str, wanted: Mapping[str, int]) -> Any:
    """Settings as the driver gives them back."""
    return attrs.asdict(read_devmode(SPOOL.merged(name, change_devmode(SPOOL.devmode(name), JobSettings(**wanted)))))


async def schema(name: str) -> Any:
    """The driver's document, and how many features are made of it."""
    document = SPOOL.print_capabilities(name, SPOOL.devmode(name))
    return {"document": document.decode(), "features": [each.name for each in read_schema(document)]}


async def ticketed(name: str, option: str) -> Any:
    """Settings with a colour asked for by a ticket."""
    words = f'xmlns:psf="{FRAMEWORK}" xmlns:psk="{KEYWORDS}" version="1"'
    asked = f'<psf:Feature name="psk:PageOutputColor"><psf:Option name="{option}"/></psf:Feature>'
    wish = f"<psf:PrintTicket {words}>{asked}</psf:PrintTicket>".encode()
    return attrs.asdict(read_devmode(SPOOL.ticketed(name, SPOOL.devmode(name), wish)))


async def print_file(name: str, path: str, media_type: str, options: Mapping[str, str], job: str) -> Any:
    ours = spooler()
    number = await ours.start_job(
        name, job=uuid.UUID(job), title="From wine", user="ada", media_type=media_type, options=options
    )
    await ours.send_document(name, number, pieces(path))
    return number


async def give_up(name: str, path: str, media_type: str, job: str) -> Any:
    """Begins a job, hands over half of its document, and cancels it."""
    ours = spooler()
    number = await ours.start_job(
        name, job=uuid.UUID(job), title="Given up", user="ada", media_type=media_type, options={}
    )
    press = ours._printing._presses[name, number]
    async for piece in pieces(path, PIECE):
        await press._give(b"\x02" + len(piece).to_bytes(4, "big") + piece, 60.0)
    await ours.cancel_job(name, number)
    return press._process.returncode


async def die(name: str, path: str, media_type: str, job: str) -> Any:
    """The same, and then this process is gone in the moment."""
    ours = spooler()
    await ours.start_job(name, job=uuid.UUID(job), title="Died", user="ada", media_type=media_type, options={})
    [press] = ours._printing._presses.values()
    async for piece in pieces(path, PIECE):
        await press._give(b"\x02" + len(piece).to_bytes(4, "big") + piece, 60.0)
    say({"answer": press._process.pid})
    os._exit(1)


async def ended(process: int) -> Any:
    """Whether a process is over, once it is."""
    kernel = getattr(ctypes, "WinDLL")("kernel32")  # noqa: B009 - only Windows has it
    kernel.OpenProcess.restype = ctypes.c_void_p
    kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, process)
    return not handle or kernel.WaitForSingleObject(handle, _ENDS_MS) == 0


async def find(name: str, job: str) -> Any:
    found = await spooler().find_job(name, uuid.UUID(job))
    return None if found is None else attrs.asdict(found)


async def notices(name: str) -> Any:
    """Whether the spooler grants any."""
    told = Notices(partial(SPOOL.listen, name))
    await told.start()
    told.stop()
    return told.heard


async def install(name: str, uri: str) -> Any:
    return attrs.asdict(await spooler().install(QueueRequest(name=name, uri=uri)))


async def remove(name: str) -> Any:
    return await spooler().remove(name)


TOLD = (queues, capabilities, merged, schema, ticketed, find, notices)
DONE = (print_file, give_up, die, ended, install, remove)
ORDERS = {each.__name__: each for each in (*TOLD, *DONE)}


def say(told: Mapping[str, Any]) -> None:
    print(json.dumps(told, default=str), flush=True)


def main() -> None:
    mend()
    say({"answer": sys.platform})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            say({"answer": trio.run(partial(ORDERS[order.pop("do")], **order))})
        except (WindowsSpoolError, NotFound) as error:
            say({"error": type(error).__name__, "sentence": error.sentence})


if __name__ == "__main__":
    main()
