"""The rig of whole-system tests and benchmarks: real CUPS, real IPP printer, our own agent, private and on loopback.

Every part is an async context manager, so it works in a test and in a benchmark alike, and ends what it started even
when the body fails. The rig asks CUPS and printers through ``ipptool``, never through our own code.
"""

from rig._agent import Agent, agent
from rig._agent_jobs import (
    AgentJob,
    AgentPrinter,
    StoryLine,
    add_printer,
    agent_job,
    agent_jobs,
    agent_printers,
    story,
    wait_for_agent_job,
    wait_for_device,
)
from rig._attack import Answer, Findings, Line, attack, fire
from rig._conformance import LEAST, SuiteVerdict, judge
from rig._cupsd import Cupsd, private_cupsd
from rig._forge import HABIT, Forge, Forged, forge, forge_of
from rig._ground import Ground, Room, connected, ground, standing_on
from rig._ipp import attributes_of
from rig._keeper import KEEPER, Kept, kept_in
from rig._mutations import FORBIDDEN, Goodbye, Shot, Target, Verdict, case, http
from rig._places import private_directory
from rig._ports import answers_http, free_port
from rig._printer import EvePrinter, PrintedFile, ippeveprinter
from rig._programs import Program, ProgramFailed, run
from rig._simulator import papers, simulator
from rig._spooler import CupsJob, CupsQueue, add_queue, cups_jobs, cups_queues, run_lp, wait_for_job
from rig._waiting import wait_until

__all__ = [
    "FORBIDDEN",
    "HABIT",
    "KEEPER",
    "LEAST",
    "Agent",
    "AgentJob",
    "AgentPrinter",
    "Answer",
    "CupsJob",
    "CupsQueue",
    "Cupsd",
    "EvePrinter",
    "Findings",
    "Forge",
    "Forged",
    "Goodbye",
    "Ground",
    "Kept",
    "Line",
    "PrintedFile",
    "Program",
    "ProgramFailed",
    "Room",
    "Shot",
    "StoryLine",
    "SuiteVerdict",
    "Target",
    "Verdict",
    "add_printer",
    "add_queue",
    "agent",
    "agent_job",
    "agent_jobs",
    "agent_printers",
    "answers_http",
    "attack",
    "attributes_of",
    "case",
    "connected",
    "cups_jobs",
    "cups_queues",
    "fire",
    "forge",
    "forge_of",
    "free_port",
    "ground",
    "http",
    "ippeveprinter",
    "judge",
    "kept_in",
    "papers",
    "private_cupsd",
    "private_directory",
    "run",
    "run_lp",
    "simulator",
    "standing_on",
    "story",
    "wait_for_agent_job",
    "wait_for_device",
    "wait_for_job",
    "wait_until",
]
