"""Host names to IP addresses.

Refuses to judge: what may be connected to is decided in `crawlers.addresses`, after the look-up.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Collection
from ipaddress import ip_address
from time import monotonic

from twisted.internet.error import DNSLookupError
from twisted.internet.threads import deferToThread

Resolve = Callable[[str, int], Awaitable[Collection[str]]]

_NAMES_LIVE = 60.0  # seconds; a name's addresses are checked anew at every connection all the same
_NAMES_KEPT = 10_000


def _look_up(host: str, port: int) -> tuple[str, ...]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Asks the system's resolver in a thread, IPv4 first, and remembers for a minute.

    Odd spellings of an IP address (`2130706433`, `0x7f.1`, `0177.0.0.1`) are the system's to read.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}

    async def __call__(self, host: str, port: int) -> Collection[str]:
        """All addresses of a host. Raises Twisted's DNSLookupError."""
        try:
            return (str(ip_address(host)),)
        except ValueError:
            pass
        known = self._known.get((host, port))
        if known is not None and known[0] > monotonic():
            return known[1]
        try:
            found: tuple[str, ...] = await deferToThread(_look_up, host, port)
        except (OSError, UnicodeError) as error:
            raise DNSLookupError(f"no address for {host}") from error
        ordered = tuple(sorted(found, key=lambda address: ":" in address))
        if len(self._known) >= _NAMES_KEPT:
            self._known.clear()
        self._known[host, port] = (monotonic() + _NAMES_LIVE, ordered)
        return ordered
