"""Laws of other people's WARC files: pages, reasons, or one error that names file and offset; no bomb unpacked.

Refuses damage in silence, and damage that costs what stood before it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import tapes
from tests.fuzz.bounds import bounded
from tests.fuzz.effort import effort
from tests.fuzz.mutation import mutated
from tests.fuzz.tapes import MAX_BODY, PACKERS, TOKENS, tape
from tipwatch.jobs.warc import Captured, DamagedError, PassedOver, decoded, read_warc

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("warc")


def attack(path: Path, data: bytes) -> tuple[list[Captured | PassedOver], DamagedError | None]:
    """What a file of `data` gives, and the damage at its end; the laws of both hold."""
    path.write_bytes(data)
    found: list[Captured | PassedOver] = []
    damage = None
    with bounded(5, 200):
        try:
            for one in read_warc(path, max_body=MAX_BODY):
                found.append(one)  # noqa: PERF402 - what came before the damage counts
        except DamagedError as error:
            damage = error
    if damage is not None:
        assert str(path) in str(damage)
        assert 0 <= damage.offset <= len(data)
        assert str(damage.offset) in str(damage)
        assert str(damage).isprintable()
        assert len(str(damage)) < 600
    for one in found:
        if isinstance(one, Captured):
            assert len(one.body) <= MAX_BODY
            assert one.url.lower().startswith(("http://", "https://"))
            assert one.at is None or one.at.tzinfo is not None
            one.url.encode("utf-8")
            assert "\0" not in one.url
    return found, damage


def pages(found: list[Captured | PassedOver]) -> Iterator[tuple[str, bytes]]:
    return ((one.url, one.body) for one in found if isinstance(one, Captured))


@effort(30, 1_000)
@given(made=tape(lies=False))
def test_a_good_file_gives_every_page(made: tuple[list[tapes.Record], list[bytes]], folder: Path) -> None:
    records, pieces = made
    found, damage = attack(folder / "good.warc", b"".join(pieces))
    assert damage is None
    assert list(pages(found)) == [(one.url, one.body) for one in records]


@effort(40, 2_000)
@given(made=tape(lies=False), cut=st.floats(0, 1, exclude_max=True))
def test_a_cut_file_gives_what_stood_before_the_cut(
    made: tuple[list[tapes.Record], list[bytes]], cut: float, folder: Path
) -> None:
    records, pieces = made
    whole = b"".join(pieces)
    end = int(cut * len(whole))
    starts = [sum(map(len, pieces[:place])) for place in range(len(pieces) + 1)]
    before = sum(1 for start in starts[1:] if start <= end)
    found, damage = attack(folder / "cut.warc", whole[:end])
    told = list(pages(found))
    expected = [(one.url, one.body) for one in records]
    assert told[:before] == expected[:before]
    assert told == expected[: len(told)]  # the cut one is whole (only its end is gone) or not there
    if end not in starts and len(told) == before:
        assert damage is not None
    if damage is not None:
        assert damage.offset >= starts[before]


@effort(60, 3_000)
@given(made=tape(lies=True))
def test_a_file_of_lies(made: tuple[list[tapes.Record], list[bytes]], folder: Path) -> None:
    records, pieces = made
    found, damage = attack(folder / "lies.warc", b"".join(pieces))
    honest_before = 0
    for one in records:
        if one.body is None:
            break
        honest_before += 1
    assert list(pages(found))[:honest_before] == [(one.url, one.body) for one in records[:honest_before]]
    assert damage is not None or found


@effort(60, 3_000)
@given(data=st.data(), made=tape(lies=False))
def test_a_real_file_made_wrong(
    data: st.DataObject, made: tuple[list[tapes.Record], list[bytes]], folder: Path
) -> None:
    attack(folder / "wrong.warc", data.draw(mutated((b"".join(made[1]), made[1][0]), TOKENS)))


@effort(80, 4_000)
@given(
    body=st.sampled_from((b"", b"x", b"<p>" * 900, *tapes.BOMBS.values())),
    codings=st.lists(st.sampled_from([one for one in PACKERS if one]), max_size=4),
    stated=st.lists(
        st.sampled_from(("gzip", "deflate", "br", "zstd", "x-gzip", "identity", "", "GZIP ")), max_size=6
    ),
    end=st.integers(0, 40),
)
def test_no_encoding_unpacks_beyond_the_bound(
    body: bytes, codings: list[str], stated: list[str], end: int
) -> None:
    data = body
    for coding in codings:
        data = PACKERS[coding](data)
    data = data[: len(data) - end]
    with bounded(3, 100):
        try:
            plain = decoded(data, ", ".join(stated), MAX_BODY)
        except (zlib.error, brotli.error, zstandard.ZstdError):
            return
    assert len(plain) <= max(MAX_BODY + 1, len(data))
