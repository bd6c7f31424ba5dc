"""A small invented outlet on loopback, and an installation of tipwatch that watches it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]

CHARGED = (
    "<p>A court in Rivertown charged Arlo Quince, 41, with human trafficking on Monday, prosecutors said.</p>"
    "<p>According to the indictment, Quince recruited women with false promises of work in a hotel and forced "
    "them into prostitution. He pleaded not guilty and remains in custody until the next hearing in June.</p>"
    "<p>Police said that the investigation began after a neighbour called. The court set the trial for autumn.</p>"
)
SPORT = (
    "<p>The Rivertown Rovers won the cup on Sunday after a late goal. Thousands of people lined the streets.</p>"
    * 4
)


def page(title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><title>{title}</title><meta charset="utf-8"></head>'
        f"<body><article><h1>{title}</h1>{body}</article></body></html>"
    ).encode()


class Outlet:
    """Serves a feed of `stories` (path -> html); counts what was asked of it. A context manager."""

    def __init__(self, stories: Mapping[str, bytes] | None = None) -> None:
        self.stories = dict(
            stories
            or {
                "/news/charged": page("Man charged with human trafficking in Rivertown", CHARGED),
                "/news/cup": page("Rovers win the cup", SPORT),
            }
        )
        self.asked: list[str] = []
        self.feed_status = 200
        self.delay = 0.0
        self._gate = threading.Event()
        self._gate.set()
        outlet = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outlet.asked.append(self.path)
                outlet._gate.wait(20)
                status, kind, body = outlet.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def hold(self) -> None:
        """Answer nothing until `let_go`."""
        self._gate.clear()

    def let_go(self) -> None:
        self._gate.set()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        if path == "/robots.txt":
            return 200, "text/plain", b"User-agent: *\nAllow: /\n"
        if path.startswith("/feed/"):
            return self.feed_status, "application/rss+xml", self._feed()
        if path in self.stories:
            return 200, "text/html; charset=utf-8", self.stories[path]
        return 404, "text/plain", b"no"

    def _feed(self) -> bytes:
        items = "".join(
            f"<item><title>{path}</title><link>http://{self.address}{path}</link></item>" for path in self.stories
        )
        return f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()

    def __enter__(self) -> Outlet:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.let_go()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


SOURCE = """\
title: {title}
homepage: http://{address}/
publisher: {{name: {title}, kind: newspaper, ownership: private, official: false}}
countries: [{country}]
languages: [en]
level: local
discover:
  - feed: http://{address}/feed/{title}.xml
politeness: {{delay: 0.1, pages_per_run: 50}}
expected: {{min: 1, max: 100}}
status: {{state: {state}, reason: invented for a test, date: 2026-01-01}}
"""


class Installation:
    """A folder with settings, a catalogue and a database; `run` is the real command in a real process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources = folder / "sources"
        self.sources.mkdir()
        self._private: list[str] = []

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
        return {
            **kept,
            "TIPWATCH_CONTACT": "desk@tipwatch.example",
            "TIPWATCH_SOURCES_DIR": str(self.sources),
            "TIPWATCH_DATA_DIR": str(self.folder / "data"),
            "TIPWATCH_ALLOW_PRIVATE": ",".join(self._private),
            "TIPWATCH_DELAY": "0",
            "TIPWATCH_REQUEST_TIMEOUT": "10",
        }

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'data' / 'tipwatch.db'}"

    @property
    def archive(self) -> Path:
        return self.folder / "data" / "archive"

    def watch(self, outlet: Outlet | None, name: str, *, country: str = "in", state: str = "active") -> str:
        """Add a source; returns its id."""
        address = "127.0.0.1:9" if outlet is None else outlet.address
        self._private.append(address)
        folder = self.sources / country
        folder.mkdir(exist_ok=True)
        text = SOURCE.format(title=name.title(), address=address, country=country, state=state)
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
        return f"{country}_{name}"

    def run(
        self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 90, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "tipwatch", *arguments],
            cwd=self.folder, env={**self.env, **(env or {})}, input=stdin, capture_output=True, timeout=timeout,
            check=False,
        )  # fmt: skip

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A running command; it hears Ctrl-C also where a shell's `&` made the tests deaf to it."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits only an ignored one
        try:
            return subprocess.Popen(
                [sys.executable, "-m", "tipwatch", *arguments],
                cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        finally:
            signal.signal(signal.SIGINT, before)
