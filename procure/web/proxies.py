"""Who really asks: the client's address, scheme and host, told by proxies that the settings name.

A header that says where a request came from is worth as much as whoever wrote it. Each proxy adds
the address it sees at the right end of `X-Forwarded-For`; read from the right, the first address
that is not a trusted proxy is the client, and what stands left of it the client itself may have
invented. From anybody else such headers are thrown away, so that nothing behind this can believe
them.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from procure.kernel.addresses import Network, address_of

PROXIES = "procure.proxies"

FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
FORWARDED_PROTO = "HTTP_X_FORWARDED_PROTO"
FORWARDED_HOST = "HTTP_X_FORWARDED_HOST"
_OTHERS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_BY", "HTTP_X_REAL_IP")
HEADERS = (FORWARDED_FOR, FORWARDED_PROTO, FORWARDED_HOST, *_OTHERS)
"""Everything by which proxies tell of clients; none of it is passed on."""

_PORT = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<four>[0-9.]+))(?::[0-9]{1,5})?")
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
MOST_WARNINGS = 10

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

log = logging.getLogger(__name__)


class Proxies:
    """The proxies whose word is believed."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)
        self._warned: set[str] = set()

    def trusts(self, address: str) -> bool:
        """Whether this address is a named proxy's."""
        found = address_of(address)
        return found is not None and any(found in network for network in self._trusted)

    def client(self, peer: str, forwarded: str) -> str:
        """The address of the client, given the connection's other end and what it forwards.

        A word that is no address ends the looking: what stands left of it is not believed either.
        """
        client = peer
        for word in (peer, *reversed(forwarded.split(","))):
            bare = _without_port(word.strip())
            if bare is None:
                break
            client = bare
            if not self.trusts(bare):
                break
        return client

    def of(self, application: Application) -> Application:
        """The application as it sees requests: as if the client had come by itself."""

        def answer(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
            told = {name: environment.pop(name, "") for name in HEADERS}
            peer = environment.get("REMOTE_ADDR", "")
            if self.trusts(peer):
                self._believe(environment, peer, told)
            elif told[FORWARDED_FOR]:
                self._warn(peer)
            return application(environment, start)

        return answer

    def _believe(self, environment: dict[str, Any], peer: str, told: dict[str, str]) -> None:
        environment["REMOTE_ADDR"] = self.client(peer, told[FORWARDED_FOR])
        scheme = _last(told[FORWARDED_PROTO]).lower()
        if scheme in _DEFAULT_PORTS:
            environment["wsgi.url_scheme"] = scheme
            environment["SERVER_PORT"] = _DEFAULT_PORTS[scheme]
        host = _last(told[FORWARDED_HOST])
        if _HOST.fullmatch(host):
            environment["HTTP_HOST"] = host

    def _warn(self, peer: str) -> None:
        """Say a few times that somebody forwards whom the settings do not name."""
        if peer not in self._warned and len(self._warned) < MOST_WARNINGS:
            self._warned.add(peer)
            log.warning(
                "%s forwards requests and is not named in PROCURE_TRUSTED_PROXY: "
                "its clients are all taken for one",
                peer,
            )


def _without_port(word: str) -> str | None:
    """The address in a word, written the one way; None for anything else."""
    found = _PORT.fullmatch(word)
    address = address_of((found["six"] or found["four"]) if found else word)
    return None if address is None else str(address)


def _last(values: str) -> str:
    return values.rpartition(",")[2].strip()
