"""What a feed must be to take the place of the last one: enough, not suddenly less, not suddenly emptier.

Refuses a feed that lost much at once; a few withdrawals always go out, since a court's word cannot wait.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.errors import ExportRefused
from storage.exports import GROWN, SHRUNK
from tipwatch.feed.tally import Measured

SMALL = 25
"""So many targets may go at once without being asked, whatever their share: acquittals and takedowns come in ones,
and must not wait in a small feed because two of five persons were cleared."""
EMPTIER = 0.5
"""Below this share of its last fill rate a field counts as lost, where both feeds have `ENOUGH` targets."""
ENOUGH = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What the operator asserts. Below a minimum a feed is refused, above the maximum it comes with a warning."""

    min_targets: int = 0
    max_targets: int | None = None
    min_countries: int = 0


def judge(
    found: Measured, before: Measured | None, deleted: int, limits: Limits, *, force: bool
) -> tuple[str, ...]:
    """Warnings about a feed; `deleted` of the targets of the one before are gone.

    Raises ExportRefused; `force` lets pass what is only sudden or scarce, never a target without a source.
    """
    if found.targets and found.fill["sourceUrl"] < 1:
        raise ExportRefused(
            "The feed would name somebody without the address of a story.",
            "This is a fault of tipwatch; `tipwatch --debug export` shows more. The last feed is untouched.",
        )
    wrong = [*_scarce(found, limits), *([] if before is None else _sudden(found, before, deleted))]
    if wrong and not force:
        raise ExportRefused(
            " ".join(wrong),
            "See `tipwatch status` and `tipwatch coverage` for what is missing; --force writes it all the same.",
            rows=found.targets,
            previous_rows=None if before is None else before.targets,
        )
    warnings = [f"{one} Written because it was forced." for one in wrong]
    if limits.max_targets is not None and found.targets > limits.max_targets:
        warnings.append(f"The feed has {found.targets} targets, more than the {limits.max_targets} expected.")
    if before is not None and before.targets and found.targets >= GROWN * before.targets:
        warnings.append(f"The feed has {found.targets} targets, the last one had {before.targets}.")
    return tuple(warnings)


def _scarce(found: Measured, limits: Limits) -> list[str]:
    wrong = []
    if found.targets < limits.min_targets:
        wrong.append(f"The feed would have {found.targets} targets, fewer than the {limits.min_targets} asserted.")
    if found.countries < limits.min_countries:
        wrong.append(
            f"The feed would have {found.countries} countries, fewer than {limits.min_countries} asserted."
        )
    return wrong


def _sudden(found: Measured, before: Measured, deleted: int) -> list[str]:
    wrong = []
    least = SHRUNK * before.targets
    if found.targets < least and before.targets - found.targets >= SMALL:
        wrong.append(f"The feed would have {found.targets} targets, the last one has {before.targets}.")
    if deleted > before.targets - least and deleted >= SMALL:
        wrong.append(f"Of the last feed's {before.targets} targets {deleted} would be gone: ids must be stable.")
    if min(found.targets, before.targets) >= ENOUGH:
        wrong += [
            f"{name} would be known of {found.fill[name]:.0%} of the targets, in the last feed of {share:.0%}."
            for name, share in sorted(before.fill.items())
            if found.fill.get(name, 0.0) < EMPTIER * share
        ]
    return wrong
