"""`tipwatch deliver --to s3://`: moto's server on loopback, which fails, fills up and refuses."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.app.deliver_places import NEW_FILES, NEW_TIME, OLD_FILES, OLD_TIME, S3, feed, s3_server, whole
from tipwatch.cli import COMMANDS, cli

pytest.importorskip("boto3", reason="the extra tipwatch[deliver] is not installed")
pytest.importorskip("moto", reason="moto, the S3 server of the tests, is not installed")
pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:(boto|moto|werkzeug).*"),
]

SECRET = "do-not-show-4711"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    monkeypatch.setitem(COMMANDS, "deliver", ("tipwatch.commands.deliver", "deliver", ""))
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAINVENTED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    sleep = time.sleep
    monkeypatch.setattr("time.sleep", lambda seconds: sleep(min(seconds, 0.02)))
    with s3_server() as running:
        yield running


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return feed(tmp_path / "old", OLD_FILES, OLD_TIME)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return feed(tmp_path / "new", NEW_FILES, NEW_TIME)


def deliver(server: S3, folder: Path, *more: str, code: int | None = 0, to: str = "s3://taker/feed") -> Result:
    command = ["deliver", str(folder), "--to", to, "--endpoint", server.endpoint, *more]
    done = CliRunner().invoke(cli, ["--debug", *command] if code == 0 else command)
    assert code is None or done.exit_code == code, done.output + repr(done.exception)
    assert SECRET not in done.output
    return done


def test_a_feed_arrives_whole_the_next_takes_its_place_and_a_third_run_sends_nothing(
    server: S3, old: Path, new: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deliver(server, old)
    assert whole(server.files(staging=True)) == OLD_TIME
    said = deliver(server, new).stdout
    assert "Sent 3 files" in said
    assert "1 there already, 2 removed" in said
    expected = {**NEW_FILES, "index.json": (new / "index.json").read_bytes()}
    assert server.files(staging=True) == expected
    server.faults.seen.clear()
    assert "nothing to send" in deliver(server, new).stdout
    assert server.faults.seen == []
    kind = server.client.head_object(Bucket="taker", Key="feed/index.json")["ContentType"]
    assert kind == "application/json"
    assert SECRET not in caplog.text
    assert "AKIAINVENTED" not in caplog.text  # --debug shows no headers of requests


def test_a_bucket_without_a_prefix_is_served_too(server: S3, new: Path) -> None:
    deliver(server, new, to="s3://taker")
    assert whole(server.files(staging=True, prefix="")) == NEW_TIME


@pytest.mark.slow
def test_cut_short_at_a_request_the_bucket_has_the_old_feed_or_the_new_or_shows_that_one_must_wait(
    server: S3, old: Path, new: Path
) -> None:
    states = set()
    for live in (0, 4, 5, 7, 8, 9, 11, 60):  # staging ends after 5, exchanging after 9
        server.faults.live = None
        deliver(server, old, "--force")
        assert whole(server.files(staging=True)) == OLD_TIME
        server.faults.live = live
        done = deliver(server, new, "--tries", "1", code=None)
        server.faults.live = None
        files = server.files(staging=True)
        states.add(whole(files))
        assert ".tipwatch/releasing.json" in files or whole(files) in (OLD_TIME, NEW_TIME)
        deliver(server, new)
        assert server.files(staging=True) == {**NEW_FILES, "index.json": (new / "index.json").read_bytes()}
        assert done.exit_code == (0 if live == 60 else 3), done.output
        assert live == 60 or "503" in done.stderr
    assert states == {OLD_TIME, "wait", NEW_TIME}


def test_a_bucket_that_fails_twice_is_tried_again(server: S3, new: Path) -> None:
    server.faults.first = 2
    deliver(server, new)
    assert whole(server.files(staging=True)) == NEW_TIME


def test_a_full_bucket_keeps_the_old_feed(server: S3, old: Path, new: Path) -> None:
    deliver(server, old)
    server.faults.room = 50_000
    done = deliver(server, new, "--tries", "2", code=3)
    assert "507" in done.stderr
    assert whole(server.files()) == OLD_TIME


@pytest.mark.parametrize(
    ("to", "environment", "code", "said"),
    [
        ("s3://elsewhere/feed", {}, 3, "Check the bucket"),
        ("s3://taker/feed", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 3, "no credentials"),
        ("s3://taker/feed", {"AWS_PROFILE": "nobody"}, 2, "Check --to, --endpoint"),
        ("s3://key:word@taker/feed", {}, 2, "password"),
    ],
)
def test_what_is_wrong_is_said_with_its_remedy(
    server: S3,
    new: Path,
    monkeypatch: pytest.MonkeyPatch,
    to: str,
    environment: dict[str, str],
    code: int,
    said: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    done = deliver(server, new, code=code, to=to)
    assert said in done.stderr
    assert "word@" not in done.output


def test_a_server_that_is_not_there_is_an_error_of_the_environment(server: S3, new: Path) -> None:
    done = deliver(server, new, "--endpoint", "http://127.0.0.1:9", "--tries", "2", code=3)
    assert "2 tries" in done.stderr
    assert "Traceback" not in done.output


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told(server: S3, new: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        done = deliver(server, new, "--endpoint", endpoint, "--timeout", "1", "--tries", "2", code=3)
    assert time.monotonic() - began < 10
    assert "ReadTimeoutError" in done.stderr


@pytest.mark.slow
def test_a_file_of_several_parts_arrives_and_a_part_that_fails_is_sent_again(server: S3, tmp_path: Path) -> None:
    body = b"0123456789abcdef" * (4_400_000)  # 67 MiB: two parts
    folder = feed(tmp_path / "big", {"entities.ftm.json": body})
    server.faults.first = 2
    deliver(server, folder)
    assert server.files(staging=True)["entities.ftm.json"] == body
    assert server.client.list_multipart_uploads(Bucket="taker").get("Uploads", []) == []
