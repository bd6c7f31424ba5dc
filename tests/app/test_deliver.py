"""`tipwatch deliver` without a remote target: what is refused beforehand, signatures, folders, notices."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app.deliver_places import NEW_FILES, NEW_TIME, OLD_FILES, OLD_TIME, feed, webhook, whole
from tipwatch.cli import COMMANDS, cli

pytest.importorskip("cryptography", reason="the extra tipwatch[deliver] is not installed")

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tipwatch.deliver.address import read_address
from tipwatch.deliver.keys import new_key, read_key
from tipwatch.deliver.manifest import ManifestError, is_safe, read_manifest
from tipwatch.deliver.parcel import pack
from tipwatch.deliver.patience import Patience, UnreachedError
from tipwatch.deliver.signature import PublicKey, SignatureError, SigningKey
from tipwatch.errors import CommandError

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; the command is wired, as tipwatch/cli.py has it."""
    monkeypatch.setitem(COMMANDS, "deliver", ("tipwatch.commands.deliver", "deliver", ""))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str | Path, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["deliver", *map(str, arguments)])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done


def files(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


# Signatures


# Made by minisign: an example of https://github.com/jedisct1/rust-minisign-verify, key of minisign's releases.
REFERENCE_KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
REFERENCE = (
    "untrusted comment: signature from minisign secret key\n"
    "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n"
    "trusted comment: timestamp:1556193335\tfile:test\n"
    "y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==\n"
)


def test_a_signature_that_minisign_made_is_valid_and_of_nothing_else() -> None:
    key = PublicKey.from_text(f"untrusted comment: minisign public key E7620F1842B4E81F\n{REFERENCE_KEY}\n")
    assert key.shown_id == "E7620F1842B4E81F"
    assert key.text == REFERENCE_KEY
    assert key.verify(b"test", REFERENCE) == "timestamp:1556193335\tfile:test"
    for body, text in ((b"Test", REFERENCE), (b"test", REFERENCE.replace("1556193335", "1556193336"))):
        with pytest.raises(SignatureError, match="not a signature of these bytes"):
            key.verify(body, text)
    with pytest.raises(SignatureError, match="another key"):
        PublicKey(id=b"12345678", raw=key.raw).verify(b"test", REFERENCE)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.binary(min_size=32, max_size=32), st.integers(0, 10_000))
def test_what_is_signed_is_valid_and_any_other_byte_is_not(body: bytes, seed: bytes, place: int) -> None:
    key = SigningKey(id=b"\x01" * 8, seed=seed)
    text = key.sign(body, "timestamp:1\tfile:index.json\thashed")
    assert key.public.verify(body, text) == "timestamp:1\tfile:index.json\thashed"
    wrong = bytearray(body + b"\x00")
    wrong[place % len(wrong)] ^= 1
    with pytest.raises(SignatureError):
        key.public.verify(bytes(wrong), text)
    assert repr(seed) not in repr(key)


def test_a_comment_cannot_smuggle_a_line() -> None:
    with pytest.raises(SignatureError):
        SigningKey(id=bytes(8), seed=bytes(32)).sign(b"", "a\nb")


@pytest.mark.skipif(shutil.which("minisign") is None, reason="minisign is not installed: apt-get install minisign")
def test_minisign_itself_takes_our_keys_and_signatures(place: Path) -> None:
    call("--new-key", "feed.key")
    feed(place / "new", NEW_FILES)
    call("new", "--to", f"file://{place}/taker", "--key", "feed.key")
    seen = subprocess.run(
        ["minisign", "-Vm", "taker/index.json", "-p", "feed.key.pub"], capture_output=True, text=True, check=False
    )
    assert seen.returncode == 0, seen.stderr
    shutil.copy("new/names.txt", "names.txt")
    subprocess.run(["minisign", "-Sm", "names.txt", "-s", "feed.key", "-W"], check=True, capture_output=True)
    read_key(Path("feed.key")).public.verify(Path("names.txt").read_bytes(), Path("names.txt.minisig").read_text())


