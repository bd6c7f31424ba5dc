"""Sources to shards: a domain is never split, nobody is left out, and the shards are of about one size."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from config.source import Source
from tests.cluster.catalogue import source
from tipwatch.jobs.shards import SHARDS_A_WORKER, domain_of, shards

DOMAINS = ["one.example", "two.example", "three.co.uk", "four.com.au", "five.example", "six.example", "10.0.0.7"]


@given(
    pairs=st.lists(st.tuples(st.sampled_from(DOMAINS), st.sampled_from(DOMAINS)), min_size=1, max_size=40),
    workers=st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_a_domain_is_never_split_and_nobody_is_left_out(pairs: list[tuple[str, str]], workers: int) -> None:
    sources = [
        source(f"s{n}", f"http://www.{home}/" if home[0].isalpha() else f"http://{home}/", f"http://{feed}/feed")
        for n, (home, feed) in enumerate(pairs)
    ]
    found = shards(sources, workers)
    assert sorted(one.id for part in found for one in part) == sorted(one.id for one in sources)
    assert 1 <= len(found) <= SHARDS_A_WORKER * workers
    seen: dict[str, int] = {}
    for number, part in enumerate(found):
        for name in {name for one in part for name in _domains(one)}:
            assert seen.setdefault(name, number) == number


def _domains(one: Source) -> set[str]:
    return {domain_of(one.homepage), *(domain_of(part.url) for part in one.discover)}


def test_many_sites_make_even_shards() -> None:
    sources = [
        source(f"s{n}", f"http://site{n}.example/", f"http://feeds.site{n}.example/rss") for n in range(100)
    ]
    found = shards(sources, 3)
    assert len(found) == 12
    assert {len(part) for part in found} <= {8, 9}
    assert shards(sources, 3) == found


def test_domains_are_the_registered_ones() -> None:
    assert domain_of("https://www.news.three.co.uk/a") == domain_of("http://three.co.uk/feed") == "three.co.uk"
    assert domain_of("http://127.0.0.1:8000/") == "127.0.0.1"
    assert domain_of("http://localhost:8000/") == "localhost"
