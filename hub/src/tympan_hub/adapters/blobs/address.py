"""Where blobs are kept: a folder, or a bucket of S3 or of anything that speaks its protocol."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tympan_hub.domain.errors import BadInput

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


@frozen(kw_only=True)
class BlobAddress:
    """A place for blobs.

    Attributes:
        folder: The folder, where it is one.
        bucket: The bucket, where it is one.
        prefix: Below which everything lies in the bucket; "" for all of it.
    """

    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""

    @classmethod
    def read(cls, text: str, otherwise: Path) -> "BlobAddress":
        """What ``--blobs`` says: "" for ``otherwise``, a folder's path or ``file://`` URL, or ``s3://bucket/prefix``.

        Raises:
            BadInput: It is none of these.
        """
        if not text:
            return cls(folder=otherwise)
        if text.startswith("s3://"):
            return cls._bucket(text)
        path = Path(urlsplit(text).path if text.startswith("file://") else text)
        if "://" in text.removeprefix("file://") or not path.is_absolute():
            cause = f"{text!r:.120} is no place for blobs"
            raise BadInput(cause, next_step="Give s3://bucket/prefix, or the absolute path of a folder.")
        return cls(folder=path)

    @classmethod
    def _bucket(cls, text: str) -> "BlobAddress":
        parts = urlsplit(text)
        prefix = parts.path.strip("/")
        dots = any(set(segment) <= {"."} for segment in prefix.split("/")) if prefix else False
        if parts.query or parts.fragment or not _BUCKET.fullmatch(parts.netloc):
            cause = f"{text!r:.120} names no bucket"
            next_step = "Give s3://bucket/prefix; region, endpoint and keys are read from AWS_… in the environment."
            raise BadInput(cause, next_step=next_step)
        if prefix and (dots or not _PREFIX.fullmatch(prefix)):
            cause = f"{prefix!r:.120} cannot be the beginning of names in a bucket"
            raise BadInput(cause, next_step="Use letters, digits, '.', '_', '-' and '/' in it.")
        return cls(bucket=parts.netloc, prefix=prefix)

    def __str__(self) -> str:
        return str(self.folder) if self.folder else f"s3://{self.bucket}/{self.prefix}".rstrip("/")
