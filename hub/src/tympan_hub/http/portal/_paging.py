"""Pages of a long list: where one begins, and the ways to the one before and after."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from tympan_hub.domain.limits.pages import PAGE
from tympan_hub.domain.people import Found
from tympan_hub.http.portal import views

_PAGES_MOST: Final = 1_000_000
"""No list has so many pages; a database's numbers do not end much later."""


async def begin(find: Callable[[int], Awaitable[Found]], page: int) -> tuple[Found, int]:
    """A page of people and the place of its first one; past the end it is the last page.

    Args:
        find: Finds from a place on.
        page: Number of the page, from 1.
    """
    first = min(max(page - 1, 0), _PAGES_MOST) * PAGE
    found = await find(first)
    if found.people or not found.total:
        return found, first if found.total else 0
    first = (found.total - 1) // PAGE * PAGE
    return await find(first), first


def stand(first: int, total: int, path: str, query: Mapping[str, str]) -> views.Page:
    """Where a list stands, and the addresses of its neighbours."""
    number = first // PAGE + 1
    return views.Page(
        first=first + 1 if total else 0,
        last=min(first + PAGE, total),
        total=total,
        earlier=_address(path, query, number - 1) if first else "",
        later=_address(path, query, number + 1) if first + PAGE < total else "",
    )


def _address(path: str, query: Mapping[str, str], page: int) -> str:
    asked = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode({**asked, 'page': str(page)})}"
