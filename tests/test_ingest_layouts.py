"""Each layout in the table of docs/ingest.md is written, and read back with known answers."""

import re
from pathlib import Path

import numpy as np
import pytest
from layout_examples import REFUSED, UNDERSTOOD, Example

from mgg_kernel.errors import IngestError
from mgg_kernel.ingest import ReadCurve, read_workbook

DOCS = Path(__file__).parents[1] / "docs" / "ingest.md"


def told_of(read: ReadCurve) -> list[str]:
    """What is said of the layout and of the times; the examples' pressures are of no real shot."""
    return [*read.remarks, *(one.sentence for one in read.flags if one.code == "uneven_time")]


@pytest.mark.parametrize("example", UNDERSTOOD, ids=lambda example: example.name)
def test_a_layout_that_is_understood(example: Example) -> None:
    curves = read_workbook(example.make(), example.file, choice=example.choice)
    assert len(curves) == len(example.answers)
    for read, answer in zip(curves, example.answers, strict=True):
        assert (read.sheet, read.cells) == (answer.sheet, answer.cells)
        assert (read.label, read.remark) == (answer.label, answer.remark)
        # openpyxl writes 16 digits, so that only short numbers are read back bit for bit.
        rounding = 0.0 if (read.time_unit, read.pressure_unit) == ("ms", "MPa") else 1e-15
        np.testing.assert_allclose(read.curve.time_ms, answer.time_ms, rounding, 0.0)
        np.testing.assert_allclose(read.curve.pressure_mpa, answer.pressure_mpa, rounding, 0.0)
    assert len({read.name for read in curves}) == len(curves), "each curve has a name of its own"
    told = " ".join(sentence for read in curves for sentence in told_of(read))
    assert example.warned in told
    assert bool(example.warned) == bool(told)


@pytest.mark.parametrize("example", REFUSED, ids=lambda example: example.name)
def test_a_layout_that_is_refused(example: Example) -> None:
    with pytest.raises(IngestError) as caught:
        read_workbook(example.make(), example.file, choice=example.choice)
    message = str(caught.value)
    assert example.told in message
    assert message.startswith(f"'{example.file}'")
    assert message.endswith(".")
    assert message.count(". ") == 0, "one sentence"


@pytest.mark.parametrize(
    ("heading", "examples"), [("understood", UNDERSTOOD), ("refused", REFUSED)]
)
def test_the_table_of_the_document_is_the_list_of_examples(
    heading: str, examples: tuple[Example, ...]
) -> None:
    text = DOCS.read_text(encoding="utf-8")
    section = text.split(f"## Layouts {heading}\n")[1].split("\n## ")[0]
    rows = [cell.strip() for cell in re.findall(r"^\| (.+?) \|", section, re.MULTILINE)]
    assert rows[1:] == [example.name for example in examples]
