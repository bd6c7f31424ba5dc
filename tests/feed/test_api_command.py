"""`tipwatch serve` in a process of its own: started, asked, ended; and every way it refuses to start.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

import httpx

from storage.store import Store
from tests.app.outlet import Installation
from tests.app.test_commands import in_process
from tests.feed.api_samples import bureau
from tests.storage.samples import NOW
from tipwatch.errors import ExitCode


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def with_a_feed(desk: Installation) -> str:
    """Writes a feed into the installation; the key of a client."""
    with Store.open(desk.database_url, desk.archive) as store:
        made = bureau(store, desk.folder / "feed")
        return made.key()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(desk: Installation, workers: int, end: signal.Signals) -> None:
    key, port = with_a_feed(desk), free_port()
    running = desk.start("serve", "--feed", "feed", "--port", str(port), "--workers", str(workers))
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}
        ) as client:
            for _ in range(600):
                assert running.poll() is None, running.communicate()
                try:
                    if client.get("/healthz", timeout=60).status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.2)
            assert client.get("/v1/index", timeout=60).json()["stale_withdrawals"] == 0
            assert client.get("/v1/search?q=Testarossa+Okwudili", timeout=60).json()["results"]
    finally:
        os.kill(running.pid, end)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 0, (out, err)
    assert f"API at http://127.0.0.1:{port}/v1/".encode() in out
    assert b"Traceback" not in err
    assert b"Testarossa" not in out + err
    with Store.open(desk.database_url, desk.archive) as store:
        told = [(one.client, one.route, one.status) for one in store.clients.accesses()]
    assert told == [("acme", "/v1/index", 200), ("acme", "/v1/search", 200)]


def test_what_it_refuses(desk: Installation) -> None:
    key = with_a_feed(desk)
    assert key.startswith("tw_")
    (desk.folder / "other").mkdir()
    refused = in_process(desk, "serve", "--feed", "nowhere")
    assert refused.exit_code == ExitCode.ENVIRONMENT
    assert "nowhere holds no feed" in refused.output
    assert "tipwatch export" in refused.output
    assert in_process(desk, "serve", "--feed", "other").exit_code == ExitCode.ENVIRONMENT
    refused = in_process(desk, "serve", "--feed", "feed", "--host", "0.0.0.0")
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert "--allow-remote" in refused.output
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = in_process(desk, "serve", "--feed", "feed", "--port", port)
    assert refused.exit_code == ExitCode.ENVIRONMENT
    assert "is taken" in refused.output
    with Store.open(desk.database_url, desk.archive) as store:
        store.clients.disable("acme", "console.test", NOW)
    refused = in_process(desk, "serve", "--feed", "feed")
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert "tipwatch client add" in refused.output
