"""A browser without a network: Debian's chromium, driven by Playwright.

Refuses to hide: without either the tests are skipped by name, and with TIPWATCH_REQUIRE_CHROMIUM=1 they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--force-color-profile=srgb",
)  # fmt: skip
STARTS_WITHIN = 120_000  # milliseconds, on two busy cores


def _missing(what: str) -> None:
    if os.environ.get("TIPWATCH_REQUIRE_CHROMIUM") == "1":
        pytest.fail(f"{what} is missing, and TIPWATCH_REQUIRE_CHROMIUM=1 asks for it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, one a file. Playwright keeps an event loop running, which other files must not find."""
    if not CHROMIUM.exists():
        _missing(f"{CHROMIUM} (apt-get install chromium)")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright (make setup)")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS), timeout=STARTS_WITHIN)
        yield started
        started.close()
