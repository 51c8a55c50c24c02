"""Asks the running agent over its loopback listener, with the token of the state folder.

- An agent counts as running when it is announced, its process lives and its port answers: what a dead one left behind
  is no agent, and the token is never shown to a program of another account that took its port.
- Where a service manager holds the port, a command may begin with one agent and be answered by the next, which has a
  token of its own: that one is read once more.
- Root asks, too, and the agent's account may write in its folder: no link is followed, or the agent would be shown as a
  token what root alone may read.
- An agent may hold the folder and listen nowhere, because its port is taken or policy has its listener off. It cannot
  be asked, and people are told so instead of being told to start another one.
"""

from __future__ import annotations

import http
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from tympan_cli._errors import CommandError, in_utf8, status_of
from tympan_cli._exits import Exit
from tympan_cli._limits import ANNOUNCEMENT_BYTES, ANSWER_BYTES, ASK_S, PROBE_S

if TYPE_CHECKING:
    from tympan.admin import Home

LOOPBACK = "127.0.0.1"


def home() -> Home:
    """The state folder of this environment; for root the service's, where one is installed."""
    from tympan.admin import find_home

    place = _service_home() or find_home(os.environ)
    try:
        blocking = next((path for path in (place.root, *place.root.parents) if path.exists()), place.root)
        folder = blocking.is_dir() or not blocking.exists()
    except (OSError, ValueError) as error:
        cause = f"the state folder {place.root} cannot be used: {error}"
        raise CommandError(cause, next_step="Set TYMPAN_HOME to a folder.", status=Exit.UNAVAILABLE) from error
    if not folder:
        cause = f"{blocking} is a file, and the state of the agent needs a folder"
        raise CommandError(cause, next_step="Set TYMPAN_HOME to a folder.", status=Exit.UNAVAILABLE)
    return place


def _service_home() -> Home | None:
    if os.environ.get("TYMPAN_HOME") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    from tympan_cli._system_agent import service_home

    return service_home()


@attrs.frozen
class AgentLink:
    """Where the agent of a state folder listens, whose it is, and the secret to show it."""

    port: int
    pid: int
    uid: int
    token: str = attrs.field(repr=False)
    place: Home = attrs.field(repr=False)

    def ask(self, operation: str, *, within_s: float = ASK_S, **arguments: object) -> Any:
        """Runs one operation of the agent's control and returns its answer.

        Raises:
            CommandError: The agent does not answer, or says why it cannot.
        """
        texts = (value for value in arguments.values() if isinstance(value, str))
        in_utf8(*texts)
        body = json.dumps(arguments).encode()
        status, payload = self._post(f"/api/v1/{operation}", body, within_s)
        if status == http.HTTPStatus.UNAUTHORIZED:
            status, payload = self._anew()._post(f"/api/v1/{operation}", body, within_s)
        if status != http.HTTPStatus.OK:
            raise _refused(payload if isinstance(payload, Mapping) else {}, status)
        return payload

    def _anew(self) -> AgentLink:
        """Whoever is announced now; an agent that was started again meanwhile did nothing of what it refused."""
        try:
            return _announced(self.place)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return self

    def _post(self, path: str, body: bytes, within_s: float) -> tuple[int, Any]:
        import http.client  # not for an agent, which has the same command and asks nobody this way

        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=within_s)
        try:
            connection.connect()
            self._need_it_there(connection.sock)
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, _payload(answer.read(ANSWER_BYTES), answer.status)
        except TimeoutError as error:
            cause = f"the agent (process {self.pid}) did not answer within {within_s:g} s"
            next_step = "It may be busy; try again, or stop the process and start 'tympan run'."
            raise CommandError(cause, next_step=next_step, status=Exit.NOT_RUNNING) from error
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            cause = f"the agent does not answer on port {self.port}: {error}"
            next_step = "Start it with 'tympan run'."
            raise CommandError(cause, next_step=next_step, status=Exit.NOT_RUNNING) from error
        finally:
            connection.close()

    def _need_it_there(self, link: socket.socket) -> None:
        from tympan_net.loopback_server import is_server_of

        if not is_server_of(link, {self.uid}):
            cause = f"another account's program answers at the agent's port {self.port}, and was told nothing"
            next_step = f"Find out whose it is with: ss -ltnpe sport = :{self.port}"
            raise CommandError(cause, next_step=next_step, status=Exit.NOT_RUNNING)


def _payload(data: bytes, status: int) -> Any:
    try:
        return json.loads(data or b"null")
    except ValueError:
        if status == http.HTTPStatus.OK:
            raise
        return None  # whoever refuses may do so without a word of ours


