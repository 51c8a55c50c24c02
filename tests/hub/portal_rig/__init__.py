"""What the tests of the portal stand on: a hub that is served for real, with things in it, and the system's browser."""

from portal_rig._browser import Browsing, Look, axe_faults, browsing
from portal_rig._camera import camera
from portal_rig._hub import PASSWORD, ServedHub, served
from portal_rig._pull import small_office
from portal_rig._seed import ADMINISTRATOR, MAIL_DOOR, NEWCOMER, OWNER, USER, add_job, furnish
from portal_rig._stages import BOSS, Stages, email, stages

__all__ = [
    "ADMINISTRATOR",
    "BOSS",
    "MAIL_DOOR",
    "NEWCOMER",
    "OWNER",
    "PASSWORD",
    "USER",
    "Browsing",
    "Look",
    "ServedHub",
    "Stages",
    "add_job",
    "axe_faults",
    "browsing",
    "camera",
    "email",
    "furnish",
    "served",
    "small_office",
    "stages",
]
