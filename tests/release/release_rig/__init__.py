"""Pull printing, whole: a hub, its agents, a broker, devices and a phone with a camera."""

from release_rig._desk import FRONT, SCREEN, Desk, desk
from release_rig._files import below, content
from release_rig._furnish import ADMINISTRATOR, PULL, Furnished, Plan, Point, address
from release_rig._office import Front, Office, office
from release_rig._person import Person, csrf
from release_rig._photograph import filming, photograph
from release_rig._printed import BOOK, LETTER, MARKER, marked_document, plain_document, send
from release_rig._storm import Storm, Victim
from release_rig._terminal import Screen, typed
from release_rig._whole import DEVICE, PHONE, USER, Whole, whole

__all__ = [
    "ADMINISTRATOR",
    "BOOK",
    "DEVICE",
    "FRONT",
    "LETTER",
    "MARKER",
    "PHONE",
    "PULL",
    "SCREEN",
    "USER",
    "Desk",
    "Front",
    "Furnished",
    "Office",
    "Person",
    "Plan",
    "Point",
    "Screen",
    "Storm",
    "Victim",
    "Whole",
    "address",
    "below",
    "content",
    "csrf",
    "desk",
    "filming",
    "marked_document",
    "office",
    "photograph",
    "plain_document",
    "send",
    "typed",
    "whole",
]
