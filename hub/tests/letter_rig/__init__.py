"""Letters as a mail server hands them over, from somebody it vouches for or from nobody it knows."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from typing import Final

import pikepdf

SERVER: Final = "mx.hub.example"
ADA: Final = "ada@acme.example"


def pdf(marker: str = "", pages: int = 1) -> bytes:
    """A PDF."""
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        made.Root.Marker = pikepdf.String(marker)
        into = BytesIO()
        made.save(into, compress_streams=False)
    return into.getvalue()


def letter(sender: str = ADA, subject: str = "Figures", *, mark: str = "<1@acme.example>") -> EmailMessage:
    """A letter without anything in it yet."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = f"Ada <{sender}>", "print@print.hub.example", subject
    made["Message-ID"], made["Date"] = mark, "Fri, 27 Nov 2026 10:00:00 +0000"
    return made


def attached(made: EmailMessage, *files: tuple[str, bytes]) -> EmailMessage:
    """A letter with files."""
    for name, content in files:
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return made


def vouched(made: EmailMessage | bytes, *, domain: str = "acme.example", results: str = "") -> bytes:
    """As the operator's mail server hands it over."""
    passed = results or f"{SERVER}; dmarc=pass header.from={domain}"
    above = f"Authentication-Results: {passed}\r\nReceived: from out.{domain} by {SERVER}; Fri, 27 Nov 2026\r\n"
    return above.encode() + (made if isinstance(made, bytes) else made.as_bytes())
