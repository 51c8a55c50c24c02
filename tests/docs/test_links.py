"""Every relative link of every page leads somewhere, and every page of the docs is reachable from the README."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", flags=re.IGNORECASE)


def pages() -> list[Path]:
    """Every Markdown file of the repository, tracked or about to be."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).exists()]


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text("utf-8"), flags=re.DOTALL)


def links(page: Path) -> list[tuple[str, Path, str]]:
    """The relative links of a page: as written, the file, the fragment."""
    found = [link for link in LINK.findall(prose(page)) if not ELSEWHERE.match(link)]
    split = [(link, *link.partition("#")[::2]) for link in found]
    return [(link, (page.parent / unquote(path)).resolve() if path else page, anchor) for link, path, anchor in split]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link, target, anchor in links(page):
        assert target.is_relative_to(ROOT), f"{link} leaves the repository"
        assert target.exists(), link
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{link} has no such heading"


def test_every_page_of_the_docs_is_reachable_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page.is_dir():
            page = page / "README.md"
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        ahead += [target for _, target, _ in links(page)]
    unreached = {str(page.relative_to(ROOT)) for page in pages() if page.is_relative_to(ROOT / "docs")} - {
        str(page.relative_to(ROOT)) for page in seen
    }
    assert not unreached, "link them from docs/README.md"
