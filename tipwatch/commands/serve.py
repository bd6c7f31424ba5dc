"""`tipwatch serve`: the HTTP API over a feed, for clients who screen names.

Refuses an address that others can reach, unless told so, and to start where nobody has a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

from tipwatch.commands.review import is_loopback
from tipwatch.errors import CommandError, ExitCode

LIBRARIES = {"serve": ("fastapi", "limits", "uvicorn"), "feed": ("followthemoney", "nomenklatura")}
"""By extra."""


@click.command(
    "serve",
    short_help="Serve a feed over HTTP: entities, name search, deltas, files.",
    epilog="Example: tipwatch serve --feed /srv/feeds/convicted",
)
@click.option(
    "--feed", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="The folder that `tipwatch export --format opensanctions` writes; a new version is taken up by itself.",
)  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", default=8400, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), metavar="N",
    help="Processes; each holds an index of the names, and an equal part of every client's requests a minute.",
)  # fmt: skip
@click.option("--allow-remote", is_flag=True, help="Listen where others reach it; put TLS in front.")
@click.option(
    "--proxy", "proxies", default=0, show_default=True, type=click.IntRange(0, 9), metavar="N",
    help="So many servers of yours stand in front and add to X-Forwarded-For; believe it so far, for the limits.",
)  # fmt: skip
@click.option(
    "--metrics", type=click.IntRange(1, 65535), metavar="PORT",
    help="Also answer http://127.0.0.1:PORT/metrics for Prometheus; never to another machine.",
)  # fmt: skip
def serve(
    *, feed: Path, host: str, port: int, workers: int, allow_remote: bool, proxies: int, metrics: int | None
) -> None:
    """Serve a feed over HTTP: entities, name search, deltas, files. Ctrl-C ends it.

    Clients and their keys are added with `tipwatch client add`; docs/api.md describes the API. The database is
    asked before anybody is named, so whoever was withdrawn since the feed was written is not given.
    """
    for extra, libraries in LIBRARIES.items():
        missing = [library for library in libraries if find_spec(library) is None]
        if missing:
            raise CommandError(
                f"The API's libraries are not installed: {', '.join(missing)}.",
                f"pip install 'tipwatch[{extra}]'",
                ExitCode.ENVIRONMENT,
            )
    if not is_loopback(host) and not allow_remote:
        raise CommandError(
            f"{host} can be reached by others, and the API speaks no TLS: keys could be read on their way.",
            "Leave --host away and put a server with TLS in front; or, where it is elsewhere, add --allow-remote.",
        )
    from tipwatch.api.server import listening, run
    from tipwatch.feed.snapshot import Snapshot

    Snapshot.open(feed).close()  # its refusals first: a worker's process could only die of them
    _refuse_nobody()
    with listening(host, port) as listener:
        shown = f"[{host}]" if ":" in host else host
        with _metrics(metrics):
            click.echo(f"API at http://{shown}:{port}/v1/ (Ctrl-C ends it).")
            try:
                run(feed, listener, proxies=proxies, workers=workers)
            except KeyboardInterrupt:
                click.echo("Ended; every access is in the log.")


@contextmanager
def _metrics(port: int | None) -> Iterator[None]:
    """Answers scrapes from this process, which supervises the workers: they are the database's, so of all."""
    if port is None:
        yield
        return
    from tipwatch.api.metrics_port import metrics_port
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.scrape import Scraper
    from tipwatch.workplace import read_catalogue

    settings, catalogue = read_catalogue()
    scraper = Scraper(settings, lambda: list(catalogue.sources.values()), wall_clock)
    try:
        with metrics_port(port, scraper.scrape):
            click.echo(f"Metrics at http://127.0.0.1:{port}/metrics, for this machine only.")
            yield
    finally:
        scraper.close()


def _refuse_nobody() -> None:
    from config.settings import load_settings
    from storage.store import Store

    settings = load_settings()
    with Store.open(settings.database_url, settings.archive_dir) as store:
        if all(client.disabled for client in store.clients.list()):
            raise CommandError(
                "Nobody has a key yet.", "tipwatch client add NAME --scope entities --per-minute 60"
            )
