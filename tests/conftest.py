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
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.store import Store


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
    options += " -c full_page_writes=off -c synchronous_commit=off -c max_wal_size=4GB"
    _as_server([str(binaries / "initdb"), "-D", str(data), "-U", "tipwatch", "-A", "trust", "-E", "UTF8"])
    control = str(binaries / "pg_ctl")
    try:
        _as_server([control, "-D", str(data), "-l", str(folder / "log"), "-w", "-t", "30", "-o", options, "start"])
        yield f"postgresql+psycopg://tipwatch@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            _as_server([control, "-D", str(data), "-m", "immediate", "-w", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_database(server: str, name: str, template: str) -> str:
    """URL of a new database, a copy of the template. Not dropped: the whole server goes after the session."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return server.rpartition("/")[0] + f"/{name}"


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """URL of a fresh, empty database on the server."""
    return _postgres_database(postgres_server, f"t{uuid.uuid4().hex}", "template1")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Name of a database with our tables: copying it takes a tenth of the time of migrating."""
    Store.upgrade(_postgres_database(postgres_server, "migrated", "template1"))
    return "migrated"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    Store.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh, empty database; each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tipwatch.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh database with our tables; each test that asks for it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "migrated.db")
        return f"sqlite:///{tmp_path / 'migrated.db'}"
    server: str = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")
    return _postgres_database(server, f"t{uuid.uuid4().hex}", template)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a fresh SQLite database."""
    return f"sqlite:///{tmp_path / 'tipwatch.db'}"
