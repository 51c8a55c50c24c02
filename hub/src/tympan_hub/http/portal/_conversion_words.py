"""What people are told of a document of which no PDF can be made."""

from typing import Final

from tympan_hub.domain.errors import Trouble
from tympan_hub.http.portal._language import marked

TROUBLES: Final = {
    Trouble.PASSWORD: (
        marked("This document is protected by a password."),
        marked("Save it without one, or print it as PDF from the program that opens it."),
    ),
    Trouble.BROKEN: (
        marked("This document is damaged and cannot be opened."),
        marked("Look whether it opens elsewhere, save it again there, and try again."),
    ),
    Trouble.TOO_LARGE: (
        marked("This document needs more room than a document may."),
        marked("Split it, or make its pictures smaller."),
    ),
    Trouble.TOO_LONG: (
        marked("This document took too long to convert."),
        marked("Split it, or print it as PDF from the program that opens it."),
    ),
    Trouble.UNSUPPORTED: (
        marked("Documents of this kind cannot be printed here."),
        marked("Save it as PDF, and print that."),
    ),
    Trouble.AWAY: (
        marked("What converts documents of this kind does not run here."),
        marked("Save it as PDF, and print that; or tell the operator of this service."),
    ),
}
"""Cause and next step of each, in words the catalogues have."""
