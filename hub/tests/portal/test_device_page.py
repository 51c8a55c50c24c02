"""The page of a device when things go another way: tapped twice, signed out amid it, computers asleep, wrong codes."""

from __future__ import annotations

import datetime as dt
import html
import re

import httpx
import pytest
from hub_rig import BIRTH, PASSWORD, Bench
from portal_steps import URL, SignIn, csrf, send
from pull_rig import LOBBY, Office, new_office

from tympan_hub.domain.ids import JobId
from tympan_hub.domain.limits.pull import JOBS_AT_ONCE
from tympan_hub.domain.people import Role
from tympan_hub.domain.proximity import Proximity
from tympan_hub.domain.pull import PullSettings

pytestmark = pytest.mark.anyio


async def code_of(office: Office) -> str:
    """The sticker in the lobby."""
    code: str = (await office.services.points.get(office.tenant, office.admin, LOBBY)).code
    return code


async def screen_of(office: Office) -> str:
    """What the screen in the lobby shows."""
    token = await office.services.points.kiosk_link(office.tenant, office.admin, LOBBY)
    shown: str = (await office.services.points.kiosk(token)).rotating
    return shown


async def awake(hub: Bench, pull: PullSettings | None = None) -> Office:
    """An office whose computer is awake and sees the device."""
    office = await new_office(hub, pull or PullSettings())
    await office.sees(LOBBY)
    office.connect()
    return office


async def some(office: Office, count: int) -> list[JobId]:
    """Jobs that came one after the other."""
    return [await office.hold(created_at=BIRTH + dt.timedelta(seconds=number)) for number in range(count)]


def picks(*jobs: JobId) -> dict[str, str]:
    """Boxes that are ticked."""
    return {f"job-{job}": "yes" for job in jobs}


def ticked(page: httpx.Response) -> list[str]:
    """Jobs whose boxes are ticked, in their order."""
    return re.findall(r'name="job-([^"]+)" value="yes" data-pick checked', page.text)


def boxes(page: httpx.Response, job: JobId) -> str:
    """The box of a job as it stands."""
    [box] = re.findall(f'<input type="checkbox" name="job-{job}"[^>]*>', page.text)
    return str(box)


