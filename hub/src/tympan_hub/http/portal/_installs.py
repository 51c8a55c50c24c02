"""Installing Tympan on the computer one sits at: the right file for it, with a token inside, or commands with one.

- A token is made when a file or a command is asked for, and stands in no address: neither history nor a log has it.
- What is handed out is the published package with a token put to its control files. What it installs is the same.
"""

from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Final

import anyio
import attrs
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from tympan_hub.domain.errors import Full, TooMany
from tympan_hub.domain.packages import HEAD_BYTES, Enrolment, Personal, personal
from tympan_hub.http.portal import views
from tympan_hub.http.portal._browsers import browser
from tympan_hub.http.portal._language import marked
from tympan_hub.http.portal._visit import Member, Visit
from tympan_hub.http.portal.views import Said, Tone
from tympan_hub.ports.update_repository import Target
from tympan_hub.service.installs import Offer
from tympan_wire.hub import UPDATES_PATH

router = APIRouter(prefix="/install")

_SECTION: Final = "install"
_MIB: Final = 1 << 20
_OWN: Final = ".local/share/tympan/install"
"""Where one person's own versions lie, below their home."""

_CHUNK: Final = 256 << 10
_DEB: Final = "application/vnd.debian.binary-package"
_SYSTEMS: Final = {
    "debian": marked("Debian, Ubuntu and the like"),
    "linux": marked("Another Linux"),
    "windows": "Windows",
    "macos": "macOS",
}
_OF_BROWSER: Final = {"Windows": "windows", "macOS": "macos", "iPhone": "macos", "iPad": "macos"}
_FULL: Final = Said(
    tone=Tone.WARN,
    text=marked("There are as many computers, or as many tokens that nobody used, as there may be."),
    then=marked("An administrator takes away those that nobody needs."),
)
_GONE: Final = Said(
    tone=Tone.BAD,
    text=marked("The package cannot be handed out with a token in it."),
    then=marked("Use the commands below, or tell whoever runs this hub."),
)


@router.get("")
async def page(visit: Member, system: str = "") -> Response:
    """The page, for the system the browser runs on unless another one is chosen."""
    return await _page(visit, system)


@router.post("/package")
async def package(visit: Member) -> Response:
    """The package, with a token of its own inside."""
    await visit.fields()
    offer = await visit.services.installs.offer(visit.home, visit.person)
    file = await visit.services.installs.file(offer.package) if offer.package else None
    if offer.package is None or file is None or await _personal(file, Enrolment(hub="", token="")) is None:
        return await _page(visit, "debian", said=_GONE, status=409)
    try:
        token, _ = await visit.services.installs.token(visit.home, visit.person)
    except (Full, TooMany):
        return await _page(visit, "debian", said=_FULL, status=409)
    made = await _personal(file, Enrolment(hub=_hub(visit), token=token))
    if made is None:
        return await _page(visit, "debian", said=_GONE, status=409)
    headers = {
        "Content-Disposition": f'attachment; filename="{PurePosixPath(offer.package.path).name}"',
        "Content-Length": str(len(made.beginning) + offer.package.size - made.rest_from),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_octets(file, made), headers=headers, media_type=_DEB)


@router.post("/command")
async def command(visit: Member) -> Response:
    """Commands with a token in them, shown this once: the answer is the page itself."""
    system = (await visit.fields()).get("system", "")
    offer = await visit.services.installs.offer(visit.home, visit.person)
    target = offer.package if system == "debian" else offer.bundle
    if target is None:
        return await _page(visit, system)
    try:
        token, expires_at = await visit.services.installs.token(visit.home, visit.person)
    except (Full, TooMany):
        return await _page(visit, system, said=_FULL, status=409)
    file, hub = _download(visit, target), _hub(visit)
    root = _download(visit, offer.root) if offer.root else None
    made = _debian(file, hub, token) if system == "debian" else _bundle(file, root, offer.version, hub, token)
    view = attrs.evolve(_view(visit, offer, system), command=made, expires_at=expires_at)
    return visit.page("install", _SECTION, view)


async def _page(visit: Visit, system: str, *, said: Said | None = None, status: int = 200) -> Response:
    offer = await visit.services.installs.offer(visit.home, visit.person)
    return visit.page("install", _SECTION, attrs.evolve(_view(visit, offer, system), said=said), status=status)


def _view(visit: Visit, offer: Offer, system: str) -> views.Install:
    chosen = system if system in _SYSTEMS else _guessed(visit)
    return views.Install(
        system=chosen,
        systems=tuple(views.Choice(value=name, label=word, chosen=name == chosen) for name, word in _SYSTEMS.items()),
        may=offer.may,
        version=offer.version,
        package=_download(visit, offer.package) if offer.package else None,
        bundle=_download(visit, offer.bundle) if offer.bundle else None,
        hub=_hub(visit),
    )


def _guessed(visit: Visit) -> str:
    told = browser(visit.request.headers.get("user-agent", "")).rpartition(", ")[2]
    return _OF_BROWSER.get(told, "debian")


def _hub(visit: Visit) -> str:
    return visit.portal.address_for(visit.request)


def _download(visit: Visit, target: Target) -> views.Download:
    return views.Download(
        name=PurePosixPath(target.path).name,
        address=f"{_hub(visit)}{UPDATES_PATH}{target.place}",
        sha256=target.sha256,
        mib=max(round(target.size / _MIB), 1),
    )


def _debian(file: views.Download, hub: str, token: str) -> str:
    joins = quote(Enrolment(hub=hub, token=token).text.replace("\n", "\\n"))
    return (
        f"curl -fLo {file.name} {quote(file.address)} &&\n"
        f'echo "{file.sha256}  {file.name}" | sha256sum -c &&\n'
        f"printf %b {joins} | sudo install -D -m 600 /dev/stdin /etc/tympan/enrolment &&\n"
        f"sudo apt install ./{file.name}"
    )


def _bundle(file: views.Download, root: views.Download | None, version: str, hub: str, token: str) -> str:
    return (
        f"cd ~ && curl -fLo {file.name} {quote(file.address)} &&\n"
        f'echo "{file.sha256}  {file.name}" | sha256sum -c &&\n'
        f"mkdir -p {_OWN}/versions/{version} &&\n"
        f"tar -xzf {file.name} -C {_OWN}/versions/{version} && touch {_OWN}/versions/{version}/complete &&\n"
        f"ln -sfn versions/{version} {_OWN}/current && ln -sfn versions/{version} {_OWN}/steady &&\n"
        f"{_trust(root) if root else ''}"
        f"{_OWN}/current/tympan service install --user &&\n"
        # joined by "=": a token may begin with "-"
        f"{_OWN}/current/tympan hub enrol {quote(hub)} --token={token}"
    )


def _trust(root: views.Download) -> str:
    """Commands that lay down whom the updater trusts; without it no update is ever taken."""
    path = f"{_OWN}/trust/root.json"
    return (
        f"mkdir -p {_OWN}/trust && curl -fLo {path} {quote(root.address)} &&\n"
        f'echo "{root.sha256}  {path}" | sha256sum -c &&\n'
    )


async def _personal(file: Path, enrolment: Enrolment) -> Personal | None:
    async with await anyio.open_file(file, "rb") as opened:
        head = await opened.read(HEAD_BYTES)
    return await anyio.to_thread.run_sync(personal, head, enrolment)


async def _octets(file: Path, made: Personal) -> AsyncIterator[bytes]:
    yield made.beginning
    async with await anyio.open_file(file, "rb") as opened:
        await opened.seek(made.rest_from)
        while chunk := await opened.read(_CHUNK):
            yield chunk
