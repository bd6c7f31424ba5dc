"""Numbers in YAML that no field can hold end as a fault with file, line and key. Found by tests/fuzz.

Refuses an OverflowError: it would name neither.
"""

from __future__ import annotations

import pytest

from config.document import parse_document
from config.faults import ConfigErrors


@pytest.mark.parametrize(
    "number",
    [
        "9" * 400,
        "-" + "9" * 400,
        "9" * 5_000,
        "0x" + "f" * 5_000,
        "0b" + "1" * 99,
        "1.0e+300",
        ".nan",
        "-.inf",
    ],
)
def test_a_number_too_large_is_a_fault_at_its_line(number: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        parse_document(f"title: x\nexpected:\n  min: {number}\n", "news.yml")
    (error,) = caught.value.errors
    assert (error.file, error.line, error.key) == ("news.yml", 3, "expected.min")
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    ("text", "number"), [("9223372036854775807", 2**63 - 1), ("-4", -4), ("0x1F", 31), ("2.5", 2.5)]
)
def test_other_numbers_are_read(text: str, number: float) -> None:
    assert parse_document(f"a: {text}\n", "news.yml").data == {"a": number}
