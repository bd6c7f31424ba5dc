"""A store of invented persons, the feed that the export job wrote of it, and the API over both.

Refuses real names: everybody here is made up.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from extraction.model import Stage
from storage.records.clients import ClientScope
from storage.records.feed import FeedStage
from storage.store import Store
from tests.app.test_due import a_source
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, tell
from tipwatch.api.application import Api, api
from tipwatch.api.server import listening, settings
from tipwatch.jobs.feed import FeedOrder, feed

OTHER = "Ilmari Kvetoslav Sampaio"
THIRD = "Zsofia Thandeka Exampler"
EVERYTHING = frozenset(ClientScope)
WORLD = "198.51.100.7"


@dataclass(kw_only=True)
class Bureau:
    """Three persons: two sentenced in one story (`rare` in another one too), one charged."""

    store: Store
    folder: Path
    rare: str = ""
    other: str = ""
    third: str = ""
    now: dt.datetime = NOW
    exports: int = field(default=0)

    def clock(self) -> dt.datetime:
        """The hour that a test says it is."""
        return self.now

    def export(self, **changes: Any) -> str:
        """Write the feed, a day after the last time; the version."""
        self.now += dt.timedelta(days=1)
        self.exports += 1
        order = FeedOrder(directory=self.folder, include_unreviewed=True, min_score=0.75, **changes)
        return feed(self.store, [a_source()], order, self.clock).version

    def key(self, name: str = "acme", scopes: frozenset[ClientScope] = EVERYTHING, per_minute: int = 6000) -> str:
        """A new client's key."""
        _, key = self.store.clients.add(name, scopes, per_minute, None, "console.test", NOW)
        return key

    def api(self, **changes: Any) -> Api:
        """The API over the feed as it lies there."""
        return api(self.store, self.folder, self.clock, **changes)

    def acquit(self) -> None:
        """A court clears `rare`; read and resolved, not exported."""
        tell(self.store, [(RARE, Stage.ACQUITTED, 41)], "2025-09-01", source="in_herald", words="Mirpur two")
        self.store.resolution.resolve(self.now)


def bureau(store: Store, folder: Path, *, stage: FeedStage = FeedStage.CONVICTED) -> Bureau:
    """A bureau whose feed is written."""
    people = [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 33)]
    rare, other = tell(store, people, "2025-05-20", source="in_herald", words="Mirpur one")
    (third,) = tell(store, [(THIRD, Stage.CHARGED, 50)], "2025-06-20", source="in_herald", words="Lonpur")
    made = Bureau(store=store, folder=folder, rare=f"tw-p-{rare}", other=f"tw-p-{other}", third=f"tw-p-{third}")
    made.export(stage=stage)
    return made


@contextmanager
def asking(made: Api, key: str | None = None) -> Iterator[TestClient]:
    """A client of the application, without a network."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    with TestClient(made.app, headers=headers, raise_server_exceptions=True, client=(WORLD, 50000)) as client:
        yield client


@contextmanager
def served(made: Api) -> Iterator[str]:
    """The application behind a real server on the loopback; its address."""
    listener = listening("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = uvicorn.Server(settings(made.app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The document of a refusal, held to its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.text)
    assert found["type"] == f"urn:tipwatch:problem:{kind}"
    assert found["status"] == status
    assert all(found[name] for name in ("title", "detail", "remedy"))
    return found
