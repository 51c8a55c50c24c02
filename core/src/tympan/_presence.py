"""Who is signed in at this machine, and whether the hub's printers print for an account.

- Only printers that a source brings ask for a person; this machine's own print for everybody on it.
- What the source said last holds over restarts, and without it for a bounded time: a stolen notebook that never hears
  of its hub again stops printing, one that travels does not.
- A policy that cannot be read closes: people have to be signed in.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence

from tympan._errors import IllegalStep, TympanError
from tympan._faults import contained, describe
from tympan._ids import PluginId, PrinterId
from tympan._kernel_keys import REQUIRE_SIGN_IN
from tympan._limits import DEFAULTS, Limits
from tympan._policy import Decision
from tympan._ports import Go, Hold, SignedIn
from tympan._store import KERNEL, Store
from tympan._values import Job, Printer

REASON = "account-authorization-failed"
"""IPP ``job-state-reasons`` (PWG 5100.16 section 7.1) of jobs that are held here."""

THEN = "sign in with 'tympan login'; then it is printed by itself"
"""What its owner can do."""

_KEY = "people"


class Presence:
    """``Gate`` of the kernel.

    Args:
        store: Keeps what was said last.
        brought_by: Which plugin brings a printer.
        decide: What policy says of ``agent.require-sign-in``.
        now: Wall clock, UTC.
        log: Of the agent.
    """

    def __init__(
        self,
        store: Store,
        brought_by: Callable[[PrinterId], PluginId | None],
        decide: Callable[[], Decision],
        now: Callable[[], dt.datetime],
        log: Callable[..., None],
        limits: Limits = DEFAULTS,
    ) -> None:
        self._store = store
        self._brought_by = brought_by
        self._decide = decide
        self._now = now
        self._log = log
        self._limits = limits
        self._people: tuple[SignedIn, ...] = ()
        self._confirmed_at: dt.datetime | None = None
        self._kept_at: dt.datetime | None = None

    @property
    def people(self) -> tuple[SignedIn, ...]:
        """Everybody who is signed in now."""
        return () if self._lapsed else self._people

    @property
    def required(self) -> bool:
        """Whether policy asks for a person."""
        decision = self._decide()
        closed = decision.scope is not None and decision.number == 0  # a document that cannot be read, and so no word
        return decision.on or closed

    @property
    def _lapsed(self) -> bool:
        known = self._confirmed_at
        return known is None or (self._now() - known).total_seconds() > self._limits.sign_in_offline_s

    def of(self, user: str) -> SignedIn | None:
        """Who is signed in for an account."""
        return next((person for person in self.people if person.user == user), None)

    def refusal(self, user: str, printer: PrinterId) -> str:
        """Why a printer does not print for an account; "" when it does."""
        if self._brought_by(printer) is None or not self.required or self.of(user) is not None:
            return ""
        if self._lapsed and self._people:
            return (
                f"the hub was not heard of for {self._limits.sign_in_offline_s / 86400:g} days, so nobody is signed in"
            )
        return f"nobody who may print is signed in for the account {user!r:.100}"

    async def check(self, job: Job, printer: Printer) -> Go | Hold:
        """The port's question."""
        why = self.refusal(job.user, printer.id)
        if not why:
            return Go()
        until = self._now() + dt.timedelta(seconds=self._limits.sign_in_hold_s)
        return Hold(reason=REASON, detail=why, until=until)

    def require_somebody(self, printer: PrinterId) -> None:
        """Raises ``IllegalStep`` where nobody is signed in for whom a printer could be installed."""
        if self._brought_by(printer) is not None and self.required and not self.people:
            cause = "nobody is signed in on this computer, and policy asks for it"
            raise IllegalStep(cause, next_step="Sign in first: tympan login")

    async def restore(self) -> None:
        """Takes up what an earlier run kept; what cannot be read is said, and then nobody is signed in."""
        with contained(lambda error: self._log("who is signed in cannot be read", error=describe(error))):
            data = await self._store.kv_get(KERNEL, _KEY)
            if data is not None:
                table = json.loads(data)
                self._people = tuple(SignedIn(**row) for row in table["people"])
                self._confirmed_at = self._kept_at = dt.datetime.fromisoformat(table["at"])

    async def take(self, people: Sequence[SignedIn]) -> bool:
        """What the source says now; tells whether that is news."""
        before, now = self.people, self._now()
        wanted = tuple(people)[: self._limits.signed_in]
        stale = self._kept_at is None or (now - self._kept_at).total_seconds() > self._limits.sign_in_kept_s
        changed = wanted != self._people
        self._people, self._confirmed_at = wanted, now
        if changed or stale:
            await self._keep(now)
        return self.people != before

    async def _keep(self, now: dt.datetime) -> None:
        rows = [{"user": one.user, "person": one.person, "name": one.name} for one in self._people]
        try:
            await self._store.kv_put(KERNEL, _KEY, json.dumps({"at": now.isoformat(), "people": rows}).encode())
            self._kept_at = now
        except TympanError as error:  # it holds until the next start, and is told again after it
            self._log("who is signed in could not be kept", error=error.sentence)


def key_decision(decide: Callable[..., Decision]) -> Callable[[], Decision]:
    """What policy says of the key, asked as the policy book is asked."""
    spec = REQUIRE_SIGN_IN
    return lambda: decide(spec.key, default=spec.default, essential=spec.essential)
