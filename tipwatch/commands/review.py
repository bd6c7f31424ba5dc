"""`tipwatch review`: serve the pages on which people check and decide what the machine read.

Refuses an address that others can reach, unless told so, and to start for nobody.
"""

from __future__ import annotations

import ipaddress
from importlib.util import find_spec

import click

from tipwatch.errors import CommandError, ExitCode

LIBRARIES = ("flask", "flask_wtf", "flask_limiter", "argon2", "waitress")
THREADS = 8
CONNECTIONS = 500
"""Held at once; browsers keep some open. More than waitress' 100, which one slow visitor could hold."""
SILENT = 30
"""Seconds after which a connection that says nothing is closed."""


@click.command(
    "review",
    short_help="Serve the pages on which people check, correct and decide.",
    epilog="Example: tipwatch review --port 8765",
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", default=8765, show_default=True, type=click.IntRange(1, 65535))
@click.option("--allow-remote", is_flag=True, help="Listen where others reach it; put TLS in front.")
@click.option(
    "--name", "names", multiple=True, metavar="HOST",
    help="A host name that browsers may use, such as review.example.org; may be repeated.",
)  # fmt: skip
@click.option(
    "--proxy", "proxies", default=0, show_default=True, type=click.IntRange(0, 9), metavar="N",
    help="So many servers of yours stand in front and add to X-Forwarded-For; believe it so far, for the limits.",
)  # fmt: skip
def review(*, host: str, port: int, allow_remote: bool, names: tuple[str, ...], proxies: int) -> None:
    """Serve the pages on which people check, correct and decide. Ctrl-C ends it.

    Users are added with `tipwatch user add`; docs/review-pages.md describes the pages and keys. With
    `--allow-remote` cookies are sent over TLS only, so a server with a certificate has to stand in front.
    """
    missing = [library for library in LIBRARIES if find_spec(library) is None]
    if missing:
        raise CommandError(
            f"The review's libraries are not installed: {', '.join(missing)}.",
            "pip install 'tipwatch[review]'",
            ExitCode.ENVIRONMENT,
        )
    remote = not is_loopback(host)
    if remote and not allow_remote:
        raise CommandError(
            f"{host} can be reached by others, and the review speaks no TLS.",
            "Leave --host away and use an SSH tunnel; or put a server with TLS in front, and add --allow-remote.",
        )
    from tipwatch.jobs.run import wall_clock
    from tipwatch.review.application import MOST_BYTES, application
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        if not any(user.disabled_at is None for user in place.store.users.all()):
            raise CommandError("Nobody may log in yet.", "tipwatch user add NAME --role reviewer")
        known = {host, *names}
        app = application(place.store, place.settings, wall_clock, names=known, tls=allow_remote, proxies=proxies)
        import waitress  # type: ignore[import-untyped]

        try:
            server = waitress.create_server(
                app, host=host, port=port, threads=THREADS, ident=None, expose_tracebacks=False,
                max_request_body_size=MOST_BYTES, url_scheme="https" if allow_remote else "http",
                clear_untrusted_proxy_headers=proxies == 0, connection_limit=CONNECTIONS, channel_timeout=SILENT,
            )  # fmt: skip
        except OSError as error:
            raise CommandError(
                f"{host}:{port} is taken, or cannot be listened on ({error.strerror}).",
                "Choose another --port.",
                ExitCode.ENVIRONMENT,
            ) from error
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"Review at http://{shown}:{port}/ (Ctrl-C ends it).")
        try:
            server.run()
        finally:
            server.close()


def is_loopback(host: str) -> bool:
    """True where only this machine can connect."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
