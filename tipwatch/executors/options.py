"""`--executor`, `--workers` and `--ray-address`, worded once for every command that spreads its work.

Refuses more workers than anyone has; an address says nothing to workers of this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from tipwatch.executors.executor import ExecutorKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """How a command's work is spread over workers."""

    kind: ExecutorKind = ExecutorKind.LOCAL
    workers: int = 1
    address: str | None = None


def spread_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the three options; the command receives them as one argument `spread: Spread`."""

    @click.option(
        "--executor", "executor_kind", type=click.Choice([kind.value for kind in ExecutorKind]),
        default=ExecutorKind.LOCAL.value, show_default=True,
        help="Where the workers are: processes of this machine, or actors of a Ray cluster (docs/scale.md).",
    )  # fmt: skip
    @click.option(
        "--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="How many work at once."
    )
    @click.option(
        "--ray-address", metavar="ADDRESS", envvar="TIPWATCH_RAY_ADDRESS",
        help="The Ray cluster to join (HOST:PORT or auto); without it Ray is started on this machine.",
    )  # fmt: skip
    @wraps(command)
    def with_spread(*args: Any, executor_kind: str, workers: int, ray_address: str | None, **others: Any) -> Any:
        spread = Spread(kind=ExecutorKind(executor_kind), workers=workers, address=ray_address)
        return command(*args, spread=spread, **others)

    return with_spread
