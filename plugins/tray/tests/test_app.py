"""The application: who sees what, what is done for whom, and the attacks on it, each by its name."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import trio
import trio.testing
from tray_rig import ADA, BOB, SITE, browser_request, desk, job_row, printer_row, text_of, uuid_of

from tympan.plugin import JobChanged, JobState, LocalApp, Service, printer_id
from tympan.testing import FakeLocalRequest, LocalAppSuite
from tympan_tray import plugin
from tympan_tray._accounts import account_of
from tympan_tray._app import TrayApp

pytestmark = pytest.mark.anyio


class TestContract(LocalAppSuite):
    """The suite of the port."""

    @pytest.fixture
    async def app(self) -> Any:
        async with desk() as here:
            yield here.app

    @pytest.fixture
    def good_request(self) -> FakeLocalRequest:
        return FakeLocalRequest(method="POST", path="/me/v1/look", content=b'{"seen": ""}', owner=ADA)


async def test_one_object_is_application_and_service() -> None:
    (app,), (service,) = plugin.register_local_apps(), plugin.register_services()
    assert isinstance(app.port, LocalApp)
    assert isinstance(service.port, Service)
    assert id(app.port) == id(service.port)


async def test_an_application_that_does_not_run_says_so() -> None:
    assert (await TrayApp().handle(browser_request("/me/"))).status == 503


# ---------------------------------------------------------------------------------------------------- who sees what


async def test_an_account_sees_its_own_jobs_alone() -> None:
    async with desk() as here:
        ada, bob = await here.view(ADA), await here.view(BOB)
    assert [job["job"] for job in ada["held"]] == [uuid_of(1), uuid_of(2)]
    assert [job["job"] for job in ada["jobs"]] == [uuid_of(4)]
    assert [job["job"] for job in bob["held"]] == [uuid_of(3)]
    assert bob["jobs"] == []
    assert (ada["account"], bob["account"]) == (account_of(ADA), account_of(BOB))


async def test_an_account_that_says_it_is_another_is_taken_for_who_it_is() -> None:
    async with desk() as here:
        _, answer = await here.api("look", BOB, account=account_of(ADA), user=account_of(ADA), seen="")
        assert [job["job"] for job in answer["view"]["held"]] == [uuid_of(3)]


async def test_where_no_owner_is_told_whoever_has_the_token_says_the_account() -> None:
    async with desk() as here:
        assert (await here.api("look", None, seen=""))[0] == 400
        _, answer = await here.api("look", None, account=account_of(BOB), seen="")
        assert answer["view"]["account"] == account_of(BOB)


async def test_what_came_from_another_machine_is_nobodys_here() -> None:
    async with desk() as here:
        here.control.jobs = [
            job_row(1, account_of(ADA), shared=True),
            job_row(2, account_of(ADA), foreign=True, state="printing"),
        ]
        view = await here.view()
        assert view["held"] == view["jobs"] == []


@pytest.mark.parametrize("deed", ["delete", "again", "printed"])
async def test_nobody_touches_the_job_of_another_account(deed: str) -> None:
    async with desk() as here:
        here.control.jobs.append(job_row(5, account_of(ADA), state="unknown"))
        before = [dict(row) for row in here.control.jobs]
        status, answer = await here.api(deed, BOB, jobs=[uuid_of(5)])
        assert (status, answer["error"]) == (404, "NotYours")
        unknown = await here.api(deed, BOB, jobs=[uuid_of(999)])
        assert unknown == (status, answer), "it is not told whether there is one"
        assert here.control.jobs == before


async def test_a_release_asks_for_the_accounts_own_jobs_whoever_it_says_it_is() -> None:
    async with desk() as here:
        await here.api("release", BOB, account=account_of(ADA), jobs=[uuid_of(1)])
        assert here.control.did("release")[0]["user"] == account_of(BOB)
        assert here.control.jobs[0]["state"] == "held"


async def test_a_job_whose_end_is_known_is_neither_printed_again_nor_settled() -> None:
    async with desk() as here:
        for deed in ("again", "printed"):
            assert (await here.api(deed, ADA, jobs=[uuid_of(1)]))[0] == 400
        assert (await here.api("again", ADA, jobs=[uuid_of(4)])) == (200, {"said": []})


# ---------------------------------------------------------------------------------------------------- what is told


async def test_a_question_waits_until_something_is_another() -> None:
    async with desk() as here:
        _, first = await here.api("look", seen="")
        news: list[dict[str, Any]] = []

        async def ask() -> None:
            news.append((await here.api("look", seen=first["digest"]))[1])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert not news
            here.control.jobs[0]["state"] = "queued"
            here.host.bus.publish(JobChanged(job=uuid.UUID(uuid_of(1)), printer=printer_id("front"),
                                             state=JobState.QUEUED))  # fmt: skip
        assert news[0]["digest"] != first["digest"]
        assert [job["job"] for job in news[0]["view"]["held"]] == [uuid_of(2)]


async def test_an_agent_without_a_hub_is_told_as_one() -> None:
    async with desk() as here:
        here.control.member = False
        assert (await here.view())["hub"] is None


async def test_how_a_printer_stands_is_told_by_what_was_seen_of_it() -> None:
    def device(**seen: object) -> dict[str, object]:
        return {"reachable": True, "reason": "none", "detail": "", **seen}

    async with desk() as here:
        here.control.printers = [
            printer_row("ready"),
            printer_row("empty", device=device(reason="media-empty")),
            printer_row("away", device=device(reachable=False, reason="offline-report")),
            printer_row("new", device=None),
            printer_row("pull", uri="", device=None),
        ]
        told = {row["id"]: row["condition"] for row in (await here.view())["printers"]}
    assert told == {"ready": "ready", "empty": "trouble", "away": "away", "new": "unseen", "pull": "ready"}


async def test_a_job_that_failed_long_ago_is_told_no_more() -> None:
    async with desk() as here:
        old, fresh = "2026-11-01T11:00:00+00:00", "2026-11-01T11:59:00+00:00"
        here.control.jobs = [
            job_row(1, account_of(ADA), state="aborted", ended_at=old),
            job_row(2, account_of(ADA), state="aborted", ended_at=fresh),
            job_row(3, account_of(ADA), state="completed", ended_at=fresh),
        ]
        assert [job["job"] for job in (await here.view())["jobs"]] == [uuid_of(2)]


async def test_a_title_that_is_no_utf8_is_told_all_the_same() -> None:
    async with desk() as here:
        here.control.jobs = [job_row(1, account_of(ADA), name="K\udcfchler")]
        assert [job["name"] for job in (await here.view())["held"]] == ["K?hler"]


async def test_a_sign_in_is_followed_to_its_end_though_nobody_looks() -> None:
    async with desk() as here:
        here.control.who |= {"signed_in": False, "name": ""}
        status, answer = await here.api("login", address="")
        assert (status, answer["user_code"]) == (200, "ABCD-EFGH")
        here.control.standing = "denied"
        cookie = await here.opened(part="login")
        with trio.fail_after(5):
            while "refused" not in (await here.get("/me/login", cookie))[1]:
                await trio.sleep(0.02)


async def test_who_mistyped_the_hub_gets_a_code_of_the_one_named_then() -> None:
    async with desk() as here:
        for address in ("https://wrong.example", "https://print.example", "https://print.example"):
            assert (await here.api("login", ADA, address=address))[0] == 200
        asked = [each["address"] for each in here.control.did("login.begin")]
        assert asked == ["https://wrong.example", "https://print.example"]


async def test_a_code_that_another_took_the_place_of_is_asked_about_no_more() -> None:
    """Whoever approved it would have this machine join a hub that nobody means."""
    async with desk() as here:
        here.control.who |= {"signed_in": False, "name": ""}
        begin, ids = here.control.login_begin, iter(("c1", "c2"))

        def begun(user: str, address: str) -> object:
            answer = begin(user, address)
            assert isinstance(answer, dict)
            return {**answer, "id": next(ids)}

        here.control.login_begin, here.control.standing = begun, "pending"  # type: ignore[method-assign]
        async with trio.open_nursery() as nursery:  # two clicks on one button
            for _ in range(2):
                nursery.start_soon(here.api, "login")
        with trio.fail_after(5):
            while here.control.did("login.ask").count({"id": "c2"}) < 3:
                await trio.sleep(0.01)
        asked = here.control.did("login.ask")
        assert {"id": "c1"} not in asked[asked.index({"id": "c2"}) :]
        assert "ABCD-EFGH" in (await here.get("/me/login", await here.opened(part="login")))[1]


# ---------------------------------------------------------------------------------------------------- the page


async def test_the_page_shows_what_waits_and_releases_it_by_a_form() -> None:
    async with desk() as here:
        here.control.who["signed_in"] = True
        cookie = await here.opened()
        status, text = await here.get("/me/", cookie)
        assert status == 200
        assert "letter 1" in text
        assert "letter 3" not in text
        answer = await here.post("/me/release", cookie, f"job={uuid_of(1)}&at=front&proof=+AB12")
        assert (answer.status, dict(answer.headers)["location"]) == (303, "/me/")
        wanted = {"user": account_of(ADA), "jobs": [uuid_of(1)], "at": "front", "proof": "AB12"}
        assert here.control.did("release") == [wanted]


async def test_what_is_refused_at_a_release_is_shown() -> None:
    async with desk() as here:
        here.control.refused = [{"job": uuid_of(1), "detail": "The code of the screen is wanted"}]
        answer = await here.post("/me/release", await here.opened(), f"job={uuid_of(1)}")
        assert "The code of the screen is wanted" in text_of(answer)


async def test_the_page_speaks_the_browsers_language() -> None:
    async with desk() as here:
        cookie = await here.opened()
        assert "Wartet auf Sie" in (await here.get("/me/", cookie, Accept_Language="de-DE,de"))[1]
        assert "Waiting for you" in (await here.get("/me/", cookie, Accept_Language="fr"))[1]


async def test_a_code_is_shown_as_letters_and_as_a_picture() -> None:
    async with desk() as here:
        here.control.who |= {"signed_in": False, "name": ""}
        cookie = await here.opened()
        assert "Get a code" in (await here.get("/me/login", cookie))[1]
        await here.post("/me/login", cookie, "address=")
        text = (await here.get("/me/login", cookie))[1]
        assert "ABCD-EFGH" in text
        assert 'src="data:image/png;base64,' in text


async def test_about_tells_versions_and_whole_fingerprints() -> None:
    async with desk() as here:
        text = (await here.get("/me/about", await here.opened(part="about")))[1]
        assert " ".join(["abab"] * 16) in text
        assert " ".join(["cdcd"] * 16) in text
        assert "in the keyring" in text


async def test_what_a_title_says_is_text_and_no_markup() -> None:
    async with desk() as here:
        here.control.jobs = [job_row(1, account_of(ADA), name='"><script>alert(1)</script>')]
        text = (await here.get("/me/", await here.opened()))[1]
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


# ---------------------------------------------------------------------------------------------------- attacks


async def test_a_code_opens_once() -> None:
    async with desk() as here:
        _, answer = await here.api("pair")
        path, _, query = answer["path"].partition("?")
        assert (await here.app.handle(browser_request(path, query=query))).status == 303
        assert (await here.app.handle(browser_request(path, query=query))).status == 403


async def test_a_code_read_from_the_list_of_processes_opens_nothing_for_another_user() -> None:
    async with desk() as here:
        _, answer = await here.api("pair", ADA)
        path, _, query = answer["path"].partition("?")
        assert (await here.app.handle(browser_request(path, query=query, owner=BOB))).status == 403
        assert (await here.app.handle(browser_request(path, query=query, owner=ADA))).status == 303


async def test_a_stolen_cookie_opens_nothing_for_another_user() -> None:
    async with desk() as here:
        cookie = await here.opened(ADA)
        assert (await here.get("/me/", cookie, owner=BOB))[0] == 403
        assert (await here.post("/me/release", cookie, f"job={uuid_of(1)}", owner=BOB)).status == 403
        assert not here.control.did("release")


async def test_a_user_without_rights_joins_nobodys_machine_to_a_hub_of_theirs() -> None:
    async with desk() as here:
        evil = "https://evil.example"
        status, answer = await here.api("login", BOB, address=evil)
        assert (status, answer["error"]) == (409, "NotYourHub")
        cookie = await here.opened(BOB)
        assert (await here.post("/me/login", cookie, f"address={evil}", owner=BOB)).status == 409
        assert here.control.did("login.begin") == []
        assert (await here.api("login", BOB, address=""))[0] == 200, "at the machine's own hub anybody signs in"
        assert (await here.api("login", ADA, address="https://print.example"))[0] == 200, "root chooses it"


async def test_a_page_without_a_session_is_told_nothing() -> None:
    async with desk() as here:
        for cookie in ("", "tympan-me=", "tympan-me=guess", "other=x"):
            status, text = await here.get("/me/", cookie)
            assert status == 403
            assert "letter" not in text
        assert not here.control.asked


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8080", "https://127.0.0.1:39149", ""]
)
async def test_a_form_of_another_site_presses_no_button(origin: str) -> None:
    async with desk() as here:
        cookie = await here.opened()
        answer = await here.post("/me/release", cookie, f"job={uuid_of(1)}", origin=origin)
        assert answer.status == 403
        assert not here.control.did("release")


async def test_a_browser_never_speaks_as_the_tray_of_its_user() -> None:
    async with desk() as here:
        for headers in ({"Origin": f"http://{SITE}"}, {"Sec-Fetch-Site": "same-origin"}):
            request = FakeLocalRequest(method="POST", path="/me/v1/look", headers=headers, content=b"{}", owner=ADA)
            assert (await here.app.handle(request)).status == 404
        assert not here.control.asked


async def test_a_link_changes_nothing() -> None:
    async with desk() as here:
        cookie = await here.opened()
        for name in ("release", "delete", "logout"):
            assert (await here.get(f"/me/{name}?job={uuid_of(1)}", cookie))[0] == 404
        assert here.control.did("release") == here.control.did("jobs.cancel") == here.control.did("logout") == []


async def test_a_page_may_not_be_framed_and_its_cookie_is_of_this_site_alone() -> None:
    async with desk() as here:
        _, answer = await here.api("pair")
        path, _, query = answer["path"].partition("?")
        opened = dict((await here.app.handle(browser_request(path, query=query))).headers)
        assert {"HttpOnly", "SameSite=Strict", "Path=/me"} <= set(opened["set-cookie"].split("; "))
        assert "frame-ancestors 'none'" in opened["content-security-policy"]


async def test_the_part_to_open_is_one_of_ours_and_no_address() -> None:
    async with desk() as here:
        for part in ("//evil.example", "login", "../../x"):
            _, answer = await here.api("pair", part=part)
            path, _, query = answer["path"].partition("?")
            answer_ = await here.app.handle(browser_request(path, query=query))
            assert dict(answer_.headers)["location"] in ("/me/", "/me/login")


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b'{"jobs": "x"}', b'{"jobs": [1]}', b'{"jobs": []}', b"[" * 5000, b"\xff"]
)
async def test_nonsense_is_refused_and_asks_the_kernel_nothing(body: bytes) -> None:
    async with desk() as here:
        request = FakeLocalRequest(method="POST", path="/me/v1/delete", content=body, owner=ADA)
        answer = await here.app.handle(request)
        assert answer.status == 400
        assert json.loads(text_of(answer))["error"] == "BadWish"
        assert not here.control.asked
