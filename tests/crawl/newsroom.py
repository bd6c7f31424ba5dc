"""Catalogue files, environment and child processes for crawls in tests.

Refuses to crawl in the test's own process: a reactor starts once, and a test must be able to kill it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

_SOURCE = """\
title: "{title}"
homepage: "{homepage}"
publisher: {{name: "{title}", kind: newspaper, ownership: private, official: false}}
countries: [{country}]
languages: [en]
level: local
discover:
{discover}
politeness: {{delay: {delay}, pages_per_run: {pages}}}
expected: {{min: 1, max: 100000}}
status: {{state: active, reason: "a test", date: 2026-01-01}}
{more}
"""

CHILD = """
import json, logging, sys
from pathlib import Path
logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
from config.catalogue import load_catalogue
from config.settings import load_settings
from crawlers.run import crawl
settings = load_settings()
catalogue = load_catalogue(settings.sources_dir)
ids = sys.argv[2].split(",") if sys.argv[2] else []
limit = int(sys.argv[3]) if sys.argv[3] else None
summaries = crawl(catalogue.select(ids), settings, limit=limit)
import resource
out = [dict(source_id=s.source_id, run_id=s.run_id, outcome=str(s.outcome), detail=s.detail, counts=s.counts(),
       failed=dict(s.failed), dropped=dict(s.dropped), polls_failed=dict(s.polls_failed)) for s in summaries]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
Path(sys.argv[1]).write_text(json.dumps({"sources": out, "peak_mb": peak}))
"""


@dataclass
class Newsroom:
    """A catalogue and a database of their own in `folder`; `servers` are the `host:port` pairs that it may ask."""

    folder: Path
    servers: Sequence[str] = ()
    delay: float = 0.0
    timeout: float = 5.0
    settings: dict[str, str] = field(default_factory=dict)
    peak_mb: int = 0
    prelude: str = ""  # Python that the child runs first

    def add(
        self,
        name: str,
        discover: Sequence[str],
        *,
        homepage: str,
        country: str = "in",
        pages: int = 1000,
        more: str = "",
    ) -> str:
        """Write a source; `discover` are YAML flow mappings (`{feed: "http://..."}`). Returns its id."""
        path = self.folder / "sources" / country / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        items = "\n".join(f"  - {one}" for one in discover)
        path.write_text(
            _SOURCE.format(
                title=name,
                homepage=homepage,
                country=country,
                discover=items,
                delay=self.delay,
                pages=pages,
                more=more,
            )
        )
        return f"{country}_{name}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "TIPWATCH_CONTACT": "desk@tipwatch.example",
            "TIPWATCH_DATABASE_URL": f"sqlite:///{self.folder}/tipwatch.db",
            "TIPWATCH_DATA_DIR": str(self.folder / "data"),
            "TIPWATCH_SOURCES_DIR": str(self.folder / "sources"),
            "TIPWATCH_ALLOW_PRIVATE": ",".join(self.servers),
            "TIPWATCH_DELAY": str(self.delay),
            "TIPWATCH_REQUEST_TIMEOUT": str(self.timeout),
            "TIPWATCH_HOST_BUDGET": "100000",
            "PYTHONPATH": str(ROOT),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
        return {**kept, **own, **self.settings}

    def start(
        self, ids: Sequence[str] = (), limit: int | None = None, result: str = "result.json"
    ) -> subprocess.Popen[bytes]:
        """Begin a crawl in a child process."""
        arguments = [str(self.folder / result), ",".join(ids), "" if limit is None else str(limit)]
        with (self.folder / f"{result}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", self.prelude + CHILD, *arguments],
                cwd=self.folder, env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    def crawl(
        self, ids: Sequence[str] = (), limit: int | None = None, seconds: float = 60.0
    ) -> dict[str, dict[str, Any]]:
        """Crawl to the end; summaries by source id."""
        child = self.start(ids, limit)
        assert child.wait(seconds) == 0, self.log()[-4000:]
        result = json.loads((self.folder / "result.json").read_text())
        self.peak_mb = result["peak_mb"]
        return {one["source_id"]: one for one in result["sources"]}

    def log(self, result: str = "result.json") -> str:
        return (self.folder / f"{result}.log").read_text()

    def scrapy(self, *arguments: str, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Scrapy's own command line on our project."""
        return subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
