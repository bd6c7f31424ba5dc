"""On real pages our text is at least as good as plain trafilatura's, measured in the same run."""

import pytest

from benchmarks.pages import DATA, measure, ours, pages, plain

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")]


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_at_least_as_good_as_trafilatura() -> None:
    corpus = list(pages())
    mine, theirs = measure("tipwatch", ours, corpus), measure("trafilatura", plain, corpus)
    assert len(corpus) == 200
    assert mine.found >= theirs.found
    assert mine.absent >= theirs.absent
    assert mine.f1 >= theirs.f1
    assert mine.empty == 0
