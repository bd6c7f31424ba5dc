"""`tipwatch deliver --to sftp://`: a real server on loopback: killed, full, flaky, or not the one we know."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.app.deliver_places import NEW_FILES, NEW_TIME, OLD_FILES, OLD_TIME, Sftp, feed, sftp_server, whole
from tipwatch.cli import COMMANDS, cli

paramiko = pytest.importorskip("paramiko", reason="the extra tipwatch[deliver] is not installed")
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sftp]:
    monkeypatch.setitem(COMMANDS, "deliver", ("tipwatch.commands.deliver", "deliver", ""))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setattr("time.sleep", quick(time.sleep))
    with sftp_server(tmp_path) as running:
        yield running


def quick(sleep: object) -> object:
    """The back-off's pauses are tested apart; here they would only take time."""
    return lambda seconds: sleep(min(seconds, 0.02))  # type: ignore[operator]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return feed(tmp_path / "old", OLD_FILES, OLD_TIME)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return feed(tmp_path / "new", NEW_FILES, NEW_TIME)


def deliver(server: Sftp, folder: Path, *more: str, code: int = 0, path: str = "/feed") -> Result:
    done = CliRunner().invoke(cli, ["deliver", str(folder), "--to", server.url(path), *access(server), *more])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done


def access(server: Sftp) -> list[str]:
    return ["--identity", str(server.identity), "--known-hosts", str(server.known_hosts)]


def test_a_feed_arrives_whole_and_the_next_one_takes_its_place(server: Sftp, old: Path, new: Path) -> None:
    assert "Sent 4 files" in deliver(server, old).stdout
    assert whole(server.files(staging=True)) == OLD_TIME
    said = deliver(server, new).stdout
    assert "Sent 3 files" in said
    assert "1 there already, 2 removed" in said
    assert server.files(staging=True) == {
        **NEW_FILES, "index.json": (new / "index.json").read_bytes(),
    }  # fmt: skip


def test_what_is_there_is_not_sent_again(server: Sftp, new: Path) -> None:
    deliver(server, new)
    server.faults.seen.clear()
    assert "nothing to send" in deliver(server, new).stdout
    assert server.faults.seen == []
    (server.root / "feed" / "names.txt").unlink()
    assert "Sent 1 file (8 bytes)" in deliver(server, new).stdout
    assert "Sent 4 files" in deliver(server, new, "--force").stdout


