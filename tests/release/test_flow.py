"""From ``lp`` to paper: a pull queue on CUPS, a phone that scans the sticker, a device, and "printed" on the phone.

The broker runs, is stopped amid it, and is killed: the phone sees no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trio
from joined_rig import Login, Portal, approve, keep_picture, pictures
from mqtt_rig import enrolled, intruder
from portal_rig import axe_faults
from release_rig import BOOK, DEVICE, PHONE, PULL, Office, Screen, Whole, address, typed, whole
from rig import agent_jobs, cups_queues, run, wait_until

from tympan_cli._exits import Exit
from tympan_wire.hub import Look, News, Operation, encode

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("whole")) as parts:
        yield parts


@pytest.fixture(scope="module")
def ben(office: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The user, signed in on a phone that looks at the device's sticker."""
    with office.phone(office.sticker(), tmp_path_factory.mktemp("film")) as opened:
        yield opened(PHONE).sign_in(address("ben"))


def held(office: Whole, title: str) -> None:
    """Prints from the computer: its own queue is free at once, and the agent holds the job."""
    assert office.lp(BOOK, title, sides="two-sided-long-edge").state == "completed"
    assert office.do(cups_queues, office.cups.server)[PULL].state == "idle"
    [job] = [job for job in office.do(agent_jobs, office.agent) if job.name == title]
    assert (job.state, job.reason) == ("held", "job-held-for-release")


def scan(at: Portal) -> None:
    """Looks at the sticker with the camera."""
    at.go("/app")
    at.press("Scan a printer's code")
    at.page.wait_for_url("**/r/*")


def look_at(at: Portal, folder: Path, name: str) -> None:
    """A page everybody can use; kept as a picture."""
    keep_picture(at, folder / "pictures", name)
    assert axe_faults(at.page) == []


def test_a_job_is_held_until_its_owner_scans_the_sticker_and_the_phone_says_printed(
    office: Whole, ben: Portal, tmp_path: Path
) -> None:
    assert office.office.broker is not None
    held(office, "Yearbook.pdf")
    ben.go("/app").sees("Yearbook.pdf")
    look_at(ben, tmp_path, "release 1 held")
    scan(ben)
    ben.sees("Yearbook.pdf")
    look_at(ben, tmp_path, "release 2 at the device")
    assert office.papers() == 0
    office.eve.take_until(tmp_path / "go")
    ben.press("Print here")
    ben.page.wait_for_url("**/app/releases/*")
    ben.badge("Printing")  # by itself, and so is what follows
    (tmp_path / "go").touch()
    ben.badge("Printed")
    look_at(ben, tmp_path, "release 3 printed")
    [paper] = office.eve.files()
    assert re.search(r"^Pages: +100$", office.do(run, ["pdfinfo", str(paper.path)]), re.MULTILINE)
    assert paper.ticket["sides"] == "two-sided-long-edge"
    assert ben.here.complaints == []
    assert office.office.broker.said_on(f"tympan/{office.office.names[0]}/look")


@pytest.mark.parametrize("way", ["stopped", "killed"])
def test_a_broker_that_goes_amid_it_is_missed_by_nobody(office: Whole, ben: Portal, way: str) -> None:
    broker, before = office.office.broker, office.papers()
    assert broker is not None
    held(office, f"{way}.pdf")
    scan(ben)
    office.do(broker.program.stop if way == "stopped" else broker.program.kill9)
    ben.press("Print here")
    ben.badge("Printed")
    assert office.papers() == before + 1
    office.do(broker.start)


def pictured(ben: Portal, screen: Screen, folder: Path, name: str) -> Screen:
    """Kept as a picture."""
    browser = ben.page.context.browser
    assert browser is not None
    screen.picture(browser, pictures(folder) / f"terminal-{name}.png")
    return screen


def test_the_command_line_releases_what_is_held_here_at_the_device_that_is_named(
    office: Whole, ben: Portal, tmp_path: Path
) -> None:
    before, ours = office.papers(), office.agent
    terminal = Login(office)
    approve(ben, terminal.code(), "Sign in")
    assert terminal.ended()[0] == 0
    for title in ("From the desk.pdf", "Quarterly figures of all four branches, with the notes of the auditors.pdf"):
        held(office, title)
    listed = pictured(ben, typed(ours, "held"), tmp_path, "held")
    assert "From the desk.pdf" in listed.text
    refused = pictured(ben, typed(ours, "release", "--at", "2345-6789"), tmp_path, "refused")
    assert "Look at the name of the device, or at the code on it, again." in refused.text
    assert (refused.status, office.papers()) == (Exit.FAILED, before)
    office.do(office.office.hub.program.stop)
    away = pictured(ben, typed(ours, "release", "--at", office.code), tmp_path, "hub away")
    assert away.status != 0
    assert office.papers() == before
    office.do(office.office.hub.start)
    pictured(ben, typed(ours, "release", "--help"), tmp_path, "help")

    async def released() -> Screen | None:
        """The agent may still be on its way back to the hub."""
        screen = await trio.to_thread.run_sync(typed, ours, "release", "--at", office.code)
        return None if screen.status else screen

    screen = office.until(released, "the hub to be back for the agent")
    assert "2 jobs are on the way" in pictured(ben, screen, tmp_path, "released").text

    async def out() -> bool:
        return office.papers() == before + 2

    office.until(out, "both to come out")
    assert "no held jobs" in pictured(ben, typed(ours, "held"), tmp_path, "none held").text


