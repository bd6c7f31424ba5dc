"""Serves the four outlets from loopback, a port each, and remembers who asked for what.

Refuses to listen anywhere but on 127.0.0.1.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from types import TracebackType
from typing import Self, assert_never

from tipwatch.demo import announcements
from tipwatch.demo.outlets import OUTLETS, Announcement, Outlet
from tipwatch.demo.pages import story_page, story_path
from tipwatch.demo.stories import Story, load_stories

LOOPBACK = "127.0.0.1"
_HTML, _XML, _TEXT, _GZIP = "text/html", "application/xml", "text/plain; charset=utf-8", "application/gzip"
_LATEST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What a path answers."""

    status: int
    content_type: str
    body: bytes

    @property
    def etag(self) -> str:
        """A strong validator: the body's digest."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One request. `at` and `until` are seconds of a monotonic clock."""

    outlet: str
    path: str
    status: int
    user_agent: str
    at: float
    until: float


class Newsroom:
    """Four sites while the `with` block lasts. `today` dates the stories."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        self.stories = load_stories(today)
        self.visits: list[Visit] = []
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._sites: dict[str, Mapping[str, Reply]] = {}

    @property
    def hosts(self) -> Mapping[str, str]:
        """Outlet code -> `127.0.0.1:port`."""
        return {code: f"{LOOPBACK}:{server.server_address[1]}" for code, server in self._servers.items()}

    def url_of(self, story: Story) -> str:
        """Where a story's page lies."""
        return f"http://{self.hosts[story.key.partition('/')[0]]}{story_path(story)}"

    def __enter__(self) -> Self:
        for code, outlet in OUTLETS.items():
            server = ThreadingHTTPServer((LOOPBACK, 0), self._handler(code))
            server.daemon_threads = True
            self._servers[code] = server
            self._sites[code] = build_site(outlet, self.stories[code], f"http://{self.hosts[code]}")
            threading.Thread(
                target=server.serve_forever, args=(0.05,), name=f"newsroom-{code}", daemon=True
            ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def _handler(self, code: str) -> type[BaseHTTPRequestHandler]:
        newsroom = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_version = "newsroom"
            sys_version = ""

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def _answer(self, *, with_body: bool) -> None:
                at = monotonic()
                reply = newsroom._sites[code].get(self.path, _NOT_FOUND)
                unchanged = reply.status == 200 and self.headers.get("If-None-Match") == reply.etag
                status = 304 if unchanged else reply.status
                self.send_response(status)
                self.send_header("ETag", reply.etag)
                if not unchanged:
                    self.send_header("Content-Type", reply.content_type)
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if with_body and not unchanged:
                    self.wfile.write(reply.body)
                newsroom.visits.append(
                    Visit(
                        outlet=code,
                        path=self.path,
                        status=status,
                        user_agent=self.headers.get("User-Agent", ""),
                        at=at,
                        until=monotonic(),
                    )
                )

            def log_message(self, format: str, *args: object) -> None:
                """`visits` is the log."""

        return Handler


_NOT_FOUND = Reply(
    status=404, content_type=_HTML, body=b"<!DOCTYPE html><title>Not found</title><h1>Not found</h1>"
)


def build_site(outlet: Outlet, stories: tuple[Story, ...], base: str) -> Mapping[str, Reply]:
    """Path with query -> reply, for everything that the outlet serves."""
    latest = stories[:_LATEST]
    # A page in an old charset says so in its own <meta>, as old sites do; the header stays silent.
    page_type = _HTML if outlet.charset != "utf-8" else f"{_HTML}; charset=utf-8"
    site = {
        story_path(story): Reply(status=200, content_type=page_type, body=story_page(story, base, latest))
        for story in stories
    }
    site["/robots.txt"] = Reply(status=200, content_type=_TEXT, body=announcements.robots(outlet, base))
    site["/"] = Reply(
        status=200, content_type=page_type, body=f"<title>{outlet.title}</title>".encode(outlet.charset)
    )
    match outlet.announcement:
        case Announcement.FEED:
            path = "/feed/latest.xml" if outlet.language == "en" else "/rss/portada.xml"
            body = announcements.feed(outlet, stories, base)
            site[path] = Reply(status=200, content_type="application/rss+xml", body=body)
            if outlet.language != "en":
                gone = b"<!DOCTYPE html><title>410</title><h1>Ya no existe</h1>"
                site["/rss/justicia.xml"] = Reply(status=410, content_type=_HTML, body=gone)
        case Announcement.SITEMAP:
            for path, body in announcements.sitemaps(outlet, stories, base).items():
                kind = _GZIP if path.endswith(".gz") else _XML
                site[path] = Reply(status=200, content_type=kind, body=body)
        case Announcement.LISTING:
            for path, body in announcements.listing(outlet, stories, base).items():
                site[path] = Reply(status=200, content_type=f"{_HTML}; charset=utf-8", body=body)
        case _:
            assert_never(outlet.announcement)
    return site
