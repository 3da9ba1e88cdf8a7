"""Every case whose answer is known without the solver, in one place.

`make verification` runs them and writes docs/verification.md; tests/test_verification.py runs them
and holds each against what it must reach and against what the page claims.
"""

from exact_cases import closed_forms, elsewhere, grains, laws
from exact_cases.case import Case, Outcome

__all__ = ["CASES", "Case", "Outcome"]

CASES: tuple[Case, ...] = (*closed_forms.CASES, *laws.CASES, *grains.CASES, *elsewhere.CASES)
