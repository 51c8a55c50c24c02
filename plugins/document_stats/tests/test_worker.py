"""The worker process: one at a time, confined, killed when it must be, gone when idle."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import attrs
import psutil
import pytest
import trio

from tympan.plugin import SettingsChanged, SharedDocument, Statistics
from tympan.testing import FakeDocument, FakeHost
from tympan_document_stats import _process
from tympan_document_stats._errors import BadFrame
from tympan_document_stats._frames import HEAD, Kind, frame, parse_head, read_frame
from tympan_document_stats._inspector import DocumentInspector, Tuning
from tympan_document_stats._keeper import Keeper
from tympan_document_stats._limits import FRAME_BYTES, WORKER_MEMORY_BYTES
from tympan_document_stats._model import Bounds, Facts, Order
from tympan_wire.sealed import Sealer, new_key

from .stats_documents import pdf

pytestmark = pytest.mark.anyio
TEXT = FakeDocument(content=b"one page\n", media_type="text/plain")
SLOW = FakeDocument(content=pdf("1 0 0 rg " + "0 0 595 842 re f\n" * 60_000, pages=600), media_type="application/pdf")
"""Minutes of rendering: long enough for whatever is to happen meanwhile."""
SETTINGS = {"idle_s": 0.2, "color_pages_max": 5, "color_s": 9.0}


class InFile(FakeDocument):
    """A document sealed in a file, as the store keeps it."""

    folder: Path

    def share(self) -> SharedDocument:
        key, document = new_key(), uuid.uuid4()
        sealer = Sealer(key, document)
        path = self.folder / str(document)
        path.write_bytes(sealer.header() + sealer.update(self.content) + sealer.finish())
        return SharedDocument(key=key, document=document, path=str(path), size_bytes=self.size_bytes)


def in_file(content: bytes, folder: Path) -> InFile:
    document = InFile(content=content)
    object.__setattr__(document, "folder", folder)
    return document


async def until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    with trio.fail_after(within_s):
        while not condition():
            await trio.sleep(0.01)


async def test_a_document_in_a_file_is_opened_by_the_worker(inspector: DocumentInspector, tmp_path: Path) -> None:
    found = await inspector.inspect(in_file(pdf(pages=7), tmp_path), b"")
    assert (found.pages, found.problem) == (7, "")


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
async def test_a_damaged_or_lost_file_is_a_problem(inspector: DocumentInspector, tmp_path: Path, damage: str) -> None:
    document = in_file(b"words " * 30_000, tmp_path)
    shared = document.share()
    path = Path(shared.path)
    sealed = bytearray(path.read_bytes())
    if damage == "gone":
        path.unlink()
    else:
        sealed[100] ^= 1
        path.write_bytes(sealed if damage == "flip" else sealed[:90_000])
    object.__setattr__(document, "share", lambda: shared)
    found = await inspector.inspect(document, b"")
    assert found.pages is None
    assert found.problem.startswith("unreadable: the stored document ")


async def test_without_the_service_no_worker_stays(inspector: DocumentInspector) -> None:
    await inspector.inspect(TEXT, b"")
    assert inspector.worker_pid is None
    assert not [child for child in psutil.Process().children() if "_worker" in " ".join(child.cmdline())]


async def test_a_kept_worker_reads_the_next_document_too(kept: DocumentInspector) -> None:
    await kept.inspect(TEXT, b"")
    first = kept.worker_pid
    await kept.inspect(TEXT, b"")
    assert first is not None and kept.worker_pid == first


async def test_a_worker_that_died_between_documents_is_replaced(kept: DocumentInspector) -> None:
    await kept.inspect(TEXT, b"")
    first, worker = kept.worker_pid, kept._worker
    assert first is not None and worker is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: not worker.alive)
    assert (await kept.inspect(TEXT, b"")).pages == 1
    assert kept.worker_pid != first


async def _killed_while_reading(inspector: DocumentInspector, document: FakeDocument) -> Statistics:
    answers: list[Statistics] = []

    async def ask() -> None:
        answers.append(await inspector.inspect(document, b""))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await until(lambda: inspector.worker_pid is not None)
        worker = psutil.Process(inspector.worker_pid)
        await until(lambda: worker.cpu_times().user > 1.0)  # well into the search for colour
        worker.kill()
    return answers[0]


async def test_a_worker_killed_midway_leaves_what_it_told(kept: DocumentInspector) -> None:
    found = await _killed_while_reading(kept, SLOW)
    assert (found.pages, found.color_pages) == (600, None)
    assert found.problem == "partly read: the document breaks its reader"
    assert kept.worker_pid is None
    assert (await kept.inspect(TEXT, b"")).pages == 1


async def test_a_worker_that_never_answers_is_unreadable(
    inspector: DocumentInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_process, "_COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    found = await inspector.inspect(TEXT, b"")
    assert (found.pages, found.problem) == (None, "unreadable: the document breaks its reader")


@pytest.mark.parametrize(
    "answer", [b"\x05\x00\x00\x00\x02{}", b"\x05\xff\xff\xff\xff", b"\x63\x00\x00\x00\x00", b"\x06"]
)
async def test_a_worker_that_talks_nonsense_is_unreadable(
    inspector: DocumentInspector, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    talk = f"import sys; sys.stdout.buffer.write({frame(Kind.READY) + answer!r})"
    monkeypatch.setattr(_process, "_COMMAND", (sys.executable, "-c", talk))
    found = await inspector.inspect(TEXT, b"")
    assert (found.pages, found.problem) == (None, "unreadable: the document breaks its reader")
    assert inspector.worker_pid is None


async def test_past_its_deadline_the_worker_is_killed_and_its_count_kept(kept: DocumentInspector) -> None:
    kept.tuning = Tuning(answer_s=3.0)
    found = await kept.inspect(SLOW, b"")
    assert (found.pages, found.color_pages, found.problem) == (600, None, "partly read: reading it takes too long")
    assert kept.worker_pid is None


async def test_the_system_ends_a_worker_that_takes_too_much_processor_time(kept: DocumentInspector) -> None:
    kept.tuning = Tuning(bounds=Bounds(cpu_s=1))
    found = await kept.inspect(SLOW, b"")
    assert (found.pages, found.problem) == (600, "partly read: the document breaks its reader")


async def test_cancelling_kills_the_worker(kept: DocumentInspector) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.inspect, SLOW, b"")
        await until(lambda: kept.worker_pid is not None)
        worker = psutil.Process(kept.worker_pid)
        nursery.cancel_scope.cancel()
    assert not worker.is_running()
    assert (await kept.inspect(TEXT, b"")).pages == 1


async def test_questions_at_once_share_one_worker(kept: DocumentInspector) -> None:
    answers: list[Statistics] = []
    workers: set[int | None] = set()

    async def ask() -> None:
        answers.append(await kept.inspect(TEXT, b""))
        workers.add(kept.worker_pid)

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(ask)
    assert len(answers) == 5 and len(set(answers)) == 1 and len(workers) == 1


@pytest.mark.parametrize("limit", ["memory", "core", "nice", "environment", "arguments"])
async def test_a_worker_is_confined(kept: DocumentInspector, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setenv("TYMPAN_SECRET", "of the agent")
    await kept.inspect(TEXT, b"")
    worker = psutil.Process(kept.worker_pid)
    seen: dict[str, Callable[[], bool]] = {
        "memory": lambda: worker.rlimit(psutil.RLIMIT_AS) == (WORKER_MEMORY_BYTES, WORKER_MEMORY_BYTES),
        "core": lambda: worker.rlimit(psutil.RLIMIT_CORE) == (0, 0),
        "nice": lambda: worker.nice() >= min(19, psutil.Process().nice() + 10),
        "environment": lambda: "TYMPAN_SECRET" not in worker.environ(),
        "arguments": lambda: worker.cmdline()[1:] == ["-P", "-m", "tympan_document_stats._worker"],
    }
    assert seen[limit]()


async def _worker_comes_and_goes(inspector: DocumentInspector) -> None:
    await inspector.inspect(TEXT, b"")
    assert inspector.worker_pid is not None
    worker = psutil.Process(inspector.worker_pid)
    await until(lambda: inspector.worker_pid is None)
    await until(lambda: not worker.is_running())


async def test_the_service_brings_settings_and_ends_an_idle_worker(inspector: DocumentInspector) -> None:
    host = FakeHost("document_stats", settings=SETTINGS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Keeper(inspector).run, host)
        with trio.fail_after(10):
            await host.ready_event.wait()
        assert inspector.tuning.bounds == Bounds(color_pages_max=5, color_s=9.0)
        for _ in range(2):  # and the one after it too
            await _worker_comes_and_goes(inspector)
        nursery.cancel_scope.cancel()


async def test_settings_are_followed_while_running(inspector: DocumentInspector) -> None:
    host = FakeHost("document_stats", settings=SETTINGS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Keeper(inspector).run, host)
        with trio.fail_after(10):
            await host.ready_event.wait()
        host.settings._values["color_pages_max"] = 77
        host.bus.publish(SettingsChanged())
        await until(lambda: inspector.tuning.bounds.color_pages_max == 77)
        nursery.cancel_scope.cancel()


async def test_stopping_the_service_ends_the_worker(inspector: DocumentInspector) -> None:
    host = FakeHost("document_stats", settings={**SETTINGS, "idle_s": 600.0})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Keeper(inspector).run, host)
        with trio.fail_after(10):
            await host.ready_event.wait()
        await inspector.inspect(TEXT, b"")
        worker = psutil.Process(inspector.worker_pid)
        nursery.cancel_scope.cancel()
    assert not worker.is_running()
    assert inspector.worker_pid is None


async def test_a_worker_ends_with_its_agent() -> None:
    worker = await _process.WorkerProcess.start()
    assert worker._process.stdin is not None
    await worker._process.stdin.aclose()
    with trio.fail_after(10):
        assert await worker._process.wait() == 0
    await worker.close()


FULL = Facts(
    format="image/urf",
    pages=3,
    sizes=("iso_a4_210x297mm",),
    color_pages=(1, 3),
    duplex="two-sided-long-edge",
    binding=True,
    laid_out=True,
    problem="x",
)


async def test_facts_and_orders_survive_the_pipe() -> None:
    order = Order(document=uuid.uuid4(), path="/x", declared="text/plain", bounds=Bounds(color_s=2.5))
    assert Order.decode(order.encode()) == order
    assert Facts.decode(FULL.encode()) == FULL
    assert Facts.decode(Facts(format="x").encode()) == Facts(format="x")


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Facts)])
async def test_facts_that_are_none_are_refused(field: str) -> None:
    wrong = {**attrs.asdict(FULL), field: {"a": 1}}
    try:
        told = Facts.decode(json.dumps(wrong).encode())
    except BadFrame:
        return
    assert getattr(told, field) in (None, False)


async def test_frames_are_bounded() -> None:
    with pytest.raises(BadFrame):
        parse_head(HEAD.pack(Kind.PART, FRAME_BYTES + 1))
    with pytest.raises(BadFrame):
        read_frame(io.BytesIO(frame(Kind.PART, b"whole")[:-1]).read)
    assert read_frame(io.BytesIO().read) is None
