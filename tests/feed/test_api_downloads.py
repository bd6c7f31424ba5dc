"""Files of the feed over HTTP: digests, parts, and a folder that is exchanged while somebody loads.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

import httpx
from starlette.testclient import TestClient

from storage.store import Store
from tests.feed.api_samples import Bureau, asking, bureau, problem, served

FILE = "/v1/files/entities.ftm.json"


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """A bureau of the file, for tests that change nothing of it."""
    folder = tmp_path_factory.mktemp("downloads")
    shutil.copy(sqlite_template, folder / "desk.db")
    with Store.open(f"sqlite:///{folder / 'desk.db'}", folder / "archive") as store:
        yield bureau(store, folder / "feed")


@pytest.fixture(scope="module")
def client(desk: Bureau) -> Iterator[TestClient]:
    with asking(desk.api(), desk.key("reader")) as opened:
        yield opened


def test_every_file_of_the_index_is_given_with_its_digest(desk: Bureau, client: TestClient) -> None:
    index = client.get("/v1/index").json()
    assert len(index["resources"]) > 12
    for resource in index["resources"]:
        told = client.get(f"/v1/files/{resource['path']}")
        assert told.status_code == 200
        assert told.content == (desk.folder / resource["path"]).read_bytes()
        assert told.headers["etag"] == f'"{hashlib.sha256(told.content).hexdigest()}"'
        assert told.headers["content-length"] == str(resource["size"])
        assert told.headers["content-type"].partition(";")[0] == resource["mime_type"]
        assert told.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("said", ["{tag}", "W/{tag}", '"x", {tag}', "*", '"x",W/{tag} '])
def test_who_has_it_is_told_so(client: TestClient, said: str) -> None:
    tag = client.head(FILE).headers["etag"]
    told = client.get(FILE, headers={"If-None-Match": said.format(tag=tag), "Range": "bytes=0-3"})
    assert (told.status_code, told.content, told.headers["etag"]) == (304, b"", tag)


def test_who_has_another_one_is_given_it(client: TestClient) -> None:
    for said in ('"x"', "", "nothing", "x" * 2000):
        assert client.get(FILE, headers={"If-None-Match": said}).status_code == 200


RANGES = {
    "bytes=0-0": (0, 1), "bytes=0-9": (0, 10), "bytes=5-": (5, None), "bytes=-7": (-7, None),
    "bytes=3-999999999": (3, None), "bytes=-999999999": (0, None), "BYTES=1-2": (1, 3), "bytes= 1-2 ": (1, 3),
}  # fmt: skip


@pytest.mark.parametrize("said", RANGES)
def test_a_part(desk: Bureau, client: TestClient, said: str) -> None:
    whole = (desk.folder / "entities.ftm.json").read_bytes()
    start, stop = RANGES[said]
    told = client.get(FILE, headers={"Range": said})
    assert told.status_code == 206
    assert told.content == whole[start:stop]
    first = start if start >= 0 else len(whole) + start
    assert told.headers["content-range"] == f"bytes {first}-{first + len(told.content) - 1}/{len(whole)}"
    assert told.headers["content-length"] == str(len(told.content))
    head = client.head(FILE, headers={"Range": said})
    assert (head.status_code, head.headers["content-range"]) == (206, told.headers["content-range"])


@pytest.mark.parametrize("said", ["bytes=999999999-", "bytes=-0", "bytes=999999-9999999"])
def test_a_part_that_the_file_does_not_have(client: TestClient, said: str) -> None:
    refused = client.get(FILE, headers={"Range": said})
    problem(refused, 416, "bad-range")
    assert refused.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize(
    "said",
    [
        "bytes=5-3", "bytes=", "bytes=-", "bytes=a-b", "lines=0-5", "bytes=0-1,3-4", "bytes=1_0-2_0", "bytes=٣-٥",
        "bytes=" + ",".join(f"{n}-{n}" for n in range(500)), "bytes=" + "9" * 5000 + "-", "0-5", "",
    ],
)  # fmt: skip
def test_what_is_no_range_is_passed_over(desk: Bureau, client: TestClient, said: str) -> None:
    """RFC 9110, 14.2; several ranges may be answered with the whole, which leaves nothing to multiply."""
    told = client.get(FILE, headers={"Range": said.encode("utf-8")})  # type: ignore[dict-item]
    assert told.status_code == 200
    assert told.content == (desk.folder / "entities.ftm.json").read_bytes()


def test_a_part_of_another_version_is_not_mixed_with_this_one(client: TestClient) -> None:
    tag = client.head(FILE).headers["etag"]
    asked = {"Range": "bytes=1-2"}
    assert client.get(FILE, headers={**asked, "If-Range": tag}).status_code == 206
    for other in ('"x"', f"W/{tag}", "Mon, 23 Nov 2026 12:00:00 GMT", ""):
        assert client.get(FILE, headers={**asked, "If-Range": other}).status_code == 200


def test_an_empty_file_has_no_parts(sqlite_store: Store, tmp_path: Path) -> None:
    desk = bureau(sqlite_store, tmp_path / "feed")
    desk.export()
    with asking(desk.api(), desk.key()) as client:
        address = "/v1/files/entities.delta.json"
        assert client.get(address).content == b""
        problem(client.get(address, headers={"Range": "bytes=0-"}), 416, "bad-range")


def test_a_link_in_the_folder_is_not_followed(sqlite_store: Store, tmp_path: Path) -> None:
    desk = bureau(sqlite_store, tmp_path / "feed")
    secret = tmp_path / "secret"
    shutil.copy(desk.folder / "names.txt", secret)
    (desk.folder / "names.txt").unlink()
    (desk.folder / "names.txt").symlink_to(secret)
    with pytest.raises(Exception, match=r"lacks names\.txt"):
        desk.api()


@pytest.mark.slow
def test_a_download_goes_on_with_its_version_while_the_folder_is_exchanged(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """A real server, a slow reader, four others; two exports meanwhile. No answer mixes two versions."""
    desk = bureau(sqlite_store, tmp_path / "feed")
    key, versions, faults = desk.key(), set(), []
    whole = (desk.folder / "entities.ftm.json").read_bytes()
    ended = threading.Event()

    def load(address: str) -> None:
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            while not ended.is_set():
                told = client.get(FILE)
                if told.status_code == 503:
                    continue
                digest = f'"{hashlib.sha256(told.content).hexdigest()}"'
                if told.status_code != 200 or told.headers["etag"] != digest:
                    faults.append((told.status_code, told.headers.get("etag"), digest))
                versions.add((told.headers["x-feed-version"], digest))

    with served(desk.api()) as address:
        takers = [threading.Thread(target=load, args=(address,)) for _ in range(4)]
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            with client.stream("GET", FILE) as slow:
                blocks = slow.iter_raw(64)
                begun = next(blocks)
                for taker in takers:
                    taker.start()
                desk.acquit()
                desk.export()
                desk.export()
                assert begun + b"".join(blocks) == whole
            for _ in range(600):
                told = client.get("/healthz").json()["version"]
                if told == json.loads((desk.folder / "index.json").read_text(encoding="utf-8"))["version"]:
                    break
                ended.wait(0.1)
            assert client.get(FILE).content == (desk.folder / "entities.ftm.json").read_bytes()
            part = client.get(FILE, headers={"Range": "bytes=2-9"})
            assert (part.status_code, len(part.content)) == (206, 8)
            assert client.head(FILE).headers["content-length"] == str(
                (desk.folder / "entities.ftm.json").stat().st_size
            )
        ended.set()
        for taker in takers:
            taker.join()
    assert faults == []
    assert len(versions) == len({version for version, _ in versions}) >= 1
