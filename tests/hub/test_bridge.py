"""The fast way: the portal's page has the agent on the same machine install a printer, on a real CUPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from joined_rig import ADMINISTRATOR, Joined, Portal, joined, keep_picture
from portal_rig import Look, axe_faults

pytestmark = pytest.mark.system

LAPTOP = Look(name="laptop")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Joined]:
    with joined(tmp_path_factory.mktemp("joined")) as parts:
        yield parts


def until(at: Portal, state: str) -> None:
    """Waits until the part of the page about this computer is in a state."""
    at.page.locator(f"#this-computer[data-state='{state}']").wait_for()


def test_a_page_installs_and_removes_through_the_bridge(whole: Joined, tmp_path: Path) -> None:
    with whole.browser() as browser:
        ada = browser(LAPTOP).sign_in(ADMINISTRATOR)
        ada.add_printer("Front desk", whole.site["eve"].uri)
        until(ada, "ask")
        ada.press("Install on this computer")
        until(ada, "foreign")
        assert "belongs to Acme" in whole.tympan(*ada.enrolment_command())
        whole.knows("front-desk")
        ada.go("/printers/front-desk")
        ada.press("Install on this computer")
        until(ada, "done")
        assert "front-desk" in whole.queues()
        keep_picture(ada, tmp_path, "bridge done")
        assert axe_faults(ada.page) == []
        ada.press("Remove from this computer")
        until(ada, "removed")
        assert "front-desk" not in whole.queues()
