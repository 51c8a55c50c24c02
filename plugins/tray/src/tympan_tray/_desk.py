"""The desk: what the agent tells an account, and does for it.

- Every question and every deed is of one account. A job that is not its own is answered like one that does not exist.
- A sign-in that was begun is followed to its end here, whether somebody looks at the page or not.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from functools import cache
from importlib.metadata import version

import trio

from tympan.plugin import (
    DeviceChanged,
    Host,
    JobChanged,
    LookAgain,
    PluginChanged,
    PolicyChanged,
    PortsChanged,
    PrintersChanged,
    TympanError,
)
from tympan_tray._errors import BadWish, NotYours
from tympan_tray._facts import Row, held_of, hub_of, is_of, is_shown, job_of, own_key, printer_of, rows_of
from tympan_tray._limits import RECHECK_S, SETTLE_S, WAIT_S, WAITING
from tympan_tray._sign_ins import SignIns
from tympan_tray._view import About, Key, PluginView, View, digest, written
from tympan_tray._wishes import Act, Wish

_NEWS = (JobChanged, PrintersChanged, DeviceChanged, PluginChanged, PolicyChanged, PortsChanged, LookAgain)


class Desk:
    """What accounts are told, while the plugin runs.

    Args:
        host: The kernel's controls are asked through it.
        nursery: In which sign-ins are followed.
    """

    def __init__(self, host: Host, nursery: trio.Nursery) -> None:
        self._host = host
        self.sign_ins = SignIns(host, nursery)
        self._waiting: Counter[str] = Counter()

    # ------------------------------------------------------------------ telling

    async def view(self, account: str) -> View:
        """How it stands for an account."""
        who = await self._row("whoami", user=account)
        printers = {str(row["id"]): row for row in rows_of(await self._ask("printers.list"))}
        held = [row for row in rows_of(await self._ask("held", user=account)) if is_of(row, account)]
        waiting = {row["uuid"] for row in held}
        others = [
            job
            for job in rows_of(await self._ask("jobs.list"))
            if is_of(job, account) and job["uuid"] not in waiting and is_shown(job, self._host.now())
        ]
        return View(
            account=account,
            release=_version("tympan"),
            tray=_version("tympan-tray"),
            hub=hub_of(who),
            signed_in=bool(who.get("signed_in")),
            person=who.get("name") or "",
            sign_in_wanted=bool(who.get("enrolled") and who.get("required")),
            fingerprint=own_key(rows_of((await self._row("keys")).get("agents"))),
            held=tuple(held_of(job, printers) for job in held),
            jobs=tuple(job_of(job, printers) for job in others),
            printers=tuple(map(printer_of, printers.values())),
        )

    async def changed(self, account: str, seen: str, wait_s: float = WAIT_S) -> tuple[str, str]:
        """The view as JSON and its digest, as soon as it is another than the one seen, or the wait is over."""
        told, mark = await self._told(account)
        if mark != seen or self._waiting[account] >= WAITING:
            return told, mark
        self._waiting[account] += 1
        try:
            with trio.move_on_after(wait_s):
                await self._another(account, seen)
        finally:
            self._waiting[account] -= 1
        return await self._told(account)

    async def _another(self, account: str, seen: str) -> None:
        """Returns once the view is another; what happens while it looks is looked at again."""
        with closing(self._host.bus.subscribe(*_NEWS, size=1)) as news:
            while (await self._told(account))[1] == seen:
                with trio.move_on_after(RECHECK_S):
                    await news.receive()
                    await trio.sleep(SETTLE_S)

    async def _told(self, account: str) -> tuple[str, str]:
        told = written(await self.view(account))
        return told, digest(told)

    async def about(self, account: str) -> About:
        """Versions and fingerprints."""
        status = await self._row("status")
        view = await self.view(account)
        keys = [Key(of="agent", fingerprint=view.fingerprint)] if view.fingerprint else []
        keys += [Key(of="hub", fingerprint=one) for one in (await self._row("whoami", user=account)).get("keys") or ()]
        keys += [Key(of=one.name, fingerprint=one.fingerprint) for one in view.printers if one.fingerprint]
        plugins = rows_of(await self._ask("plugins"))
        return About(
            release=view.release,
            hub=view.hub,
            keys=tuple(keys),
            keys_kept=str(status.get("keys_statement", "")),
            plugins=tuple(
                PluginView(id=str(row["id"]), version=row.get("version") or "", status=str(row.get("status", "")))
                for row in plugins
            ),
            problems=tuple(map(str, status.get("problems") or ())),
        )

    # ------------------------------------------------------------------ doing

    async def do(self, account: str, wish: Wish) -> tuple[str, ...]:
        """Does what an account asks of its own jobs; sentences of the agent on what came of it.

        Raises:
            TympanError: It is refused, or could not be done.
        """
        self._host.used()
        if wish.act is Act.RELEASE:
            return await self._release(account, wish)
        if wish.act is Act.SIGN_OUT:
            await self._ask("logout", user=account)
            return ()
        for job in wish.jobs:
            await self._one(account, job, wish.act)
        return ()

    async def _release(self, account: str, wish: Wish) -> tuple[str, ...]:
        answer = await self._row("release", user=account, jobs=list(wish.jobs), at=wish.at, proof=wish.proof)
        refused = [str(one.get("detail", "")) for one in rows_of(answer.get("refused"))]
        return (*refused, *map(str, answer.get("notes") or ()))

    async def _one(self, account: str, job: str, act: Act) -> None:
        found = next((row for row in rows_of(await self._ask("jobs.list")) if row.get("uuid") == job), None)
        if found is None or not is_of(found, account):
            raise NotYours
        if act is not Act.DELETE and found.get("state") != "unknown":
            raise BadWish("it is known by now what became of this job")
        operation = {Act.DELETE: "jobs.cancel", Act.PRINT_AGAIN: "jobs.release", Act.PRINTED: "jobs.settle"}[act]
        await self._ask(operation, job=job, by=account)

    async def _row(self, operation: str, **arguments: object) -> Row:
        """An operation that answers an object; an empty one where no plugin answers it."""
        answer = await self._ask(operation, **arguments)
        return answer if isinstance(answer, dict) else {}

    async def _ask(self, operation: str, **arguments: object) -> object:
        try:
            return await self._host.control.ask(operation, arguments)
        except TympanError:  # such as: no hub, or the plugin that knows it is off
            if operation in _OPTIONAL:
                return {}
            raise


_version = cache(version)
_OPTIONAL = frozenset({"whoami", "keys"})
"""Answered by plugins that need not run, or not without a hub; the rest is the kernel's."""
