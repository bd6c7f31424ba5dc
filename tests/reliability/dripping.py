"""A server on loopback that never ends: it drips its status line, its headers or its body, a byte at a time.

Refuses to give up first: it goes on until the client has gone, and remembers when that was.
"""

from __future__ import annotations

import socketserver
import threading
import time
from types import TracebackType

PAUSE = 0.1  # seconds between two bytes
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
_STARTS = {  # path -> (at once, then over and over)
    "/status": (b"", b"HTTP/1.1 200 O" + b"K" * 500),
    "/headers": (_HEAD, b"X-Drip: drip\r\n"),
    "/body": (_HEAD + b"\r\n", b"human trafficking "),
    "/sized": (_HEAD + b"Content-Length: 100000\r\n\r\n", b"human trafficking "),
}
PATHS = tuple(_STARTS)


class Dripping:
    """A context manager; `lasted` are the seconds of each connection by path."""

    def __init__(self) -> None:
        self.lasted: dict[str, float] = {}
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                path = self.rfile.readline().split()[1].decode()
                while self.rfile.readline().strip():
                    pass
                if path not in _STARTS:
                    self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                began = time.monotonic()
                try:
                    self._drip(path)
                except OSError:
                    outer.lasted[path] = time.monotonic() - began

            def _drip(self, path: str) -> None:
                first, over = _STARTS[path]
                self.wfile.write(first)
                position = 0
                while True:
                    self.wfile.write(over[position % len(over) :][:1])
                    position += 1
                    time.sleep(PAUSE)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Dripping:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
