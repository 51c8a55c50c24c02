"""What plugins share that carry jobs from one agent to another, through a hub that cannot read them."""

from tympan_relay._copies import ELSEWHERE, Copies, Opened
from tympan_relay._errors import CopyRefused, CopySpoiled, EnvelopeForAnother
from tympan_relay._foreign import ForeignJobs
from tympan_relay._kept import KeptCopies
from tympan_relay._limits import HALF_KEPT_S, READERS
from tympan_relay._links import Link, belong, member_of, same_member
from tympan_relay._pace import Pace
from tympan_relay._parcel import envelopes_for, note_of, pieces
from tympan_relay._terms import Terms, terms_of, written

__all__ = [
    "ELSEWHERE",
    "HALF_KEPT_S",
    "READERS",
    "Copies",
    "CopyRefused",
    "CopySpoiled",
    "EnvelopeForAnother",
    "ForeignJobs",
    "KeptCopies",
    "Link",
    "Opened",
    "Pace",
    "Terms",
    "belong",
    "envelopes_for",
    "member_of",
    "note_of",
    "pieces",
    "same_member",
    "terms_of",
    "written",
]
