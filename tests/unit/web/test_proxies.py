"""Whose word about the client is believed, and which of the words."""

from ipaddress import ip_network
from typing import Any

import pytest

from procure.web.proxies import Proxies

NGINX, BALANCER, CLIENT, STRANGER = "127.0.0.1", "10.0.8.5", "203.0.113.7", "198.51.100.9"


@pytest.fixture
def proxies() -> Proxies:
    return Proxies([ip_network("127.0.0.1"), ip_network("10.0.8.0/24"), ip_network("fd00::/8")])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (NGINX, CLIENT, CLIENT),
        # What a client invents stands left of what the proxy has seen.
        (NGINX, f"{STRANGER}, {CLIENT}", CLIENT),
        (NGINX, f"{NGINX}, {CLIENT}", CLIENT),
        # Two proxies of one's own behind each other.
        (NGINX, f"{CLIENT}, {BALANCER}", CLIENT),
        (NGINX, f"{STRANGER}, {CLIENT}, {BALANCER}", CLIENT),
        (NGINX, f"{STRANGER},{CLIENT},{BALANCER},{NGINX}", CLIENT),
        # An address with a port, and the other family.
        (NGINX, f"{CLIENT}:51234", CLIENT),
        (NGINX, "2001:db8::7", "2001:db8::7"),
        (NGINX, "[2001:DB8:0::7]:443", "2001:db8::7"),
        (NGINX, f"::ffff:{CLIENT}", CLIENT),
        (f"::ffff:{NGINX}", CLIENT, CLIENT),
        ("fd00::1", f"{STRANGER}, 2001:db8::7, fd00::2", "2001:db8::7"),
        # Somebody who sits on the proxies' own network, and a proxy that says nothing.
        (NGINX, BALANCER, BALANCER),
        (NGINX, "", NGINX),
        # No address: nothing left of it is believed.
        (NGINX, "unknown", NGINX),
        (NGINX, f"{STRANGER}, x, {BALANCER}", BALANCER),
        (NGINX, f"{STRANGER}, ", NGINX),
        # Who is no proxy is the client, whatever they say.
        (CLIENT, STRANGER, CLIENT),
        (CLIENT, f"{STRANGER}, {NGINX}", CLIENT),
    ],
)
def test_client_is_the_first_untrusted_address_from_the_right(
    proxies: Proxies, peer: str, forwarded: str, client: str
) -> None:
    seen = _seen(proxies, peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert seen["REMOTE_ADDR"] == client


def _seen(proxies: Proxies, peer: str, **headers: str) -> dict[str, Any]:
    """The environment that the application gets."""
    environment = {
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "inside:8000",
        **headers,
    }
    seen: list[dict[str, Any]] = []

    def application(given: dict[str, Any], start: object) -> list[bytes]:
        seen.append(given)
        return []

    proxies.of(application)(environment, None)
    return seen[0]


TOLD = {
    "HTTP_X_FORWARDED_FOR": STRANGER,
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "procure.example",
    "HTTP_X_FORWARDED_PORT": "443",
    "HTTP_X_REAL_IP": STRANGER,
    "HTTP_FORWARDED": f"for={STRANGER};proto=https",
}


def test_spoofed_headers_change_nothing_and_reach_nobody(proxies: Proxies) -> None:
    seen = _seen(proxies, CLIENT, **TOLD)
    assert seen == {
        "REMOTE_ADDR": CLIENT,
        "wsgi.url_scheme": "http",
        "SERVER_PORT": "8000",
        "HTTP_HOST": "inside:8000",
    }


def test_trusted_proxy_tells_scheme_and_host(proxies: Proxies) -> None:
    seen = _seen(proxies, NGINX, **TOLD)
    assert seen == {
        "REMOTE_ADDR": STRANGER,
        "wsgi.url_scheme": "https",
        "SERVER_PORT": "443",
        "HTTP_HOST": "procure.example",
    }


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("HTTPS", "https"), ("http, https", "https"), ("gopher", "http")],
)
def test_scheme_is_the_nearest_proxys_word(proxies: Proxies, proto: str, scheme: str) -> None:
    assert _seen(proxies, NGINX, HTTP_X_FORWARDED_PROTO=proto)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize("host", ["", "a b", "a/b", "a@b", "evil\r\nX: y"])
def test_host_that_is_none_is_not_taken(proxies: Proxies, host: str) -> None:
    assert _seen(proxies, NGINX, HTTP_X_FORWARDED_HOST=host)["HTTP_HOST"] == "inside:8000"


def test_proxy_that_nobody_named_is_told_once(
    proxies: Proxies, caplog: pytest.LogCaptureFixture
) -> None:
    """Forgetting the setting makes all clients one; the log says so."""
    for _ in range(3):
        _seen(proxies, BALANCER.replace("8", "9"), HTTP_X_FORWARDED_FOR=CLIENT)
    assert len(caplog.messages) == 1
    assert "PROCURE_TRUSTED_PROXY" in caplog.messages[0]
