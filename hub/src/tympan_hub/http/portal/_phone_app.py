"""What makes the held jobs an app on a phone: its manifest, its worker, the page while the hub is away, the camera."""

import hashlib
import json
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tympan_hub.domain.proximity import typed
from tympan_hub.http.guards import content_policy
from tympan_hub.http.portal import views
from tympan_hub.http.portal._language import catalogue, marked
from tympan_hub.http.portal._pages import STATIC, asset, render
from tympan_hub.http.portal._print_page import SHARED
from tympan_hub.http.portal._visit import Member, Visit, reader

router = APIRouter(prefix="/app")

SECTION: Final = "held"
_ICONS: Final = (("app-192.png", "192x192"), ("app-512.png", "512x512"))
_KEPT: Final = ("vendor/pico.min.css", "tokens.css", "parts.css", "forms.css", "tables.css", "usage.css", "frame.css",
    "app.css", "vendor/htmx.min.js", "portal.js", "offline.js", "favicon.svg", "app-192.png")  # fmt: skip
"""Files of the page that is shown while the hub is away."""

_TAKEN: Final = ("application/pdf", "image/*", "text/plain", "text/markdown", "text/html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/msword",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation", "application/rtf")  # fmt: skip
"""What other apps may share with this one; "*/*" would offer it beside every film."""

_CODE_SHOWN: Final = 40
"""Characters of a code that was typed, to be put right."""

_NOBODYS: Final = marked("No printer here has this code. Look at it again.")
_NO_CODE: Final = marked("This is no code of a printer: it has eight letters and digits.")


@router.get("/manifest.webmanifest")
async def manifest(request: Request) -> Response:
    """What a phone needs to install the app (W3C Web Application Manifest)."""
    said = catalogue(reader(request).language).gettext
    icons = [
        {"src": asset(name), "sizes": size, "type": "image/png", "purpose": purpose}
        for name, size in _ICONS
        for purpose in ("any", "maskable")
    ]
    told = {
        "id": "/app",
        "name": "Tympan",
        "short_name": "Tympan",
        "description": said("Print what you hold, at the printer you stand at."),
        "lang": reader(request).language.value,
        "start_url": "/app",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f6f5f1",
        "theme_color": "#2646b4",
        "icons": icons,
        "shortcuts": [
            {"name": said("Scan a printer's code"), "url": "/app/scan"},
            {"name": said("Print a document"), "url": "/app/print"},
        ],
        "share_target": {
            "action": SHARED,
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"text": "text", "files": [{"name": "documents", "accept": list(_TAKEN)}]},
        },
    }
    return JSONResponse(told, media_type="application/manifest+json")


@router.get("/worker.js")
async def worker(request: Request) -> Response:
    """The service worker; another release or language of the files makes it another one."""
    language = reader(request).language.value
    files = [asset(name) for name in _KEPT]
    text = (STATIC / "worker.js").read_text("utf-8")
    name = hashlib.sha256("\n".join((language, text, *files)).encode()).hexdigest()[:12]
    told = {"NAME": f"tympan-{name}", "OFFLINE": f"/app/offline?{name}", "FILES": files}
    head = "".join(f"const {word} = {json.dumps(value)};\n" for word, value in told.items())
    # Its scope is the whole site: codes of printers lead to pages that do not lie under its own path.
    headers = {"Service-Worker-Allowed": "/", "Cache-Control": "no-cache"}
    return Response(head + text, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/offline")
async def offline(request: Request) -> Response:
    """The page while the hub is away; the same for everybody, as phones keep it."""
    return HTMLResponse(render("offline", reader(request), views.Frame(), views.Nothing()))


@router.get("/scan")
async def scan(visit: Member) -> Response:
    """The page with the camera."""
    return camera_page(visit, views.Form())


@router.get("/find")
async def find(visit: Member, code: str = "") -> Response:
    """Goes to the printer whose code was typed."""
    letters = typed(code)
    if letters:
        return RedirectResponse(f"/r/{letters}", 303)
    return camera_page(visit, views.Form(values={"code": code[:_CODE_SHOWN]}, faults={"code": _NO_CODE}), 422)


def nowhere(visit: Visit, code: str) -> Response:
    """The page with the camera again, for a code that is no printer's here."""
    return camera_page(visit, views.Form(values={"code": code[:_CODE_SHOWN]}, faults={"code": _NOBODYS}), 404)


def camera_page(visit: Visit, form: views.Form, status: int = 200) -> Response:
    """The page with the camera. Its reader of codes is WebAssembly, which no other page may run."""
    view = views.Camera(hub=visit.portal.address_for(visit.request), form=form)
    page = visit.page("scan_code", SECTION, view, status=status)
    page.headers["Content-Security-Policy"] = content_policy(wasm=True)
    return page
