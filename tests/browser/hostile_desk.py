"""A desk whose stories carry the payloads: in name, title, text, charge, alias, a second name, and an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.store import Store
from tests.browser.review_desk import NOW, Story, told, with_users
from tests.browser.review_payloads import ADDRESSES, PAYLOADS


@contextmanager
def hostile_desk(folder: Path) -> Iterator[Store]:
    """A story for each payload."""
    with Store.open(f"sqlite:///{folder / 'desk.db'}", folder / "archive") as opened:
        told(opened, [story(n, payload) for n, payload in enumerate(PAYLOADS)])
        with_users(opened)
        opened.resolution.resolve(NOW)
        yield opened


def story(n: int, payload: str) -> Story:
    """One story that brings the payload in every text of its own."""
    return Story(
        n=n, name=f"Probe{n} {payload}", title=f"{payload} {n}", words=payload, charge=f"trafficking {payload}",
        url=ADDRESSES[n % len(ADDRESSES)] + f"#{n}", aliases=(f"Alias{n} {payload}",),
        extra=(f"Second{n} {payload}",),
    )  # fmt: skip
