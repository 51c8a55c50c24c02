"""What tests over real sockets ask and wait for."""

from typing import Any

import trio

from tympan_wire.ipp import GroupTag, JobState, Message, Operation, attr

PDF = b"%PDF-1.4 " + b"/Type /Page " * 4
DEADLINE_S = 20.0


def state_of(message: Message) -> int | None:
    return message.first(GroupTag.JOB).integer("job-state")


async def job_state(call: Any, job_id: int) -> int | None:
    return state_of(await call.ask(Operation.GET_JOB_ATTRIBUTES, attr.integer("job-id", job_id)))


async def polled(holds: Any) -> None:
    with trio.fail_after(DEADLINE_S):
        while not holds():
            await trio.sleep(0.01)


async def until(handle: Any, holds: Any) -> None:
    with trio.fail_after(DEADLINE_S):
        await handle.until(holds)


def last(handle: Any) -> JobState | None:
    return handle.jobs[-1].state if handle.jobs else None
