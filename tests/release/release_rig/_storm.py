"""Releases at random while agents, hub and broker are killed at moments drawn from a seed."""

from __future__ import annotations

import functools
import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

import attrs
import trio
from rig import Agent, wait_until

from release_rig._office import Office
from release_rig._person import Person
from release_rig._printed import send
from release_rig._waits import WAIT_S

_STEP_S = 2.0
"""A piece that does not come by then never comes."""
_PIECES = 18
"""About as many as go over the line from the wish to the paper: notices, the order, its answer, reports."""
_TAKEN, _REFUSED = (303, 409), (403, 404, 409)
_ENDED = frozenset({"completed", "unknown", "aborted", "canceled", "expired"})
_SETTLED_S = 600.0
_PICKED = (1, 1, 1, 2)
"""So many jobs are asked for at once: not all of them in 200 times."""


class Victim(StrEnum):
    """Who is killed."""

    HUB = "hub"
    AGENT = "agent"
    AGENTS = "agents"
    BROKER = "broker"
    ALL = "all"


@attrs.frozen(kw_only=True)
class Cut:
    """A power cut.

    Attributes:
        victim: Whose power.
        pieces: After so many pieces on the line since somebody asked.
        held: The last of them does not arrive.
        delay_s: How long after it.
        agent: Which agent, where one is meant.
    """

    victim: Victim
    pieces: int
    held: bool
    delay_s: float
    agent: int


