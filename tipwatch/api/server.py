"""Runs the API in this process, or in several.

Refuses to speak of its requests: no access log of addresses, no headers believed that anybody can send.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from tipwatch.errors import CommandError, ExitCode
from tipwatch.events import LogSetup, continue_log, log_setup

CONNECTIONS = 300
"""Held at once by a process; more are told 503."""
HEAD = 32 * 1024
"""Bytes of a request's line and headers together."""
PATIENCE = 20
"""Seconds that downloads may go on when the server ends."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises CommandError when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host.strip("[]"), port), family=family, backlog=512)
    except OSError as error:
        raise CommandError(
            f"{host}:{port} is taken, or cannot be listened on ({error.strerror}).",
            "Choose another --port.",
            ExitCode.ENVIRONMENT,
        ) from error
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # connections inherit it; else 40 ms an answer
    return made


def run(folder: Path, listener: socket.socket, *, proxies: int, workers: int) -> None:
    """Serve until a signal ends it. Raises FeedError, StorageError, ConfigErrors before anything is answered."""
    if workers == 1:
        app = application(folder, proxies=proxies, workers=workers)  # here, so that its refusals are sentences
        uvicorn.Server(settings(app)).run(sockets=[listener])
    else:
        made = partial(application, folder, proxies=proxies, workers=workers, log=log_setup())
        Multiprocess(settings(made, workers), sockets=[listener]).run()


def settings(app: ASGIApp | Callable[[], ASGIApp], workers: int | None = None) -> uvicorn.Config:
    """How uvicorn runs the application, or in each of several processes what makes it."""
    silence()
    return uvicorn.Config(
        app, factory=workers is not None, workers=workers, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, ws="none", http="h11", lifespan="on", h11_max_incomplete_event_size=HEAD,
        limit_concurrency=CONNECTIONS, timeout_graceful_shutdown=PATIENCE, timeout_keep_alive=15,
        timeout_worker_healthcheck=30,
    )  # fmt: skip


def application(folder: Path, *, proxies: int, workers: int, log: LogSetup | None = None) -> ASGIApp:
    """The application over the store of this installation's settings; in a worker's process, which has no log yet,
    with its parent's."""
    from config.settings import load_settings
    from storage.store import Store
    from tipwatch.api.application import api
    from tipwatch.jobs.run import wall_clock

    if log is not None:
        continue_log(log)
    silence()
    found = load_settings()
    store = Store.open(found.database_url, found.archive_dir)
    try:
        return api(store, folder, wall_clock, proxies=proxies, workers=workers, ended=store.close).app
    except BaseException:
        store.close()
        raise


def silence() -> None:
    """Keep uvicorn's log of accesses shut, whoever opens logs: an address may hold a name that was sought."""
    shut = logging.getLogger("uvicorn.access")
    shut.setLevel(logging.CRITICAL + 1)
    shut.filters = [lambda _record: False]
