"""Servers for the tests of delivering: SFTP by paramiko, S3 by moto, a webhook; with faults on demand.

Refuses to be mocks: each listens on a port and is spoken to by the real clients.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

OLD_FILES = {
    "entities.ftm.json": b'{"id":"p-1"}\n{"id":"p-2"}\n',
    "names.txt": b"n-1\nn-2\n",
    "deltas/1.json": b'{"op":"ADD"}\n',
    "retired.csv": b"id\np-1\n",
}
NEW_FILES = {
    "entities.ftm.json": b'{"id":"p-1"}\n{"id":"p-3"}\n',  # as long as the old one
    "names.txt": b"n-1\nn-2\n",  # the same
    "deltas/2.json": b'{"op":"DEL"}\n',
    "evidence.jsonl": b"{}\n" * 40_000,
}
OLD_TIME, NEW_TIME = "2026-11-22T04:00:00", "2026-11-23T04:00:00"


def feed(folder: Path, files: Mapping[str, bytes], written: str = NEW_TIME) -> Path:
    """A folder as `tipwatch export --format opensanctions` writes it: files and index.json."""
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    resources = [
        {"name": name, "path": name, "checksum": hashlib.sha1(body).hexdigest(), "size": len(body)}
        for name, body in files.items()
    ]
    index = {"name": "tip", "updated_at": written, "resources": resources}
    (folder / "index.json").write_text(json.dumps(index, indent=2), encoding="utf-8")
    return folder


def whole(files: Mapping[str, bytes]) -> str:
    """What a taker who compares digests makes of the files: the time of the feed, or `wait`, or `none`.

    Fails when a file that the manifest names is not there at all: no taker may ever meet that.
    """
    if "index.json" not in files:
        return "none"
    index = json.loads(files["index.json"])
    for one in index["resources"]:
        assert one["path"] in files, (
            f"the manifest of {index['updated_at']} names {one['path']}, which is not there"
        )
        if hashlib.sha1(files[one["path"]]).hexdigest() != one["checksum"]:
            return "wait"
    return str(index["updated_at"])


@dataclass
class Faults:
    """What goes wrong. `live` counts down what may still change something (None: all); then everything fails.

    `first` fails so many changes, then none; `room` is the bytes that fit in a file; `slow` seconds a write;
    what is renamed to a path of `lost` is done, and the answer is a failure, once.
    """

    live: int | None = None
    first: int = 0
    room: int | None = None
    slow: float = 0.0
    posix_rename: bool = True
    lost: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def strikes(self, what: str) -> bool:
        """True when this change is to fail."""
        with self.lock:
            self.seen.append(what)
            if self.first > 0:
                self.first -= 1
                return True
            if self.live is not None:
                if self.live == 0:
                    return True
                self.live -= 1
            return False


@dataclass
class Sftp:
    """A running server: what to say to reach it, where its files lie, what goes wrong."""

    port: int
    root: Path
    identity: Path
    known_hosts: Path
    faults: Faults
    connections: int = 0
    dropped: int = 0

    def url(self, path: str = "/feed") -> str:
        return f"sftp://taker@127.0.0.1:{self.port}{path}"

    def files(self, staging: bool = False) -> dict[str, bytes]:
        folder = self.root / "feed"
        found = {one.relative_to(folder).as_posix(): one for one in folder.rglob("*") if one.is_file()}
        return {
            name: one.read_bytes() for name, one in found.items() if staging or not name.startswith(".tipwatch/")
        }


@contextmanager
def sftp_server(folder: Path) -> Iterator[Sftp]:
    """An SFTP server with a key of its own; one user, with one key."""
    import paramiko

    root = folder / "sftp"
    root.mkdir()
    faults = Faults()
    host_key, user_key = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    user_key.write_private_key_file(str(folder / "id"))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n")
    server = Sftp(
        port=port, root=root, identity=folder / "id", known_hosts=folder / "known_hosts", faults=faults
    )  # fmt: skip

    class Door(paramiko.ServerInterface):
        def check_auth_publickey(self, username: str, key: Any) -> int:
            return paramiko.AUTH_SUCCESSFUL if key == user_key else paramiko.AUTH_FAILED

        def get_allowed_auths(self, username: str) -> str:
            return "publickey"

        def check_channel_request(self, kind: str, chanid: int) -> int:
            return paramiko.OPEN_SUCCEEDED

    class Handle(paramiko.SFTPHandle):
        def write(self, offset: int, data: bytes) -> int:
            time.sleep(faults.slow)
            if faults.room is not None and offset + len(data) > faults.room:
                return paramiko.SFTP_FAILURE  # as OpenSSH does for ENOSPC
            return int(super().write(offset, data))

    class Files(paramiko.SFTPServerInterface):
        def _at(self, path: str) -> str:
            return str(root) + self.canonicalize(path)

        def _did(self, verb: str, path: str, action: Any) -> int:
            if faults.strikes(f"{verb} {path}"):
                return paramiko.SFTP_FAILURE
            try:
                action()
            except OSError as error:
                return int(paramiko.SFTPServer.convert_errno(error.errno))
            return paramiko.SFTP_OK

        def list_folder(self, path: str) -> Any:
            try:
                names = os.listdir(self._at(path))
                return [
                    paramiko.SFTPAttributes.from_stat(os.stat(f"{self._at(path)}/{name}"), name) for name in names
                ]
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        def stat(self, path: str) -> Any:
            try:
                return paramiko.SFTPAttributes.from_stat(os.stat(self._at(path)))
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)

        lstat = stat

        def open(self, path: str, flags: int, attr: Any) -> Any:
            writes = bool(flags & os.O_WRONLY)
            if writes and faults.strikes(f"write {path}"):
                return paramiko.SFTP_FAILURE
            try:
                file = os.fdopen(os.open(self._at(path), flags, 0o644), "wb" if writes else "rb")
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            handle = Handle(flags)
            handle.filename = self._at(path)
            handle.readfile = handle.writefile = file  # type: ignore[attr-defined]
            return handle

        def remove(self, path: str) -> int:
            return self._did("remove", path, lambda: os.remove(self._at(path)))

        def mkdir(self, path: str, attr: Any) -> int:
            return self._did("mkdir", path, lambda: os.mkdir(self._at(path)))

        def rename(self, old: str, new: str) -> int:
            def move() -> None:
                if os.path.exists(self._at(new)):
                    raise OSError(errno.EEXIST, "exists")
                os.rename(self._at(old), self._at(new))

            return self._did("rename", new, move)

        def posix_rename(self, old: str, new: str) -> int:
            if not faults.posix_rename:
                return paramiko.SFTP_OP_UNSUPPORTED
            done = self._did("rename", new, lambda: os.replace(self._at(old), self._at(new)))
            if new in faults.lost:
                faults.lost.remove(new)
                return paramiko.SFTP_FAILURE
            return done

    transports: list[Any] = []

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            if server.dropped > 0:
                server.dropped -= 1
                client.close()
                continue
            transport = paramiko.Transport(client)
            transport.add_server_key(host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
            transports.append(transport)
            try:
                transport.start_server(server=Door(), event=threading.Event())
            except (paramiko.SSHException, EOFError):
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.close()
        for transport in transports:
            transport.close()


@dataclass
class S3:
    """A running server with one bucket, `taker`."""

    endpoint: str
    faults: Faults
    client: Any

    def files(self, staging: bool = False, prefix: str = "feed/") -> dict[str, bytes]:
        live, first, self.faults.live, self.faults.first = self.faults.live, self.faults.first, None, 0
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="taker", Prefix=prefix)
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        found = {
            key.removeprefix(prefix): self.client.get_object(Bucket="taker", Key=key)["Body"].read()
            for key in keys
        }
        self.faults.live, self.faults.first = live, first
        return {name: body for name, body in found.items() if staging or not name.startswith(".tipwatch/")}


@contextmanager
def s3_server() -> Iterator[S3]:
    """moto behind a gate that refuses changes as the faults say. Credentials: whatever AWS_* say."""
    import boto3
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    faults = Faults()
    behind = DomainDispatcherApplication(create_backend_app)

    def gate(environ: Any, start_response: Any) -> Any:
        changes = environ["REQUEST_METHOD"] in ("PUT", "POST", "DELETE")
        full = (
            changes and faults.room is not None and int(environ.get("CONTENT_LENGTH") or 0) > faults.room
        )  # fmt: skip
        if full or (changes and faults.strikes(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")):
            code = "XMinioStorageFull" if full else "ServiceUnavailable"
            body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            stream = environ["wsgi.input"]
            stream.read(int(environ.get("CONTENT_LENGTH") or 0))
            status = "507 Insufficient Storage" if full else "503 Service Unavailable"
            start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        return behind(environ, start_response)

    server = make_server("127.0.0.1", 0, gate, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.port}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    try:
        reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset, timeout=10).close()  # moto's buckets outlive its servers
        client.create_bucket(Bucket="taker")
        yield S3(endpoint=endpoint, faults=faults, client=client)
    finally:
        client.close()
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass
class Hook:
    """A running webhook: what it got, and what it answers (the last answer for ever)."""

    url: str
    answers: list[int]
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def webhook() -> Iterator[Hook]:
    """A taker's webhook on loopback."""
    hook = Hook(url="", answers=[204])

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            hook.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0])
            self.send_header("location", "http://127.0.0.1:9/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_port}/hooks/token-9f3a"
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