def test_a_badge_lets_out_what_is_held_at_its_station_alone(office: Whole) -> None:
    before, point = office.papers(), office.office.made.points[DEVICE].printer
    attic = office.api("POST", "/printers", "ada", name="Attic", uri="ipp://localhost:1/ipp/print")["id"]
    office.api("POST", "/release-points", "ada", printers=[attic])
    station = office.api("POST", "/stations", "ada", name="Reader by the stairs", points=[point])
    [person] = [row for row in office.api("GET", "/people", "ada")["items"] if row["email"] == address("ben")]
    office.api("POST", f"/people/{person['id']}/badges", "ada", number="04:A2:4B:91")
    held(office, "Payslip.pdf")

    def shown(token: str = station["token"], **said: str) -> httpx.Response:
        return office.do(office.office.api, "POST", "/station/releases", token=token, **said)

    stolen = [shown(point=attic, badge="04a24b91"), shown(point=attic, login=person["login"])]
    assert {answer.status_code for answer in stolen} <= {403, 404}, "a stolen token, for a device it is not beside"
    assert shown(point=point, badge="04a24b92").status_code == 404, "nobody's"
    assert shown("0" * 43, point=point, badge="04a24b91").status_code == 401
    assert office.papers() == before
    answer = shown(point=point, badge="04a24b91")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["released"]) == 1
    assert "Payslip" not in answer.text, "a station has a screen"

    async def out() -> bool:
        return office.papers() == before + 1

    office.until(out, "it to come out")
    assert shown(point=point, badge="04a24b91").json()["released"] == []
    office.api("DELETE", f"/stations/{station['id']}", "ada")
    assert shown(point=point, badge="04a24b91").status_code == 401


LOOK = encode(Look(topic="releases"), News)
FORGED = [LOOK] * 10 + [b"{}", b"\xff" * 40_000, encode(Look(topic="anything"), News)]
NOT_ALLOWED, TAKEN = 0x87, {0x00, 0x10}
"""Reason codes of MQTT 5: section 3.4.2.1."""


async def forged(office: Office, invitation: str) -> None:
    """Somebody with the certificate of another agent says what only the hub says: to a strict broker, and a lax one."""
    broker, topic = office.broker, f"tympan/{office.names[0]}/look"
    assert broker is not None
    async with enrolled(office.hub.url, invitation) as thief:
        context = await thief.context()
        async with intruder(broker.port, context) as evil:
            assert {await evil.publish(topic, payload) for payload in FORGED} == {NOT_ALLOWED}
        said = broker.said_on(topic)
        broker.let_all()
        await broker.program.stop()
        await broker.start()

        async def back() -> bool:
            return broker.said_on(topic) > said

        await wait_until(back, "the agent to be back at the broker", timeout_s=60, every_s=0.1)
        looked = await office.asked(Operation.RELEASES)
        async with intruder(broker.port, context) as evil:
            codes = {await evil.publish(f"tympan/{thief.agent}/look", payload) for payload in FORGED * 3}
            codes |= {await evil.publish(topic, payload) for payload in FORGED}
            assert codes <= TAKEN

        async def seen() -> bool:
            return await office.asked(Operation.RELEASES) > looked

        await wait_until(seen, "the agent to look again", timeout_s=60, every_s=0.1)
        await broker.configure(office.hub.home)
        await broker.program.stop()
        await broker.start()  # whoever says hello now has heard all that was said before
        said = broker.said_on(topic)
        await wait_until(back, "the agent to be back once more", timeout_s=60, every_s=0.1)
        assert await office.asked(Operation.RELEASES) - looked <= len(FORGED), "a look a notice, and none for another's"


def test_a_forged_notice_is_refused_by_the_broker_and_worth_one_look_to_an_agent_of_a_lax_one(
    office: Whole, ben: Portal
) -> None:
    before = office.papers()
    held(office, "Not asked for.pdf")
    office.do(forged, office.office, office.api("POST", "/enrolment-tokens", "ada", name="stolen")["token"])
    ben.go("/app").sees("Not asked for.pdf")
    assert office.papers() == before
    scan(ben)
    ben.press("Print here")
    ben.badge("Printed")
    assert office.papers() == before + 1, "nobody was harmed"
