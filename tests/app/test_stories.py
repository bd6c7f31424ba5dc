"""Lines of `extract --input`: what is a story, and what each other line is told."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.model import Article
from tipwatch.jobs.stories import MAX_LINE, BadLineError, Skipped, read_stories

BAD = [
    (b"{", "in.jsonl:2:", "not JSON"),
    (b"[]", "in.jsonl:2:", "a JSON list"),
    (b"null", "in.jsonl:2:", "not an object"),
    (b'{"id": "b"}', "text:", "missing"),
    (b'{"text": "b"}', "id:", "missing"),
    (b'{"id": 7, "text": "b"}', "id:", "a number, not a text"),
    (b'{"id": "", "text": "b"}', "id:", "empty"),
    (b'{"id": "b", "text": null}', "text:", "null"),
    (b'{"id": "b", "text": "b", "title": ["b"]}', "title:", "a list"),
    (b'{"id": "b", "text": "b", "country": "India"}', "country:", "no country code"),
    (b'{"id": "b", "text": "b", "date": "yesterday"}', "date:", "no date"),
    (b'{"id": "b", "text": "\xff"}', "in.jsonl:2:", "not UTF-8 at byte"),
    (b"[" * 100_000, "in.jsonl:2:", "not JSON"),
    (b'{"id": "b", "n": ' + b"9" * 6000 + b', "text": "b"}', "in.jsonl:2:", "not JSON"),
    (b'{"id": "b", "text": "' + b"x" * MAX_LINE + b'"}', "in.jsonl:2:", "longer than 10 MiB"),
]
GOOD = b'{"id": "a", "text": "first"}'
LAST = b'{"id": "z", "text": "last"}'


@pytest.mark.parametrize(("line", "place", "problem"), BAD, ids=range(len(BAD)))
def test_bad_line(line: bytes, place: str, problem: str) -> None:
    file = b"\n".join([GOOD, line, LAST])
    with pytest.raises(BadLineError) as caught:
        list(read_stories(io.BytesIO(file), "in.jsonl"))
    assert caught.value.what.startswith("in.jsonl:2:")
    assert place in caught.value.what
    assert problem in caught.value.what
    assert caught.value.remedy
    read = list(read_stories(io.BytesIO(file), "in.jsonl", skip_bad=True))
    assert [story.id if isinstance(story, Article) else "skipped" for story in read] == ["a", "skipped", "z"]


def test_fields() -> None:
    line = {
        "id": "1",
        "url": "https://x.example/1",
        "source": "X",
        "country": "IN",
        "language": "en-GB",
        "date": "2024-05-31T10:00:00Z",
        "title": "T",
        "text": "Tx\ud800",
        "more": 1,
    }
    (story,) = read_stories(
        io.BytesIO(b"\n\xef\xbb\xbf" + json.dumps(line).encode() + b"\n\n"), "-", skip_bad=True
    )
    assert not isinstance(story, Skipped)
    assert (story.country, story.language, story.published) == ("in", "en", "2024-05-31")
    assert story.text == "Tx\ufffd"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_text_is_kept_to_the_code_point(text: str, ascii_only: bool) -> None:
    line = json.dumps({"id": "1", "text": text}, ensure_ascii=ascii_only).encode()
    (story,) = read_stories(io.BytesIO(line), "-")
    assert isinstance(story, Article)
    assert story.text == text


@given(st.binary(max_size=200))
def test_no_line_crashes(line: bytes) -> None:
    for story in read_stories(io.BytesIO(line), "-", skip_bad=True):
        assert isinstance(story, Article | Skipped)
