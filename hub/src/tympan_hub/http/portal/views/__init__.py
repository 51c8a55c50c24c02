"""View models: what each page takes, and nothing more. Words in English are translated where they are shown."""

from tympan_hub.http.portal.views._activate import Activate, Activated, Asking
from tympan_hub.http.portal.views._agents import Agent, AgentLink, AgentRow, Agents, AgentToken, PersonHere, TokenMade
from tympan_hub.http.portal.views._bridge import ThisComputer
from tympan_hub.http.portal.views._frame import Form, Frame, Page, Said, Tone, Viewer
from tympan_hub.http.portal.views._groups import Group, GroupForm, GroupRow, Groups
from tympan_hub.http.portal.views._home import Call, Count, Home, TenantRow, Tenants
from tympan_hub.http.portal.views._jobs import Choice, Job, JobRow, Jobs, Sheets, Shown, StoryStep
from tympan_hub.http.portal.views._people import (
    Account,
    Computer,
    Confirm,
    NewPassword,
    People,
    PersonChange,
    PersonForm,
    PersonRow,
    SessionRow,
    SignIn,
    Trouble,
)
from tympan_hub.http.portal.views._policy import Policy, Switch
from tympan_hub.http.portal.views._printers import DeviceSeen, Health, Printer, PrinterForm, PrinterRow, Printers
from tympan_hub.http.portal.views._queues import PlaceRow, Places, QueueWord
from tympan_hub.http.portal.views._usage import Bar, Plot, Range, Sums, Tick, Usage, UsageLine

__all__ = [
    "Account",
    "Activate",
    "Activated",
    "Agent",
    "AgentLink",
    "AgentRow",
    "AgentToken",
    "Agents",
    "Asking",
    "Bar",
    "Call",
    "Choice",
    "Computer",
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
    "NewPassword",
    "Page",
    "People",
    "PersonChange",
    "PersonForm",
    "PersonHere",
    "PersonRow",
    "PlaceRow",
    "Places",
    "Plot",
    "Policy",
    "Printer",
    "PrinterForm",
    "PrinterRow",
    "Printers",
    "QueueWord",
    "Range",
    "Said",
    "SessionRow",
    "Sheets",
    "Shown",
    "SignIn",
    "StoryStep",
    "Sums",
    "Switch",
    "TenantRow",
    "Tenants",
    "ThisComputer",
    "Tick",
    "TokenMade",
    "Tone",
    "Trouble",
    "Usage",
    "UsageLine",
    "Viewer",
]
