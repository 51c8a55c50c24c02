"""From ``lp`` to paper: a pull queue on CUPS, a phone that scans the sticker, a device, and "printed" on the phone.

The broker runs, is stopped amid it, and is killed: the phone sees no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from joined_rig import Login, Portal, approve, keep_picture
from portal_rig import axe_faults
from release_rig import BOOK, PHONE, PULL, Whole, address, whole
from rig import ProgramFailed, agent_jobs, cups_queues, run

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
    office.eve.take_seconds(2)
    ben.press("Print here")
    ben.page.wait_for_url("**/app/releases/*")
    ben.badge("Printing")  # by itself, and so is what follows
    ben.badge("Printed")
    office.eve.take_seconds(0)
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


def test_the_command_line_releases_what_is_held_here_at_the_device_that_is_named(office: Whole, ben: Portal) -> None:
    before = office.papers()
    terminal = Login(office)
    approve(ben, terminal.code(), "Sign in")
    assert terminal.ended()[0] == 0
    held(office, "From the desk.pdf")
    assert "From the desk.pdf" in office.do(office.agent.tympan, "held")
    with pytest.raises(ProgramFailed):
        office.do(office.agent.tympan, "release", "--at", "2345-6789")
    assert office.papers() == before
    office.do(office.agent.tympan, "release", "--at", office.code)

    async def out() -> bool:
        return office.papers() == before + 1

    office.until(out, "it to come out")
