"""What a process and all it began use together, as Linux tells it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

_PROC: Final = Path("/proc")
_COUNTED: Final = ("RssAnon:", "RssShmem:")
"""Not what is mapped from files: a browser's dozen processes share one program."""


@frozen(kw_only=True)
class Used:
    """By a tree of processes."""

    memory_bytes: int
    processes: int


def used_by(root: int, most: int) -> Used:
    """What a process and its children's children use; no more than ``most`` of them are looked at."""
    memory = count = 0
    for pid in _tree(root):
        memory += _memory(pid)
        count += 1
        if count > most:
            break
    return Used(memory_bytes=memory, processes=count)


def _tree(root: int) -> Iterator[int]:
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        for children in _PROC.glob(f"{pid}/task/*/children"):
            with suppress(OSError):
                waiting.extend(map(int, children.read_text().split()))


def _memory(pid: int) -> int:
    with suppress(OSError):
        lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(_COUNTED))
    return 0
