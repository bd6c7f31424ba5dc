"""How much a fuzz test tries: seconds in `make test`, minutes in `make fuzz` (TIPWATCH_TEST_FUZZ=long).

Refuses chance in the short form: it tries the same inputs each time, so that a red suite means a change of ours.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

LONG = os.environ.get("TIPWATCH_TEST_FUZZ") == "long"
_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def effort(quick: int, long: int) -> settings:
    """Settings for a test that tries `quick` inputs in the suite and `long` ones in `make fuzz`.

    Time is bounded by `tests.fuzz.bounds` in seconds of this process, not by hypothesis' wall clock.
    """
    return settings(
        max_examples=long if LONG else quick,
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=_CHECKS,
        phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
    )
