"""A progress bar on stderr, for people: shown on a terminal only, so that logs and pipes stay clean.

Refuses names: a bar counts, it does not show what it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[int], None]


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Advance]:
    """Yields `advance(n)`. `total` None: the bar shows how many and how fast, not how long still."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(label, total=total)
        yield lambda n: bar.advance(task, n)


@contextmanager
def counted_progress(label: str, total: int) -> Iterator[Advance]:
    """As `progress`, for whoever knows how many are done: yields `set(n)`."""
    with progress(label, total) as advance:
        done = 0

        def set_to(n: int) -> None:
            nonlocal done
            advance(max(0, n - done))
            done = max(done, n)

        yield set_to
