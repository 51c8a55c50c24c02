"""The repository of updates as The Update Framework sees it: what is signed, and by whom (TUF specification 1.0, 5).

- All trust comes from one root of trust; where the bytes come from changes nothing.
- What was seen is remembered in a folder of this reader alone: nothing older is believed afterwards.
- Files come to rest where a repository has them: what was fetched can be handed on as it is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from tuf.api import exceptions as refusals
from tuf.api.metadata import TargetFile
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from tympan_updater._errors import (
    DoesNotMatch,
    NotOffered,
    NotUsable,
    OutOfDate,
    RolledBack,
    SourceAway,
    TooFewSigned,
    TooLong,
    Untrusted,
)
from tympan_updater._limits import (
    DELEGATIONS,
    ROOT_BYTES,
    ROOT_ROTATIONS,
    SNAPSHOT_BYTES,
    TARGETS_BYTES,
    TIMESTAMP_BYTES,
    TIMESTAMP_DAYS,
)
from tympan_updater._sources import NotThere, Source
from tympan_wire.updates import CHANNEL_BYTES, BadUpdateFile, Channel, channel_target, decode_channel

_BASE: Final = "https://repository.invalid/"
"""Names of files begin with it, and nobody is ever asked there."""


class Repository:
    """A repository, read by one reader with a memory of its own.

    Args:
        memory: Where verified metadata is kept between two looks.
        root: The first root of trust, as bytes.
        source: Who has the files.
        rest: Where files of targets come to rest.
    """

    def __init__(self, memory: Path, root: bytes, source: Source, rest: Path) -> None:
        self._memory = memory
        self._rest = rest
        memory.mkdir(parents=True, exist_ok=True)
        self._fetcher = _Fetcher(source)
        with told(source.name):
            self._tuf = Updater(
                str(memory),
                f"{_BASE}metadata/",
                str(rest),
                f"{_BASE}targets/",
                fetcher=self._fetcher,
                config=_config(),
                bootstrap=root,
            )

    def refresh(self, now: dt.datetime) -> None:
        """Takes up what is newly signed.

        Raises:
            Untrusted: It is not to be believed; the kind says why.
            SourceAway: Nobody has it.
        """
        with told(self._fetcher.source.name):
            self._tuf.refresh()
        ends = self._moment("timestamp.json")
        if ends - now > dt.timedelta(days=TIMESTAMP_DAYS):
            raise OutOfDate(
                f"the timestamp holds until {ends:%Y-%m-%d}: longer than {TIMESTAMP_DAYS} days hides updates"
            )

    def channel(self, name: str) -> Channel:
        """What a channel names.

        Raises:
            NotOffered, Untrusted, SourceAway, NotUsable: With cause and next step.
        """
        try:
            return decode_channel(self.fetch(channel_target(name), most=CHANNEL_BYTES).read_bytes())
        except BadUpdateFile as error:
            raise NotUsable(error.cause) from error

    def fetch(self, target: str, *, most: int, sha256: str = "", source: Source | None = None) -> Path:
        """Brings a file here and says where it is; one that is here already is not fetched again.

        Args:
            target: Its name.
            most: Bytes it may have.
            sha256: What it must be besides, hex.
            source: Who is asked for it, instead of who has the metadata.

        Raises:
            NotOffered, Untrusted, SourceAway: With cause and next step.
        """
        found = self._signed(target)
        digest = found.hashes.get("sha256", "")
        if found.length > most:
            raise TooLong(f"{target} has {found.length} bytes, and {most} are the most")
        if not digest or (sha256 and digest != sha256):
            raise DoesNotMatch(f"{target} was changed since its channel named it")
        place = self._rest / resting_place(target, digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        with self._asking(source), told(self._fetcher.source.name):
            if self._tuf.find_cached_target(found, str(place)) is None:
                self._tuf.download_target(found, str(place))
        return place

    def _signed(self, target: str) -> TargetFile:
        with told(self._fetcher.source.name):
            found = self._tuf.get_targetinfo(target)
        if found is None:
            raise NotOffered(target)
        return found

    @contextlib.contextmanager
    def _asking(self, source: Source | None) -> Iterator[None]:
        usual = self._fetcher.source
        self._fetcher.source = source or usual
        try:
            yield
        finally:
            self._fetcher.source = usual

    def metadata(self) -> Iterator[tuple[str, bytes]]:
        """All that was verified, each file with the name it has in a repository: what is handed on."""
        roots = sorted((self._memory / "root_history").glob("*.root.json"))
        yield from ((path.name, path.read_bytes()) for path in roots)
        for path in sorted(self._memory.glob("*.json")):
            if path.name != "root.json":
                data = path.read_bytes()
                version = "" if path.name == "timestamp.json" else f"{json.loads(data)['signed']['version']}."
                yield f"{version}{path.name}", data

    def _moment(self, name: str) -> dt.datetime:
        table: Any = json.loads((self._memory / name).read_bytes())
        return dt.datetime.fromisoformat(table["signed"]["expires"].replace("Z", "+00:00"))


def resting_place(target: str, sha256: str) -> str:
    """Where the file of a target lies below ``targets/``: its hash stands before its name (TUF 6.2.1)."""
    folder, _, name = target.rpartition("/")
    return f"{folder}/{sha256}.{name}" if folder else f"{sha256}.{name}"


class _Fetcher(FetcherInterface):
    """TUF's way out: it asks our source."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = unquote(url.removeprefix(_BASE))
        try:
            yield from self.source.read(name)
        except NotThere as error:
            raise refusals.DownloadHTTPError(f"{name} is not there", 404) from error
        except SourceAway as error:
            raise refusals.DownloadError(error.cause) from error
        except OSError as error:
            raise refusals.DownloadError(str(error)) from error


