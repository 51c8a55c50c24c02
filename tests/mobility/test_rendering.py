"""What ``lp`` prints comes out on devices that take one format only: the right pages, as the document shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import attrs
import pytest
from rig import (
    add_printer,
    agent,
    private_cupsd,
    run_lp,
    simulator,
    wait_for_agent_job,
    wait_for_device,
    wait_for_job,
)
from submission_pictures import DPI, SAME, apart, nearest, paper_pictures, pictures, turned

from tympan_sim import Profile

pytestmark = [pytest.mark.anyio, pytest.mark.system]

DOCUMENTS: Final = Path(__file__).parents[1] / "documents"


@attrs.frozen(kw_only=True)
class Printed:
    """A device of one format, what is printed on it, and the pages that must come out."""

    media_type: str
    document: str
    options: dict[str, str]
    pages: tuple[int, ...]


BOTH_SIDES = {"sides": "two-sided-long-edge", "page-ranges": "2-3", "media": "iso_a4_210x297mm"}
KINDS: Final = {
    "urf": Printed(
        media_type="image/urf", document="04-landscape-color-duplex-1.7.pdf", options=BOTH_SIDES, pages=(2, 3)
    ),
    "pwg": Printed(
        media_type="image/pwg-raster", document="04-landscape-color-duplex-1.7.pdf", options=BOTH_SIDES, pages=(2, 3)
    ),
    "jpeg": Printed(media_type="image/jpeg", document="01-a4-1p-gray.pdf", options={}, pages=(1,)),
}


async def test_what_lp_prints_comes_out_on_devices_of_one_format(tmp_path: Path) -> None:
    profiles = [Profile(name=name, formats=(kind.media_type,), resolutions_dpi=(DPI,)) for name, kind in KINDS.items()]
    async with private_cupsd() as cups, simulator(tmp_path / "paper", *profiles) as site:
        settings = f'[spool_cups]\nserver = "{cups.server}"\nerror_log = "{cups.root}/log/error_log"\n'
        async with agent(tmp_path / "home", env={"TYMPAN_KEYS": "file"}, settings=settings) as ours:
            for name in KINDS:
                await add_printer(ours, name, site[name].uri)
                await wait_for_device(ours, name)
                await ours.tympan("printers", "install", name)
            for number, (name, kind) in enumerate(KINDS.items(), 1):
                job = await run_lp(cups.server, name, DOCUMENTS / kind.document, kind.options)
                assert (await wait_for_job(cups.server, job)).state == "completed"
                assert (await wait_for_agent_job(ours, number)).state == "completed"
                [paper] = site[name].journal
                assert paper.format == kind.media_type
                assert came_out(Path(paper.file), kind, tmp_path) == kind.pages


def came_out(paper: Path, kind: Printed, folder: Path) -> tuple[int, ...]:
    """Which pages of the document stand on the paper."""
    shown = paper_pictures(paper.read_bytes(), kind.media_type, folder)
    whole = [turned(page) for page in pictures((DOCUMENTS / kind.document).read_bytes())]
    found = tuple(nearest(page, whole) for page in shown)
    assert all(apart(page, whole[number - 1]) < SAME for page, number in zip(shown, found, strict=True))
    return found
