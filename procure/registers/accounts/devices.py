"""Devices: a name for each that outlives sign-ins, and what its browser says of itself in words."""

import hashlib
import hmac
import re
import secrets
from typing import Final

from itsdangerous import BadSignature, Signer

_ID = re.compile(r"[A-Za-z0-9_-]{20,40}")

_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge 浏览器"),
    ("360", "360 浏览器"),
    ("QQBrowser", "QQ 浏览器"),
    ("Firefox", "Firefox 浏览器"),
    ("Chrome", "Chrome 浏览器"),
    ("Safari", "Safari 浏览器"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows 电脑"),
    ("Mac OS", "Mac 电脑"),
    ("Linux", "Linux 电脑"),
)


def new_device() -> str:
    """A random id for a device that signs in for the first time."""
    return secrets.token_urlsafe(16)


def seal_device(device: str, key: str) -> str:
    """The id as the device's cookie holds it."""
    return Signer(key, salt="device").sign(device).decode()


def read_device(cookie: str, key: str) -> str:
    """The id in a device's cookie; empty when there is none or it was not made here."""
    try:
        device = Signer(key, salt="device").unsign(cookie).decode()
    except BadSignature:
        return ""
    return device if _ID.fullmatch(device) else ""


def lane_of(purpose: str, name: str, key: str) -> str:
    """The name of a lane: a keyed digest, because people also type passwords into name fields."""
    return hmac.new(key.encode(), f"{purpose}:{name}".encode(), hashlib.sha256).hexdigest()


def describe(agent: str) -> str:
    """A browser and system in words, for the list of one's devices."""
    browser = next((words for sign, words in _BROWSERS if sign in agent), "其他浏览器")
    system = next((words for sign, words in _SYSTEMS if sign in agent), "其他设备")
    gap = " " if browser[0].isascii() else ""
    return f"{system}上的{gap}{browser}"
