"""A backend of CUPS that keeps what it received: the document, the options, whose it was.

- ``keep:/FOLDER?serial=NUMBER`` is one device; what it printed lies in the folder, one pair of files a job.
- While a file called ``wait`` is in the folder it prints nothing, like a device without paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

KEEPER: Final = """\
#!/bin/sh
# Lists itself, or keeps a job: the arguments first, the document last and whole.
if [ $# -eq 0 ]; then echo 'direct keep "Unknown" "Keeper"'; exit 0; fi
folder=$(echo "${DEVICE_URI#keep:}" | sed 's/?.*//')
name=$(echo "$DEVICE_URI" | sed 's/.*serial=//')-$1
trap 'rm -f "$folder/$name.part"; exit 0' TERM
while [ -e "$folder/wait" ]; do sleep 0.1; done
printf '%s\\n' "$1" "$2" "$3" "$4" "$5" > "$folder/$name.args"
cat > "$folder/$name.part"
mv "$folder/$name.part" "$folder/$name.data"
"""
"""The script; give it to ``private_cupsd(backends={"keep": KEEPER})``."""


@attrs.frozen(kw_only=True)
class Kept:
    """A job as the backend had it.

    Attributes:
        serial: Of the device.
        number: CUPS's.
        user: Whose it was said to be.
        title: Its name.
        copies: As CUPS told the backend.
        options: By name, ``job-uuid`` among them.
        data: What would have gone to the device.
    """

    serial: str
    number: int
    user: str
    title: str
    copies: str
    options: Mapping[str, str]
    data: bytes


def kept_in(folder: Path) -> list[Kept]:
    """What came out so far, in the order of job numbers."""
    found = [_read(path) for path in folder.glob("*.data")]
    return sorted(found, key=lambda one: one.number)


def _read(path: Path) -> Kept:
    number, user, title, copies, options = path.with_suffix(".args").read_text().split("\n")[:5]
    pairs = [word.partition("=") for word in options.split(" ")]
    return Kept(
        serial=path.stem.rpartition("-")[0],
        number=int(number),
        user=user,
        title=title,
        copies=copies,
        options={name: value for name, _, value in pairs},
        data=path.read_bytes(),
    )
