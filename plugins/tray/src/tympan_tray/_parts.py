"""Parts of the page: state, held jobs, other jobs, printers, sign-in, About. Pure; each gives escaped HTML."""

from __future__ import annotations

import base64
import io
from typing import Final

from tympan_tray._limits import TEXT_CHARS
from tympan_tray._sign_ins import Code, Progress
from tympan_tray._standing import Standing, needs, standing
from tympan_tray._view import About, Condition, HeldJob, JobView, PrinterView, View
from tympan_tray._words import Words, marked, moment

_JOIN: Final = marked("Join a hub and sign in")
_SIGN_IN: Final = marked("Sign in")
_WAITING: Final = marked("Waiting for you")
_NO_DEVICE: Final = marked("No device is known here at which it may come out.")
_CODE: Final = marked("Code on the device")
_DEVICE: Final = marked("Device")
_DOCUMENTS: Final = marked("Your documents")
_NO_PRINTERS: Final = marked("This computer has no printers yet.")
_PRINTERS: Final = marked("Printers")
_SIGN_IN_AT: Final = marked("You sign in at %(hub)s.")
_APPROVED: Final = marked("I have approved it")
_SCAN_IT: Final = marked("Scan it with a phone, or open this address:")
_QR_CODE: Final = marked("QR code of the address")
_APPROVAL: Final = marked("Waiting for your approval …")
_PORTAL: Final = marked("Portal")
_ABOUT: Final = marked("About")
_HUB: Final = marked("Hub")
_AGENT: Final = marked("Agent")
_PROBLEMS: Final = marked("Problems")
_KEYS_AT_REST: Final = marked("Keys at rest")
_FINGERPRINTS: Final = marked("Fingerprints (SHA-256)")
_PARTS: Final = marked("Parts")
_TONES: Final = {
    Standing.CONNECTED: "good",
    Standing.ALONE: "good",
    Standing.OFFLINE: "calm",
    Standing.NOT_SIGNED_IN: "warn",
    Standing.NEEDS_YOU: "warn",
}
_ENDS: Final = {
    Progress.DENIED: marked("The code was refused at the portal."),
    Progress.EXPIRED: marked("Nobody approved the code in time."),
    Progress.FAILED: marked("The hub gave no answer that is known here."),
    Progress.ENROLLED: marked("This computer belongs to the hub now. One more code signs you in."),
    Progress.SIGNED_IN: marked("You were signed in, and are signed out again."),
}


def all_of(view: View, say: Words) -> str:
    """The whole start page."""
    return "".join((state(view, say), held(view, say), jobs(view, say), printers(view, say), foot(view, say)))


# ---------------------------------------------------------------------------------------------------- state


def state(view: View, say: Words) -> str:
    """At a glance, what needs somebody, and who is signed in."""
    found = needs(view)
    calls = "".join(f"<li><strong>{_t(say.need(need))}</strong><br>{_t(say.advice(need))}</li>" for need in found)
    rest = "".join(f"<li>{_t(line)}</li>" for line in say.lines(view)[len(found) :])
    listed = f"<ul>{calls}{rest}</ul>" if calls or rest else ""
    tone = _TONES.get(standing(view), "calm")
    return (
        f'<section class="state {tone}" aria-live="polite"><h2>{_t(say.standing(view))}</h2>{listed}'
        f"<div class=who>{_who(view, say)}</div></section>"
    )


def _who(view: View, say: Words) -> str:
    if view.hub is None:
        return f'<a href="/me/login">{_t(say(_JOIN))}</a>'
    if view.signed_in:
        return f"{_t(say.who(view))} · {_t(_host(view.hub.address))} " + _button(
            "logout", say(marked("Sign out")), quiet=True
        )
    return f'{_t(say.who(view))} · <a href="/me/login">{_t(say(_SIGN_IN))}</a>'


# ---------------------------------------------------------------------------------------------------- jobs


def held(view: View, say: Words) -> str:
    """What waits for its owner."""
    if not view.held:
        return ""
    rows = "".join(_held(job, view, say) for job in view.held)
    return f"<section><h2>{_t(say(_WAITING))}</h2><ul class=rows>{rows}</ul></section>"


def _held(job: HeldJob, view: View, say: Words) -> str:
    until = say(marked("until %(when)s"), when=moment(job.until)) if job.until else ""
    about = " · ".join(filter(None, (say.pages(job.pages), job.printer, moment(job.since), until)))
    release = _release(job, view, say)
    delete = _button("delete", say(marked("Delete")), job=job.job, quiet=True, named=say.title(job.name))
    return f"<li>{_what(say.title(job.name), about)}<div class=deeds>{release}{delete}</div></li>"


