"""What agents write in English, in the language of whoever reads it.

Agents of this release write these lines into the stories of jobs, and into what hinders a device. Each is a pattern;
what stands in its gaps is a line again, or a name or number that every language shares. A line of another release, or
of somebody's own plugin, fits none and is shown as it came.
"""

import functools
import gettext
import re
from typing import Final, Self

from attrs import frozen

from tympan_hub.domain.limits.pages import LINE_LOOKUPS
from tympan_hub.http.portal._agent_problems import PROBLEMS
from tympan_hub.http.portal._hand_in_words import LETTER_REFUSALS, REFUSALS
from tympan_hub.http.portal._language import marked

_GAP: Final = re.compile(r"%\((\w+)\)s")
_STOP: Final = re.compile(r"\. ")
_DEPTH: Final = 3
"""Lines within lines: a wait whose reason is a device's whose reason is a connection's."""

LINES: Final = (
    marked("it goes on by itself"),
    marked("its end was heard of after all"),
    marked("waits for room at the hub"),
    marked("A cover of the device is open; close it."),
    marked("A door of the device is open; close it."),
    marked("A page of the document takes too long to render; make it simpler."),
    marked("A paper tray of the device is missing; put it in."),
    marked(
        "Another computer has begun with this document at the device (job %(number)s there); whether it goes on is "
        "asked again soon."
    ),
    marked(
        "Another computer has brought this document to the device already (job %(number)s there). This computer "
        "printed nothing of it."
    ),
    marked("Canceled before anything was sent."),
    marked("Canceled; nothing was printed."),
    marked("It is sent again: %(why)s."),
    marked("It then took no more of the document."),
    marked("None of the pages asked for exist: the document has %(pages)s."),
    marked("Page %(page)s of the PDF %(fault)s and the device cannot take it as it is; make it anew."),
    marked("Paper is jammed in the device; remove it and it goes on by itself."),
    marked("Sending broke off and an unknown number of page sides came out. Look whether that is enough."),
    marked("Sending broke off and %(sides)s page sides came out. Look whether that is enough."),
    marked("Somebody paused the device; resume it there."),
    marked("Somebody pauses the device; resume it there."),
    marked("The PDF is damaged and the device cannot take it as it is; make it anew."),
    marked("The PDF is locked with a password; print it without one."),
    marked("The computer it came from was shut out before any of it was printed."),
    marked("The device asks for paper; load it and it goes on by itself."),
    marked("The device calls it complete, but not all is well."),
    marked("The device calls it complete, but not all is well%(told)s."),
    marked("The device calls the job complete, but perhaps not all of it had been sent. Look at the pages."),
    marked("The device canceled the job as asked."),
    marked("The device could not take the job. %(cause)s"),
    marked("The device does not answer. %(cause)s"),
    marked("The device does not know the job any more; it may have lost power. Look if its pages are there."),
    marked(
        "The device does not take a document of unknown format; it takes %(formats)s. Send it as one of "
        "these or as PDF."
    ),
    marked("The device does not take %(format)s; it takes %(formats)s. Send it as one of these or as PDF."),
    marked("The device gave the job up."),
    marked("The device gave the job up (%(why)s)."),
    marked("The device gave the job up after %(sides)s page sides."),
    marked("The device gave the job up after %(sides)s page sides (%(why)s)."),
    marked("The device has a newer job under another name; it cannot be told whether it is this one."),
    marked("The device has several jobs of this name; it cannot be told which is this one."),
    marked("The device has stopped: %(why)s. Look at its panel."),
    marked("The device has stopped; look at its panel."),
    marked("The device has too many jobs to find this one among them. Look if its pages are there."),
    marked("The device holds the job (%(why)s); release it at its panel."),
    marked("The device holds the job; release it at its panel."),
    marked("The device is busy with another job; this one follows by itself."),
    marked("The device is deactivated; activate it."),
    marked("The device is out of ink or toner; replace it."),
    marked("The device is out of paper; load some and it goes on by itself."),
    marked("The device is out of toner; replace it."),
    marked("The device is shutting down."),
    marked("The device made a job without a number."),
    marked("The device refuses the job (%(status)s). %(cause)s"),
    marked("The device refuses the job in every form it was offered."),
    marked("The device refuses to answer. %(cause)s"),
    marked("The device shows another certificate than before (pinned %(pinned)s, found %(found)s)."),
    marked("The device takes no new jobs now; it is tried again."),
    marked("The device takes single images only and the document has %(pages)s pages; print one page at a time."),
    marked("The device tells no state of the job."),
    marked("The device wants a login. %(cause)s"),
    marked("The device's answer cannot be understood. %(cause)s"),
    marked("The device's certificate could not be written down: %(why)s."),
    marked("The device's output tray is full; empty it."),
    marked("The device's print engine does not respond; restart it."),
    marked("The device's waste container is full; replace it."),
    marked("The document has more than %(pages)s pages; print it in parts."),
    marked("The job was canceled at the device (%(why)s)."),
    marked("The job was canceled at the device."),
    marked(
        "The job was canceled, but the device could not be told: it has not answered for %(seconds)s s. "
        "When it returns, look whether it prints."
    ),
    marked("The part of the agent that watches devices has not started."),
    marked("The picture has too many pixels, and the device cannot take it as it is; make it smaller."),
    marked("The picture is damaged, and the device cannot take it as it is; save it anew."),
    marked("The printer was removed while its device had the job. Look at the device if its pages are there."),
    marked("The printer %(printer)s was removed."),
    marked("The renderer broke down on this document; make the PDF anew."),
    marked("The renderer did not start; look at the agent's installation."),
    marked("The stored document cannot be read (%(why)s); send it again."),
    marked("The stored document is damaged (%(why)s); send it again."),
    marked("Tried %(times)s times without a page: %(why)s. Look at the device's log."),
    marked("What was noted about the job cannot be read; look whether its pages are there."),
    marked("another computer came first with the document"),
    marked("asks the device for a job"),
    marked("being received"),
    marked("by %(person)s"),
    marked("by %(person)s, knowing that it may print twice"),
    marked("cancel requested"),
    marked("canceled"),
    marked("expired"),
    marked("found again at the device"),
    marked("found at the device as number %(number)s"),
    marked("given up"),
    marked("handed back"),
    marked("held"),
    marked("it cannot be told whether another computer has brought the document to the device"),
    marked("it does not support what was asked"),
    marked("it goes to the printer"),
    marked("it is sent again"),
    marked("it is tried again by itself"),
    marked("it makes a job together with its document"),
    marked("it was canceled there empty"),
    marked("its end is unknown"),
    marked("look at the device, or cancel the job"),
    marked(
        "look at the device; then 'tympan job %(number)s --settle' if it was printed, or 'tympan job "
        "%(again)s --release' to print it again"
    ),
    marked("may be sent again"),
    marked("no document had left"),
    marked("no document had left. %(cause)s"),
    marked("no plugin that delivers jobs is running; see 'tympan plugins'"),
    marked("nobody released it in time"),
    marked("nobody who may print is signed in for the account %(account)s"),
    marked("nothing had left; it is sent"),
    marked("nothing of it is at the device"),
    marked("nothing was printed"),
    marked("on its way to %(printer)s"),
    marked("plugins are being started"),
    marked("print it again if you still want it"),
    marked("printed"),
    marked("received"),
    marked("release it to print"),
    marked("released"),
    marked("rendered to %(format)s, %(dpi)s dpi, colour"),
    marked("rendered to %(format)s, %(dpi)s dpi, gray"),
    marked("sending broke off"),
    marked("sending broke off before the document was whole, and nothing is on paper"),
    marked("sends the document in one piece"),
    marked("sent to the device"),
    marked("settled as printed"),
    marked("sign in with 'tympan login'; then it is printed by itself"),
    marked("still not printed after %(hours)s h"),
    marked("taken back from the device"),
    marked("taken up again"),
    marked("the agent stopped while the job was on its way"),
    marked("the device closed the job without its document"),
    marked("the device does not go on"),
    marked("the device does not show the names of its jobs whole"),
    marked("the device does not take %(what)s"),
    marked("the device forgot the job before any of the document left"),
    marked("the device gave it up with nothing on paper"),
    marked("the device gave it up with nothing on paper (%(why)s)"),
    marked("the device goes on"),
    marked("the device had it and nothing was written down to find it by"),
    marked("the device has no such job, old or new"),
    marked("the device has the job and does not finish it"),
    marked("the device has the whole document"),
    marked("the device ignores or substitutes %(what)s"),
    marked("the device is asked about it"),
    marked("the device is asked what it has"),
    marked("the device is told"),
    marked("the device is told as soon as it can be reached"),
    marked("the device made no job"),
    marked("the device may have it; it goes on when the plugin runs again"),
    marked("the device refused the document"),
    marked("the device said yes before it had the document"),
    marked("the device says when it is done"),
    marked("the device was asked only once whether another computer brought it the document"),
    marked("the device took the job as number %(number)s"),
    marked("the document did not arrive whole"),
    marked("the hub was not heard of for %(days)s days, so nobody is signed in"),
    marked("the job at the device is withdrawn"),
    marked("the job stays there and waits"),
    marked("the plugin that delivered it was stopped"),
    marked("the printer %(printer)s is not defined any more"),
    marked("the ticket was adapted"),
    marked("the user asked for it"),
    marked("waits"),
    marked(
        "%(what)s If the device was replaced or renewed its certificate, accept it with: tympan printers "
        "trust %(printer)s"
    ),
    marked("%(what)s Nothing is sent to it until that works."),
    marked("%(what)s Some pages may have been printed."),
    marked("%(what)s, so its device cannot be told to stop"),
    marked("%(what)s; add it again or cancel"),
    marked("%(plugin)s began to deliver it and is not running"),
    marked("%(what)s; only it can tell what the device has"),
    marked("%(number)s bytes, sealed and safe on disk"),
    marked("%(plugin)s failed: %(why)s"),
    marked("%(plugin)s takes it there"),
    marked("%(what)s, the device had it and nothing was written down to find it by"),
    marked("%(what)s; the device had it and nothing was written down to find it by"),
    marked("%(what)s; the device may have had it before"),
    marked("%(most)s jobs are held for this account already; print or delete some of them first"),
    marked("the jobs held for this account have %(most)s MiB already; print or delete some of them first"),
    marked("a pull printer holds it until you release it"),
    marked("it waits until you ask for it at a device"),
    marked("%(why)s; it waits until you ask for it at a device"),
    marked("the device did not begin in time; it waits until you ask for it at a device"),
    marked("the device did not begin in time; the job is held again"),
    marked("by %(who)s: %(why)s"),
    marked("the job is %(state)s already"),
    marked("the job is on its way to %(device)s already"),
    marked("this computer does not know the device %(device)s"),
    marked("this computer has not the job any more; print it again"),
    marked("the job is still being taken in"),
    marked("held jobs do not come out at %(printer)s"),
    marked("%(printer)s is no device"),
    marked("its time was over before it began; the job is held again"),
    marked("%(why)s; the job is held again"),
    marked("%(plugins)s decides about it and is not running; see 'tympan plugins'"),
    marked("%(plugin)s could not decide about it and is asked again"),
    marked("A pull printer holds every job until its owner asks for it; 'tympan release %(number)s' does."),
    marked("it goes to %(printer)s"),
    marked("its owner releases it at a device"),
    marked("not printed"),
    marked("%(printer)s has no paper of the size %(size)s. Release the job elsewhere."),
    marked("%(printer)s makes at most %(most)s of the %(wanted)s copies ordered. Release the job elsewhere."),
    marked("by %(person)s at %(place)s"),
    marked("by %(person)s, who is signed in"),
    marked("by policy, which asks for nobody"),
    marked("the agent"),
    marked("the hub"),
    marked("the pull printer"),
    marked("it was printed elsewhere"),
    marked("nothing that releases held jobs runs"),
    marked("%(printer)s is no release point any more; release the job elsewhere"),
    marked("%(printer)s has no device of its own; release the job at one"),
    marked("the sealed copy of the job did not come in time"),
    marked("%(copies)s copies are not between 1 and %(most)s"),
    marked("%(value)s is no value of %(name)s: %(values)s"),
    marked("its ticket cannot be read: %(why)s"),
    marked("left out %(names)s: %(why)s"),
    marked("fewer %(name)s: %(why)s"),
    marked("the device cannot do it"),
    marked("the device refuses it"),
    marked("only these pages are rendered"),
    marked("it was held here, and is released"),
    marked("media-col says it more fully"),
    marked("on one side: the device does not print both"),
    marked("in grey: the device has no colour"),
    marked("the device has no colour mode %(mode)s"),
    marked("No computer near the device printed it in its time; print it again when one is on."),
    marked("Printed by %(computer)s."),
    marked("The document is larger than the %(mebibytes)s MiB that may go through the hub; print it in parts."),
    marked("The hub has forgotten a job that another computer had begun with."),
    marked("a computer near the device fetches it, and prints it"),
    marked("%(computer)s began with it and was not heard of again."),
    marked("%(computer)s gave it up."),
    marked("%(computer)s had it"),
    marked("%(computer)s prints it"),
    marked("another computer began with it and was not heard of again."),
    marked("another computer gave it up."),
    marked("another computer had it"),
    marked("another computer prints it"),
    marked("Printed by another computer."),
    marked("The hub was restored from a backup: it cannot be told whether this was printed."),
    marked("Another computer began with it before, and the hub gives no job away twice. Print the document anew."),
    marked("The computer that began with it knows nothing of it any more; look whether its pages are there."),
    marked("another computer sent it"),
    marked("another computer sent it, and nothing that may print it for others runs here"),
    marked("another computer sent it, and the hub has not said that it comes out here"),
    marked("it comes out once the hub gives it to no other computer"),
    marked("It is being uploaded to the hub, sealed."),
    marked("It is on its way to another computer."),
    marked("It is on its way to %(computer)s."),
    marked("It waits at the hub for a computer near the device."),
    marked("Its printer was removed at the hub before any of it was printed."),
    marked("Printing through the hub was switched off for this printer."),
    marked("%(computer)s prints it."),
    marked("asked back from the hub"),
    marked("given to the hub"),
    marked("it goes straight to the device unless another computer has begun with it"),
    marked("its device answers this computer"),
    marked("its device answers this computer again"),
    marked("its envelope cannot be read"),
    marked("nothing of it is at the hub"),
    marked("over %(scheme)s"),
    marked("sealed for %(number)s of the computers near the device, and for nobody else"),
    marked("the hub has nothing of it"),
    marked("through the hub, as all jobs of this printer"),
    marked("through the hub, for the device does not answer this computer"),
    marked("%(why)s It cannot be told whether another computer printed it."),
    marked("%(plugin)s takes it there: %(note)s"),
    marked("A job without a document does not end at the queue %(queue)s."),
    marked("Canceled at the queue."),
    marked("Canceled before anything was printed."),
    marked("It was being handed to the queue when that broke off; look whether it came out."),
    marked("No plugin for the print system of this computer is running."),
    marked("The driver of %(queue)s forbids %(one)s and %(other)s together. Choose one of them."),
    marked("The print system knows nothing of the job any more; look whether its pages are there."),
    marked("The queue of this printer is gone from its computer, or not shared any more."),
    marked("The queue %(queue)s cannot have %(option)s %(value)s. Choose another, or another printer."),
    marked("The queue %(queue)s has no driver, and its device does not take %(format)s (%(formats)s)."),
    marked("nothing this computer knows of"),
    marked("The queue %(queue)s makes no copies; print the document so many times."),
    marked("The queue %(queue)s prints whole documents only; hand in the pages by themselves."),
    marked("given to a queue of this computer"),
    marked("nothing of it is at the queue"),
    marked("on a queue of this computer"),
    marked("printed without what the queue has not"),
    marked("the queue had a job without its document, which was ended"),
    marked("the queue has job %(number)s for it"),
    marked("the queue has the document"),
    marked("the queue knows no job of it, and no byte had left"),
    marked("the queues cannot be listed, and stay shared as they were: %(why)s"),
)
"""The patterns."""

