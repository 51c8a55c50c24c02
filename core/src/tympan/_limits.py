"""Every number of the kernel: unit, range, default, reason. Shown in ``docs/reference/limits.md``."""

from __future__ import annotations

from typing import TypeVar

import attrs

_N = TypeVar("_N", int, float)


def _limit(default: _N, *, unit: str, low: _N, high: _N, reason: str) -> _N:
    field: _N = attrs.field(
        default=default,
        validator=[attrs.validators.ge(low), attrs.validators.le(high)],
        metadata={"unit": unit, "low": low, "high": high, "reason": reason},
    )
    return field


@attrs.frozen(kw_only=True)
class Limits:
    """Limits of the kernel; a field's metadata has its unit, range and reason."""

    open_jobs: int = _limit(
        5000,
        unit="jobs",
        low=1,
        high=100_000,
        reason="jobs not over yet; more are answered busy, so memory stays bounded",
    )
    recent_jobs: int = _limit(
        500,
        unit="jobs",
        low=1,
        high=100_000,
        reason="jobs that are over and stay in memory for the spooler to ask about",
    )
    kept_jobs: int = _limit(
        10_000, unit="jobs", low=100, high=1_000_000, reason="jobs that are over and stay on disk with their timeline"
    )
    expiry_s: float = _limit(
        30.0, unit="s", low=0.02, high=3600.0, reason="how often held jobs are looked at for their end"
    )
    prune_s: float = _limit(
        3600.0, unit="s", low=1.0, high=86400.0, reason="how often jobs past kept_jobs are forgotten"
    )
    ticket_bytes: int = _limit(
        256 * 1024, unit="bytes", low=1024, high=1 << 20, reason="no sane ticket is larger; it is kept in memory"
    )
    held_back_s: float = _limit(
        24 * 3600.0,
        unit="s",
        low=60.0,
        high=30 * 24 * 3600.0,
        reason="a job that cannot come out where it was released to is held for its owner so long, then it expires",
    )
    terms_characters: int = _limit(
        256 * 1024,
        unit="characters",
        low=1024,
        high=1 << 20,
        reason="a pull printer's rules with the keys of some hundred and fifty agents that may print what it holds",
    )
    text_characters: int = _limit(
        1023, unit="characters", low=64, high=1023, reason="RFC 8011 5.1.2: text is at most 1023 octets"
    )
    evidence_bytes: int = _limit(
        4096, unit="bytes", low=256, high=65536, reason="what a route writes down is a note, no copy"
    )
    timeline_entries: int = _limit(
        200, unit="lines", low=20, high=10_000, reason="a job tried for a month must not fill the disk"
    )
    deliveries: int = _limit(
        1000,
        unit="jobs",
        low=1,
        high=100_000,
        reason="printers served at once: a slow device must not keep others waiting",
    )
    inspections: int = _limit(
        1, unit="jobs", low=1, high=16, reason="statistics never take more than one core from printing"
    )
    inspection_delay_s: float = _limit(
        0.25, unit="s", low=0.0, high=60.0, reason="a page on its way to the device has the processor first"
    )
    inspection_s: float = _limit(
        120.0, unit="s", low=1.0, high=3600.0, reason="a document may be built to keep a reader busy"
    )
    hook_warn_s: float = _limit(0.5, unit="s", low=0.01, high=10.0, reason="hooks only declare; a slow one is reported")
    contributions: int = _limit(
        256, unit="contributions", low=1, high=10_000, reason="a hook that never ends its list must not stop the agent"
    )
    import_s: float = _limit(
        30.0,
        unit="s",
        low=1.0,
        high=300.0,
        reason="a plugin that hangs on import or in a hook stops no other",
    )
    ready_s: float = _limit(
        15.0, unit="s", low=0.5, high=300.0, reason="a service that never gets ready is a failed one"
    )
    claim_s: float = _limit(10.0, unit="s", low=0.1, high=120.0, reason="claiming and gating ask no network")
    discoverer_s: float = _limit(5.0, unit="s", low=0.1, high=60.0, reason="what is in view is in memory")
    spool_s: float = _limit(
        320.0, unit="s", low=1.0, high=3600.0, reason="a spooler's own deadline for a queue is at most 300 s"
    )
    hub_s: float = _limit(
        90.0, unit="s", low=1.0, high=600.0, reason="a person waits for enrolment; a hub far away needs some seconds"
    )
    examine_s: float = _limit(
        20.0, unit="s", low=1.0, high=300.0, reason="a person waits; a hub that is away is found out in ten seconds"
    )
    examined: int = _limit(50, unit="findings", low=1, high=1000, reason="of one plugin; more is a list, no finding")
    starting_s: float = _limit(
        20.0, unit="s", low=0.0, high=300.0, reason="who asks an agent that begins waits for its plugins this long"
    )
    stall_s: float = _limit(
        10.0,
        unit="s",
        low=0.2,
        high=300.0,
        reason="the event loop has not turned for so long: whose code it is in is written down",
    )
    stall_end_s: float = _limit(
        60.0, unit="s", low=0.5, high=3600.0, reason="an agent that does not go on for a minute serves nobody, and ends"
    )
    stalls: int = _limit(
        3, unit="times", low=1, high=100, reason="a plugin that kept the agent from going on so often is held off"
    )
    stalls_kept: int = _limit(100, unit="stalls", low=10, high=1000, reason="what is remembered of stalls is a note")
    stall_memory_s: float = _limit(
        86400.0, unit="s", low=60.0, high=30 * 86400.0, reason="a stall of yesterday says little of today"
    )
    outside_look_s: float = _limit(
        2.0, unit="s", low=0.05, high=60.0, reason="how often a plugin's process is asked for a sign of life"
    )
    outside_silence_s: float = _limit(
        10.0,
        unit="s",
        low=0.2,
        high=300.0,
        reason="a plugin's process that answers nothing for so long hangs, and is ended",
    )
    outside_window_s: float = _limit(
        60.0, unit="s", low=0.2, high=3600.0, reason="over which the processor time of a plugin's process is counted"
    )
    outside_end_s: float = _limit(
        2.0,
        unit="s",
        low=0.05,
        high=60.0,
        reason="the end of a call that was cancelled is waited for in a plugin's process, within grace_s",
    )
    grace_s: float = _limit(
        3.0, unit="s", low=0.1, high=60.0, reason="time to tidy up before a stopped plugin is cut off"
    )
    stop_s: float = _limit(
        10.0, unit="s", low=1.0, high=300.0, reason="an agent told to stop ends after this, whatever a plugin does"
    )
    rest_s: float = _limit(
        30.0, unit="s", low=1.0, high=600.0, reason="deliveries begin again by themselves when an updater died"
    )
    backoff_first_s: float = _limit(
        0.5, unit="s", low=0.01, high=60.0, reason="first wait before a failed service starts again"
    )
    backoff_last_s: float = _limit(
        60.0, unit="s", low=1.0, high=3600.0, reason="longest wait before a failed service starts again"
    )
    retry_first_s: float = _limit(
        2.0, unit="s", low=0.01, high=60.0, reason="first wait before a deferred job is tried again"
    )
    retry_last_s: float = _limit(
        60.0, unit="s", low=1.0, high=3600.0, reason="longest wait before a deferred job is tried again"
    )
    signed_in: int = _limit(
        500, unit="accounts", low=1, high=10_000, reason="signed in at one machine: a terminal server"
    )
    sign_in_offline_s: float = _limit(
        14 * 86400.0,
        unit="s",
        low=60.0,
        high=90 * 86400.0,
        reason="sign-ins hold so long without a word of the hub: a week's outage and a journey, and no longer",
    )
    sign_in_hold_s: float = _limit(
        7 * 86400.0, unit="s", low=60.0, high=90 * 86400.0, reason="a job waits so long for its owner to sign in"
    )
    sign_in_kept_s: float = _limit(
        3600.0, unit="s", low=1.0, high=86400.0, reason="how often it is written down that the hub confirmed sign-ins"
    )
    policy_poll_s: float = _limit(
        2.0,
        unit="s",
        low=0.05,
        high=60.0,
        reason="how soon an edited file is noticed without a nudge, and how often an agent at rest is woken for that",
    )
    policy_bytes: int = _limit(1 << 20, unit="bytes", low=1024, high=16 << 20, reason="a signed document is read whole")
    policy_files: int = _limit(
        64, unit="documents", low=5, high=1000, reason="more close the machine's scope: none is left out unseen"
    )
    manifest_bytes: int = _limit(64 * 1024, unit="bytes", low=1024, high=1 << 20, reason="a manifest is read whole")
    plugins: int = _limit(200, unit="plugins", low=8, high=2000, reason="taken through the gate; more are refused")
    file_bytes: int = _limit(
        16 << 20, unit="bytes", low=4096, high=256 << 20, reason="printers and settings files are read whole"
    )
    printers: int = _limit(1000, unit="printers", low=1, high=100_000, reason="printers of one agent")
    subscribers: int = _limit(
        500, unit="subscriptions", low=8, high=10_000, reason="a leak of subscriptions shows early"
    )


DEFAULTS = Limits()
"""The limits in force unless the composition root is given others."""