def _release(job: HeldJob, view: View, say: Words) -> str:
    label = say(marked("Release"))
    proof = _proof(job, say) if view.hub is not None else ""
    if job.own:
        return _button("release", label, job=job.job, inside=proof, named=say.title(job.name))
    if not view.points:
        return f"<span>{_t(say(_NO_DEVICE))}</span>"
    options = "".join(f'<option value="{_t(one.id)}">{_t(_where(one))}</option>' for one in view.points)
    chosen = f'<select name=at id="at-{_t(job.job)}" aria-label="{_t(say(_DEVICE))}">{options}</select>'
    return _button("release", label, job=job.job, inside=chosen + proof, named=say.title(job.name))


def _proof(job: HeldJob, say: Words) -> str:
    """Where the code is typed that shows that somebody is at the device; the hub says where it wants one."""
    label = _t(say(_CODE))
    return (
        f'<input id="proof-{_t(job.job)}" name=proof class=proof autocomplete=off spellcheck=false maxlength=64 '
        f'placeholder="{label}" aria-label="{label}: {_t(say.title(job.name))}">'
    )


def jobs(view: View, say: Words) -> str:
    """What else of the account's is under way."""
    if not view.jobs:
        return ""
    rows = "".join(_job(job, say) for job in view.jobs)
    return f"<section><h2>{_t(say(_DOCUMENTS))}</h2><ul class=rows>{rows}</ul></section>"


def _job(job: JobView, say: Words) -> str:
    about = " · ".join(filter(None, (say.job(job), say.pages(job.pages), job.printer, moment(job.since))))
    detail = f"<p class=detail>{_t(job.detail)}</p>" if job.detail and job.state in ("aborted", "unknown") else ""
    deeds = ""
    named = say.title(job.name)
    if job.state == "unknown":
        deeds = _button("printed", say(marked("It was printed")), job=job.job, named=named)
        deeds += _button("again", say(marked("Print it again")), job=job.job, named=named, quiet=True)
    if job.state != "aborted":
        deeds += _button("delete", say(marked("Delete")), job=job.job, quiet=True, named=named)
    return f"<li>{_what(named, about)}{detail}<div class=deeds>{deeds}</div></li>"


# ---------------------------------------------------------------------------------------------------- printers


def printers(view: View, say: Words) -> str:
    """All of them."""
    rows = "".join(_printer(printer, say) for printer in view.printers)
    none = f"<p>{_t(say(_NO_PRINTERS))}</p>"
    listed = f"<ul class=rows>{rows}</ul>" if rows else none
    return f"<section><h2>{_t(say(_PRINTERS))}</h2>{listed}</section>"


def _printer(printer: PrinterView, say: Words) -> str:
    tone = {Condition.READY: "good", Condition.UNSEEN: "calm"}.get(printer.condition, "warn")
    kind = say(marked("held until you release it")) if printer.pull else ""
    about = " · ".join(filter(None, (printer.location, kind)))
    return f'<li>{_what(printer.name, about)}<span class="mark {tone}">{_t(say.condition(printer))}</span></li>'


# ---------------------------------------------------------------------------------------------------- signing in


def begin(view: View, last: Code | None, say: Words) -> str:
    """Before there is a code, and after one that came to nothing."""
    said = f"<p role=status>{_t(say(_ENDS[last.progress]))}</p>" if last and last.progress in _ENDS else ""
    address = ""
    if view.hub is None:
        label = _t(say(marked("Address of the hub")))
        address = (
            f"<label for=address>{label}</label>"
            '<input id=address name=address type=url required placeholder="https://print.example">'
        )
    else:
        said += f"<p>{_t(say(_SIGN_IN_AT, hub=_host(view.hub.address)))}</p>"
    return said + _button("login", say(marked("Get a code")), inside=address)


