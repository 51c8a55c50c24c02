"""Who is signed in at this machine, as the kernel knows it: what the hub said last, for as long as that holds."""

from __future__ import annotations

from tympan.plugin import Host


async def signed_in(host: Host) -> tuple[bool, tuple[str, ...]]:
    """Whether policy asks for people, and the ids of those signed in; asked for where the kernel does not say."""
    answer = await host.control.ask("people", {})
    if not isinstance(answer, dict):
        return True, ()
    rows = answer.get("people")
    people = [row.get("person") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return bool(answer.get("required", True)), tuple(sorted({one for one in people if isinstance(one, str)}))
