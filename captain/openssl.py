"""The openssl program, which makes keys and certificates."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from captain.errors import CaptainError

NEW_KEY = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
"""A self-signed certificate with a key of its own."""


def openssl(words: Sequence[str], what: str) -> bytes:
    """What it writes; `what` it is to make, for the sentence of the `CaptainError` where it cannot."""
    try:
        done = subprocess.run(["openssl", *words], capture_output=True, check=False)  # noqa: S603,S607  (no shell; the image's)
    except FileNotFoundError:
        raise CaptainError("There is no openssl program: run captain in its image.") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise CaptainError(f"openssl could not make {what}: {said[-1:]}")
    return done.stdout
