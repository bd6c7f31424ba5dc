"""A login and a decision over TLS in a real browser, which names the page that a form stands on, or does not.

Refuses a mended header for proof: the browser decides what it sends.
"""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from storage.records.people import Verdict
from storage.store import Store
from tests.browser.review_desk import Clock, log_in, made, mention, stories, told, with_users

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = 90_000  # milliseconds, on two busy cores


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        told(opened, stories(2))
        with_users(opened)
        yield opened


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """One that its maker signed, for localhost."""
    key, made_out = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-keyout", str(key), "-out", str(made_out),
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made_out, key)
    return context


def test_a_reviewer_logs_in_and_decides_over_tls(
    browser: Any, store: Store, certificate: ssl.SSLContext, tmp_path: Path
) -> None:
    here = mention(store)
    server = make_server(
        "localhost", 0, made(store, tmp_path, Clock(), tls=True), threaded=True, ssl_context=certificate
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        log_in(page, f"https://localhost:{server.server_port}")
        page.goto(f"https://localhost:{server.server_port}/record/{here}")
        with page.expect_navigation(wait_until="load"):
            page.click("button[data-key=a]")
        assert "Accepted." in page.inner_text(".said")
    finally:
        context.close()
        server.shutdown()
        thread.join(timeout=10)
    assert store.reviews.record(here).verdict is Verdict.ACCEPTED
