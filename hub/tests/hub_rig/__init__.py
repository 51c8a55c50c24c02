"""What the hub's tests stand on: a hub on a real database, and an agent that speaks to it."""

from hub_rig._agent import HEADERS, AgentKey, RemoteAgent, problem
from hub_rig._at_once import at_once, cheap_passwords
from hub_rig._bench import BIRTH, MAIL, PASSWORD, Bench, FixedClock, bench
from hub_rig._bucket import Bucket, bucket_server
from hub_rig._postgresql import PostgreSQL, database_of, postgresql
from hub_rig._reports import job_report, report
from hub_rig._rows import rows
from hub_rig._stage import FIRST, SECOND, THIRD, Stage
from hub_rig._stream import OpenStream, notices

__all__ = [
    "BIRTH",
    "FIRST",
    "HEADERS",
    "MAIL",
    "PASSWORD",
    "SECOND",
    "THIRD",
    "AgentKey",
    "Bench",
    "Bucket",
    "FixedClock",
    "OpenStream",
    "PostgreSQL",
    "RemoteAgent",
    "Stage",
    "at_once",
    "bench",
    "bucket_server",
    "cheap_passwords",
    "database_of",
    "job_report",
    "notices",
    "postgresql",
    "problem",
    "report",
    "rows",
]
