"""The one-time code: secrets, codes of a moment, the picture to scan, recovery codes. Pure.

TOTP as authenticator programs know it (RFC 6238, 30 seconds, six digits, SHA-1). A code is judged
by its time step, so that a step once used can never be used again, however it is typed.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno

STEP_SECONDS: Final = 30
DIGITS: Final = 6
WINDOW: Final = 1
"""Steps before and after the present one that still count: clocks of telephones are not exact."""

RECOVERY_CODES: Final = 10
ISSUER: Final = "政府购买服务平台"

_SIX_DIGITS = re.compile(r"[0-9]{6}")
_RECOVERY_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_secret() -> str:
    """A random secret of 160 bits in base32."""
    return pyotp.random_base32(32)


def step_of(at: datetime) -> int:
    """The number of the 30-second step in which an instant lies."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of a step."""
    return pyotp.TOTP(secret).generate_otp(step)


def matching_step(secret: str, code: str, at: datetime, used: int) -> int | None:
    """The step the code belongs to, None when it is no code of now or its step is used up.

    `used` is the newest step already used. All steps of the window are compared, in constant time.
    """
    if not _SIX_DIGITS.fullmatch(code):
        return None
    present = step_of(at)
    found = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step), code) and step > used and found is None:
            found = step
    return found


def key_uri(secret: str, username: str) -> str:
    """What an authenticator reads out of the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def picture(uri: str) -> str:
    """A QR code as a data address for an image element."""
    code = segno.make(uri, error="m", micro=False)
    return code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def grouped(secret: str) -> str:
    """The secret in groups of four, to be typed by hand."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def new_recovery_codes() -> list[str]:
    """Ten codes of 59 bits each, to be printed."""
    return [
        "-".join("".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(4)) for _ in range(3))
        for _ in range(RECOVERY_CODES)
    ]


def digest_of_recovery_code(user_id: str, code: str) -> str:
    """What is kept of a recovery code."""
    plain = re.sub(r"[^0-9A-Z]", "", code.upper())
    return hashlib.sha256(f"{user_id}:{plain}".encode()).hexdigest()
