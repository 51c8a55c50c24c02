"""The state folder: secrets and database lie there, 0700."""

import os
from pathlib import Path

from attrs import field, frozen

from tympan_hub.adapters.blobs import BlobAddress
from tympan_hub.domain.errors import Conflict


@frozen
class Home:
    """Paths below the state folder, and where database, blobs and updates are when they lie elsewhere."""

    root: Path
    address: str = field(default="", repr=False)  # it may hold a password
    store: str = ""
    repository: Path | None = None

    @property
    def secrets(self) -> Path:
        """Key files."""
        return self.root / "secrets"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "hub.db"

    @property
    def lock(self) -> Path:
        """Held by the process that serves from the SQLite file."""
        return self.root / "serving.lock"

    @property
    def conversions(self) -> Path:
        """Documents that are being converted, each in a folder that goes with the answer."""
        return self.root / "conversions"

    @property
    def updates(self) -> Path:
        """The update repository; where it is not there, the hub has none."""
        return self.repository or self.root / "updates"

    @property
    def where(self) -> Path | str:
        """Where the database is."""
        return self.address or self.database

    @property
    def blobs(self) -> BlobAddress:
        """Where blobs are; raises ``BadInput`` for what is no such place."""
        return BlobAddress.read(self.store, self.root / "blobs")

    def make(self) -> None:
        """Makes the folder, or takes it in hand; raises ``Conflict`` when it is not ours."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix" and self.root.stat().st_mode & 0o077:
                self.root.chmod(0o700)
        except OSError as error:
            cause = f"the state folder {self.root} cannot be used: {error.strerror or error}"
            raise Conflict(cause, next_step="Name another with --home, or make it the hub's own.") from error
