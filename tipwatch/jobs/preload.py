"""Imports that the fork server does once, so that a replaced cell starts quickly.

Refuses to do anything else.
"""

from __future__ import annotations

import spacy  # noqa: F401
import trafilatura  # noqa: F401
