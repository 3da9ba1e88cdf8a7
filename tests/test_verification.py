"""The cases with a known answer, and the page that says how well each is met."""

import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from conftest import PROJECT
from exact_cases import CASES, Case, Outcome
from exact_cases.case import MOST_DIGITS, agreement
from exact_cases.grains import chord_area

PAGE = PROJECT / "docs" / "verification.md"
_NUMBER = re.compile(r"(?:≥ )?[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]\d+)?(?: %)?(?: at [\d.]+ ms)?")
COLUMNS = 9


@cache
def outcome_of(number: str) -> Outcome:
    (case,) = (case for case in CASES if case.number == number)
    return case.run()


@cache
def claims() -> dict[str, list[str]]:
    """The rows of the page's first table, by the number of the case."""
    rows = [_cells(line) for line in PAGE.read_text("utf-8").splitlines()]
    return {row[0]: row for row in rows if len(row) == COLUMNS and row[7].startswith("≥")}


def _cells(line: str) -> list[str]:
    return line.strip("| ").split(" | ") if line.startswith("| ") else []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_the_solver_meets_the_known_answer(case: Case) -> None:
    assert outcome_of(case.number).error <= case.required


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.number)
def test_the_page_claims_what_is_reached(case: Case) -> None:
    """Written anew by `make verification`; a margin is in the claim, one digit more is let be."""
    found, row = outcome_of(case.number), claims()[case.number]
    claimed = int(row[7].removeprefix("≥ "))
    assert found.error <= 10.0**-claimed
    assert abs(found.digits - claimed) <= 1
    assert [float(row[3]), float(row[4])] == pytest.approx(
        [found.ours, found.exact], rel=10.0 ** -min(claimed, 12)
    )
    assert row[8] == f"{case.required:.0e}"
    assert float(row[6]) <= case.required


def test_the_page_is_that_of_these_cases() -> None:
    """Word by word, but for numbers in tables: these are held against a fresh run above."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); sys.path.insert(0, 'scripts')\n"
        "from exact_cases import CASES\n"
        "import verify_physics\n"
        "sys.stdout.reconfigure(encoding='utf-8')\n"
        "print(verify_physics.page([(case, case.run()) for case in CASES]), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert _words(PAGE.read_text("utf-8")) == _words(done.stdout)


def _words(text: str) -> list[str]:
    def masked(line: str) -> str:
        cells = _cells(line)
        return " | ".join("#" if _NUMBER.fullmatch(c) else c for c in cells) if cells else line

    return [masked(line) for line in text.splitlines()]


def test_every_exact_case_of_the_design_is_there() -> None:
    numbers = [re.sub(r"\D", "", case.number) for case in CASES]
    assert set(map(str, range(1, 11))) <= set(numbers)
    assert len({case.number for case in CASES}) == len(CASES) == len(claims())
    assert all(case.equation and case.inputs and case.source for case in CASES)


def test_digits_are_rounded_down_with_a_margin() -> None:
    def digits(error: float) -> int:
        return Outcome(1.0, 1.0, 1, error).digits

    assert [digits(e) for e in (3e-10, 3.4e-10, 0.9e-9, 0.2, 1.0)] == [9, 8, 8, 0, 0]
    assert digits(0.0) == digits(1e-20) == MOST_DIGITS
    assert agreement([1.0, 2.0, 3.1], [1.0, 2.0, 3.0]).error == pytest.approx(0.1 / 3)
    assert agreement([0.5], [0.6], scale=1.0).error == pytest.approx(0.1)


def test_chords_find_known_areas() -> None:
    assert chord_area(2.0, 0.3, 1.0) == pytest.approx(np.pi * (4 - 7 * 0.09), rel=1e-13)
    # Six holes centred on the rim take a lens each (two circles, R apart, of radii r and R).
    r, rim = 0.3, 2.0
    lens = r * r * np.arccos(r / (2 * rim)) + rim * rim * np.arccos(1 - r * r / (2 * rim * rim))
    lens -= 0.5 * r * np.sqrt(4 * rim * rim - r * r)
    expected = np.pi * (rim**2 - r * r) - 6 * lens
    assert chord_area(rim, r, rim) == pytest.approx(expected, rel=1e-12)
