"""Reading other people's WARC files: encodings, odd records, bombs, damage."""

from __future__ import annotations

import datetime as dt
import gzip
import tracemalloc
import zlib
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app.warcs import HTML, Tape
from tipwatch.jobs.warc import Captured, DamagedError, PassedOver, decoded, read_warc

LIMIT = 100_000
pytestmark = pytest.mark.filterwarnings("ignore:.*Unclosed file:ResourceWarning")  # warcio's writer leaves them
BODY = b"<html><body><p>" + b"A court in Pune. " * 200 + b"</p></body></html>"
URL = "https://x.example/1"


def chunked(data: bytes) -> bytes:
    half = len(data) // 2
    parts = [data[:half], data[half:], b""]
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODED = [
    ("plain", BODY, ()),
    ("gzip", gzip.compress(BODY), (("Content-Encoding", "gzip"),)),
    ("x-gzip upper case", gzip.compress(BODY), (("Content-Encoding", "X-GZIP"),)),
    ("deflate", zlib.compress(BODY), (("Content-Encoding", "deflate"),)),
    ("raw deflate", raw_deflate(BODY), (("Content-Encoding", "deflate"),)),
    ("br", brotli.compress(BODY), (("Content-Encoding", "br"),)),
    ("zstd", zstandard.ZstdCompressor().compress(BODY), (("Content-Encoding", "zstd"),)),
    ("chunked", chunked(BODY), (("Transfer-Encoding", "chunked"),)),
    (
        "chunked gzip",
        chunked(gzip.compress(BODY)),
        (("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")),
    ),
    ("two layers", gzip.compress(brotli.compress(BODY)), (("Content-Encoding", "br, gzip"),)),
    ("stored decoded, header left: gzip", BODY, (("Content-Encoding", "gzip"),)),
    ("stored decoded, header left: br", BODY, (("Content-Encoding", "br"),)),
    ("stored decoded, header left: zstd", BODY, (("Content-Encoding", "zstd"),)),
    ("stored without its chunks", BODY, (("Transfer-Encoding", "chunked"),)),
]


@pytest.mark.parametrize("zipped", [True, False], ids=["warc.gz", "warc"])
@pytest.mark.parametrize(("data", "headers"), [row[1:] for row in ENCODED], ids=[row[0] for row in ENCODED])
def test_encodings(tmp_path: Path, data: bytes, headers: tuple[tuple[str, str], ...], zipped: bool) -> None:
    tape = Tape(tmp_path / "a.warc", gzip=zipped)
    tape.response(URL, data, headers=(("Content-Type", HTML), *headers)).response(URL + "0", b"next")
    first, second = read_warc(tape.close(), max_body=LIMIT)
    assert isinstance(first, Captured)
    assert first.body == BODY
    assert first.url == URL
    assert first.content_type == HTML
    assert first.at == dt.datetime(2024, 5, 31, 10, tzinfo=dt.UTC)
    assert isinstance(second, Captured)
    assert second.body == b"next"


def test_records_that_are_no_page(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "a.warc.gz").info()
    tape.response(URL, b"", status="301 Moved", headers=(("Location", URL + "0"),))
    tape.response(URL, b"gone", status="404 Not Found")
    tape.response(URL, b"", kind="revisit")
    tape.response("dns:x.example", b"1.2.3.4")
    tape.response(URL, b"x" * (LIMIT + 1))
    tape.response(URL, b"x" * LIMIT)
    found = list(read_warc(tape.close(), max_body=LIMIT))
    assert found[:6] == [
        PassedOver.OTHER_RECORD,
        PassedOver.REDIRECT,
        PassedOver.NOT_OK,
        PassedOver.REVISIT,
        PassedOver.OTHER_RECORD,
        PassedOver.TOO_LARGE,
    ]
    assert isinstance(found[6], Captured)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stays_small(encoding: str) -> None:
    zeros = bytes(64 * 1024**2)
    match encoding:
        case "gzip":
            bomb = gzip.compress(zeros)
        case "deflate":
            bomb = zlib.compress(zeros)
        case "br":
            bomb = brotli.compress(zeros, quality=4)
        case _:
            bomb = zstandard.ZstdCompressor().compress(zeros)
    del zeros
    tracemalloc.start()
    body = decoded(bomb, encoding, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(body) == LIMIT + 1
    assert peak < 20 * 1024**2


@pytest.mark.parametrize("zipped", [True, False], ids=["warc.gz", "warc"])
def test_a_cut_file_gives_what_came_before(tmp_path: Path, zipped: bool) -> None:
    tape = Tape(tmp_path / "a.warc", gzip=zipped)
    for number in range(3):
        tape.response(f"{URL}{number}", bytes((i * 7919 + number) % 251 for i in range(30_000)))
    path = tape.close()
    path.write_bytes(path.read_bytes()[:-200])
    found: list[object] = []
    with pytest.raises(DamagedError) as caught:
        found.extend(read_warc(path, max_body=LIMIT))
    assert len(found) == 2
    assert str(path) in caught.value.what
    assert f"byte {tape.offsets[2]}:" in caught.value.what


@pytest.mark.parametrize("zipped", [True, False], ids=["warc.gz", "warc"])
def test_wherever_a_file_is_cut_it_is_noticed(tmp_path: Path, zipped: bool) -> None:
    tape = (
        Tape(tmp_path / "whole.warc", gzip=zipped).response(URL, b"<p>one</p>").response(URL + "0", b"<p>two</p>")
    )
    whole = tape.close().read_bytes()
    path = tmp_path / "cut.warc"
    for size in range(tape.offsets[1] + 5, len(whole) - 15):
        path.write_bytes(whole[:size])
        with pytest.raises(DamagedError):
            list(read_warc(path, max_body=LIMIT))


def test_an_odd_address_does_not_end_the_file(tmp_path: Path) -> None:
    path = Tape(tmp_path / "a.warc.gz").response("https://[broken", BODY).response(URL, BODY).close()
    assert len(list(read_warc(path, max_body=LIMIT))) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<html>no archive</html>", "no WARC record"),
        (gzip.compress(b"<html>no archive</html>"), "no WARC record"),
        (b"\x1f\x8bnot really", "no WARC record"),
        (b"\x00" * 500, "no WARC record"),
        (gzip.compress(b"Arlo Quince \x1b[31m"), "no WARC record"),
    ],
    ids=["html", "html in gzip", "gzip's first bytes", "nulls", "escapes in gzip"],
)
def test_what_is_no_warc(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=problem) as caught:
        list(read_warc(path, max_body=LIMIT))
    assert "Quince" not in caught.value.what
    assert caught.value.what.isprintable()


def test_one_gzip_stream_around_all_records(tmp_path: Path) -> None:
    plain = Tape(tmp_path / "a.warc", gzip=False).response(URL, b"one").response(URL, b"two").close()
    path = tmp_path / "b.warc.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(DamagedError, match="one gzip stream") as caught:
        list(read_warc(path, max_body=LIMIT))
    assert "recompress" in (caught.value.remedy or "")


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"")
    assert list(read_warc(path, max_body=LIMIT)) == []


@settings(deadline=None)  # one file a time, on a loaded machine
@given(data=st.data())
def test_damage_is_an_error_or_nothing_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("warc") / "a.warc.gz"
    tape = Tape(path)
    for number in range(2):
        tape.response(f"{URL}{number}", BODY)
    content = bytearray(tape.close().read_bytes())
    for place in data.draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=4)):
        content[int(place * len(content))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        found = list(read_warc(path, max_body=LIMIT))
    except DamagedError:
        return
    assert len(found) <= 4
