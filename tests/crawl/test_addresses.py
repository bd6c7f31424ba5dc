"""Which addresses a crawl connects to: tables of addresses and URLs, and endpoints on Twisted's memory reactor."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address

import pytest
from twisted.internet.protocol import Factory
from twisted.internet.testing import MemoryReactorClock

from crawlers.addresses import AddressRefused, checked_addresses, is_allowed_private, is_public, split_web_url
from crawlers.connection import CheckedEndpoint

CLOSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1", "fd12::1",
    "fe80::1", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip
OPEN = ["8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1",
        "223.255.255.255", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4001::1", "2400:cb00::1"]  # fmt: skip


@pytest.mark.parametrize("text", CLOSED)
def test_closed(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_open(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://news.example/a", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("//news.example/a", "scheme"),
        ("http://user:secret@news.example/", "credentials"),
        ("http://127.0.0.1@news.example/", "credentials"),
        ("http:///path", "no host"),
        ("http://:80/", "no host"),
        ("http://./", "no host"),
        ("http://news.example:99999/", "malformed"),
        ("http://news.example:0/", "no host"),
        ("http://[::1/", "malformed"),
        ("http://news.example/" + "a" * 2000, "too long"),
    ],
)
def test_refused_urls(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        split_web_url(url)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("host", "port", "allowed", "expected"),
    [
        ("127.0.0.1", 8000, ["127.0.0.1:8000"], True),
        ("127.0.0.1", 8001, ["127.0.0.1:8000"], False),
        ("LOCALHOST", 8000, ["localhost:8000"], True),
        ("localhost", 8000, ["127.0.0.1:8000"], False),  # the name was not opened, only the address
        ("::1", 8000, ["[::1]:8000"], True),
        ("127.0.0.1", 8000, [], False),
    ],
)
def test_only_the_pair_as_written_is_opened(host: str, port: int, allowed: list[str], expected: bool) -> None:
    assert is_allowed_private(host, port, allowed) is expected


def test_one_closed_address_closes_the_name() -> None:
    with pytest.raises(AddressRefused):
        checked_addresses("news.example", 80, ["93.184.216.34", "10.0.0.1"], ())


def _endpoint(reactor: MemoryReactorClock, answers: list[list[str]]) -> CheckedEndpoint:
    async def resolve(host: str, port: int) -> Collection[str]:
        return answers.pop(0)

    return CheckedEndpoint(reactor, "news.example", 80, timeout=5, resolve=resolve, allowed=())


def test_rebinding_a_name_reaches_nobody() -> None:
    """Public when first asked, private afterwards: each connection goes where its own check looked."""
    reactor = MemoryReactorClock()
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    endpoint = _endpoint(reactor, answers)
    endpoint.connect(Factory())
    assert [(host, port) for host, port, *_ in reactor.tcpClients] == [("93.184.216.34", 80)]
    refused: list[object] = []
    endpoint.connect(Factory()).addErrback(refused.append)
    assert [type(failure.value) for failure in refused] == [AddressRefused]  # type: ignore[attr-defined]
    assert len(reactor.tcpClients) == 1


@pytest.mark.parametrize("text", CLOSED)
def test_no_packet_to_a_closed_address(text: str) -> None:
    reactor = MemoryReactorClock()
    refused: list[object] = []
    _endpoint(reactor, [[text]]).connect(Factory()).addErrback(refused.append)
    assert len(refused) == 1
    assert reactor.tcpClients == []
