"""Carries an update out: fetched again from its own root of trust, unpacked beside, tried, switched to, proved.

- Every step can be done twice, and the journal says before each how far it is: after a crash the next run goes on.
- A disk that takes nothing more stops no way back.
- Whatever goes wrong is written down for doctor and the hub, and a version runs all the same.
- It believes nothing that the agent's account wrote: what is signed is verified here, from our own root of trust.
- It ends when done.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import attrs

from tympan_updater._errors import (
    AgentStays,
    CheckFailed,
    NotUsable,
    Postponed,
    Returned,
    TrustsNobody,
    UpdateError,
)
from tympan_updater._installation import Installation, Pointer, Running
from tympan_updater._journal import Entry, Journal, Phase, Step
from tympan_updater._keeping import Keeper, missing_after
from tympan_updater._limits import (
    BUNDLE_BYTES,
    DRAIN_LOOK_S,
    TRIES,
    WHEEL_BYTES,
)
from tympan_updater._order import MIRROR, read_order
from tympan_updater._outcomes import Ending, Outcomes
from tympan_updater._plan import AGENT, plan
from tympan_updater._repository import Repository
from tympan_updater._sources import FolderSource, Source
from tympan_updater._unpacking import unpack_bundle, unpack_wheel
from tympan_updater._wheels import check_apart, check_identity
from tympan_updater._wishes import Patience, SelfCheck, Wish
from tympan_wire.updates import Channel, Version, agent_target, plugin_target


class Applying:
    """An updater of one installation."""

    def __init__(
        self,
        place: Installation,
        keeper: Keeper,
        check: SelfCheck,
        now: Callable[[], dt.datetime],
        patience: Patience | None = None,
    ) -> None:
        self._place = place
        self._keeper = keeper
        self._check = check
        self._now = now
        self._patience = patience or Patience()
        self._journal = Journal(place)
        self._outcomes = Outcomes(place)
        self._told = False

    # ------------------------------------------------------------------ what people ask

    def apply(self, wish: Wish, source: Source) -> Running:
        """Brings the installation to what is wished, and says what runs then.

        Raises:
            UpdateError: Why it does not run what is wished; the installation runs all the same.
        """
        with self._at_work():
            self._go_on()
            return self._begin(wish, source)

    def carry_out(self, state: Path, *, again: bool = False, waits: bool = True) -> Running | None:
        """Does what the agent of a state folder ordered, and says what runs then; without an order it goes on with what
        a crash left, and says None.

        Raises:
            UpdateError: As ``apply``; or the order is none.
        """
        with self._at_work():
            self._go_on()
            order = read_order(state)
            if order is None:
                return None
            wish = Wish(channel=order.channel, pin=order.pin, leave=order.leave, again=again, waits=waits)
            return self._begin(wish, FolderSource(state, MIRROR))

    def recover(self) -> Entry | None:
        """Goes on with what a crash left, and says what that was; None when it left nothing.

        Raises:
            UpdateError: How it ended, when not with the new version.
        """
        with self._at_work():
            return self._go_on()

    def back(self) -> Running:
        """Switches to the previous version, for a person who wants it; its plugins are the bundle's own. The version
        that is left is not gone to again by itself.

        Raises:
            UpdateError: There is none, or it does not run.
        """
        with self._at_work():
            self._go_on()
            before, previous = self._place.running(), self._place.pointed(Pointer.PREVIOUS)
            if previous is None or previous == before.agent:
                raise NotUsable("there is no previous version to go back to")
            self._switch(self._entry(before, Running(agent=previous), Phase.SWITCHING))
            self._outcomes.refuse(AGENT, before.agent)
            return self._place.running()

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """Alone; whatever goes wrong is written down, as an outcome where a version is to blame, else as trouble."""
        try:
            with self._place.locked(self._patience.lock_s):
                self._told = False
                try:
                    yield
                except Exception as error:
                    self._trouble("" if self._told else _sentence(error))
                    raise
                self._trouble("")
        except OSError as error:
            if self._journal.path.exists():  # whoever waits for it starts the next try at once
                time.sleep(self._patience.taken_up_s)
            raise Postponed(f"the update cannot be written to the disk: {error}") from error

    def _trouble(self, sentence: str) -> None:
        with contextlib.suppress(OSError):  # of a disk that takes nothing more this is the least
            self._outcomes.keep_trouble(sentence)

    # ------------------------------------------------------------------ forth

    def _begin(self, wish: Wish, source: Source) -> Running:
        before = self._place.running()
        repository = self._repository(source)
        channel = repository.channel(wish.channel)
        refused = frozenset[tuple[str, Version]]() if wish.again else self._outcomes.refused()
        planned = plan(before, channel, pin=wish.pin, refused=refused | wish.leave)
        if planned.after == before:
            if planned.left:
                raise Postponed("; ".join(planned.left))
            return before
        entry = self._entry(before, planned.after, Phase.UNPACKING)
        try:
            self._journal.write(entry)
            self._prepare(entry, repository, channel)
            if wish.waits:
                self._drain()
        except OSError as error:
            self._give_up(entry, error)
            raise Postponed(f"the new version cannot be put on the disk: {error}") from error
        except Exception as error:
            self._give_up(entry, error)
            raise
        entry = entry.step(Step.READY)
        self._switch(entry)
        return self._place.running()

    def _entry(self, before: Running, after: Running, phase: Phase) -> Entry:
        standing = self._keeper.standing()
        if standing is None:
            return Entry(phase=phase, before=before, after=after)
        going = before.plugins.keys() - after.plugins.keys()
        expected = tuple(sorted(name for name, of in standing.plugins.items() if of not in going))
        return Entry(phase=phase, before=before, after=after, expected=expected, enrolled=standing.enrolled)

    def _repository(self, source: Source) -> Repository:
        try:
            root = self._place.trust.read_bytes()
        except OSError as error:
            raise TrustsNobody(self._place.trust) from error
        repository = Repository(self._place.work / "seen", root, source, self._place.work / "fetched")
        repository.refresh(self._now())
        return repository

    def _prepare(self, entry: Entry, repository: Repository, channel: Channel) -> None:
        place, after = self._place, entry.after
        if not place.whole(after.agent):
            target = agent_target(after.agent)
            bundle = repository.fetch(target, most=BUNDLE_BYTES, sha256=channel.hashes.get(target, ""))
            with place.coming(place.tree(after.agent)) as beside:
                unpack_bundle(bundle, beside)
        for folder, (name, version) in zip(after.folders(), sorted(after.plugins.items()), strict=True):
            if not (place.plugins / folder / "complete").exists():
                target = plugin_target(name, version)
                wheel = repository.fetch(target, most=WHEEL_BYTES, sha256=channel.hashes.get(target, ""))
                with place.coming(place.plugins / folder) as beside:
                    unpack_wheel(wheel, beside)
                    check_identity(beside, name, version)
        folders = zip(sorted(after.plugins), after.folders(), strict=True)
        check_apart({name: place.plugins / folder for name, folder in folders})
        self._check(place, after, frozenset(entry.expected))

    def _drain(self) -> None:
        until = time.monotonic() + self._patience.drain_s
        while self._keeper.under_way():
            if time.monotonic() >= until:
                raise Postponed("jobs are on their way to devices, and did not end in time")
            time.sleep(DRAIN_LOOK_S)

    def _give_up(self, entry: Entry, error: Exception) -> None:
        """Before the switch: what was unpacked may go, and the old version never noticed."""
        if isinstance(error, (CheckFailed, NotUsable)):
            self._tell(entry, Ending.REFUSED, reason=error.cause)
        with contextlib.suppress(OSError):
            self._place.prune((entry.before,))
        self._clean()

    def _tell(self, entry: Entry, ending: Ending, *, reason: str, missing: tuple[str, ...] = ()) -> None:
        """Of a version that is to blame; what the disk does not take is tried again one day, and ends likewise."""
        with contextlib.suppress(OSError):
            self._outcomes.tell(entry.before, entry.after, ending, self._now(), reason=reason, missing=missing)
            self._told = True

    # ------------------------------------------------------------------ from the switch on

    def _go_on(self) -> Entry | None:
        entry = self._journal.read()
        if entry is None or entry.phase is Phase.UNPACKING:
            self._place.tidy()
            self._journal.close()
            return None
        if entry.phase is Phase.KEPT:
            self._keep(entry)
        elif entry.phase is Phase.RETURNING:
            self._return(entry)
        elif entry.tries >= TRIES or not self._place.whole(entry.after.agent):
            self._return(entry.step(Step.UNWELL, reason="the updater did not get to its end with it"))
        else:
            self._switch(attrs.evolve(entry, phase=Phase.SWITCHING, tries=entry.tries + 1))
        return entry

    def _switch(self, entry: Entry) -> None:
        try:
            self._journal.write(entry)
            self._place.use_plugins(entry.after)
            self._place.point(Pointer.CURRENT, entry.after.agent)
            self._keeper.restart()
        except AgentStays as error:
            self._return(entry.step(Step.UNWELL, reason=error.cause))
        except OSError as error:
            entry = entry.step(Step.UNWELL, reason=f"it cannot be switched to on this disk: {error}")
            raise Postponed(f"{entry.reason}{self._take_back(entry)}") from error
        entry = entry.step(Step.STARTED)
        self._note(entry)
        missing = self._missing(entry)
        if missing:
            reason = f"with {entry.after.agent} these did not run again: {', '.join(missing)}"
            self._return(entry.step(Step.UNWELL, reason=reason), missing)
        self._keep(entry.step(Step.WELL))

    def _missing(self, entry: Entry) -> tuple[str, ...]:
        """Nothing is missed where no agent ran before."""
        if not entry.expected:
            return ()
        expected, within_s = frozenset(entry.expected), self._patience.health_s
        return missing_after(self._keeper, expected, enrolled=entry.enrolled, within_s=within_s)

    def _keep(self, entry: Entry) -> None:
        self._journal.write(entry)
        if entry.after.agent != entry.before.agent:
            self._place.point(Pointer.PREVIOUS, entry.before.agent)
        self._place.point(Pointer.STEADY, entry.after.agent)
        self._outcomes.tell(entry.before, entry.after, Ending.SWITCHED, self._now())
        self._place.prune((entry.before, entry.after))
        self._clean()

    def _return(self, entry: Entry, missing: tuple[str, ...] = ()) -> NoReturn:
        """Back to what ran; it raises in any case, for whoever waits wants to know."""
        stays = self._take_back(entry, lambda: self._tell(entry, Ending.RETURNED, reason=entry.reason, missing=missing))
        raise Returned(f"{entry.reason}{stays}")

    def _take_back(self, entry: Entry, tell: Callable[[], None] = lambda: None) -> str:
        """Lets run what ran before; says what of it does not, "" when it does."""
        self._drop_fetched()
        noted = self._note(entry)
        left: OSError | None = None
        try:
            self._place.use_plugins(entry.before)
        except OSError as error:  # the agent itself goes first
            left = error
        self._place.point(Pointer.CURRENT, entry.before.agent)
        stays = ""
        try:
            self._keeper.restart()
        except AgentStays as error:
            stays = f"; and then {error.cause}"
        if not noted:
            self._journal.close()  # it would lead to the version that goes now
        tell()
        if left is not None:
            raise left  # the journal stays, and the next try goes on from it
        with contextlib.suppress(OSError):
            self._place.prune((entry.before,))
        self._clean()
        return stays

    def _note(self, entry: Entry) -> bool:
        """Writes down how far it is; whether the disk took it. Else an earlier step stands there, and is done twice."""
        try:
            self._journal.write(entry)
        except OSError:
            return False
        return True

    def _clean(self) -> None:
        self._drop_fetched()
        self._journal.close()

    def _drop_fetched(self) -> None:
        shutil.rmtree(self._place.work / "fetched", ignore_errors=True)


def _sentence(error: Exception) -> str:
    return error.sentence if isinstance(error, UpdateError) else f"the updater failed: {type(error).__name__}: {error}"