def test_a_new_key_is_its_owners_alone_and_never_written_over(place: Path) -> None:
    said = call("--new-key", "keys/feed.key").stdout
    path = place / "keys" / "feed.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = PublicKey.from_text((place / "keys" / "feed.key.pub").read_text())
    assert read_key(path).public == public
    assert public.text in said
    assert path.read_text().splitlines()[1] not in said
    assert "is there already" in call("--new-key", "keys/feed.key", code=2).stderr
    assert "Dry run" in call("--new-key", "other.key", "--dry-run").stdout
    assert not (place / "other.key").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.chmod(0o640), "chmod 600"),
        (lambda path: path.unlink(), "cannot be read"),
        (lambda path: path.write_text("untrusted comment: x\nAAAA\n"), "not a secret key"),
        (lambda path: path.write_text(""), "not a secret key"),
        (lambda path: path.write_bytes(b"\xff\xfe"), "not the text of a secret"),
        (lambda path: path.write_text(path.read_text()[:-40] + "A" * 39 + "\n"), "not a secret key"),
        (lambda path: path.write_text("untrusted comment: x\n" + with_password(path) + "\n"), "it has a password"),
    ],
)
def test_a_key_that_cannot_be_trusted_is_refused(place: Path, change: Callable[[Path], None], said: str) -> None:
    path = place / "feed.key"
    new_key(path, lambda n: bytes(range(n)))
    change(path)
    feed(place / "new", NEW_FILES)
    done = CliRunner().invoke(cli, ["deliver", "new", "--to", f"file://{place}/taker", "--key", "feed.key"])
    assert done.exit_code in (2, 3)
    assert said in done.stderr
    assert not (place / "taker").exists()


def with_password(path: Path) -> str:
    raw = base64.b64decode(path.read_text().splitlines()[1])
    return base64.b64encode(raw[:2] + b"Sc" + raw[4:]).decode()


# What a folder must be


def test_a_file_that_was_changed_is_refused_and_nothing_is_sent(place: Path) -> None:
    feed(place / "new", NEW_FILES)
    (place / "new" / "names.txt").write_bytes(b"n-1\nn-9\n")
    done = call("new", "--to", f"file://{place}/taker", code=4)
    assert "names.txt: not what the manifest says (sha1 differs)" in done.stderr
    assert not (place / "taker").exists()


def test_a_file_that_changes_after_it_was_checked_is_not_sent(place: Path) -> None:
    parcel = pack(feed(place / "new", NEW_FILES))
    item = next(one for one in parcel.items if one.name == "names.txt")
    with item.opened() as file:
        assert file.read() == NEW_FILES["names.txt"]
    late = item.opened()
    with pytest.raises(CommandError, match="changed while"), late:
        os.utime(item.path, ns=(1, 1))
    with pytest.raises(CommandError, match="changed while"), item.opened():
        pytest.fail("was opened")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "names.txt").unlink(), "it is not there"),
        (lambda folder: (folder / "index.json").write_text("{"), "it is no JSON"),
        (lambda folder: (folder / "index.json").write_text("[]"), "no JSON object"),
        (lambda folder: (folder / "index.json").write_text('{"resources": []}'), "lists no file"),
        (lambda folder: (linked(folder), 0), "leads out of the folder"),
        (lambda folder: (shutil.rmtree(folder), 0), "no such folder"),
        (lambda folder: (folder / "index.json").unlink(), "holds neither"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(place: Path, change: Callable[[Path], None], said: str) -> None:
    change(feed(place / "new", NEW_FILES))
    done = CliRunner().invoke(cli, ["deliver", "new", "--to", f"file://{place}/taker"])
    assert done.exit_code in (2, 4)
    assert said in done.stderr
    assert not (place / "taker").exists()


def linked(folder: Path) -> None:
    (folder / "names.txt").replace(folder.parent / "outside.txt")
    (folder / "names.txt").symlink_to(folder.parent / "outside.txt")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "./a",
        "a\\b",
        "a\nb",
        ".tipwatch/x",
        "a/",
        " a",
        "x" * 600,
        "C:x",
    ],
)
def test_a_name_that_leads_elsewhere_is_no_name(name: str) -> None:
    assert not is_safe(name)
    body = json.dumps({"files": {name: {"sha256": "0" * 64}}}).encode()
    with pytest.raises(ManifestError):
        read_manifest("manifest.json", body)


