"""Transition tables of a job and of a plugin.

- The tables are the truth; the diagrams in ``docs/reference/states.md`` are drawn from them.
- ``step`` is pure. A step the table lacks raises ``IllegalStep`` and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from tympan._errors import IllegalStep


class JobState(StrEnum):
    """Where a job stands (ARCHITECTURE: a job's life)."""

    RECEIVING = "receiving"
    RECEIVED = "received"
    HELD = "held"
    QUEUED = "queued"
    WAITING = "waiting"
    SENDING = "sending"
    PRINTING = "printing"
    COMPLETED = "completed"
    ABORTED = "aborted"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def terminal(self) -> bool:
        """Whether the job is over, so that its document and key are erased. ``unknown`` is not: a person decides."""
        return self in _TERMINAL


_TERMINAL = frozenset({JobState.COMPLETED, JobState.ABORTED, JobState.CANCELED, JobState.EXPIRED})


class JobStep(StrEnum):
    """What may happen to a job."""

    ACCEPT = "accept"
    HOLD = "hold"
    RELEASE = "release"
    QUEUE = "queue"
    CLAIM = "claim"
    DEFER = "defer"
    RETRY = "retry"
    HAND_BACK = "hand-back"
    SENT = "sent"
    RECALL = "recall"
    COMPLETE = "complete"
    ABORT = "abort"
    CANCEL = "cancel"
    EXPIRE = "expire"
    LOSE_TRACK = "lose-track"


_J, _S = JobState, JobStep

JOB_TABLE: Mapping[tuple[JobState, JobStep], JobState] = {
    (_J.RECEIVING, _S.ACCEPT): _J.RECEIVED,
    (_J.RECEIVING, _S.CANCEL): _J.CANCELED,
    (_J.RECEIVING, _S.ABORT): _J.ABORTED,
    (_J.RECEIVED, _S.HOLD): _J.HELD,
    (_J.RECEIVED, _S.QUEUE): _J.QUEUED,
    (_J.RECEIVED, _S.CANCEL): _J.CANCELED,
    (_J.RECEIVED, _S.ABORT): _J.ABORTED,
    (_J.HELD, _S.RELEASE): _J.QUEUED,
    (_J.HELD, _S.CANCEL): _J.CANCELED,
    (_J.HELD, _S.EXPIRE): _J.EXPIRED,
    (_J.QUEUED, _S.HOLD): _J.HELD,
    (_J.QUEUED, _S.CLAIM): _J.SENDING,
    (_J.QUEUED, _S.DEFER): _J.WAITING,
    (_J.QUEUED, _S.CANCEL): _J.CANCELED,
    (_J.QUEUED, _S.ABORT): _J.ABORTED,
    (_J.WAITING, _S.RETRY): _J.QUEUED,
    (_J.WAITING, _S.HOLD): _J.HELD,
    (_J.WAITING, _S.CLAIM): _J.SENDING,
    (_J.WAITING, _S.DEFER): _J.WAITING,
    (_J.WAITING, _S.CANCEL): _J.CANCELED,
    (_J.WAITING, _S.ABORT): _J.ABORTED,
    (_J.WAITING, _S.EXPIRE): _J.EXPIRED,
    (_J.WAITING, _S.LOSE_TRACK): _J.UNKNOWN,
    (_J.SENDING, _S.SENT): _J.PRINTING,
    (_J.SENDING, _S.HAND_BACK): _J.QUEUED,
    (_J.SENDING, _S.DEFER): _J.WAITING,
    (_J.SENDING, _S.COMPLETE): _J.COMPLETED,
    (_J.SENDING, _S.ABORT): _J.ABORTED,
    (_J.SENDING, _S.CANCEL): _J.CANCELED,
    (_J.SENDING, _S.LOSE_TRACK): _J.UNKNOWN,
    (_J.PRINTING, _S.RECALL): _J.SENDING,
    (_J.PRINTING, _S.COMPLETE): _J.COMPLETED,
    (_J.PRINTING, _S.DEFER): _J.WAITING,
    (_J.PRINTING, _S.ABORT): _J.ABORTED,
    (_J.PRINTING, _S.CANCEL): _J.CANCELED,
    (_J.PRINTING, _S.LOSE_TRACK): _J.UNKNOWN,
    (_J.UNKNOWN, _S.RELEASE): _J.QUEUED,
    (_J.UNKNOWN, _S.COMPLETE): _J.COMPLETED,
    (_J.UNKNOWN, _S.ABORT): _J.ABORTED,
    (_J.UNKNOWN, _S.CANCEL): _J.CANCELED,
}
"""Every step a job may take. ``unknown`` leaves by a person, who prints it again, calls it printed, or gives it
up, or by the late word of those who printed it. Nothing prints it again by itself."""


class PluginState(StrEnum):
    """What became of a plugin that was found; every one is shown by ``tympan plugins``."""

    FOUND = "found"
    REFUSED = "refused"
    OFF = "off"
    UNSUPPORTED = "unsupported"
    BLOCKED = "blocked"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class PluginStep(StrEnum):
    """What may happen to a plugin."""

    REFUSE = "refuse"
    SWITCH_OFF = "switch-off"
    SKIP = "skip"
    BLOCK = "block"
    START = "start"
    READY = "ready"
    STOP = "stop"
    STOPPED = "stopped"
    FAIL = "fail"


_P, _T = PluginState, PluginStep

PLUGIN_TABLE: Mapping[tuple[PluginState, PluginStep], PluginState] = {
    (_P.FOUND, _T.REFUSE): _P.REFUSED,
    (_P.FOUND, _T.SKIP): _P.UNSUPPORTED,
    (_P.FOUND, _T.SWITCH_OFF): _P.OFF,
    (_P.FOUND, _T.BLOCK): _P.BLOCKED,
    (_P.FOUND, _T.START): _P.STARTING,
    (_P.FOUND, _T.FAIL): _P.FAILED,
    (_P.OFF, _T.START): _P.STARTING,
    (_P.OFF, _T.SWITCH_OFF): _P.OFF,
    (_P.OFF, _T.BLOCK): _P.BLOCKED,
    (_P.OFF, _T.FAIL): _P.FAILED,
    (_P.BLOCKED, _T.BLOCK): _P.BLOCKED,
    (_P.BLOCKED, _T.START): _P.STARTING,
    (_P.BLOCKED, _T.SWITCH_OFF): _P.OFF,
    (_P.BLOCKED, _T.FAIL): _P.FAILED,
    (_P.STARTING, _T.READY): _P.RUNNING,
    (_P.STARTING, _T.FAIL): _P.FAILED,
    (_P.STARTING, _T.STOP): _P.STOPPING,
    (_P.RUNNING, _T.STOP): _P.STOPPING,
    (_P.RUNNING, _T.FAIL): _P.FAILED,
    (_P.RUNNING, _T.READY): _P.RUNNING,
    (_P.STOPPING, _T.STOPPED): _P.OFF,
    (_P.STOPPING, _T.FAIL): _P.FAILED,
    (_P.FAILED, _T.START): _P.STARTING,
    (_P.FAILED, _T.SWITCH_OFF): _P.OFF,
    (_P.FAILED, _T.STOP): _P.STOPPING,
    (_P.FAILED, _T.BLOCK): _P.BLOCKED,
    (_P.FAILED, _T.FAIL): _P.FAILED,
}
"""Every step a plugin may take. ``refused`` and ``unsupported`` are final until the agent starts again."""

_State = TypeVar("_State", JobState, PluginState)
_Step = TypeVar("_Step", JobStep, PluginStep)


def job_step(state: JobState, step: JobStep) -> JobState:
    """Returns the state after ``step``; raises ``IllegalStep`` when the table has none."""
    return _step(JOB_TABLE, state, step)


def plugin_step(state: PluginState, step: PluginStep) -> PluginState:
    """Returns the state after ``step``; raises ``IllegalStep`` when the table has none."""
    return _step(PLUGIN_TABLE, state, step)


def _step(table: Mapping[tuple[_State, _Step], _State], state: _State, step: _Step) -> _State:
    try:
        return table[state, step]
    except KeyError:
        what = type(state).__name__.removesuffix("State").lower()
        raise IllegalStep(f"a {what} that is {state.value} takes no step {step.value!r}") from None