OWN_LINES: Final = (
    marked("Canceled: its computer was shut out"),
    marked("Deleted by its owner"),
    marked("Expired at the hub"),
    marked("Lost track of it"),
)
"""What the hub itself writes into the stories of jobs whose agents cannot."""


def in_words(line: str, words: gettext.NullTranslations) -> str:
    """A line in the catalogue's language; "" when no pattern fits, or the catalogue has none of it.

    Args:
        line: As the agent wrote it.
        words: The reader's catalogue.
    """
    return _Telling(words).line(line, _DEPTH)


class _Telling:
    """One line being told. An agent may be hostile: its line costs so many lookups, however it is made."""

    def __init__(self, words: gettext.NullTranslations) -> None:
        self._words = words
        self._left = LINE_LOOKUPS

    def line(self, line: str, depth: int) -> str:
        """A line, or a cause and its next step where both are lines: agents join them so."""
        found = self._lookup(line)
        return self._told(*found, depth) if found else self._in_two(line, depth)

    def _in_two(self, line: str, depth: int) -> str:
        for stop in _STOP.finditer(line) if depth else ():
            if self._left == 0:
                break
            found = self._lookup(line[: stop.start()])
            then = self.line(line[stop.end() :], depth - 1) if found else ""
            cause = self._told(*found, depth - 1) if found and then else ""
            if cause:
                return f"{cause}. {then}"
        return ""

    def _told(self, line_of: str, gaps: dict[str, str], depth: int) -> str:
        told = self._words.gettext(line_of)
        return told % {name: self._inner(gap, depth) for name, gap in gaps.items()} if told else ""

    def _inner(self, gap: str, depth: int) -> str:
        return (self.line(gap, depth - 1) if depth else "") or gap

    def _lookup(self, line: str) -> tuple[str, dict[str, str]] | None:
        if self._left == 0:
            return None
        self._left -= 1
        for pattern in _patterns():
            gaps = pattern.gaps(line)
            if gaps is not None:
                return pattern.line, gaps
        return None