@pytest.mark.parametrize(
    "said",
    [
        {"files": {"a": {"bytes": 1}}},
        {"files": {"a": {"sha256": "xyz"}}},
        {"files": {"a": {"sha256": "0" * 64, "bytes": -1}}},
        {"files": {"a": 1}},
        {"files": {"index.json": {"sha256": "0" * 64}}},
        {"files": {"index.json.minisig": {"sha256": "0" * 64}}},
        {"resources": [{"path": "a", "checksum": "0" * 40}, {"path": "a", "checksum": "1" * 40}]},
        {"resources": ["a"]},
        {"resources": [{"path": f"f{n}", "checksum": "0" * 40} for n in range(10_001)]},
        {},
    ],
)
def test_a_manifest_that_says_too_little_or_too_much_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ManifestError):
        read_manifest("index.json", json.dumps(said).encode())


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(repr).map(str.encode)
)
def test_any_bytes_are_followed_or_refused(body: bytes) -> None:
    with suppress(ManifestError):
        assert all(map(is_safe, read_manifest("index.json", body).entries))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ftp://host/feed", "none of file:, sftp: and s3:"),
        ("feed", "none of file:"),
        ("sftp://u:hunter2@host/feed", "password"),
        ("s3://u:hunter2@bucket/feed", "password"),
        ("sftp://host", "no folder"),
        ("sftp:///feed", "no host"),
        ("file://other/feed", "three slashes"),
        ("file:///", "no folder"),
        ("s3:///feed", "no bucket"),
        ("sftp://host/a/../b", ".. or"),
        ("sftp://host/a/.tipwatch", ".. or"),
        ("sftp://host:port/a", "no address"),
        ("s3://bucket/a?x=1", "more than a place"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_never_repeated(text: str, said: str) -> None:
    with pytest.raises(CommandError) as caught:
        read_address(text)
    assert said in f"{caught.value.what} {caught.value.remedy}"
    assert "hunter2" not in f"{caught.value.what} {caught.value.remedy}"


@pytest.mark.parametrize(
    ("text", "shown", "path"),
    [
        ("sftp://tip@host:2222/in/feed/", "sftp://host:2222/in/feed", "/in/feed"),
        ("sftp://tip@host/~/feed", "sftp://host/feed", "feed"),
        ("s3://bucket/a/b/", "s3://bucket/a/b", "a/b"),
        ("s3://bucket", "s3://bucket", ""),
        ("file:///srv/a%20b", "file:///srv/a b", "/srv/a b"),
    ],
)
def test_an_address_is_read(text: str, shown: str, path: str) -> None:
    address = read_address(text)
    assert (address.shown, address.path) == (shown, path)


# Patience


def test_pauses_double_up_to_the_most_and_chance_shortens_them() -> None:
    slept: list[float] = []
    chances = iter([0.0, 0.5, 0.999, 0.0, 0.0])
    patience = Patience(sleep=slept.append, chance=lambda: next(chances), tries=6, first=1.0, most=5.0, jitter=0.5)
    recovered: list[int] = []

    def fail() -> None:
        raise UnreachedError("no answer")

    with pytest.raises(CommandError, match=r"x: no answer \(6 tries\)"):
        patience.persist("x", fail, lambda: recovered.append(1))
    assert slept == pytest.approx([1.0, 1.5, 2.002, 5.0, 5.0])
    assert len(recovered) == 5


def test_what_cannot_change_by_waiting_is_not_tried_again() -> None:
    def refuse() -> None:
        raise CommandError("no")

    with pytest.raises(CommandError, match="no"):
        Patience(sleep=lambda seconds: pytest.fail("slept"), chance=lambda: 0.0).persist("x", refuse)


# A folder


def test_a_folder_gets_the_feed_signed_and_the_next_one_in_one_step(place: Path) -> None:
    call("--new-key", "feed.key")
    key = read_key(place / "feed.key").public
    feed(place / "old", OLD_FILES, OLD_TIME)
    feed(place / "new", NEW_FILES, NEW_TIME)
    to = ("--to", f"file://{place}/taker", "--key", "feed.key")
    assert "Sent 4 files" in call("old", *to).stdout
    inode = (place / "taker" / "names.txt").stat().st_ino
    said = call("new", *to).stdout
    assert "signed" in said
    assert "1 there already, 2 removed" in said
    got = files(place / "taker")
    comment = key.verify(got["index.json"], got.pop("index.json.minisig").decode())
    assert comment.endswith("\tfile:index.json\thashed")
    assert got == {**NEW_FILES, "index.json": (place / "new" / "index.json").read_bytes()}
    assert (place / "taker" / "names.txt").stat().st_ino == inode  # kept, not copied
    before = (place / "taker").stat().st_ino
    assert "nothing to send" in call("new", *to).stdout
    assert (place / "taker").stat().st_ino == before


def test_a_taker_of_a_folder_never_sees_half_a_feed(place: Path) -> None:
    """The folder is opened once and read through that: it is the old one or the new one, whole."""
    feed(place / "old", OLD_FILES, OLD_TIME)
    feed(place / "new", NEW_FILES, NEW_TIME)
    call("old", "--to", f"file://{place}/taker")
    got: list[str] = []
    stop = threading.Event()

    def take() -> None:
        while not stop.is_set():
            handle = os.open(place / "taker", os.O_RDONLY)
            try:
                index = at(handle, "index.json")
                named = [one["path"] for one in json.loads(index)["resources"]]
                got.append(whole({"index.json": index, **{name: at(handle, name) for name in named}}))
            except FileNotFoundError:
                got.append("removed")  # opened just before it was exchanged, and read after
            finally:
                os.close(handle)

    thread = threading.Thread(target=take)
    thread.start()
    try:
        for _ in range(10):
            call("new", "--to", f"file://{place}/taker", "--force")
            call("old", "--to", f"file://{place}/taker", "--force")
    finally:
        stop.set()
        thread.join(10)
    assert set(got) <= {OLD_TIME, NEW_TIME, "removed"}
    assert {OLD_TIME, NEW_TIME} <= set(got)


def at(folder: int, name: str) -> bytes:
    handle = os.open(name, os.O_RDONLY, dir_fd=folder)
    with os.fdopen(handle, "rb") as file:
        return file.read()


def test_an_older_feed_does_not_bring_a_name_back(place: Path) -> None:
    feed(place / "old", OLD_FILES, OLD_TIME)
    feed(place / "new", NEW_FILES, NEW_TIME)
    call("new", "--to", f"file://{place}/taker")
    assert "has a newer list" in call("old", "--to", f"file://{place}/taker", code=4).stderr
    assert whole(files(place / "taker")) == NEW_TIME
    call("old", "--to", f"file://{place}/taker", "--force")
    assert whole(files(place / "taker")) == OLD_TIME


def test_a_signed_feed_is_not_followed_by_an_unsigned_one(place: Path) -> None:
    call("--new-key", "feed.key")
    feed(place / "new", NEW_FILES)
    call("new", "--to", f"file://{place}/taker", "--key", "feed.key")
    assert "was signed until now" in call("new", "--to", f"file://{place}/taker", code=4).stderr


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (lambda taker: (taker.mkdir(), (taker / "notes.txt").write_text("x")), 4, "holds files that no manifest"),
        (lambda taker: (taker.mkdir(), (taker / "manifest.json").write_text("{}")), 4, "another list"),
        (lambda taker: (taker.mkdir(), (taker / "index.json").write_text("{}")), 4, "no list of ours"),
        (lambda taker: taker.write_text("x"), 2, "is a file"),
    ],
)
def test_what_is_not_ours_in_a_folder_stays(
    place: Path, make: Callable[[Path], object], code: int, said: str
) -> None:
    feed(place / "new", NEW_FILES)
    make(place / "taker")
    before = files(place)
    assert said in call("new", "--to", f"file://{place}/taker", code=code).stderr
    assert files(place) == before