def test_nothing_that_takers_see_changes_before_all_is_there_and_the_manifest_comes_last(
    server: Sftp, old: Path, new: Path
) -> None:
    deliver(server, old)
    server.faults.seen.clear()
    deliver(server, new)
    seen = [step for step in server.faults.seen if not step.startswith("mkdir") and ".part" not in step]
    visible = [place for place, step in enumerate(seen) if "/.tipwatch/" not in step]
    assert all("/.tipwatch/" in step for step in seen[: visible[0]])
    assert sum(step.startswith("rename") for step in seen[: visible[0]]) == 5  # three files, manifest, marker
    order = [seen[place] for place in visible]
    assert order == [
        "rename /feed/deltas/2.json", "rename /feed/entities.ftm.json", "rename /feed/evidence.jsonl",
        "rename /feed/index.json", "remove /feed/deltas/1.json", "remove /feed/retired.csv",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("posix_rename", [True, False])
def test_cut_short_at_any_step_the_target_has_the_old_feed_or_the_new_or_shows_that_one_must_wait(
    server: Sftp, old: Path, new: Path, posix_rename: bool
) -> None:
    """Every step in turn is the last that the target allows; then the same command mends it."""
    states = []
    for live in range(60):
        server.faults.live = None
        deliver(server, old, "--force")
        assert whole(server.files(staging=True)) == OLD_TIME
        server.faults.posix_rename = posix_rename
        server.faults.live = live
        done = CliRunner().invoke(
            cli, ["deliver", str(new), "--to", server.url(), *access(server), "--tries", "1"]
        )
        server.faults.live = None
        files = server.files(staging=True)
        if posix_rename or "index.json" in files:
            releasing = ".tipwatch/releasing.json" in files
            states.append((whole(files) if posix_rename else "?", releasing))
            assert releasing or whole(files) in (OLD_TIME, NEW_TIME)
        deliver(server, new)
        assert server.files(staging=True) == {**NEW_FILES, "index.json": (new / "index.json").read_bytes()}
        server.faults.posix_rename = True
        if done.exit_code == 0:
            break
        assert done.exit_code == 3, done.output
        assert "refused" in done.stderr or "cannot be" in done.stderr
    else:
        pytest.fail("never came through")
    if posix_rename:
        assert {state for state, _ in states} == {OLD_TIME, "wait", NEW_TIME}


def with_indices(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files, a catalogue that names them all, and the deltas' index, as a feed has them."""
    deltas = {name: name for name in files if name.startswith("deltas/")}
    made = {**files, "deltas/index.json": json.dumps({"versions": deltas}).encode()}
    return made | {"catalog.json": json.dumps({"datasets": [{"resources": sorted(made)}]}).encode()}


def not_there(files: Mapping[str, bytes]) -> set[str]:
    """Files that an index of these names, and that are not among them."""
    named: set[str] = set()
    if "deltas/index.json" in files:
        named |= set(json.loads(files["deltas/index.json"])["versions"].values())
    if "catalog.json" in files:
        named |= set(json.loads(files["catalog.json"])["datasets"][0]["resources"])
    if "index.json" in files:
        named |= {one["path"] for one in json.loads(files["index.json"])["resources"]}
    return named - files.keys()


@pytest.mark.slow
def test_no_index_names_a_file_that_is_not_there_wherever_it_is_cut(server: Sftp, tmp_path: Path) -> None:
    """The first feed at a new place, and from one feed to the next."""
    old = feed(tmp_path / "old", with_indices(OLD_FILES), OLD_TIME)
    new = feed(tmp_path / "new", with_indices(NEW_FILES), NEW_TIME)
    for before, after in ((None, old), (old, new)):
        for live in range(60):
            shutil.rmtree(server.root / "feed", ignore_errors=True)
            if before is not None:
                deliver(server, before)
            server.faults.live = live
            done = CliRunner().invoke(
                cli, ["deliver", str(after), "--to", server.url(), *access(server), "--tries", "1"]
            )
            server.faults.live = None
            files = server.files()
            assert not_there(files) == set(), (live, done.output)
            if done.exit_code == 0:
                break
        else:
            pytest.fail("never came through")
        server.faults.seen.clear()
        deliver(server, after, "--force")
        names = [step.removeprefix("rename /feed/") for step in server.faults.seen if step.startswith("rename /")]
        assert [one for one in names if not one.startswith(".tipwatch")][-3:] == [
            "deltas/index.json", "catalog.json", "index.json",
        ]  # fmt: skip


def test_a_feed_that_was_cut_short_is_not_trusted_even_when_sizes_agree(
    server: Sftp, old: Path, new: Path
) -> None:
    deliver(server, old)
    server.faults.live = 12
    deliver(server, new, "--tries", "1", code=3)
    server.faults.live = None
    assert whole(server.files(staging=True)) == "wait"  # the new entities under the old manifest, of equal size
    deliver(server, old)
    assert whole(server.files(staging=True)) == OLD_TIME
    assert server.files(staging=True).keys() == {*OLD_FILES, "index.json"}


def test_killed_in_the_middle_of_an_upload_the_old_feed_stands_and_the_next_run_goes_on(
    server: Sftp, old: Path, new: Path
) -> None:
    deliver(server, old)
    server.faults.slow = 0.15
    server.faults.seen.clear()
    code = "import sys; from tipwatch.cli import COMMANDS, cli; "
    code += "COMMANDS['deliver'] = ('tipwatch.commands.deliver', 'deliver', ''); cli(sys.argv[1:])"
    command = [sys.executable, "-c", code, "deliver", str(new), "--to", server.url(), *access(server)]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        evidence = server.root / "feed" / ".tipwatch"
        until = time.monotonic() + 30
        while not any(one.suffix == ".part" and one.stat().st_size > 30_000 for one in parts(evidence)):
            assert time.monotonic() < until
            assert child.poll() is None
            time.sleep(0.01)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(10)
    assert whole(server.files(staging=True)) == OLD_TIME
    assert any(name.endswith(".part") for name in server.files(staging=True))
    server.faults.slow = 0.0
    time.sleep(0.3)
    server.faults.seen.clear()
    deliver(server, new)
    written = [step for step in server.faults.seen if step.startswith("write")]
    assert len(written) < 3 + 2  # what had arrived before the kill is not sent again
    assert server.files(staging=True) == {**NEW_FILES, "index.json": (new / "index.json").read_bytes()}


def parts(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def test_a_taker_who_reads_meanwhile_gets_one_feed_or_the_other(server: Sftp, old: Path, new: Path) -> None:
    deliver(server, old)
    got: list[str] = []
    stop = threading.Event()

    def take() -> None:
        while not stop.is_set():
            try:
                got.append(whole(read_once(server.root / "feed")))
            except FileNotFoundError:
                got.append("wait")  # its old list named it, and a newer one took its place: it begins anew

    thread = threading.Thread(target=take)
    thread.start()
    try:
        for _ in range(3):
            deliver(server, new, "--force")
            deliver(server, old, "--force")
    finally:
        stop.set()
        thread.join(10)
    assert set(got) <= {OLD_TIME, NEW_TIME, "wait"}
    assert {OLD_TIME, NEW_TIME} <= set(got)


def read_once(folder: Path) -> dict[str, bytes]:
    index = (folder / "index.json").read_bytes()
    named = [one["path"] for one in json.loads(index)["resources"]]
    return {"index.json": index, **{name: (folder / name).read_bytes() for name in named}}


def test_a_target_that_fails_twice_is_tried_again(server: Sftp, new: Path) -> None:
    server.dropped = 2
    deliver(server, new)
    assert server.connections == 3
    server.faults.first = 2
    deliver(server, new, "--force")
    assert whole(server.files(staging=True)) == NEW_TIME
    server.dropped = 5
    done = deliver(server, new, code=3)
    assert "5 tries" in done.stderr
    assert "Run the same command again" in done.stderr


def test_a_full_target_keeps_the_old_feed_and_no_half_file(server: Sftp, old: Path, new: Path) -> None:
    deliver(server, old)
    server.faults.room = 50_000
    done = deliver(server, new, "--tries", "2", code=3)
    assert "disk full" in done.stderr
    assert whole(server.files()) == OLD_TIME
    assert not any(name.endswith(".part") for name in server.files(staging=True))


def test_a_host_that_is_not_the_one_we_know_gets_nothing(server: Sftp, new: Path) -> None:
    other = paramiko.ECDSAKey.generate()
    known = server.known_hosts.read_text()
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {other.get_name()} {other.get_base64()}\n")
    assert "its key is not the one in" in deliver(server, new, code=4).stderr
    server.known_hosts.write_text("")
    done = deliver(server, new, code=4)
    assert "SHA256:" in done.stderr
    assert server.known_hosts.read_text() == ""  # never added by itself
    server.known_hosts.unlink()
    assert "no such file" in deliver(server, new, code=2).stderr
    assert server.files() == {}
    server.known_hosts.write_text(known)
    deliver(server, new)


def test_a_stranger_is_not_let_in_and_no_secret_is_shown(server: Sftp, new: Path, tmp_path: Path) -> None:
    paramiko.ECDSAKey.generate().write_private_key_file(str(tmp_path / "other"))
    done = deliver(server, new, "--identity", str(tmp_path / "other"), code=3)
    assert "not let in" in done.stderr
    assert "taker@" not in done.stderr
    (tmp_path / "other").chmod(0o644)
    assert "chmod 600" in deliver(server, new, "--identity", str(tmp_path / "other"), code=2).stderr
    assert "No such file" in deliver(server, new, "--identity", str(tmp_path / "none"), code=3).stderr


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_told(server: Sftp, new: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to = f"sftp://taker@127.0.0.1:{silent.getsockname()[1]}/feed"
        began = time.monotonic()
        done = deliver(server, new, "--to", to, "--timeout", "1", "--tries", "2", code=3)
    assert time.monotonic() - began < 10
    assert "2 tries" in done.stderr


def test_files_of_equal_content_all_arrive(server: Sftp, tmp_path: Path) -> None:
    same = {"a.csv": b"id\n", "b.csv": b"id\n", "c.csv": b"", "d.csv": b""}
    deliver(server, feed(tmp_path / "same", same))
    assert {name: body for name, body in server.files(staging=True).items() if name != "index.json"} == same


def test_a_connection_that_breaks_after_a_rename_is_no_fault(server: Sftp, old: Path, new: Path) -> None:
    """The server renames, and its answer is lost."""
    deliver(server, old)
    server.faults.lost.add("/feed/index.json")
    deliver(server, new)
    assert server.faults.lost == set()
    assert whole(server.files(staging=True)) == NEW_TIME


def test_a_dry_run_changes_nothing(server: Sftp, old: Path, new: Path) -> None:
    deliver(server, old)
    before = server.files(staging=True)
    server.faults.seen.clear()
    said = deliver(server, new, "--dry-run").stdout
    assert "would send    evidence.jsonl" in said
    assert "would remove  retired.csv" in said
    assert server.faults.seen == []
    assert server.files(staging=True) == before


def test_a_path_below_another_is_made(server: Sftp, new: Path) -> None:
    deliver(server, new, path="/a/b/feed")
    assert (server.root / "a" / "b" / "feed" / "deltas" / "2.json").is_file()
    assert not (server.root / "a" / "b" / "feed" / ".tipwatch" / "releasing.json").exists()
    assert os.listdir(server.root / "a" / "b" / "feed" / ".tipwatch") == []
