"""A private ``cupsd``: own directories, own port and socket, run by an ordinary user; needs no root, Avahi or D-Bus."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import attrs

from rig._limits import LOG_TAIL, START_S
from rig._places import Account, ordinary_account, private_directory
from rig._ports import answers_http, free_port
from rig._programs import Program, ending

_CUPSD = "/usr/sbin/cupsd"

_FILES = """\
FatalErrors none
User {user}
Group {group}
SystemGroup {group}
FileDevice Yes
ServerRoot {root}/etc
CacheDir {root}/cache
StateDir {root}/run
RequestRoot {root}/spool
TempDir {root}/spool/tmp
ServerBin {server_bin}
DataDir /usr/share/cups
DocumentRoot /usr/share/cups/doc-root
ServerKeychain {root}/etc/ssl
AccessLog {root}/log/access_log
ErrorLog {root}/log/error_log
PageLog {root}/log/page_log
LogFileGroup {group}
Sandboxing relaxed
"""

_DAEMON = """\
LogLevel {log_level}
MaxLogSize 0
Listen 127.0.0.1:{port}
Listen {root}/run/cups.sock
Browsing No
DefaultAuthType None
DefaultEncryption Never
WebInterface No
ErrorPolicy {error_policy}
JobRetryInterval 5
PreserveJobHistory Yes
PreserveJobFiles Yes
<Location />
  Order allow,deny
  Allow from all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
{limits}  <Limit All>
    Order deny,allow
    Allow from all
  </Limit>
</Policy>
"""

_READ_ONLY = """\
  <Limit CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Add-Modify-Class CUPS-Delete-Class CUPS-Set-Default>
    AuthType Basic
    Require user nobody-has-this-name
    Order deny,allow
  </Limit>
"""


@attrs.define(kw_only=True)
class Cupsd:
    """A running ``cupsd`` of our own.

    Attributes:
        root: All its directories.
        port: Its TCP port on 127.0.0.1.
        program: Stop it, start it again, kill it.
    """

    root: Path
    port: int
    program: Program

    @property
    def server(self) -> str:
        """What ``$CUPS_SERVER`` and ``-h`` take: host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def socket(self) -> Path:
        """Its Unix socket."""
        return self.root / "run" / "cups.sock"

    def ppd(self, queue: str) -> Path:
        """Where the PPD of a queue is, once there is one."""
        return self.root / "etc" / "ppd" / f"{queue}.ppd"

    def error_log(self) -> str:
        """Everything it logged so far."""
        path = self.root / "log" / "error_log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def start(self) -> None:
        """Starts it, again with the same directories and port; returns when it answers."""
        await self.program.start(self._ready, timeout_s=START_S)

    async def stop(self) -> None:
        """Ends it in order."""
        await self.program.stop()

    async def _ready(self) -> bool:
        return self.socket.exists() and await answers_http(self.port)


@asynccontextmanager
async def private_cupsd(
    *,
    error_policy: str = "stop-printer",
    read_only: bool = False,
    log_level: str = "debug",
    backends: Mapping[str, str] | None = None,
) -> AsyncIterator[Cupsd]:
    """A private ``cupsd``.

    Args:
        error_policy: What happens to a queue whose job failed.
        read_only: Nobody may add or remove queues.
        log_level: "none" is for speed.
        backends: Further backends, scripts by their scheme.
    """
    account = ordinary_account()
    with private_directory("cups", account=account) as root:
        port = free_port()
        limits = _READ_ONLY if read_only else ""
        programs = _programs(root, account, backends) if backends else Path("/usr/lib/cups")
        files = _FILES.format(root=root, user=account.user, group=account.group, server_bin=programs)
        _write(root, "etc/cups-files.conf", account, files)
        daemon = _DAEMON.format(root=root, port=port, error_policy=error_policy, limits=limits, log_level=log_level)
        _write(root, "etc/cupsd.conf", account, daemon)
        for name in ("etc/ppd", "etc/ssl", "log", "cache", "run", "spool/tmp"):
            _make(root, name, account)
        (root / "spool" / "tmp").chmod(0o1770)
        argv = [_CUPSD, "-f", "-c", f"{root}/etc/cupsd.conf", "-s", f"{root}/etc/cups-files.conf"]
        cupsd = Cupsd(root=root, port=port, program=Program(argv=argv, log=root / "cupsd.out", account=account))
        async with ending(cupsd.program):
            try:
                await cupsd.start()
                yield cupsd
            except Exception as error:
                error.add_note(f"--- the end of error_log:\n{cupsd.error_log()[-LOG_TAIL:]}")
                raise


def _programs(root: Path, account: Account, backends: Mapping[str, str]) -> Path:
    """The system's filters and backends, and scripts beside them."""
    there = Path("/usr/lib/cups")
    _make(root, "bin/backend", account)
    for path in (*(one for one in there.iterdir() if one.name != "backend"), *(there / "backend").iterdir()):
        (root / "bin" / path.relative_to(there)).symlink_to(path)
    for scheme, script in backends.items():
        _write(root, f"bin/backend/{scheme}", account, script)
        (root / "bin" / "backend" / scheme).chmod(0o755)
    return root / "bin"


def _make(root: Path, name: str, account: Account) -> None:
    path = root
    for part in Path(name).parts:
        path /= part
        path.mkdir(exist_ok=True)
        _give(path, account)


def _write(root: Path, name: str, account: Account, text: str) -> None:
    _make(root, str(Path(name).parent), account)
    (root / name).write_text(text)
    _give(root / name, account)


def _give(path: Path, account: Account) -> None:
    if account.uid != os.getuid():
        os.chown(path, account.uid, account.gid)