def test_the_folder_itself_is_no_target(place: Path) -> None:
    feed(place / "new", NEW_FILES)
    assert "is the folder that is delivered" in call(
        "new", "--to", f"file://{place}/new", "--force", code=2
    ).stderr  # fmt: skip


def test_a_full_disk_leaves_the_old_folder(place: Path) -> None:
    """A limit on the size of files stands for the disk: the kernel refuses the write in the same place."""
    feed(place / "old", OLD_FILES, OLD_TIME)
    feed(place / "new", NEW_FILES, NEW_TIME)
    call("old", "--to", f"file://{place}/taker")
    code = (
        "import resource, signal, sys; from tipwatch.cli import COMMANDS, cli; "
        "COMMANDS['deliver'] = ('tipwatch.commands.deliver', 'deliver', ''); "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)); "
        f"cli(['deliver', 'new', '--to', 'file://{place}/taker'])"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "it has what it had" in done.stderr
    assert whole(files(place / "taker")) == OLD_TIME
    assert [one.name for one in place.iterdir() if one.name.startswith(".")] == []


def test_an_export_with_its_manifest_is_delivered_too_and_unlisted_files_are_named(place: Path) -> None:
    body = b"person_id\np-1\n"
    (place / "export").mkdir()
    (place / "export" / "convicted.csv").write_bytes(body)
    (place / "export" / "notes.txt").write_bytes(b"mine")
    listed = {"convicted.csv": {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}}
    manifest = {"written": NEW_TIME + "Z", "files": listed}
    (place / "export" / "manifest.json").write_text(json.dumps(manifest))
    done = call("export", "--to", f"file://{place}/taker")
    assert "Not in manifest.json, not sent: notes.txt" in done.stderr
    assert files(place / "taker").keys() == {"convicted.csv", "manifest.json"}


