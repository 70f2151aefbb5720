"""A password's hash as the edge takes it: SHA-512 of crypt(3), which Python has no more and OpenSSL has."""

from __future__ import annotations

import subprocess

from captain.errors import CaptainError

_FIRST_PRINTABLE = " "


def password_hash(password: str) -> str:
    """A new hash, with a salt of its own. `CaptainError` for a password that cannot be, or without OpenSSL."""
    if not password or any(letter < _FIRST_PRINTABLE for letter in password):
        raise CaptainError("The password is empty, or has control characters: give another on standard input.")
    try:
        done = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],  # noqa: S607  (of the image)
            input=password.encode(), capture_output=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        raise CaptainError(f"openssl, which hashes passwords, cannot be run here: {error}") from error
    return done.stdout.decode().strip()
