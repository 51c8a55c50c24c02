"""Held jobs, the page of a device, and what became of a release, as a phone asks for them; it runs no scripts."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
import uuid
from typing import Any

import attrs
import httpx
import pytest
from hub_rig import BIRTH, Bench, RemoteAgent, job_report, report
from portal_steps import SignIn, csrf, send

from tympan_hub.domain.ids import AgentId, PrinterId, TenantId
from tympan_hub.domain.people import Person, Role
from tympan_hub.domain.printers import Delivery
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings
from tympan_hub.ports import Bearer
from tympan_wire.hub import (
    DeviceReport,
    JobStanding,
    NearAnswer,
    NearRequest,
    Operation,
    Pages,
    ReleaseOutcome,
    Releases,
    ReleasesRequest,
    ReleaseWord,
    ReleaseWords,
)

pytestmark = pytest.mark.anyio
EVIL = "<script>alert(1)</script>"
_SECONDS = itertools.count()
LATER = BIRTH + dt.timedelta(hours=20)


@attrs.frozen
class Office:
    """A tenant with a queue that holds jobs, a release point, a computer, and a person who printed there."""

    hub: Bench
    tenant: TenantId
    admin: Person
    person: Person
    agent: RemoteAgent
    point: PrinterId
    code: str
    seen: DeviceReport

    async def hold(self, title: str, user: str = "user", **said: Any) -> uuid.UUID:
        """A job that its computer holds."""
        came: dict[str, Any] = {
            "created_at": BIRTH + dt.timedelta(seconds=next(_SECONDS)),
            "ended_at": None,
            "held_until": LATER,
        }
        held = job_report(printer="follow", name=title, user=user, standing=JobStanding.HELD, **came, **said)
        await self.agent.report(report(held))
        return held.job

    async def carry_out(self) -> list[uuid.UUID]:
        """What the computer does with its orders: it begins them all, as they come."""
        done: list[uuid.UUID] = []
        while True:
            told: Releases = await self.agent.ask(Operation.RELEASES, ReleasesRequest())
            words = tuple(
                ReleaseWord(order=order.id, fence=order.fence, outcome=ReleaseOutcome.BEGUN)
                for order in told.orders
                if order.job not in done
            )
            if not words:
                return done
            done += [order.job for order in told.orders if order.job not in done]
            await self.agent.ask(Operation.RELEASE_WORDS, ReleaseWords(words=words))


async def office(hub: Bench, proximity: Proximity = Proximity.STATIC) -> Office:
    tenant = await hub.tenant()
    admin, person = await hub.person(tenant), await hub.person(tenant, Role.USER)
    agent = await hub.agent(tenant)
    pull = PullSettings(proximity=proximity)
    add = hub.services.printers.add
    await add(tenant, admin.actor, name="Follow", uri="", delivery=Delivery.PULL, pull=pull)
    printer = await add(tenant, admin.actor, name=f"Hall {EVIL}", uri="ipp://hall.example/ipp/print", location="Stairs")
    [made] = await hub.services.points.make(tenant, admin, (printer.id,))
    seen = DeviceReport(printer=printer.id, reachable=True, observed_at=BIRTH, color=False, duplex=False)
    await agent.report(report(seen))
    hub.services.notices.open(Bearer(tenant=tenant, agent=AgentId(agent.id)))
    return Office(hub, tenant, admin, person, agent, printer.id, made.code, seen)


def titles(page: httpx.Response) -> list[str]:
    """Titles of held jobs in their order."""
    return re.findall(r'<div class="what"><a href="[^"]+">\s*([^<]+?)\s*</a>', page.text)


def batch_of(page: httpx.Response) -> str:
    return page.url.path.rpartition("/")[2]


async def test_one_sees_ones_own_held_jobs_and_puts_them_in_order(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    phone = await sign_in(here.person)
    assert "Nothing is held" in (await phone.get("/app")).text
    first, second = await here.hold("first"), await here.hold(EVIL)
    await here.hold("of somebody else", user="eve")
    page = await phone.get("/app")
    assert titles(page) == ["first", "&lt;script&gt;alert(1)&lt;/script&gt;"]
    assert "of somebody else" not in page.text
    assert "2 jobs wait for you" in page.text
    assert "2 jobs wait for you" in (await phone.get("/")).text
    moved = await send(phone, f"/app/jobs/{first}/down?back=/app")
    assert titles(moved)[-1] == "first"
    assert titles(await send(phone, f"/app/jobs/{first}/down")) == titles(moved), "the last goes no further"
    assert titles(await send(phone, f"/app/jobs/{first}/up"))[0] == "first"
    assert "It was done already" in (await send(phone, f"/app/jobs/{uuid.uuid4()}/up")).text
    gone = await send(phone, f"/app/jobs/{second}/delete")
    assert "The job is deleted" in gone.text


async def test_copies_sides_and_colour_are_changed_before_release(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    job = await here.hold("plan", pages=Pages(pages=3, copies=1, color_pages=2, sides="one-sided"))
    phone = await sign_in(here.person)
    assert "In colour · One side" in (await phone.get("/app")).text
    fields = {"copies": "4", "sides": "two-sided-long-edge", "color": "monochrome"}
    changed = await send(phone, f"/app/jobs/{job}", **fields, back=f"/r/{here.code}?t=x&u=y")
    assert changed.url.path == f"/r/{here.code}"
    assert changed.url.params["t"] == "x"
    assert "4 copies · Without colour · Both sides, long edge" in (await phone.get("/app")).text
    form = (await phone.get(f"/app/jobs/{job}")).text
    assert '<option value="monochrome" selected>' in form
    for wrong in ("", "0", "1000", "-1", "x", "²"):
        refused = await send(phone, f"/app/jobs/{job}", copies=wrong)
        assert refused.status_code == 422, wrong
        assert "There are 1 to 999 copies." in refused.text
    elsewhere = await send(phone, f"/app/jobs/{job}", copies="1", back="https://evil.example/")
    assert elsewhere.url.host == "hub.example"


async def test_a_job_is_released_at_the_device_and_followed_to_its_end(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    first, second = await here.hold("first"), await here.hold("second")
    phone = await sign_in(here.person)
    page = await phone.get(f"/r/{here.code.lower()}")
    assert EVIL not in page.text
    assert ">Ready</span>" in page.text
    assert page.text.count("data-pick checked") == 2
    assert "Tick the jobs" in (await send(phone, f"/r/{here.code}")).text
    released = await send(phone, f"/r/{here.code}", **{f"job-{second}": "yes", f"job-{first}": "yes"})
    assert released.url.path.startswith("/app/releases/")
    assert "Your jobs are on their way." in released.text
    assert 'data-live="quick"' in released.text
    assert await here.carry_out() == [second, first], "in the order in which they stood"
    done = dt.timedelta(seconds=9)
    for number, job in enumerate((first, second)):
        printed = job_report(job, printer="follow", revision=9, target=here.point, ended_at=BIRTH + done * number)
        await here.agent.report(report(printed))
    page = await phone.get(str(released.url))
    assert "All of it is printed." in page.text
    assert 'data-live="quick"' not in page.text
    assert "Nothing is held" in (await phone.get("/app")).text


async def test_a_release_tells_its_page_and_what_hinders_the_device(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    job = await here.hold("plan", pages=Pages(pages=12, copies=1, impressions=12, sides="one-sided"))
    phone = await sign_in(here.person)
    way = (await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes"})).url.copy_remove_param("said")
    await here.carry_out()
    printing = job_report(
        job, printer="follow", revision=5, standing=JobStanding.PRINTING, ended_at=None, target=here.point,
        impressions_completed=2, pages=Pages(pages=12, copies=1, impressions=12, sides="one-sided"),
    )  # fmt: skip
    await here.agent.report(report(printing))
    page = (await phone.get(str(way))).text
    assert "Printing page 3 of 12" in page
    assert '<progress value="3" max="12"' in page
    stopped = attrs.evolve(printing, revision=6, reason="media-jam-error", detail=EVIL)
    await here.agent.report(report(stopped))
    page = (await phone.get(str(way))).text
    assert "Paper is stuck in it." in page, "as the agent heard of it with the job, before it looked at the device"
    assert "The printer needs care." in page
    assert "Printing page 3 of 12" in page
    await here.agent.report(report(attrs.evolve(printing, revision=7)))
    assert "The printer needs care." not in (await phone.get(str(way))).text
    await here.agent.report(report(attrs.evolve(here.seen, reason="media-empty-error")))
    page = (await phone.get(str(way))).text
    assert "It is out of paper." in page
    assert "The printer needs care." in page
    unsure = attrs.evolve(printing, revision=8, standing=JobStanding.UNKNOWN, detail=EVIL, ended_at=LATER)
    await here.agent.report(report(unsure))
    page = (await phone.get(str(way))).text
    assert "It is not sure that all of it came out." in page
    assert ">Not sure</span>" in page
    assert EVIL not in page


async def test_the_device_says_first_what_hinders_it(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    await here.hold("plan")
    phone = await sign_in(here.person)
    await here.agent.report(report(attrs.evolve(here.seen, reason="media-empty-error")))
    assert "It is out of paper." in (await phone.get(f"/r/{here.code}")).text
    await here.agent.report(report(attrs.evolve(here.seen, reachable=False, reason="none")))
    assert "It does not answer." in (await phone.get(f"/r/{here.code}")).text


async def test_a_changing_code_is_taken_once_and_a_sticker_does_not_do(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub, Proximity.ROTATING)
    job = await here.hold("plan")
    token = await hub.services.points.kiosk_link(here.tenant, here.admin, here.point)
    phone = await sign_in(here.person)
    page = await phone.get(f"/r/{here.code}")
    assert "Code on the screen beside the printer" in page.text
    picked = {f"job-{job}": "yes"}
    photographed = await send(phone, f"/r/{here.code}", **picked)
    assert photographed.status_code == 403
    assert "This code is not the one the screen shows now" in photographed.text
    shown = (await hub.services.points.kiosk(token)).rotating
    proved = await phone.get(f"/r/{here.code}", params={"p": shown}, follow_redirects=True)
    assert set(proved.url.params) == {"t"}, "what the screen showed stands in no address any more"
    assert "Code on the screen" not in proved.text
    again = await phone.get(f"/r/{here.code}", params={"p": shown}, follow_redirects=True)
    assert "you used it already" in again.text
    assert "t" not in again.url.params
    ticket = proved.url.params["t"]
    other = await sign_in(await hub.person(here.tenant, Role.OPERATOR))
    theirs = await here.hold("of the operator", user="operator")
    stolen = await send(other, f"/r/{here.code}", **{f"job-{theirs}": "yes"}, ticket=ticket)
    assert stolen.status_code == 403, "a ticket is for one person"
    phone = await sign_in(here.person)
    late = await send(phone, f"/r/{here.code}", **picked, ticket=ticket)
    assert late.url.path.startswith("/app/releases/")


async def test_a_ticket_ends_after_minutes(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub, Proximity.ROTATING)
    job = await here.hold("plan")
    token = await hub.services.points.kiosk_link(here.tenant, here.admin, here.point)
    phone = await sign_in(here.person)
    shown = (await hub.services.points.kiosk(token)).rotating
    proved = await phone.get(f"/r/{here.code}", params={"p": shown}, follow_redirects=True)
    hub.clock.forward(minutes=6)
    late = await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes"}, ticket=proved.url.params["t"])
    assert late.status_code == 403
    assert not await here.carry_out()


async def test_guessed_codes_end_after_some_tries(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    phone = await sign_in(here.person)
    statuses = {
        (await phone.get(f"/r/{code:08d}".replace("0", "A").replace("1", "B"))).status_code for code in range(60)
    }
    assert statuses == {404, 429}


async def test_no_page_tells_a_code_to_who_did_not_know_it(hub: Bench, sign_in: SignIn) -> None:
    """The code of a sticker shows that somebody was at the device: who names its printer alone is not told it."""
    here = await office(hub)
    job = await here.hold("plan")
    phone = await sign_in(here.person)
    released = await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes"})
    page = released.url.copy_remove_param("at")
    back = f'href="/r/{here.code}"'
    assert back in released.text
    assert back not in (await phone.get(str(page.copy_set_param("at", here.point)))).text
    assert back not in (await phone.get(str(page))).text
    seen = await hub.services.points.seen(here.tenant, here.person, here.point)
    assert (seen.printer, seen.code) == (here.point, "")


async def test_nobody_releases_follows_changes_or_deletes_what_is_somebody_elses(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    job = await here.hold("secret plan")
    phone = await sign_in(here.person)
    released = await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes"})
    other = await sign_in(await hub.person(here.tenant, Role.OPERATOR))
    await here.hold("their own", user="operator")
    for path in (f"/app/jobs/{job}", f"/app/releases/{batch_of(released)}"):
        answer = await other.get(path)
        assert answer.status_code == 404
        assert "secret plan" not in answer.text
    assert (await send(other, f"/app/jobs/{job}", copies="2")).status_code == 404
    refused = await send(other, f"/r/{here.code}", **{f"job-{job}": "yes"})
    assert refused.status_code in (404, 409)
    assert "secret plan" not in refused.text
    assert "It was done already" in (await send(other, f"/app/jobs/{job}/delete")).text
    assert "secret plan" in (await (await sign_in(here.person)).get(str(released.url))).text


async def test_a_code_of_the_tenant_next_door_leads_nowhere(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    stranger = await sign_in(await hub.person(await hub.tenant("Other"), Role.USER))
    answer = await stranger.get(f"/r/{here.code}")
    assert answer.status_code == 404
    assert "Hall" not in answer.text
    assert (await send(stranger, f"/r/{here.code}", **{f"job-{uuid.uuid4()}": "yes"})).status_code == 404


async def test_the_page_of_a_held_job_leads_its_owner_to_its_release(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    job = await here.hold("plan")
    for person, leads in ((here.person, True), (here.admin, False)):
        page = (await (await sign_in(person)).get(f"/jobs/{job}")).text
        assert ("Release it at a printer" in page) is leads


async def test_many_jobs_are_sent_in_one_form(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    jobs = [await here.hold(f"job {number}") for number in range(90)]
    phone = await sign_in(here.person)
    released = await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes" for job in jobs})
    assert released.text.count('<li id="job-') == 90


async def test_who_is_not_signed_in_comes_back_to_the_device(hub: Bench, visitor: httpx.AsyncClient) -> None:
    here = await office(hub)
    away = await visitor.get(f"/r/{here.code}", params={"p": "ABCD2345"})
    assert away.headers["location"] == f"/sign-in?then=%2Fr%2F{here.code}%3Fp%3DABCD2345"
    here_live = await visitor.get(f"/r/{here.code}", headers={"hx-request": "true"})
    assert here_live.headers["hx-refresh"] == "true"


async def test_the_screen_beside_a_device_shows_a_code_that_changes(hub: Bench, visitor: httpx.AsyncClient) -> None:
    here = await office(hub)
    token = await hub.services.points.kiosk_link(here.tenant, here.admin, here.point)
    page = await visitor.get(f"/kiosk/{token}", follow_redirects=True)
    assert EVIL not in page.text
    assert "data:image/svg+xml" in page.text
    hub.clock.forward(seconds=30)
    assert (await visitor.get("/kiosk")).text != page.text
    newer = await hub.services.points.kiosk_link(here.tenant, here.admin, here.point)
    assert (await visitor.get("/kiosk")).status_code == 404, "the last link is worthless"
    assert (await visitor.get(f"/kiosk/{token}")).status_code == 404
    assert (await visitor.get(f"/kiosk/{newer}", follow_redirects=True)).status_code == 200


async def test_grants_take_the_secret_of_a_form_and_stand_in_no_page(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    phone = await sign_in(here.person)
    assert (await phone.post("/app/grants")).status_code == 403
    secret = await csrf(phone, "/account")
    answer = await phone.post("/app/grants", headers={"x-csrf-token": secret})
    assert answer.json() == {"grants": []}


async def test_a_phone_that_reached_an_agent_near_the_device_prints_there(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub, Proximity.NEAR)
    job = await here.hold("plan")
    phone = await sign_in(here.person)
    nobody = await phone.get(f"/r/{here.code}")
    assert "No computer in the network of this printer is awake" in nobody.text
    await here.agent.ask(Operation.NEAR, NearRequest(doors=("http://192.0.2.7:39151",)))
    page = html.unescape((await phone.get(f"/r/{here.code}")).text)
    [door] = re.findall(r'href="(http://192\.0\.2\.7:39151/near\?[^"]+)"', page)
    refused = await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes"})
    assert refused.status_code == 403
    challenge = httpx.URL(door).params["challenge"]
    told: NearAnswer = await here.agent.ask(Operation.NEAR, NearRequest(challenge=challenge))
    proved = await phone.get(f"/r/{here.code}", params={"p": told.ticket}, follow_redirects=True)
    assert "Show that you are here" not in proved.text
    released = await send(phone, f"/r/{here.code}", **{f"job-{job}": "yes"}, ticket=proved.url.params["t"])
    assert released.url.path.startswith("/app/releases/")


async def test_grants_tell_the_phone_where_they_are_honoured(hub: Bench, sign_in: SignIn) -> None:
    here = await office(hub)
    await here.hold("plan")
    phone = await sign_in(here.person)
    boss = PullSettings(offline=True)
    queue = (await hub.services.printers.get(here.tenant, here.admin.actor, PrinterId("follow"))).printer
    await hub.services.printers.change(here.tenant, here.admin.actor, attrs.evolve(queue, pull=boss))
    await here.agent.ask(Operation.NEAR, NearRequest(doors=("http://192.0.2.7:39151",)))
    [told] = (await phone.post("/app/grants", headers={"x-csrf-token": await csrf(phone, "/account")})).json()["grants"]
    assert told["title"] == "plan"
    assert told["addresses"] == ["http://192.0.2.7:39151"]
    assert told["points"] == [{"printer": here.point, "name": f"Hall {EVIL}"}]
    assert "plan" not in told["grant"]
