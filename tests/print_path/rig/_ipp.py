"""Asking an IPP server with ``ipptool``: an oracle that shares no code with ours."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from rig._places import private_directory
from rig._programs import Ended, ProgramFailed, attempt, run

_TEST = """\
{{
  OPERATION {operation}
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR naturalLanguage attributes-natural-language en
  {target}
  ATTR name requesting-user-name rig
  ATTR keyword requested-attributes {wanted}
{more}
{display}
}}
"""

_ORDER = """\
{{
  OPERATION {operation}
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR naturalLanguage attributes-natural-language en
  ATTR uri printer-uri $uri
{more}
  ATTR name requesting-user-name rig
  STATUS successful-ok
}}
"""


_BEFORE = """\
{{
  OPERATION {operation}
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR naturalLanguage attributes-natural-language en
  ATTR uri printer-uri $uri
}}
"""


async def attributes_of(
    uri: str, operation: str, wanted: Sequence[str], *, more: Sequence[str] = (), targeted: bool = True, after: str = ""
) -> list[Mapping[str, str]]:
    """One mapping per object the server tells of, from attribute name to its value as ``ipptool`` writes it.

    Args:
        uri: Whom to ask.
        operation: Such as ``Get-Jobs``.
        wanted: Attribute names.
        more: Further ``ATTR`` lines.
        targeted: Whether the request names ``uri`` as its target.
        after: An operation asked of the printer before, over the same connection.
    """
    before = _BEFORE.format(operation=after) if after else ""
    text = before + _TEST.format(
        operation=operation,
        target="ATTR uri printer-uri $uri" if targeted else "",
        wanted=",".join(wanted),
        more="\n".join(f"  ATTR {line}" for line in more),
        display="\n".join(f"  DISPLAY {name}" for name in wanted),
    )
    with private_directory("ipptool") as place:
        path = place / "request.test"
        path.write_text(text)
        return _rows(await attempt(["ipptool", "-c", uri, str(path)]), uri, text)


async def order(uri: str, operation: str, *, more: Sequence[str] = ()) -> None:
    """Asks a printer to do something; raises ``ProgramFailed`` when it answers with an error."""
    text = _ORDER.format(operation=operation, more="\n".join(f"  ATTR {line}" for line in more))
    with private_directory("ipptool") as place:
        path = place / "request.test"
        path.write_text(text)
        await run(["ipptool", "-t", uri, str(path)])


def _rows(ended: Ended, uri: str, asked: str) -> list[Mapping[str, str]]:
    """Rows of ``ipptool -c``; a server that does not answer gives no header line."""
    lines = [row for row in csv.reader(io.StringIO(ended.out), escapechar="\\") if row]
    if not lines:
        said = ended.err.strip() or "nothing"
        raise ProgramFailed(f"ipptool got no answer from {uri}, ended with {ended.status} and said {said}, to\n{asked}")
    header, *rows = lines
    return [dict(zip(header, row, strict=False)) for row in rows]
