"""``kill -9`` of agents, hub and broker amid releases: each job once or unknown, none unasked, none lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from release_rig import Office, Person, Plan, Storm, office
from rig import simulator

from tympan_sim import Profile, Site

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DEVICES = ("front", "attic")


async def storm(folder: Path, *, seed: int, people: int, jobs: int, cuts: int) -> None:
    """The test: all is printed and held, then asked for amid power cuts; then the reckoning."""
    profiles = [Profile(name=name, history_jobs=5000, queued_jobs=500) for name in DEVICES]
    logins = {f"user{number:02}": f"user{number:02}" for number in range(people)}
    async with simulator(folder / "devices", *profiles) as site:
        plan = Plan(devices={name: site[name].uri for name in DEVICES}, people=logins, agents=3)
        async with office(folder, plan, broker=True) as all_of_it:
            found = Storm(office=all_of_it, dice=random.Random(seed), people=_people(all_of_it, logins))
            await found.fill(jobs)
            await found.blow(cuts)
            await reckon(found, site, await found.settle(), jobs)
    assert sum(found.struck.values()) == cuts


def _people(all_of_it: Office, logins: Iterable[str]) -> dict[str, Person]:
    url, tokens = all_of_it.hub.url, all_of_it.made.tokens
    return {login: Person(name=login, url=url, token=tokens[login]) for login in logins}


async def reckon(found: Storm, site: Site, ended: dict[str, str], jobs: int) -> None:
    """What lies in the trays beside what was asked for, and beside what is still held."""
    paper = [(record.name, name, record.user) for name in DEVICES for record in site[name].journal]
    came_out = Counter(title for title, _, _ in paper)
    assert set(came_out.values()) <= {1}, "printed twice"
    assert set(came_out) <= set(found.places), "printed unasked"
    assert all(where in found.places[title] for title, where, _ in paper), "printed elsewhere"
    assert all(title.startswith(f"{user} ") for title, _, user in paper)
    assert set(ended.values()) <= {"completed", "unknown"}, ended
    assert {title for title, how in ended.items() if how == "completed"} <= set(came_out), "told as done, and nowhere"
    assert set(came_out) <= set(ended)
    for name, person in found.people.items():
        assert {row["title"] for row in await person.held()} == set(found.held[name]), "lost"
    assert len(ended) + sum(map(len, found.held.values())) == jobs
    print(f"{dict(found.struck)} ({found.missed} late); {Counter(ended.values())}; {found.crossed} trespasses refused")


async def test_releases_amid_power_cuts_print_each_job_once_and_nothing_unasked(tmp_path: Path) -> None:
    await storm(tmp_path, seed=2611, people=3, jobs=12, cuts=4)


@pytest.mark.soak
async def test_300_jobs_of_20_people_amid_200_power_cuts(tmp_path: Path) -> None:
    await storm(tmp_path, seed=5, people=20, jobs=300, cuts=200)
