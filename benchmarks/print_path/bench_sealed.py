"""Sealing and opening in memory, beside what OpenSSL's own speed test does on the same machine in the same run."""

import json
import re
import subprocess
import time
from typing import Any
from uuid import uuid4

from tympan_wire.sealed import CHUNK_BYTES, SEALED_CHUNK_BYTES, Opener, Sealer, new_key

TARGET = 0.6
ROUND_S = 1.0
ROUNDS = 3


def openssl_mb_s() -> float:
    """AES-256-GCM of 64 KiB blocks as `openssl speed` measures it."""
    command = ["openssl", "speed", "-seconds", "1", "-evp", "aes-256-gcm", "-bytes", str(CHUNK_BYTES)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"(?i)aes-256-gcm\s+([\d.]+)k", out)
    if found is None:
        raise RuntimeError(f"openssl speed printed no figure: {out[-200:]}")
    return float(found[1]) / 1000


def seal_mb_s() -> float:
    """One document fed in 64 KiB pieces; the sealed bytes are dropped as they come."""
    sealer, piece, sealed = Sealer(new_key(), uuid4()), bytes(CHUNK_BYTES), 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < ROUND_S:
        for _ in range(200):
            sealed += len(sealer.update(piece))
    return sealed / spent / 1e6


def open_mb_s() -> float:
    """The same document opened again and again, fed in 64 KiB pieces that do not fall on chunk borders."""
    key, chunks = new_key(), 200
    sealer = Sealer(key, uuid4())
    sealed = sealer.header() + sealer.update(bytes(CHUNK_BYTES * chunks)) + sealer.finish()
    pieces = [sealed[at : at + CHUNK_BYTES] for at in range(0, len(sealed), CHUNK_BYTES)]
    opened = 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < ROUND_S:
        opener = Opener(key)
        opened += sum(len(opener.update(piece)) for piece in pieces)
        opener.finish()
    return opened / spent / 1e6 * SEALED_CHUNK_BYTES / CHUNK_BYTES


def run() -> list[dict[str, Any]]:
    """The rows of this benchmark; every figure is the median of interleaved rounds."""
    rounds = [(seal_mb_s(), open_mb_s(), openssl_mb_s()) for _ in range(ROUNDS)]
    sealing, opening, peer = (sorted(column)[ROUNDS // 2] for column in zip(*rounds, strict=True))
    return [
        _row("seal, 64 KiB chunks, in memory", sealing, peer),
        _row("open, 64 KiB chunks, in memory", opening, peer),
    ]


def _row(figure: str, ours: float, peer: float) -> dict[str, Any]:
    ratio = ours / peer
    return {
        "figure": figure,
        "ours": round(ours),
        "peer": round(peer),
        "unit": "MB/s",
        "ratio": round(ratio, 2),
        "target": f">= {TARGET}x openssl speed -evp aes-256-gcm",
        "met": ratio >= TARGET,
    }


if __name__ == "__main__":
    for row in run():
        print(json.dumps(row))
