"""A PostgreSQL server of a test's own, which the test may stop and start.

Refuses to lose what was committed: `synchronous_commit` stays on, because the test crashes the server.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

import pytest

from tests.conftest import _as_server, _binaries, _free_port


class Server:
    """On an ephemeral port of the loopback, in a folder that goes with it."""

    def __init__(self) -> None:
        binaries = _binaries()
        if binaries is None:
            pytest.skip("no PostgreSQL server here: apt-get install postgresql")
        self._control = str(binaries / "pg_ctl")
        self._folder = Path(tempfile.mkdtemp(prefix="tipwatch-postgres-"))
        self._folder.chmod(0o700)
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        self._data = str(self._folder / "data")
        self._port = _free_port()
        _as_server([str(binaries / "initdb"), "-D", self._data, "-U", "tipwatch", "-A", "trust", "-E", "UTF8"])

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://tipwatch@127.0.0.1:{self._port}/{database}"

    def start(self) -> None:
        options = (
            f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} -c fsync=off"
        )
        log = str(self._folder / "log")
        _as_server([self._control, "-D", self._data, "-l", log, "-w", "-t", "50", "-o", options, "start"])

    def crash(self) -> None:
        """Every connection is cut, nothing is flushed: the next start has to recover."""
        _as_server([self._control, "-D", self._data, "-m", "immediate", "-w", "-t", "50", "stop"])

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if (Path(self._data) / "postmaster.pid").exists():
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)
