"""View models: what each page takes, and nothing more. Words in English are translated where they are shown."""

from tympan_hub.http.portal.views._agents import AgentRow, Agents, AgentToken, TokenMade
from tympan_hub.http.portal.views._frame import Form, Frame, Page, Said, Tone, Viewer
from tympan_hub.http.portal.views._groups import Group, GroupForm, GroupRow, Groups
from tympan_hub.http.portal.views._home import Call, Count, Home, TenantRow, Tenants
from tympan_hub.http.portal.views._jobs import Choice, Job, JobRow, Jobs, Sheets, Shown, StoryStep
from tympan_hub.http.portal.views._people import Account, Confirm, People, PersonForm, PersonRow, SignIn, Trouble
from tympan_hub.http.portal.views._policy import Policy, Switch
from tympan_hub.http.portal.views._printers import DeviceSeen, Health, Printer, PrinterForm, PrinterRow, Printers
from tympan_hub.http.portal.views._queues import PlaceRow, Places, QueueWord

__all__ = [
    "Account",
    "AgentRow",
    "AgentToken",
    "Agents",
    "Call",
    "Choice",
    "Confirm",
    "Count",
    "DeviceSeen",
    "Form",
    "Frame",
    "Group",
    "GroupForm",
    "GroupRow",
    "Groups",
    "Health",
    "Home",
    "Job",
    "JobRow",
    "Jobs",
    "Page",
    "People",
    "PersonForm",
    "PersonRow",
    "PlaceRow",
    "Places",
    "Policy",
    "Printer",
    "PrinterForm",
    "PrinterRow",
    "Printers",
    "QueueWord",
    "Said",
    "Sheets",
    "Shown",
    "SignIn",
    "StoryStep",
    "Switch",
    "TenantRow",
    "Tenants",
    "TokenMade",
    "Tone",
    "Trouble",
    "Viewer",
]
