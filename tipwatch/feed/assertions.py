"""What a feed must be to take the place of the last one: enough, not suddenly less, not suddenly emptier.

Refuses a feed that lost much at once without a reason. A few withdrawals always go out, and so do many that a
court, a takedown or a human explains: these cannot wait.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from storage.errors import ExportRefused
from storage.exports import GROWN, shrunk
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """How many targets of the feed before are gone, and how many of them were taken off it on purpose."""

    targets: int = 0
    excused: int = 0


def judge(found: Measured, before: Measured | None, gone: Gone, limits: Limits, *, force: bool) -> tuple[str, ...]:
    """Warnings about a feed. Who was taken off on purpose counts as if still there.

    Raises ExportRefused; `force` lets pass what is only sudden or scarce, never a target without a source.
    """
    if found.targets and found.fill["sourceUrl"] < 1:
        raise ExportRefused(
            "The feed would name somebody without the address of a story.",
            "This is a fault of tipwatch; `tipwatch --debug export` shows more. The last feed is untouched.",
        )
    wrong = _wrong(found, before, gone, limits)
    if wrong and not force:
        raise ExportRefused(
            " ".join(wrong),
            "See `tipwatch status` and `tipwatch coverage` for what is missing; --force writes it all the same.",
            rows=found.targets,
            previous_rows=None if before is None else before.targets,
        )
    warnings = [f"{one} Written because it was forced." for one in wrong]
    if gone.excused and not wrong and _wrong(found, before, replace(gone, excused=0), limits):
        warnings.append(
            f"{gone.targets} targets of the last feed are gone, {gone.excused} of them acquitted, taken down or "
            "rejected since: look whether that can be so."
        )
    if before is not None and not warnings and _lost_a_few(found, before, gone):
        warnings.append(
            f"The feed has {found.targets} targets, the last one had {before.targets}, and {gone.targets} of "
            "these are gone: too few to hold it back, look whether that can be so."
        )
    if limits.max_targets is not None and found.targets > limits.max_targets:
        warnings.append(f"The feed has {found.targets} targets, more than the {limits.max_targets} expected.")
    if before is not None and before.targets and found.targets >= GROWN * before.targets:
        warnings.append(f"The feed has {found.targets} targets, the last one had {before.targets}.")
    return tuple(warnings)


def needs_reasons(found: Measured, before: Measured | None, gone: int, limits: Limits) -> bool:
    """True when a feed is refused unless enough of those who are `gone` were taken off on purpose."""
    return gone > 0 and bool(_wrong(found, before, Gone(targets=gone), limits))


def _wrong(found: Measured, before: Measured | None, gone: Gone, limits: Limits) -> list[str]:
    return [*_scarce(found, gone, limits), *([] if before is None else _sudden(found, before, gone))]


def _scarce(found: Measured, gone: Gone, limits: Limits) -> list[str]:
    wrong = []
    if found.targets + gone.excused < limits.min_targets:
        wrong.append(f"The feed would have {found.targets} targets, fewer than the {limits.min_targets} asserted.")
    if found.countries < limits.min_countries and (gone.targets > gone.excused or not gone.targets):
        wrong.append(
            f"The feed would have {found.countries} countries, fewer than {limits.min_countries} asserted."
        )
    return wrong


def _sudden(found: Measured, before: Measured, gone: Gone) -> list[str]:
    wrong = []
    lost = gone.targets - gone.excused
    kept = found.targets + gone.excused
    if shrunk(kept, before.targets) and before.targets - kept >= SMALL:
        wrong.append(
            f"The feed would have {found.targets} targets, the last one has {before.targets}{_of_them(gone)}."
        )
    if shrunk(before.targets - lost, before.targets) and lost >= SMALL:
        wrong.append(
            f"Of the last feed's {before.targets} targets {gone.targets} would be gone{_of_them(gone)}: "
            "ids must be stable."
        )
    if min(found.targets, before.targets) >= ENOUGH:
        wrong += [
            f"{name} would be known of {found.fill[name]:.0%} of the targets, in the last feed of {share:.0%}."
            for name, share in sorted(before.fill.items())
            if found.fill.get(name, 0.0) < EMPTIER * share
        ]
    return wrong


def _lost_a_few(found: Measured, before: Measured, gone: Gone) -> bool:
    """True when 30 % or more are missing without a reason, though fewer than `SMALL`."""
    missing = max(before.targets - found.targets - gone.excused, gone.targets - gone.excused)
    return missing > 0 and shrunk(before.targets - missing, before.targets)


def _of_them(gone: Gone) -> str:
    return f" ({gone.excused} of them taken off on purpose)" if gone.excused else ""
