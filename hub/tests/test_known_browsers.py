"""A browser somebody signed in with before: strangers' tries do not keep them out, and it opens nothing by itself."""

from __future__ import annotations

import attrs
import pytest
from hub_rig import PASSWORD, Bench

from tympan_hub.domain.errors import SignInRefused, TooMany
from tympan_hub.domain.limits.attempts import ATTEMPTS_PER_PERSON, ATTEMPTS_PER_PERSON_ANYWHERE
from tympan_hub.domain.limits.sessions import KNOWN_BROWSER, KNOWN_BROWSER_PEOPLE
from tympan_hub.domain.people import CONSOLE, Person, Role
from tympan_hub.service.sessions import Entered

pytestmark = pytest.mark.anyio
NEW = "another good one"


@attrs.define
class Browser:
    """What carries the cookie."""

    hub: Bench
    carried: bytes = b""

    async def enter(self, person: Person, password: str = PASSWORD, *, source: str = "home") -> Entered:
        """Signs in as the pages do."""
        passwords = self.hub.services.passwords
        entered = await passwords.sign_in(person.email, password, source=source, carried=self.carried)
        assert isinstance(entered, Entered)
        self.carried = await self.hub.services.known_browsers.remember(self.carried, person)
        return entered


async def storm(hub: Bench, person: Person) -> None:
    """Strangers everywhere try until nobody gets in, and those at home too."""
    for number in range(ATTEMPTS_PER_PERSON_ANYWHERE + ATTEMPTS_PER_PERSON):
        with pytest.raises((SignInRefused, TooMany)):
            await hub.services.passwords.sign_in(
                person.email, "wrong", source="home" if number < 10 else f"bot {number}"
            )
    with pytest.raises(TooMany):
        await hub.services.passwords.sign_in(person.email, PASSWORD, source="elsewhere")


async def test_strangers_keep_nobody_out_of_a_browser_of_theirs(hub: Bench) -> None:
    ada = await hub.person(await hub.tenant())
    browser = Browser(hub)
    await browser.enter(ada)
    await storm(hub, ada)
    await browser.enter(ada)
    with pytest.raises(TooMany):
        await Browser(hub).enter(ada)
    with pytest.raises(TooMany):
        await Browser(hub, b"forged" * 20).enter(ada)


async def test_it_opens_nothing_and_is_good_for_a_few_tries(hub: Bench) -> None:
    ada = await hub.person(await hub.tenant())
    stolen = Browser(hub)
    await stolen.enter(ada)
    await storm(hub, ada)
    for number in range(ATTEMPTS_PER_PERSON):
        with pytest.raises((SignInRefused, TooMany)):
            await stolen.enter(ada, f"guess {number}")
    with pytest.raises(TooMany):
        await stolen.enter(ada)
    hub.clock.forward(minutes=16)
    await stolen.enter(ada)


@pytest.mark.parametrize("how", ["own", "administrator"])
async def test_another_password_ends_it(hub: Bench, how: str) -> None:
    tenant = await hub.tenant()
    ada = await hub.person(tenant)
    browser = Browser(hub)
    await browser.enter(ada)
    if how == "own":
        await hub.services.passwords.change_own_password(ada, PASSWORD, NEW)
    else:
        await hub.services.people.set_password(tenant, CONSOLE, ada.id, NEW)
    await storm(hub, ada)
    with pytest.raises(TooMany):
        await browser.enter(ada, NEW)


async def test_it_ends_by_itself(hub: Bench) -> None:
    ada = await hub.person(await hub.tenant())
    browser = Browser(hub)
    await browser.enter(ada)
    hub.clock.forward(seconds=KNOWN_BROWSER.total_seconds() + 1)
    await storm(hub, ada)
    with pytest.raises(TooMany):
        await browser.enter(ada)


async def test_it_is_about_one_person_and_helps_against_no_other(hub: Bench) -> None:
    """Somebody with the same address elsewhere is not guessed at with it."""
    five, six = await hub.tenant("Five"), await hub.tenant("Six")
    ada = await hub.person(five, Role.USER, "ada@five.example")
    await hub.services.people.add(
        six, CONSOLE, email=ada.email, name="Evil", role=Role.USER, password="the password of six"
    )
    browser = Browser(hub)
    await browser.enter(ada)
    await storm(hub, ada)
    with pytest.raises(TooMany):
        await browser.enter(ada, "the password of six")


async def test_a_browser_is_known_for_the_few_who_used_it_last(hub: Bench) -> None:
    tenant, browser = await hub.tenant(), Browser(hub)
    people = [
        await hub.person(tenant, Role.USER, f"p{number}@acme.example") for number in range(KNOWN_BROWSER_PEOPLE + 1)
    ]
    for person in people:
        await browser.enter(person)
    for person in (people[0], people[-1]):
        await storm(hub, person)
    with pytest.raises(TooMany):
        await browser.enter(people[0])
    await browser.enter(people[-1])
    assert len(browser.carried) < 1500