@attrs.define(kw_only=True)
class Storm:
    """One run.

    Attributes:
        office: What it blows over.
        dice: For all that is drawn.
        people: By name, which begins the titles of their jobs.
        held: Titles nobody asked for yet, by name.
        ids: What the hub calls each job, by title.
        places: At which devices each title was asked for.
        struck: How many cuts of which kind there were.
        missed: Those of them whose piece never came.
        crossed: How often somebody tried a job of somebody else.
    """

    office: Office
    dice: random.Random
    people: dict[str, Person]
    held: dict[str, list[str]] = attrs.field(factory=dict)
    ids: dict[str, str] = attrs.field(factory=dict)
    places: dict[str, set[str]] = attrs.field(factory=dict)
    struck: Counter[Victim] = attrs.field(factory=Counter)
    missed: int = 0
    crossed: int = 0

    async def fill(self, jobs: int) -> None:
        """So many jobs of everybody, printed at every agent in turn; returns when the hub shows each to its owner."""
        names, agents = itertools.cycle(self.people), itertools.cycle(self.office.agents)
        for number, (name, ours) in enumerate(zip(itertools.islice(names, jobs), agents, strict=False)):
            title = f"{name} {number:03}"
            await send(ours, name, title)
            self.held.setdefault(name, []).append(title)
        for name, person in self.people.items():
            known = functools.partial(self._known, person)
            await wait_until(known, f"{name}'s jobs to be shown", timeout_s=WAIT_S, every_s=0.3)

    async def _known(self, person: Person) -> bool:
        rows = await person.held()
        self.ids |= {row["title"]: row["id"] for row in rows}
        return {row["title"] for row in rows} == set(self.held[person.name])

    async def blow(self, cuts: int) -> None:
        """So many wishes, each with a power cut amid it."""
        for cut in itertools.islice(self._cuts(), cuts):
            print(cut)
            reached = self.office.line.watch(cut.pieces, held=cut.held)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._ask)
                with trio.move_on_after(_STEP_S):
                    await reached.wait()
                self.missed += not reached.is_set()
                await trio.sleep(cut.delay_s)
                await self._kill(cut)
                self.office.line.open()
                await self._restore()
            self.struck[cut.victim] += 1
            await self.trespass()

    def _cuts(self) -> Iterator[Cut]:
        victims = [victim for victim in Victim if victim is not Victim.BROKER or self.office.broker is not None]
        while True:
            for victim in self.dice.sample(victims, len(victims)):
                yield Cut(
                    victim=victim,
                    pieces=self.dice.randint(1, _PIECES),
                    held=self.dice.random() < 0.4,
                    delay_s=self.dice.choice((0.0, self.dice.uniform(0, 0.03), self.dice.uniform(0, 0.3))),
                    agent=self.dice.randrange(len(self.office.agents)),
                )

    async def _ask(self) -> None:
        """Somebody picks some of theirs, and a device."""
        name = self.dice.choice([name for name, titles in self.held.items() if titles])
        mine = self.held[name]
        count = min(len(mine), self.dice.choice(_PICKED))
        titles = [mine.pop(self.dice.randrange(len(mine))) for _ in range(count)]
        await self.ask(name, self._place(), titles)

    def _place(self) -> str:
        return self.dice.choice(sorted(self.office.made.points))

    async def ask(self, name: str, place: str, titles: Sequence[str]) -> None:
        """Asks for these at a device. A tap whose answer was lost is repeated, and then they are under way already."""
        for title in titles:
            self.places.setdefault(title, set()).add(place)
        code = self.office.made.points[place].code
        answer = await self.people[name].release(code, *(self.ids[title] for title in titles))
        assert answer.status_code in _TAKEN, answer.text

    async def trespass(self) -> None:
        """Somebody sees only their own, and releases nobody else's."""
        name, other = self.dice.sample(sorted(self.people), 2)
        person, code = self.people[name], self.office.made.points[self._place()].code
        assert all(row["title"].startswith(f"{name} ") for row in await person.jobs())
        shown = (await person.page("/app")).text + (await person.page(f"/r/{code}")).text
        assert not [title for title in self.ids if title in shown and not title.startswith(f"{name} ")]
        if theirs := self.held[other]:
            answer = await person.release(code, self.ids[self.dice.choice(theirs)])
            assert answer.status_code in _REFUSED, answer.text
            self.crossed += 1

    async def _kill(self, cut: Cut) -> None:
        office = self.office
        agents: Sequence[Agent] = {
            Victim.AGENT: [office.agents[cut.agent]],
            Victim.AGENTS: office.agents,
            Victim.ALL: office.agents,
        }.get(cut.victim, [])
        async with trio.open_nursery() as nursery:
            if cut.victim in (Victim.HUB, Victim.ALL):
                nursery.start_soon(office.hub.program.kill9)
            if cut.victim in (Victim.BROKER, Victim.ALL) and office.broker is not None:
                nursery.start_soon(office.broker.program.kill9)
            for ours in agents:
                nursery.start_soon(ours.kill9)

    async def _restore(self) -> None:
        """The power is back, for whoever lacks it."""
        office = self.office
        async with trio.open_nursery() as nursery:
            if not office.hub.program.running:
                nursery.start_soon(office.hub.start)
            if office.broker is not None and not office.broker.program.running:
                nursery.start_soon(office.broker.start)
            for ours in office.agents:
                if not ours.program.running:
                    nursery.start_soon(ours.start)

    async def settle(self) -> dict[str, str]:
        """How all that was asked for ended, by title; what no agent began in time is asked for again, in calm."""
        ended: dict[str, str] = {}
        open_still: dict[str, dict[str, Any]] = {}
        with trio.move_on_after(_SETTLED_S):
            while len(ended) < len(self.places):
                for name in self.people:
                    mine = await self._asked_for(name)
                    ended |= {title: row["standing"] for title, row in mine.items() if row["standing"] in _ENDED}
                    open_still = {title: row for title, row in {**open_still, **mine}.items() if title not in ended}
                    if again := [title for title, row in mine.items() if row["standing"] == "held"]:
                        await self.ask(name, self._place(), again)
                await trio.sleep(0.5)
        assert len(ended) == len(self.places), f"not settled within {_SETTLED_S:.0f} s: {open_still}"
        return ended

    async def _asked_for(self, name: str) -> dict[str, dict[str, Any]]:
        rows = {row["title"]: row for row in await self.people[name].jobs()}
        return {title: rows[title] for title in self.places if title.startswith(f"{name} ")}
