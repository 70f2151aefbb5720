"""One-time passwords of an authenticator app (RFC 6238), and recovery codes for when it is lost. `now` comes in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

STEP_SECONDS = 30
# A phone's clock may be one step off, either way.
TOLERATED_STEPS = 1
RECOVERY_CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that is mistaken for something else


def new_key() -> str:
    """160 random bits in base32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address(key: str, email: str, issuer: str) -> str:
    """The otpauth:// address that authenticator apps read."""
    import pyotp  # noqa: PLC0415 - at the first use, not at the start

    return pyotp.TOTP(key).provisioning_uri(name=email, issuer_name=issuer)


def picture(address: str) -> str:
    """The same as a QR code: an SVG of black on white, in a data: URI."""
    import segno  # noqa: PLC0415 - as above

    return segno.make(address, micro=False).svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True)


def is_code(typed: str) -> bool:
    """Whether it can be an app's code: six digits, however they are spaced. Otherwise it is a recovery code."""
    given = "".join(typed.split())
    return given.isascii() and given.isdigit() and len(given) == 6


def used_step(key: str, code: str, now_seconds: float, last_step: int) -> int | None:
    """The step whose code this is, None for none. A step that was used, or one before it, counts no more."""
    import pyotp  # noqa: PLC0415 - as above

    if not is_code(code):
        return None
    given = "".join(code.split())
    generator = pyotp.TOTP(key)
    present = int(now_seconds) // STEP_SECONDS
    found = None
    for step in range(present - TOLERATED_STEPS, present + TOLERATED_STEPS + 1):
        same = hmac.compare_digest(generator.generate_otp(step), given)
        if same and step > last_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Ten codes of 59 random bits, to be written down."""
    return ["-".join(_letters(4) for _ in range(3)) for _ in range(RECOVERY_CODES)]


def recovery_digest(account_id: str, code: str) -> bytes:
    """What the database keeps of one; spaces, hyphens and capitals do not matter."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(f"{account_id} {plain}".encode()).digest()


def _letters(number: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(number))
