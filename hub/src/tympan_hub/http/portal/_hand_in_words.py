"""What the hub says when it takes no document, in the language of whoever hands it in.

Each is a pattern, as the lines of agents are (`_agent_lines`); cause and next step are patterns of their own. An error
that fits none is told as its kind is on a page.
"""

from typing import Final

from tympan_hub.domain import errors
from tympan_hub.http.portal._conversion_words import TROUBLES
from tympan_hub.http.portal._language import marked

REFUSALS: Final = (
    marked("%(most)s MiB are held for you at most at this queue"),
    marked("%(number)s documents are held at the hub"),
    marked("%(number)s documents you handed in wait already"),
    marked("%(number)s jobs are held for you already"),
    marked("%(number)s jobs wait already"),
    marked("%(number)s of %(count)s parts are missing"),
    marked("%(name)s is the name of another body already"),
    marked("%(what)s at the hub: there is no room"),
    marked("Abandon that upload, or choose another name."),
    marked("Abandon the upload and begin again."),
    marked("Ask an administrator of your organisation."),
    marked("Ask an administrator."),
    marked("Begin it again."),
    marked("Cancel the job there."),
    marked("Choose another one."),
    marked("Choose another printer, or try again later."),
    marked("Load the page again, and repeat."),
    marked("Look at the printers again, and seal it anew."),
    marked("Open the page itself, and repeat."),
    marked("Print it in parts."),
    marked("Print or delete some of the jobs you hold, or print this in parts."),
    marked("Print or delete some of them."),
    marked("Save it as PDF, and print that."),
    marked("Send it again later."),
    marked("Send it again."),
    marked("Send less, or larger parts."),
    marked("Send them, then finish again."),
    marked("Split it."),
    marked("Try again in a minute."),
    marked("Try again in a moment."),
    marked("Try again when some of them are printed."),
    marked("Upload it again."),
    marked("Upload it once more."),
    marked("Wait until some are out."),
    marked("Wait until some are taken or expire."),
    marked("Wait until some of them are printed, or cancel those you need no more."),
    marked("a document has at most %(mebibytes)s MiB"),
    marked("a document that goes through the hub has at most %(mebibytes)s MiB"),
    marked("an upload in such parts has at most %(most)s bytes"),
    marked("as many documents wait to be converted as may"),
    marked("documents are not converted by this hub"),
    marked("handing documents in is switched off"),
    marked("it was changed at the same moment"),
    marked("no computer prints there now"),
    marked("no computer prints there whose key this hub knows"),
    marked("no converter became free within %(seconds)s s"),
    marked("the checksum over the parts is another one than the hub has"),
    marked("the database does not answer: %(why)s"),
    marked("the document is another job's already"),
    marked("the document is sealed for no computer that prints there"),
    marked("the form does not come from this page"),
    marked("the form was sent from another site"),
    marked("the id is another job's"),
    marked("the request did not arrive whole within %(seconds)s s"),
    marked("the upload is on its way through the tunnel"),
    marked("there is no printer %(printer)s"),
    marked("there is no such finished upload of yours"),
    marked("there is no such upload"),
    marked("this organisation has %(number)s uploads of %(bytes)s bytes"),
    marked("this sender has %(number)s uploads of %(bytes)s bytes"),
    marked("too many parts of uploads are on their way at once"),
    marked("your organization has as many documents to convert as may wait at once"),
    marked("your role does not allow this"),
)
"""The patterns."""

LETTER_REFUSALS: Final = (
    marked("Choose another one on your account page."),
    marked("Send this one by itself."),
    marked("a document before it took too long"),
    marked("it is damaged"),
    marked("the printer of your address is gone, or not yours any more"),
)
"""Those of documents that come by e-mail."""

_KINDS: Final[tuple[tuple[type[errors.HubError], str, str], ...]] = (
    (
        errors.NotAllowed,
        marked("Your role does not allow it, or the page was open for too long."),
        marked("Load the page again; if that does not help, ask an administrator."),
    ),
    (errors.NotFound, marked("The address may be mistyped, or what was here is gone."), ""),
    (errors.Full, marked("There are as many of these as there may be; nothing is changed."), ""),
    (
        errors.Conflict,
        marked("What you saw was changed meanwhile."),
        marked("Look at it again, then decide."),
    ),
    (errors.TooMany, marked("This was tried too many times."), marked("Wait a few minutes.")),
    (errors.TooSlow, marked("What was sent did not arrive whole."), marked("Go back, and send it once more.")),
    (
        errors.Unavailable,
        marked("Its storage does not answer. Printing goes on meanwhile."),
        marked("Try again in a minute."),
    ),
    (errors.HubError, marked("What was sent could not be understood."), marked("Go back, and try once more.")),
)


def of_kind(error: errors.HubError) -> tuple[str, str]:
    """Cause and next step, both sentences, of an error whose own words the catalogues have not."""
    if isinstance(error, errors.NotConverted):
        return TROUBLES[error.why]
    return next((cause, then) for kind, cause, then in _KINDS if isinstance(error, kind))