def test_the_command_says_what_is_missing(place: Path) -> None:
    assert "--to where" in call(code=2).stderr
    assert "makes a key" in call("--new-key", "k", "--to", "file:///x", code=2).stderr


# Notices


SECRET = bytes(range(32))


@pytest.fixture
def secret_file(place: Path) -> Path:
    path = place / "hook.secret"
    path.write_text("whsec_" + base64.b64encode(SECRET).decode() + "\n")
    path.chmod(0o600)
    return path


def test_a_notice_is_signed_both_ways_and_a_repeat_has_the_same_id(place: Path, secret_file: Path) -> None:
    call("--new-key", "feed.key")
    key = read_key(place / "feed.key").public
    folder = feed(place / "new", NEW_FILES)
    with webhook() as hook:
        more = ("--key", "feed.key", "--webhook", hook.url, "--webhook-secret", str(secret_file))
        said = call("new", "--to", f"file://{place}/taker", *more).output
        call("new", "--to", f"file://{place}/taker", *more)
    assert "Told webhook at 127.0.0.1." in said
    assert "token-9f3a" not in said
    (headers, body), (again, _) = hook.got
    assert again["webhook-id"] == headers["webhook-id"]
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    marks = dict(mark.split(",", 1) for mark in headers["webhook-signature"].split())
    assert base64.b64decode(marks["v1"]) == hmac.new(SECRET, content, hashlib.sha256).digest()
    Ed25519PublicKey.from_public_bytes(key.raw).verify(base64.b64decode(marks["v1a"]), content)
    assert abs(int(headers["webhook-timestamp"]) - dt.datetime.now(dt.UTC).timestamp()) < 60
    told = json.loads(body)
    assert told["type"] == "feed.delivered"
    assert told["data"]["sha256"] == hashlib.sha256((folder / "index.json").read_bytes()).hexdigest()
    assert told["data"]["signature"] == "index.json.minisig"


@pytest.mark.parametrize(
    ("answers", "code", "posts", "said"),
    [
        ([500, 503, 204], 0, 3, "Told"),
        ([429, 200], 0, 2, "Told"),
        ([302], 1, 1, "redirects are not followed"),
        ([410], 1, 1, "answered 410"),
        ([500], 1, 3, "only the notice is sent again"),
    ],
)
def test_a_notice_is_tried_again_where_waiting_helps(
    place: Path,
    secret_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[int],
    code: int,
    posts: int,
    said: str,
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    feed(place / "new", NEW_FILES)
    with webhook() as hook:
        hook.answers = list(answers)
        more = ("--webhook", hook.url, "--webhook-secret", str(secret_file), "--tries", "3")
        done = call("new", "--to", f"file://{place}/taker", *more, code=code)
    assert said in done.output
    assert len(hook.got) == posts
    assert "token-9f3a" not in done.output
    assert whole(files(place / "taker")) == NEW_TIME  # the feed is there all the same


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://taker.example/hook", "plain HTTP"),
        ("https://u:hunter2@taker.example/", "user or password"),
        ("taker.example/hook", "no address"),
        ("https://taker.example/hunter2", "nothing to sign with"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_before_anything_is_sent(place: Path, url: str, said: str) -> None:
    feed(place / "new", NEW_FILES)
    done = call("new", "--to", f"file://{place}/taker", "--webhook", url, code=2)
    assert said in done.stderr
    assert "hunter2" not in done.output
    assert not (place / "taker").exists()


@pytest.mark.parametrize("text", ["whsec_AAAA", "hunter2", "whsec_!!", base64.b64encode(SECRET).decode()])
def test_a_secret_that_is_too_short_or_none_is_refused_and_not_shown(
    place: Path, secret_file: Path, text: str
) -> None:
    feed(place / "new", NEW_FILES)
    secret_file.write_text(text)
    more = ("--webhook", "https://taker.example/", "--webhook-secret", str(secret_file))
    done = call("new", "--to", f"file://{place}/taker", *more, code=2)
    assert text not in done.output
