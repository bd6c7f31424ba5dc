"""Which addresses may be fetched at all: web schemes, no credentials, public hosts.

Refuses to judge a name by its spelling: only the IP address that is about to be connected to counts.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from storage.frontier import MAX_URL_LENGTH

# IANA IPv4 Special-Purpose Address Registry, what is not "globally reachable", and 240/4; read 2026-11.
_CLOSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, with the clouds' metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Of IPv6 only global unicast is open, without the blocks that carry an IPv4 address or a special purpose in it.
# So ::ffff:0:0/96 (mapped), 64:ff9b::/96 (NAT64), fc00::/7, fe80::/10 and ff00::/8 are closed as a whole.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments, with Teredo
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
# Control characters (but tabs and line ends, which urllib drops) and half characters: no database takes them all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class AddressRefused(Exception):  # noqa: N818 - it is a refusal, not a mistake
    """A URL or an IP address that we do not connect to. `reason` is one of a few words, fit for a log."""

    def __init__(self, reason: str, host: str) -> None:
        super().__init__(f"{reason}: {host}")
        self.reason = reason
        self.host = host


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """True when the address is on the public internet.

    >>> is_public(ip_address("169.254.169.254")), is_public(ip_address("::ffff:8.8.8.8"))
    (False, False)
    """
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _CLOSED_V4)
    return address in _OPEN_V6 and not any(address in block for block in _CLOSED_V6)


def split_web_url(url: str) -> SplitResult:
    """The parts of a URL that we may fetch. Raises AddressRefused for another scheme, credentials, no host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused("malformed", url[:100]) from error
    if _UNWRITABLE.search(url):
        raise AddressRefused("malformed", "")
    if parts.scheme not in {"http", "https"}:
        raise AddressRefused("scheme", parts.scheme[:20])
    if "@" in parts.netloc:
        raise AddressRefused("credentials", host or "")
    if host is None or not host.strip(".") or port == 0:
        raise AddressRefused("no host", url[:100])
    if len(url) > MAX_URL_LENGTH:
        raise AddressRefused("too long", host)
    return parts


def is_web_url(url: str) -> bool:
    """True when `split_web_url` takes it."""
    try:
        split_web_url(url)
    except AddressRefused:
        return False
    return True


def is_allowed_private(host: str, port: int, allowed: Collection[str]) -> bool:
    """True when this very `host:port`, as written in the URL, was opened by `settings.allow_private`."""
    bare = host.strip("[]").lower()
    return f"{bare}:{port}" in allowed or f"[{bare}]:{port}" in allowed


def checked_addresses(
    host: str, port: int, resolved: Collection[str], allowed: Collection[str]
) -> tuple[IPv4Address | IPv6Address, ...]:
    """The addresses that may be connected to. One closed address among them closes the name: AddressRefused."""
    addresses = tuple(dict.fromkeys(ip_address(text.partition("%")[0]) for text in resolved))
    if not is_allowed_private(host, port, allowed) and not all(is_public(address) for address in addresses):
        raise AddressRefused("private address", host)
    return addresses
