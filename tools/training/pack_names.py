"""Writes the trained tagger of names as the reader loads it: `python -m tools.training.pack_names MODEL`.

Refuses vocabulary and tokenizer: the reader has its own.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import spacy

from extraction.encoder.network import FOLDER


def main() -> int:
    """Copy the best model's tagger."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path)
    parser.add_argument("--folder", type=Path, default=FOLDER / "en" / "names")
    options = parser.parse_args()
    nlp = spacy.load(options.trained / "model-best")
    if options.folder.exists():
        shutil.rmtree(options.folder)
    nlp.to_disk(options.folder, exclude=["vocab", "tokenizer"])
    size = sum(f.stat().st_size for f in options.folder.rglob("*") if f.is_file())
    print(f"wrote {options.folder} ({size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