def _config() -> UpdaterConfig:
    return UpdaterConfig(
        max_root_rotations=ROOT_ROTATIONS,
        max_delegations=DELEGATIONS,
        root_max_length=ROOT_BYTES,
        timestamp_max_length=TIMESTAMP_BYTES,
        snapshot_max_length=SNAPSHOT_BYTES,
        targets_max_length=TARGETS_BYTES,
    )


_KINDS: Final[tuple[tuple[type[Exception], type[Untrusted], str], ...]] = (
    (refusals.ExpiredMetadataError, OutOfDate, "it was not signed anew in time, or this computer's clock is wrong"),
    (refusals.EqualVersionNumberError, RolledBack, "it shows another file under a number that was seen"),
    (refusals.BadVersionNumberError, RolledBack, "it is older than what was seen before, or mixed"),
    (refusals.UnsignedMetadataError, TooFewSigned, "too few of the trusted keys signed it"),
    (refusals.DownloadLengthMismatchError, TooLong, "more bytes came than were signed"),
    (refusals.LengthOrHashMismatchError, DoesNotMatch, "it is not what was signed"),
    (refusals.RepositoryError, DoesNotMatch, "it does not fit together"),
)


@contextlib.contextmanager
def told(source: str) -> Iterator[None]:
    """TUF's refusals as errors of this distribution, each with its kind."""
    try:
        yield
    except refusals.DownloadError as error:
        if isinstance(error, refusals.DownloadLengthMismatchError):
            raise TooLong(f"{source} gives more than was signed: {error}") from error
        raise SourceAway(f"{source} has no repository to be read: {error}") from error
    except (refusals.RepositoryError, ValueError) as error:
        for kind, ours, meaning in _KINDS:
            if isinstance(error, kind):
                raise ours(f"the repository of {source} is refused: {meaning} ({error})") from error
        raise DoesNotMatch(f"the repository of {source} cannot be read: {error}") from error
    except OSError as error:
        raise SourceAway(f"the repository of {source} cannot be kept: {error}") from error
