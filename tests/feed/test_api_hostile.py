"""A real server and a client that means harm: floods, half requests, odd bytes, and nothing of it in a log.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

import httpx

from storage.store import Store
from tests.feed.api_samples import EVERYTHING, Bureau, bureau, problem, served
from tipwatch.api.door import AT_ONCE, address
from tipwatch.api.envelope import LONGEST, MOST_HEADERS


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(sqlite_template, folder / "desk.db")
    with Store.open(f"sqlite:///{folder / 'desk.db'}", folder / "archive") as store:
        yield bureau(store, folder / "feed")


@pytest.fixture(scope="module")
def server(desk: Bureau) -> Iterator[str]:
    with served(desk.api()) as opened:
        yield opened


@pytest.fixture(scope="module")
def key(desk: Bureau) -> str:
    return desk.key("reader")


@pytest.fixture
def client(server: str, key: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {key}"}, timeout=60) as opened:
        yield opened


def raw(server: str, said: bytes, patience: float = 30) -> bytes:
    """What the server answers to these very bytes until it closes, or says nothing more for `patience` seconds."""
    place = urlsplit(server)
    found = b""
    with socket.create_connection((place.hostname, place.port), timeout=patience) as line:
        line.sendall(said)
        try:
            while block := line.recv(65536):
                found += block
        except (TimeoutError, ConnectionResetError):
            pass
    return found


def test_an_address_that_is_too_long(client: httpx.Client) -> None:
    problem(client.get("/v1/search?q=" + "a" * LONGEST), 414, "too-long")
    problem(client.get("/v1/entities/" + "a" * LONGEST), 414, "too-long")
    assert client.get("/v1/search", params={"q": "न" * 160}).status_code == 200


def test_too_many_headers(client: httpx.Client) -> None:
    problem(client.get("/healthz", headers={f"X-{n}": "1" for n in range(MOST_HEADERS)}), 431, "too-long")
    with contextlib.suppress(httpx.TransportError):  # closed while we still sent
        assert client.get("/healthz", headers={"X-Long": "a" * 100_000}).status_code == 400
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x00" * 4096, b"GET\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nA: b\n c: d\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /v1/%zz%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n",
        b"GET /v1/index HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + b"a" * 9000 + b"\r\n\r\n",
        b"POST /v1/index HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\nabc",
    ],
)  # fmt: skip
def test_odd_bytes_are_refused_and_the_server_goes_on(server: str, client: httpx.Client, said: bytes) -> None:
    told = raw(server, said, patience=3)
    assert told == b"" or told.startswith(b"HTTP/1.1 4"), told[:200]
    assert b"Traceback" not in told
    assert b"\r\nserver:" not in told.lower()
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "index.json", "", ".", "..", "../feed/names.txt", "..%2fnames.txt", "%2e%2e/names.txt",
        "deltas/../names.txt",
        "./names.txt", "names.txt/", "names.txt%00", "names.txt%20", "NAMES.TXT", "//names.txt", "%2fetc%2fpasswd",
        "/etc/passwd", "deltas", "deltas/", "deltas%5cindex.json", "names.txt%3f", "names%2etxt%2f..%2fnames.txt",
        "....//names.txt", "%252e%252e/names.txt", "%ff%fe", "names.txt;a=b", "~/names.txt", "C:%5cnames.txt",
    ],
)  # fmt: skip
def test_a_path_that_the_index_does_not_list(server: str, key: str, path: str) -> None:
    """Byte for byte: clients tidy paths up before they send them."""
    line = f"GET /v1/files/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
    told = raw(server, line.encode())
    assert told.startswith(b"HTTP/1.1 404 "), told[:300]
    assert b"content-type: application/problem+json" in told
    assert b"Sampaio" not in told
    assert b"root:" not in told


def test_a_client_that_goes_away_leaves_its_place(desk: Bureau, server: str) -> None:
    _, mine = desk.store.clients.add("leaver", EVERYTHING, 6000, None, "console.test", desk.now)
    place = urlsplit(server)
    asked = f"GET /v1/files/entities.ftm.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mine}\r\n\r\n".encode()
    for _ in range(3 * AT_ONCE):
        with socket.create_connection((place.hostname, place.port), timeout=30) as line:
            line.sendall(asked)
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {mine}"}, timeout=60) as client:
        for _ in range(100):
            if client.get("/v1/index").status_code == 200:
                break
            time.sleep(0.1)
        assert client.get("/v1/index").status_code == 200


def test_many_at_once_are_answered_or_told_to_wait(server: str, client: httpx.Client, key: str) -> None:
    found: list[int] = []

    def ask(n: int) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        found.append(httpx.get(f"{server}/v1/search?q=Testarossa+{n}", headers=headers, timeout=60).status_code)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) <= {200, 429, 503}
    assert 200 in found
    assert client.get("/v1/search?q=Testarossa").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "\u202eVarossatse", "a\u0301" * 80, "🙂" * 160, "a " * 80, "%", "' OR 1=1 --", "<script>", "\\", "{{7*7}}",
        "\u200b",
    ],
)  # fmt: skip
def test_odd_names_are_searched_for_or_refused(client: httpx.Client, name: str) -> None:
    began = time.monotonic()
    assert client.get("/v1/search", params={"q": name}).status_code in {200, 422}
    assert time.monotonic() - began < 20


def test_nothing_that_was_asked_is_in_a_log(
    client: httpx.Client, server: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "uvicorn.access"):
        client.get("/v1/search?q=Zzyzzx+Whisperer")
        client.get("/v1/entities/zzyzzx-whisperer")
        client.get("/v1/zzyzzx")
        raw(server, b"GET /v1/search?q=zzyzzx HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n")
        raw(server, b"GET /zzyzzx HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    told = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert not any("zzyzzx" in one.getMessage().lower() for one in told)


@pytest.mark.parametrize(
    ("peer", "told", "proxies", "expected"),
    [
        ("198.51.100.7", "", 0, "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", 0, "198.51.100.7"),
        ("127.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("127.0.0.1", "192.0.2.1, 203.0.113.9", 1, "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9", 2, "127.0.0.1"),
        ("2001:db8::1", "", 0, "2001:db8::/64"),
        ("2001:db8::ffff", "", 0, "2001:db8::/64"),
        ("::ffff:198.51.100.7", "", 0, "198.51.100.7"),
        ("127.0.0.1", "<script>", 1, "unknown"),
        ("fe80::1%eth0", "", 0, "fe80::/64"),
    ],
)
def test_the_address_that_wrong_keys_are_counted_by(peer: str, told: str, proxies: int, expected: str) -> None:
    from starlette.requests import Request

    headers = [(b"x-forwarded-for", told.encode())] if told else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert address(request, proxies) == expected
