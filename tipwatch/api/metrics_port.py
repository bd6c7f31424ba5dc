"""Figures for Prometheus beside the API: a port of their own, for this machine, in the process that supervises.

Refuses other machines, names of hosts that a web page may have pointed here, and everything but GET /metrics.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST

from tipwatch.errors import CommandError, ExitCode

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
HOSTS = frozenset({LOOPBACK, "localhost"})
SILENT = 10.0
"""Seconds after which a connection that says nothing is closed."""


class _Scrape(BaseHTTPRequestHandler):
    timeout = SILENT
    server_version, sys_version = "tipwatch", ""
    ask: Callable[[], tuple[bytes, bool]]

    def do_GET(self) -> None:
        """The figures; 200 also where the database does not answer: `tipwatch_database_up` says so."""
        if self.headers.get("Host", "").rpartition(":")[0] not in HOSTS:
            self._answer(403, b"Only this machine may ask.\n", "text/plain")
        elif self.path != "/metrics":
            self._answer(404, b"Ask for /metrics.\n", "text/plain")
        else:
            self._answer(200, type(self).ask()[0], CONTENT_TYPE_LATEST)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a scrape every few seconds is no event."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A scrape that failed or was given up; Python would print the message of the error."""
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):
            log.error("metrics.fault error=%s", type(error).__name__, exc_info=error)


@contextmanager
def metrics_port(port: int, ask: Callable[[], tuple[bytes, bool]]) -> Iterator[int]:
    """Answer scrapes while the block lasts; yields the port. Raises CommandError when it is taken."""
    scrape = type("Scrape", (_Scrape,), {"ask": staticmethod(ask)})
    try:
        server = _Server((LOOPBACK, port), scrape)
    except OSError as error:
        raise CommandError(
            f"{LOOPBACK}:{port} is taken, or cannot be listened on ({error.strerror}).",
            "Choose another port for --metrics.",
            ExitCode.ENVIRONMENT,
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="tipwatch-metrics", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