async def test_a_second_tap_leads_to_the_one_release_there_is(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    jobs = await some(office, 2)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    first = await send(phone, way, **picks(*jobs))
    again = await send(phone, way, **picks(*jobs))
    assert again.status_code == 200
    assert again.url == first.url
    assert [order.job for order in (await office.fetch()).orders] == jobs
    other = await office.hold(created_at=BIRTH + dt.timedelta(hours=1))
    mixed = await send(phone, way, **picks(jobs[0], other))
    assert mixed.url.path != first.url.path, "one of them was not released before"
    assert {order.job for order in (await office.fetch()).orders} == {*jobs, other}


async def test_a_second_tap_with_a_code_of_the_screen_leads_there_too(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub, PullSettings(proximity=Proximity.ROTATING))
    job = await office.hold()
    phone, way, shown = await sign_in(office.ada), f"/r/{await code_of(office)}", await screen_of(office)
    first = await send(phone, way, **picks(job), proof=shown)
    assert first.url.path.startswith("/app/releases/")
    assert (await send(phone, way, **picks(job), proof=shown)).url == first.url


async def test_what_was_held_again_is_no_second_tap(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    job = await office.hold()
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    first = await send(phone, way, **picks(job))
    hub.clock.forward(minutes=3)
    phone = await sign_in(office.ada)
    assert (await send(phone, way, **picks(job))).url.path != first.url.path


async def test_a_wrong_code_of_the_screen_is_tried_once_however_long_the_page_is_open(
    hub: Bench, sign_in: SignIn
) -> None:
    office = await awake(hub, PullSettings(proximity=Proximity.ROTATING))
    await office.hold()
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    page = await phone.get(way, params={"p": "ABCD2345"}, follow_redirects=True)
    assert "This code is not the one the screen shows now" in page.text
    [looks] = re.findall(r'hx-get="([^"]+)"', page.text)
    for _ in range(30):
        assert (await phone.get(html.unescape(looks), headers={"hx-request": "true"})).status_code == 200
    right = await phone.get(way, params={"p": await screen_of(office)}, follow_redirects=True)
    assert set(right.url.params) == {"t"}


async def test_a_ticket_that_ended_or_is_none_is_said_when_the_page_opens(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub, PullSettings(proximity=Proximity.ROTATING))
    await office.hold()
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    proved = await phone.get(way, params={"p": await screen_of(office)}, follow_redirects=True)
    assert 'name="proof"' not in proved.text
    hub.clock.forward(minutes=6)
    for ticket in (proved.url.params["t"], "t.made-up"):
        page = await phone.get(way, params={"t": ticket})
        assert "what came proves nothing any more" in page.text
        assert 'name="proof"' in page.text, "the code of the screen is asked for again"


async def test_too_many_wrong_codes_of_the_screen_say_so(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub, PullSettings(proximity=Proximity.ROTATING))
    await office.hold()
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    pages = [await phone.get(way, params={"p": "ABCD2345"}, follow_redirects=True) for _ in range(15)]
    assert "This code is not the one the screen shows now" in pages[0].text
    assert "Too many wrong codes." in pages[-1].text


async def test_who_is_signed_out_amid_it_comes_back_to_what_was_ticked_and_nothing_is_released(
    hub: Bench, sign_in: SignIn
) -> None:
    office = await awake(hub, PullSettings(proximity=Proximity.ROTATING))
    first, second = await some(office, 2)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    proved = await phone.get(way, params={"p": await screen_of(office)}, follow_redirects=True)
    assert ticked(proved) == [str(first), str(second)]
    phone.cookies.clear()
    form = {"csrf": "of-before", "ticket": proved.url.params["t"], **picks(second)}
    asked = await phone.post(way, data=form, follow_redirects=True)
    assert asked.url.path == "/sign-in"
    then = httpx.URL(asked.url).params["then"]
    entered = {"csrf": await csrf(phone, "/sign-in"), "email": office.ada.email, "password": PASSWORD, "then": then}
    back = await phone.post("/sign-in", data=entered, follow_redirects=True)
    assert back.url.path == way
    assert ticked(back) == [str(second)]
    assert "Code on the screen" not in back.text, "that they stand there was proved before"
    assert not (await office.fetch()).orders
    assert (await send(phone, way, **picks(second), ticket=back.url.params["t"])).url.path.startswith("/app/releases/")


async def test_a_form_of_any_page_leads_back_to_that_page_once_one_is_signed_in(visitor: httpx.AsyncClient) -> None:
    for sent_from, leads in (
        (f"{URL}/app/jobs/7?back=/app&said=held-deleted", "/sign-in?then=%2Fapp%2Fjobs%2F7%3Fback%3D%252Fapp"),
        ("https://evil.example/app", "/sign-in"),
        ("https://[", "/sign-in"),
        ("", "/sign-in"),
    ):
        answer = await visitor.post("/app/delete", headers={"referer": sent_from} if sent_from else {})
        assert (answer.status_code, answer.headers["location"]) == (303, leads)


async def test_moving_a_job_ticks_no_other(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    first, second, third = await some(office, 3)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    moved = await send(phone, f"/app/jobs/{third}/up?back={way}", **picks(second))
    assert ticked(moved) == [str(second)]
    assert moved.text.index(str(third)) < moved.text.index(str(second))
    none = await send(phone, f"/app/jobs/{first}/down?back={way}")
    assert ticked(none) == []
    refused = await send(phone, way)
    assert "Tick the jobs you want to print." in refused.text
    assert ticked(refused) == []


async def test_a_job_whose_computer_sleeps_is_not_ticked_and_says_what_to_do(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    asleep = await hub.agent(office.tenant, "laptop")
    there, away = await office.hold(), await office.hold(agent=asleep)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    page = await phone.get(way)
    assert ticked(page) == [str(there)]
    assert "Wake it, then look again." in page.text
    assert "disabled" not in boxes(page, away)
    released = await send(phone, way, **picks(away))
    assert "Wake it within two minutes" in released.text
    assert "A computer has to be woken first." in released.text


async def test_no_more_jobs_are_ticked_than_go_out_at_once(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    jobs = await some(office, JOBS_AT_ONCE + 1)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    assert len(ticked(await phone.get(way))) == JOBS_AT_ONCE
    refused = await send(phone, way, **picks(*jobs))
    assert refused.status_code == 422
    assert "At most 100 jobs are printed at once." in refused.text


async def test_a_code_of_nobody_is_asked_for_again(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    phone = await sign_in(office.ada)
    page = await phone.get("/r/ABCD2345")
    assert page.status_code == 404
    assert "No printer here has this code." in page.text
    assert 'id="code"' in page.text
    assert "'wasm-unsafe-eval'" in page.headers["content-security-policy"]


async def test_what_is_deleted_cannot_be_ticked_while_its_computer_does_so(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    asleep = await hub.agent(office.tenant, "laptop")
    job, away = await office.hold(), await office.hold(agent=asleep)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    deleted = await send(phone, f"/app/jobs/{job}/delete")
    assert "Is being deleted" in deleted.text
    assert "disabled" in boxes(await phone.get(way), job)
    gone = await send(phone, f"/app/jobs/{away}/delete")
    assert str(away) not in gone.text, "where its computer sleeps it is over at once"


async def test_what_is_on_its_way_is_not_deleted(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    job = await office.hold()
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    await send(phone, way, **picks(job))
    assert "It was done already" in (await send(phone, f"/app/jobs/{job}/delete")).text


async def test_a_device_that_is_silent_promises_less_than_one_without_paper(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    await office.sees(LOBBY, reason="media-empty-error")
    assert "wait at this printer until that is mended" in (await phone.get(way)).text
    await office.sees(LOBBY, reachable=False)
    silent = (await phone.get(way)).text
    assert "about a minute, and are held again then" in silent
    assert "until that is mended" not in silent


async def test_an_operator_finds_the_release_points_and_changes_none(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    operator = await sign_in(await hub.person(office.tenant, Role.OPERATOR))
    assert 'href="/release-points"' in (await operator.get("/")).text
    listed = (await operator.get("/release-points")).text
    assert 'href="/release-points/lobby"' in listed
    assert "/stations" not in listed
    page = await operator.get("/release-points/lobby")
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.text
    for deed in ("renew", "remove", "kiosk", "proof"):
        assert f"/release-points/lobby/{deed}" not in page.text
        assert (await send(operator, f"/release-points/lobby/{deed}")).status_code == 403
    user = await sign_in(office.ada)
    assert 'href="/release-points"' not in (await user.get("/")).text


async def test_the_address_of_a_screen_is_no_secret_once_it_is_one(hub: Bench, visitor: httpx.AsyncClient) -> None:
    office = await awake(hub)
    token = await office.services.points.kiosk_link(office.tenant, office.admin, LOBBY)
    became = await visitor.get(f"/kiosk/{token}")
    assert (became.status_code, became.headers["location"]) == (303, "/kiosk")
    cookie = became.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "Max-Age", "__Host-"))
    page = await visitor.get("/kiosk")
    assert "Lobby" in page.text
    assert token not in page.text
    assert {became.headers["referrer-policy"], page.headers["referrer-policy"]} == {"no-referrer"}
    await office.sees(LOBBY, reason="media-empty-error")
    assert "It is out of paper." in (await visitor.get("/kiosk")).text
    visitor.cookies.clear()
    assert (await visitor.get("/kiosk")).status_code == 404
    assert (await visitor.get("/kiosk/nothing")).status_code == 404


async def test_what_is_ticked_is_deleted_only_after_a_question(hub: Bench, sign_in: SignIn) -> None:
    office = await awake(hub)
    first, second = await office.hold(name="<b>plan</b>"), await office.hold(name="minutes")
    phone, way = await sign_in(office.ada), f"/r/{await code_of(office)}"
    assert 'formaction="/app/delete/ask?back=' in (await phone.get(way)).text
    asked = await send(phone, f"/app/delete/ask?back={way}", **picks(first))
    assert "&lt;b&gt;plan&lt;/b&gt;" in asked.text
    assert "minutes" not in asked.text
    assert not await deleting(office)
    [action] = re.findall(r'action="(/app/delete[^"]+)"', asked.text)
    hidden = dict.fromkeys(re.findall(r'name="(job-[^"]+)"', asked.text), "yes")
    assert hidden == picks(first)
    deleted = await send(phone, html.unescape(action), **hidden)
    assert deleted.url.path == way
    assert await deleting(office) == [first]
    assert "No job was ticked" in (await send(phone, f"/app/delete/ask?back={way}")).text
    assert second not in await deleting(office)


async def deleting(office: Office) -> list[JobId]:
    """Jobs that are about to go."""
    return [held.job for held in await office.mine() if held.deleting]
