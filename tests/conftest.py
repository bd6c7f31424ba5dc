"""Fixtures that several rooms share: a PostgreSQL server for the session, and fresh databases of both kinds.

Refuses to hide: without a server binary the tests that need one are skipped by name, and with
TIPWATCH_REQUIRE_POSTGRES=1 (which CI sets) they fail.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text


def _binaries() -> Path | None:
    """The folder of the newest PostgreSQL server of Debian's packages, or the one on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return None if found is None else Path(found).resolve().parent


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _as_server(command: list[str]) -> None:
    """Run as user postgres when we are root: PostgreSQL refuses root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, cwd="/", timeout=60, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a throw-away server's maintenance database, on an ephemeral port of the loopback."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("TIPWATCH_REQUIRE_POSTGRES") == "1":
            pytest.fail(
                "TIPWATCH_REQUIRE_POSTGRES=1, but there is no PostgreSQL server: apt-get install postgresql"
            )
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="tipwatch-postgres-"))
    folder.chmod(0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    port = _free_port()
    data = folder / "data"
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    _as_server([str(binaries / "initdb"), "-D", str(data), "-U", "tipwatch", "-A", "trust", "-E", "UTF8"])
    control = str(binaries / "pg_ctl")
    try:
        _as_server([control, "-D", str(data), "-l", str(folder / "log"), "-w", "-t", "30", "-o", options, "start"])
        yield f"postgresql+psycopg://tipwatch@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            _as_server([control, "-D", str(data), "-m", "immediate", "-w", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a fresh, empty database on the server."""
    name = f"t{abs(hash(request.node.nodeid)):x}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield postgres_server.rpartition("/")[0] + f"/{name}"
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh, empty database; each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tipwatch.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a fresh SQLite database."""
    return f"sqlite:///{tmp_path / 'tipwatch.db'}"
