"""`make eval`: every set of gold that is here, held to the floors of `benchmarks/floors.toml`.

Refuses to pass over an absent set in silence: it is named. The scoring itself is `tipwatch evaluate`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import joins
from extraction.accuracy import FILE
from tipwatch.cli import cli

ROOT = Path(__file__).resolve().parent
FLOORS = ROOT / "floors.toml"
SETS = (
    *(ROOT / "gold" / name for name in ("open_en", "open2_en", "open3_en")),
    *(ROOT.parent.parent / "shared" / "gold" / name for name in ("dev_us", "dev_world_en", "dev_world_other")),
)
CLOSED = tuple(
    ROOT.parent / "tests" / "gold" / f"blind_{language}" for language in ("en", "es", "pt", "fr", "id", "it")
)
"""Used by neither rules nor weights; scored, and shown to nobody."""
CARD = "--card"  # without a file: the card that ships
POOLS = {"dev": ("dev_us", "dev_world_en")}
"""Issue 3 states its targets on both together."""


def is_here(stem: Path) -> bool:
    """True where the set's gold lies."""
    return stem.with_name(f"{stem.name}.gold.jsonl").is_file()


def arguments(extra: list[str]) -> list[str]:
    """What `tipwatch` is called with; `extra` is passed on (`--by field`, `--report DIR`, `--card`)."""
    here = [stem for stem in SETS if is_here(stem)]
    pools = [
        f"{name}={','.join(members)}"
        for name, members in POOLS.items()
        if {stem.name for stem in here} >= set(members)
    ]
    return [
        "evaluate",
        *(part for stem in here for part in ("--set", str(stem))),
        *(part for stem in filter(is_here, CLOSED) for part in ("--closed", str(stem))),
        *(part for pool in pools for part in ("--pool", pool)),
        "--split-languages",
        "--floors",
        str(FLOORS),
        *(part for word in extra for part in ([word, str(FILE)] if word == CARD else [word])),
    ]


def main() -> None:
    """Name what is absent, then score the rest; ends as `tipwatch evaluate` does, or with 1 for badly joined."""
    for stem in (*SETS, *CLOSED):
        if not is_here(stem):
            print(f"{stem.name}: absent ({stem.parent})")
    joined = 0 if sys.argv[1:] else joins.main()  # a card or a report is of the reader alone
    try:
        cli(arguments(sys.argv[1:]), prog_name="tipwatch")
    except SystemExit as ended:
        sys.exit(ended.code or joined)


if __name__ == "__main__":
    main()
