"""A loopback newsroom that misbehaves on demand; it remembers who asked for what, when, and how many at once.

Refuses to be polite: every fault of RELIABILITY.md that concerns a crawl can be served from a route.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What a route gives. `drip` sends one byte every so many seconds; `delay` waits before the first."""

    body: bytes = b""
    status: int = 200
    content_type: str | None = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0
    delay: float = 0.0


@dataclass
class Asked:
    """One request as the server saw it; times are monotonic seconds."""

    path: str
    began: float
    ended: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


Route = Answer | Callable[[str, dict[str, str]], Answer]


class FaultServer:
    """Serves `routes` (path -> Answer or a function of path and headers) on 127.0.0.1; unknown paths are 404."""

    def __init__(
        self,
        routes: Mapping[str, Route] | None = None,
        fallback: Route | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.fallback = fallback
        self.asked: list[Asked] = []
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else headers and body, sent apart, cost 40 ms a page

            def do_GET(self) -> None:
                outer._serve(self)

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # clients that are killed break their pipes

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls is not None:
            # The handshake in the request's own thread: a client that refuses must not stop the server.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def paths(self, *, robots: bool = False) -> list[str]:
        """Paths asked for, in order; robots.txt only on demand."""
        with self._lock:
            return [one.path for one in self.asked if robots or one.path != "/robots.txt"]

    def forget(self) -> None:
        with self._lock:
            self.asked.clear()
            self.most_in_flight = 0

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.path, time.monotonic(), headers=headers)
        with self._lock:
            self.asked.append(asked)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            route = self.routes.get(handler.path, self.fallback)
            if route is None:
                default = 404
                answer = Answer(status=default, body=b"nothing here")
            else:
                answer = route(handler.path, headers) if callable(route) else route
            self._send(handler, answer)
        finally:
            with self._lock:
                self._in_flight -= 1
            asked.ended = time.monotonic()

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        time.sleep(answer.delay)
        handler.send_response(answer.status)
        if answer.content_type is not None:
            handler.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        body = b"" if answer.status in (204, 304) else answer.body
        if answer.status != 304:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if answer.drip:
            for position in range(len(body)):
                handler.wfile.write(body[position : position + 1])
                handler.wfile.flush()
                time.sleep(answer.drip)
        else:
            handler.wfile.write(body)


STORY = (
    "<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>The district court heard "
    "that the accused had been charged with human trafficking. {words}</p></article></body></html>"
)
SPORT = (
    "<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
    "<p>A draw. {words}</p></article></body></html>"
)


def story(title: str, *, relevant: bool = True, words: int = 40) -> Answer:
    """An invented article of `words` filler words."""
    page = STORY if relevant else SPORT
    return Answer(body=page.format(title=title, words="The hearing goes on. " * (words // 4)).encode())


def rss(links: list[str], *, dates: bool = True) -> bytes:
    """An RSS 2.0 feed of the links, the first one the newest."""
    items = []
    for number, link in enumerate(links):
        date = f"<pubDate>Mon, {1 + number % 27:02d} Jan 2024 10:00:00 GMT</pubDate>" if dates else ""
        items.append(f"<item><title>Story {number}</title><link>{link}</link>{date}</item>")
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title>'
        f"<link>http://x.example/</link>{''.join(items)}</channel></rss>"
    ).encode()


def feed(links: list[str], **headers: str) -> Answer:
    """A feed with its headers (`ETag="..."`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body=rss(links), content_type="application/rss+xml", headers=named)