@attrs.frozen(kw_only=True)
class Announcement:
    """What a state folder says of its agent.

    Attributes:
        link: Where it can be asked; None when it cannot.
        gone: Why it cannot although one was there; empty when none was.
        deaf: Whether one runs there that listens nowhere.
        system: Where the system's agent listens instead; None where that was not meant, or there is none.
        start: How it is started, as a sentence.
    """

    link: AgentLink | None = None
    gone: str = ""
    deaf: bool = False
    system: int | None = None
    start: str = "Start it with 'tympan run'."

    def cause(self, place: Home) -> str:
        """Why nobody can be asked, for a person."""
        if self.deaf:
            return f"the agent of {place.root} cannot be asked; {self.gone}"
        if self.system is not None:
            return "the agent of this computer runs for everybody, and is asked by its administrator"
        return f"no agent runs in {place.root}" + (f"; {self.gone}" if self.gone else "")

    @property
    def next_step(self) -> str:
        """What to do about it."""
        if self.deaf:
            return "Its log says why; see also 'tympan policy explain local.site' and 'tympan doctor'."
        if self.system is not None:
            return "Put sudo before it; what is yours shows 'tympan open'."
        return self.start


def look(place: Home) -> Announcement:
    """Who is announced in a state folder, and whether it lives.

    Raises:
        CommandError: The announcement is there and cannot be read.
    """
    found = _found(place)
    if found.link is not None:
        return found
    from tympan_cli._system_agent import public_port, starting

    own = found.gone or found.deaf or os.environ.get("TYMPAN_HOME")
    return attrs.evolve(found, start=starting(place.root), system=None if own else public_port(os.environ))


def _found(place: Home) -> Announcement:
    from tympan.admin import lives

    try:
        link = _announced(place)
    except (FileNotFoundError, NotADirectoryError):
        return _unannounced(place)
    except OSError as error:
        cause = f"{error.filename or place.announcement} cannot be read: {error.strerror}"
        raise CommandError(cause, next_step="Run the command as the agent's user.", status=Exit.NOT_RUNNING) from error
    except (ValueError, KeyError, TypeError, RecursionError):
        return Announcement(gone=f"{place.announcement} is damaged")
    if not lives(link.pid):
        return Announcement(gone=f"the last one, process {link.pid}, ended without taking leave")
    if not port_answers(link.port):
        return Announcement(gone=f"process {link.pid} was announced, and nobody listens on its port {link.port}")
    return Announcement(link=link)


def _unannounced(place: Home) -> Announcement:
    from tympan.admin import holder

    pid = holder(place.store)
    if pid is None:
        return Announcement()
    return Announcement(gone=f"process {pid} runs and listens on no port", deaf=True)


def find_agent(place: Home) -> AgentLink | None:
    """The agent that runs in this state folder, None when none does."""
    return look(place).link


def need_agent(place: Home) -> AgentLink:
    """The running agent, or an error that says how to start it."""
    found = look(place)
    if found.link is None:
        raise CommandError(found.cause(place), next_step=found.next_step, status=Exit.NOT_RUNNING)
    return found.link


def _announced(place: Home) -> AgentLink:
    announced, uid = _small(place.announcement)
    table = json.loads(announced)
    port, pid, token = table["port"], table["pid"], _small(place.token_file)[0].decode("ascii")
    if type(port) is not int or type(pid) is not int or not (0 < port < 65536 and 0 < pid < 2**31):
        raise ValueError("no port and process id")
    if not token.isprintable():
        raise ValueError("no token")
    return AgentLink(port=port, pid=pid, uid=uid, token=token, place=place)


def _small(path: Path) -> tuple[bytes, int]:
    """What is in a file, and whose it is."""
    with os.fdopen(_opened(path), "rb") as file:
        return file.read(ANNOUNCEMENT_BYTES), os.fstat(file.fileno()).st_uid


def _opened(path: Path) -> int:
    if os.open not in os.supports_dir_fd:
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:  # a pipe that nobody writes would keep us for ever
        return os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        error.filename = str(path)
        raise
    finally:
        os.close(folder)


def port_answers(port: int) -> bool:
    """Whether somebody listens on a port of loopback."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=PROBE_S).close()
    except TimeoutError:
        return True  # there, and busy: asking will tell
    except OSError:
        return False
    return True


def _refused(payload: Mapping[str, object], status: int) -> CommandError:
    kind, retry = str(payload.get("error", "")), str(payload.get("retry", ""))
    cause = str(payload.get("cause", "")) or f"the agent answered HTTP {status} and said no more"
    next_step = str(payload.get("next", "")) or "See 'tympan doctor'."
    return CommandError(cause, next_step=next_step, status=status_of(kind, retry))
