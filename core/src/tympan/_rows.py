"""Jobs, printers and plugins as the command line shows them, and as people name them."""

from __future__ import annotations

import hashlib
import sys
from typing import Any, Final

import attrs

from tympan._errors import BadInput, NotFound
from tympan._plain import Plain, plain
from tympan._ports import KeyBookView, KnownAgent, Member
from tympan._values import Job, Printer, PrinterMode

UNTOLD: Final = "(sent from another computer)"
"""Instead of a title."""


def find_job(jobs: tuple[Job, ...], wanted: str) -> Job:
    """The job with this number, uuid, or unambiguous beginning of a uuid."""
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 8:
        found = [job for job in jobs if job.number == int(wanted)]
    else:
        found = [job for job in jobs if len(wanted) >= 4 and str(job.uuid).startswith(wanted.lower())]
    if len(found) != 1:
        cause = f"{len(found)} jobs begin with {wanted!r}" if found else f"there is no job {wanted!r}"
        raise NotFound(cause, next_step="See 'tympan jobs'.")
    return found[0]


def job_row(job: Job) -> dict[str, Plain]:
    """A job as the command line prints it; ``uuid``, ``name``, ``printer`` and ``state`` are relied on by scripts.

    The title of what another machine sent is nobody's business here.
    """
    row = plain(attrs.evolve(job, name=UNTOLD) if job.shared or job.foreign else job)
    if not isinstance(row, dict):
        raise TypeError("a job is an object")
    return row


def printer_row(printer: Printer) -> dict[str, Any]:
    """A printer as the command line prints it."""
    row = plain(printer)
    if not isinstance(row, dict):
        raise TypeError("a printer is an object")
    del row["terms"]  # for the plugin that obeys them, and long
    return row


def plugin_row(record: Any) -> dict[str, Plain]:
    """A plugin as the command line prints it; ``id``, ``distribution``, ``status`` and ``reason`` are relied on."""
    manifest = record.manifest
    return {
        "id": str(record.id).partition("#")[0],
        "distribution": record.distribution,
        "version": record.version,
        "status": record.state.value,
        "reason": record.reason,
        "sha256": record.sha256,
        "summary": manifest.summary if manifest else "",
        "capabilities": [spec.key for spec in manifest.capabilities] if manifest else [],
        "isolation": manifest.isolation.value if manifest else "",
        "restarts": record.restarts,
        "used_at": record.used_at.isoformat() if record.used_at else None,
        "imported": record.module in sys.modules,
        "gate": plain(record.steps),
    }


def find_known_agent(agents: tuple[KnownAgent, ...], wanted: str) -> KnownAgent:
    """The agent with this name at the hub, the unambiguous beginning of one, or this name for people."""
    found = [known for known in agents if known.agent == wanted]
    found = found or [known for known in agents if known.name == wanted]
    found = found or [known for known in agents if len(wanted) >= 4 and known.agent.startswith(wanted.lower())]
    if len(found) != 1:
        cause = f"{len(found)} agents are called {wanted!r:.80}" if found else f"there is no agent {wanted!r:.80}"
        raise NotFound(cause, next_step="See 'tympan keys'.")
    return found[0]


def key_book_row(view: KeyBookView) -> dict[str, Plain]:
    """The key book as the command line prints it."""
    agents: list[Plain] = [known_agent_row(known) for known in view.agents]
    return {"number": view.number, "digest": view.digest, "trouble": view.trouble, "agents": agents}


def known_agent_row(known: KnownAgent) -> Plain:
    """An agent of the key book as the command line prints it; ``agent``, ``fingerprint``, ``state`` stay."""
    return plain(known)


def printer_mode(word: str) -> PrinterMode:
    """A printer's mode as typed; raises ``BadInput``."""
    try:
        return PrinterMode(word)
    except ValueError:
        raise BadInput(f"{word!r:.80} is none of {', '.join(PrinterMode)}") from None


def member_row(member: Member | None) -> dict[str, Plain]:
    """Whose agent this is as the command line prints it; ``enrolled`` is relied on by scripts."""
    if member is None:
        return {"enrolled": False}
    row = {name: getattr(member, name) for name in ("address", "agent", "tenant", "tenant_name", "trouble")}
    keys: list[Plain] = [hashlib.sha256(key).hexdigest() for key in member.policy_keys]
    return {"enrolled": True, **row, "keys": keys}
