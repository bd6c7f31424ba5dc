"""Matrix products of a pipeline's models by numpy's OpenBLAS on one thread: about 1.8 times faster than blis.

Refuses OpenBLAS where its threads cannot be held to one: on small matrices they cost five times what they give.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy
from spacy.language import Language
from thinc.api import NumpyOps

# numpy's wheels carry their own OpenBLAS here; wheels for macOS have none, and blis stays.
LIBRARIES = Path(numpy.__file__).parent.parent / "numpy.libs"
NAMES = "libscipy_openblas*"
SETTERS = ("scipy_openblas_set_num_threads64_", "scipy_openblas_set_num_threads")


def multiply_by_numpy(nlp: Language) -> bool:
    """Switch every model of the pipeline; False, with nothing changed, where blis stays.

    Measured on two cores over 158 invented stories (2026-11-22): NER 7,300 words/s by blis, 13,200 by OpenBLAS on
    one thread, 900 on two that others wanted too; the same entities each time.
    """
    if not hold_threads():
        return False
    ops = NumpyOps(use_blis=False)
    for _, component in nlp.pipeline:
        model = getattr(component, "model", None)
        for node in model.walk() if model is not None else ():
            node.ops = ops
    return True


@cache
def hold_threads() -> bool:
    """Hold numpy's OpenBLAS to one thread, in this process; False where it is not ours to hold."""
    for path in sorted(LIBRARIES.glob(NAMES)):
        library = ctypes.CDLL(str(path))
        for name in SETTERS:
            setter = getattr(library, name, None)
            if setter is not None:
                setter(1)
                return True
    return False
