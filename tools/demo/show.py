"""What the demo shows: documents printed, held and released, sent through the hub, and what the hub tells of it."""

from __future__ import annotations

import os
import sys
from typing import Any

from tools.demo.elsewhere import AGENT, prints_from_elsewhere
from tools.demo.house import QUEUE, House
from tools.demo.page import Page
from tools.demo.places import DOCUMENT
from tools.demo.portal import Portal
from tools.demo.programs import say, tell

_FACTS = ("Printer", "Person", "Pages of the document", "Copies", "Sides printed", "Of them in colour",
          "Sheets of paper", "Paper", "Sides")  # fmt: skip
"""What of the portal's page is shown, in this order."""

PRINTED = 4
"""Documents that come out in all."""
_COUNTED = "Sides printed"
_LAST = "Printed"
_SAMPLE = slice(200, 260)
"""Bytes of the document that would stand in any copy of it."""


def show(home: House) -> None:
    """Prints, and shows what became of it; ends the demo as failed where that is not what was promised."""
    first = _prints(home)
    _is_away(home)
    _is_held(home)
    prints_from_elsewhere(home)
    _on_paper(home)
    _nothing_readable(home)
    _as_the_hub_tells_it(home, first)


def _prints(home: House) -> str:
    say("A 100-page document, sealed on the way, two copies, both sides")
    file = os.path.relpath(DOCUMENT)
    home.programs.show("print", file, "--printer", "lobby", "--copies", "2", "--sides", "long", "--wait")
    _wait_until_counted(home, "1")
    home.programs.show("job", "1")
    return str(home.programs.tympan("job", "1")["uuid"])


def _is_away(home: House) -> None:
    say("A device that is away: the job waits, says so, and is printed when the device is back")
    home.order("studio", "offline")
    job = str(home.programs.tympan("print", os.path.relpath(DOCUMENT), "--printer", "studio")["number"])
    _wait_for_state(home, job, "waiting")
    home.programs.show("jobs")
    home.order("studio", "")
    _wait_for_state(home, job, "completed")
    _wait_until_counted(home, job)
    home.programs.show("job", job)


def _is_held(home: House) -> None:
    say("Printed without choosing where: held, sealed, until Ben stands at a device and releases it from his phone")
    job = home.programs.tympan("print", os.path.relpath(DOCUMENT), "--printer", QUEUE)
    number, name = str(job["number"]), str(job["uuid"])
    _wait_for_state(home, number, "held")
    home.programs.show("held")
    code = Portal(home.address, home.people.administrator).open("/release-points/studio").code
    phone, page = Portal(home.address, home.people.user), f"/r/{code}"
    home.programs.wait_for("the phone to show the job", lambda: f"job-{name}" in phone.open(page).picks)
    tell(f"the code on the device in the studio leads Ben's phone to {home.address}{page}")
    phone.send(page, **{f"job-{name}": "yes"})
    _wait_for_state(home, number, "completed")
    _wait_until_counted(home, number)
    home.programs.show("job", number)


def _on_paper(home: House) -> None:
    say("What came out on paper, opened and counted")
    paper = home.programs.places.paper
    papers = sorted(path for path in paper.rglob("*") if path.is_file() and path.suffix in (".pdf", ".bin", ""))
    for sheet in papers:
        row = home.programs.tympan("inspect", str(sheet), "--format", "application/pdf")
        color = len(row["color_pages"] or ())
        tell(f"{os.path.relpath(sheet)}: {row['pages']} pages, {color} in colour, {', '.join(row['sizes'])}")
    if len(papers) != PRINTED:
        sys.exit(f"demo: {len(papers)} documents came out, {PRINTED} were printed")


def _nothing_readable(home: House) -> None:
    say("And no readable byte of it lies in the folders of agents and hub")
    places, marker = home.programs.places, DOCUMENT.read_bytes()[_SAMPLE]
    folders = (places.agent, places.output / AGENT, places.hub)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found = [path for path in files if marker in path.read_bytes()]
    tell(f"searched {len(files)} files: {found or 'nothing found'}")
    if found:
        sys.exit("demo: plaintext was found on disk")


def _as_the_hub_tells_it(home: House, job: str) -> None:
    ben = home.people.user
    say(f"The first job as the hub tells it to {ben.name} in the portal")
    portal = Portal(home.address, ben)
    seen: list[Page] = []

    def told() -> bool:
        seen[:] = [portal.open(f"/jobs/{job}")]
        return _COUNTED in seen[0].facts and seen[0].story[-1:] == [_LAST]

    home.programs.wait_for("the hub to know how the job ended", told)
    tell(f"{home.address}/jobs/{job}")
    for name in _FACTS:
        tell(f"{name:22} {seen[0].facts.get(name, 'not told')}")
    tell(f"{'Story':22} {', '.join(seen[0].story)}")


def _wait_for_state(home: House, job: str, state: str) -> None:
    def stands() -> bool:
        return bool(_job(home, job)["state"] == state)

    home.programs.wait_for(f"job {job} to be {state}", stands)


def _wait_until_counted(home: House, job: str) -> None:
    """Returns once the document's pages are counted, which happens beside printing and may end after it."""
    home.programs.wait_for(f"the pages of job {job} to be counted", lambda: _job(home, job)["statistics"] is not None)


def _job(home: House, job: str) -> dict[str, Any]:
    row: dict[str, Any] = home.programs.tympan("job", job)
    return row