@frozen(kw_only=True)
class _Pattern:
    """A line with gaps: its text around them, and their names."""

    line: str
    begin: str
    between: tuple[str, ...]
    end: str | None
    """None where there is no gap."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, line: str) -> Self:
        begin, *rest = _GAP.split(line)
        return cls(
            line=line,
            begin=begin,
            between=tuple(rest[1:-1:2]),
            end=rest[-1] if rest else None,
            names=tuple(rest[::2]),
        )

    def gaps(self, line: str) -> dict[str, str] | None:
        """What stands in the gaps; None when the line is another.

        The first gap takes the most it can, then the second, as `.+` would: the texts between are looked for from the
        end. A regular expression would go back and forth for each gap, which a line of 4,096 characters makes hours.
        """
        if self.end is None:
            return {} if line == self.begin else None
        if not (line.startswith(self.begin) and line.endswith(self.end)):
            return None
        stop, found = len(line) - len(self.end), []
        for text in reversed(self.between):
            at = line.rfind(text, 0, max(stop - 1, 0))
            if at < 0:
                return None
            found.append(line[at + len(text) : stop])
            stop = at
        found.append(line[len(self.begin) : stop])
        return dict(zip(self.names, reversed(found), strict=True)) if stop > len(self.begin) else None


@functools.cache
def _patterns() -> tuple[_Pattern, ...]:
    """The patterns, the one that says most first."""
    ordered = sorted(
        (*LINES, *OWN_LINES, *PROBLEMS, *REFUSALS, *LETTER_REFUSALS), key=lambda line: -len(_GAP.sub("", line))
    )
    return tuple(map(_Pattern.of, ordered))