def code(shown: Code, say: Words) -> str:
    """The code to approve, as letters, as an address and as a QR code."""
    what = marked("Approve this code to let this computer in and to sign in:")
    heading = say(what if shown.enrols else marked("Approve this code to sign in:"))
    link = f'<a href="{_t(shown.uri_complete)}" target=_blank rel=noopener>{_t(shown.uri)}</a>'
    trouble = f"<p role=status>{_t(shown.detail)}</p>" if shown.detail else ""
    again = f'<noscript><a href="/me/login">{_t(say(_APPROVED))}</a></noscript>'
    return (
        f"<p>{_t(heading)}</p><p class=code>{_t(shown.user_code)}</p>"
        f"<p>{_t(say(_SCAN_IT))}<br>{link}</p>"
        f"<p>{qr(shown.uri_complete, say(_QR_CODE))}</p>"
        f"<p id=waiting role=status>{_t(say(_APPROVAL))}</p>{again}{trouble}"
    )


def qr(address: str, alt: str) -> str:
    """The address as a picture, dark on light whatever the page's colours are."""
    import segno

    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="png", scale=6, border=4)
    data = base64.b64encode(drawn.getvalue()).decode()
    return f'<img class=qr alt="{_t(alt)}" src="data:image/png;base64,{data}">'


def signed_in(view: View, say: Words) -> str:
    """Done."""
    return f"<p role=status>{_t(say.who(view))}.</p>"


# ---------------------------------------------------------------------------------------------------- about


def foot(view: View, say: Words) -> str:
    """Where to go from here."""
    portal = ""
    if view.hub is not None and view.hub.address.startswith(("https://", "http://")):
        link = f'<a href="{_t(view.hub.address)}" target=_blank rel=noopener>'
        portal = f"{link}{_t(say(_PORTAL))}</a> · "
    return f'<p class=foot>{portal}<a href="/me/about">{_t(say(_ABOUT))}</a></p>'


def about(told: About, say: Words) -> str:
    """Versions and fingerprints."""
    hub = f"<dt>{_t(say(_HUB))}</dt><dd>{_t(told.hub.address)}, {_t(told.hub.tenant)}</dd>" if told.hub else ""
    agent = f"<dt>{_t(say(_AGENT))}</dt><dd>{_t(told.hub.agent)}</dd>" if told.hub else ""
    names = {"agent": say(marked("This agent's key")), "hub": say(marked("The hub's key"))}
    keys = "".join(
        f"<dt>{_t(names.get(key.of, key.of))}</dt><dd><code>{_t(spaced(key.fingerprint))}</code></dd>"
        for key in told.keys
    )
    plugins = "".join(f"<tr><td>{_t(one.id)}<td>{_t(one.version)}<td>{_t(one.status)}</tr>" for one in told.plugins)
    problems = "".join(f"<li>{_t(one)}</li>" for one in told.problems)
    troubled = f"<h3>{_t(say(_PROBLEMS))}</h3><ul>{problems}</ul>" if problems else ""
    return (
        f"<h2>{_t(say(_ABOUT))}</h2><dl><dt>Tympan</dt><dd>{_t(told.release)}</dd>{hub}{agent}"
        f"<dt>{_t(say(_KEYS_AT_REST))}</dt><dd>{_t(told.keys_kept)}</dd></dl>{troubled}"
        f"<h3>{_t(say(_FINGERPRINTS))}</h3><dl>{keys}</dl>"
        f"<h3>{_t(say(_PARTS))}</h3><table><tbody>{plugins}</tbody></table>"
    )


def spaced(fingerprint: str) -> str:
    """In groups of four, as people compare it."""
    return " ".join(fingerprint[start : start + 4] for start in range(0, len(fingerprint), 4))


# ---------------------------------------------------------------------------------------------------- pieces


def _button(act: str, label: str, *, job: str = "", inside: str = "", quiet: bool = False, named: str = "") -> str:
    """A form with one button: it works without a script."""
    hidden = f'<input type=hidden name=job value="{_t(job)}">' if job else ""
    look = " class=quiet" if quiet else ""
    heard = f' aria-label="{_t(label)}: {_t(named)}"' if named else ""
    identity = f' id="{act}-{_t(job)}"' if job else ""
    button = f"<button{look}{heard}{identity}>{_t(label)}</button>"
    return f'<form method=post action="/me/{act}">{hidden}{inside}{button}</form>'


def _what(name: str, about: str) -> str:
    return f"<div class=what><strong>{_t(name)}</strong><br><span>{_t(about)}</span></div>"


def _where(printer: PrinterView) -> str:
    return f"{printer.name}, {printer.location}" if printer.location else printer.name


def _host(address: str) -> str:
    return address.partition("://")[2].rstrip("/") or address


def _t(text: str) -> str:
    from html import escape  # a table of all HTML's names, which an agent whose page nobody looks at need not hold

    return escape(text[:TEXT_CHARS])
