"""Plotly's runtime, from the installed package, to be carried inside the page.

Refuses a network: no copy from elsewhere, and a clear word when the package is missing.
"""

from __future__ import annotations

import re

from tipwatch.errors import CommandError, ExitCode


def plotly_runtime() -> str:
    """The whole of plotly.min.js (MIT licence, its notice included), about 4.8 MB.

    Raises `CommandError` when the extra `report` is not installed.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise CommandError(
            "The report needs Plotly for its charts, and it is not installed.",
            "Install it with: pip install 'tipwatch[report]'",
            ExitCode.ENVIRONMENT,
        ) from error
    return str(get_plotlyjs()).replace("\r\n", "\n")


def style_ids(runtime: str) -> list[str]:
    """Ids of styles that the runtime puts into a page that lacks them: those of its maps, which we never draw.

    An empty style of that id keeps them out, and the page's policy may stay strict.
    """
    return re.findall(r'getElementById\("([0-9a-f]{64})"\)', runtime)
