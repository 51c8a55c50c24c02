"""Small documents made for tests."""

from __future__ import annotations

import io
import random

from PIL import Image


def pdf(
    content: str = "", resources: str = "", *extra: str, pages: int = 1, page: str = "", catalog: str = ""
) -> bytes:
    """A PDF whose pages share one content stream (object 3) and resources; ``extra`` objects are 4 and on."""
    first = 4 + len(extra)
    kids = " ".join(f"{first + number} 0 R" for number in range(pages))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}/MediaBox[0 0 595 842]>>",
        stream(content),
        *extra,
        *[f"<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<<{resources}>>{page}>>"] * pages,
    ]
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\n%%EOF".encode("latin-1")


def stream(data: str, entries: str = "") -> str:
    """A stream object."""
    return f"<<{entries}/Length {len(data)}>>stream\n{data}\nendstream"


def jpeg(
    color: tuple[int, ...] | int, mode: str = "RGB", size: tuple[int, int] = (320, 240), **options: object
) -> bytes:
    """A JPEG of one colour, with a little noise."""
    image = Image.new(mode, size, color)
    noise = Image.effect_noise(size, 6)
    image = Image.blend(image, noise.convert(mode), 0.02) if mode != "CMYK" else image
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def mutations(data: bytes, count: int, seed: int) -> list[bytes]:
    """Cuts, flipped bits, and pieces swapped for noise; the same for the same seed."""
    pick = random.Random(seed)
    made = []
    for number in range(count):
        changed = bytearray(data)
        if number % 3 == 0:
            changed = changed[: pick.randrange(len(data))]
        elif number % 3 == 1:
            for _ in range(pick.choice((1, 4, 32))):
                changed[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
        else:
            at = pick.randrange(len(data))
            changed[at : at + 16] = pick.randbytes(pick.randrange(48))
        made.append(bytes(changed))
    return made
