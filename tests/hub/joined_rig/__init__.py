"""The whole product in one test: a served hub, an agent, a CUPS of our own, virtual devices, and the system's browser.

Tests are plain functions: the browser is driven in the test's thread, everything else lives in a loop beside it.
"""

from joined_rig._hub import COMMAND, TENANT, HubProcess, hub_process
from joined_rig._job_page import facts, story, told
from joined_rig._joined import ADMINISTRATOR, USER, Joined, joined
from joined_rig._login import Login, approve, show_code
from joined_rig._steps import Portal, keep_picture, pictures

__all__ = [
    "ADMINISTRATOR",
    "COMMAND",
    "TENANT",
    "USER",
    "HubProcess",
    "Joined",
    "Login",
    "Portal",
    "approve",
    "facts",
    "hub_process",
    "joined",
    "keep_picture",
    "pictures",
    "show_code",
    "story",
    "told",
]
