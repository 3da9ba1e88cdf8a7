"""Run the solver on every case with a known answer, and write docs/verification.md.

The cases are those of the tests, tests/exact_cases: there is one definition of each.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "verification.md"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

if TYPE_CHECKING:
    from exact_cases import Case, Outcome

HEAD = """# Verification of the physics

`make verification` runs the solver on every case below and writes this page; the tests run the
same cases (`tests/exact_cases/`), hold each against the error that is allowed, and hold this page
against what they find.  [physics.md](physics.md) has the equations and the sources.

Notation: m mass of propellant, m_i of the igniter, V volume, ρ density of the solid, η covolume,
f impetus, T_v flame temperature, ψ burnt fraction, e1 half the web, A = V − η_i·m_i − m/ρ,
c = m(η − 1/ρ), P = f·m/A, p0 = f·m_i/A, p_m = p0 + P.

*Ours* and *exact* are the value in the middle of all that were compared; *error* is the largest
relative difference of all (of burnt fractions: of 1); *digits* is what the page claims: so many
decimal digits agree, with a margin of three for the last bits of other machines, and never more
than 12.  *Allowed* is where a test fails.
"""
HEADING = ("case", "what", "value", "ours", "exact", "compared", "error", "digits", "allowed")


def main() -> int:
    """Run all cases, write the page, print its table; return 1 if a case misses its digits."""
    from exact_cases import CASES

    found = [(case, case.run()) for case in CASES]
    PAGE.write_text(page(found), encoding="utf-8")
    print("\n".join(_table([HEADING, *(_row(*pair) for pair in found)])))
    missed = [case.number for case, outcome in found if outcome.error > case.required]
    print(f"{len(found)} cases, missed: {', '.join(missed) or 'none'}.")
    return 1 if missed else 0


def page(found: Iterable[tuple["Case", "Outcome"]]) -> str:
    """Return the page."""
    pairs = list(found)
    lines = [HEAD, "## Digits reached\n", *_table([HEADING, *(_row(*pair) for pair in pairs)])]
    lines.append("\n## The cases")
    for case, outcome in pairs:
        lines += [
            f"\n### {case.number}. {case.title}\n",
            f"- Exact: {_code(case.equation)}",
            f"- Inputs: {case.inputs}",
            f"- Source: {case.source}",
        ]
        if outcome.table:
            lines += ["", *_table(outcome.table)]
    return "\n".join(lines) + "\n"


def _row(case: "Case", outcome: "Outcome") -> tuple[str, ...]:
    shown = max(outcome.digits + 1, 4)
    return (
        case.number,
        case.title,
        case.quantity,
        f"{outcome.ours:.{shown}g}",
        f"{outcome.exact:.{shown}g}",
        f"{outcome.compared:,}",
        f"{outcome.error:.0e}",
        f"≥ {outcome.digits}",
        f"{case.required:.0e}",
    )


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    first, *rest = [f"| {' | '.join(row)} |" for row in rows]
    return [first, "|" + "---|" * (first.count("|") - 1), *rest]


def _code(equation: str) -> str:
    # Formulas have signs that Markdown would take for its own; a sentence has none.
    return f"`{equation}`" if "=" in equation else equation


if __name__ == "__main__":
    sys.exit(main())
