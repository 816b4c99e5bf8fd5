"""Opaque strings for a person, made with the cookie key: nobody else can make or read them."""

import hashlib
import hmac


def signed(key: str, purpose: str, *parts: str) -> str:
    """A string of 32 hexadecimal digits that stands for the parts; each purpose has its own."""
    message = "\0".join((purpose, *parts)).encode()
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:32]
