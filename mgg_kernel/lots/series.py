"""A series of lots: which are accepted, what the process is capable of, and its control charts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mgg_kernel.errors import LotError
from mgg_kernel.lots.acceptance import Acceptance, accept
from mgg_kernel.lots.capability import Capability, capability
from mgg_kernel.lots.charts import ControlCharts, lot_charts, shot_charts
from mgg_kernel.lots.overlays import Overlay
from mgg_kernel.lots.runs import READOUTS, Run
from mgg_kernel.lots.statistics import CONFIDENCE, Statistics, statistics_of
from mgg_kernel.lots.temperatures import by_temperature
from mgg_kernel.lots.tolerance import COVERAGE

__all__ = ["LotGroup", "LotReport", "LotRow", "judge_lots"]

T = TypeVar("T")


@dataclass(frozen=True)
class LotRow:
    """One lot at one conditioning temperature.

    Attributes:
        lot: its label.
        shots: names of its shots, in the order given.
        misfires: how many of them did not fire.
        statistics: of the read-out of those that fired; None where none has it.
        acceptance: the verdict; None where no limit is given or no shot has the read-out.
        accepted: as the verdict says; False where there is a limit and nothing fired.
    """

    lot: str
    shots: tuple[str, ...]
    misfires: int
    statistics: Statistics | None
    acceptance: Acceptance | None
    accepted: bool | None


@dataclass(frozen=True)
class LotGroup:
    """The lots of one conditioning temperature, which are judged apart from the others.

    Attributes:
        conditioned_c: the nominal temperature [°C]; None: not known, or near no nominal one.
        lots: one row each, in the order in which they first occur.
        capability: over all lots; None where there is no limit or too little to say.
        charts: X̄ and S of the lots; individuals where there is one lot, or one shot of each; None
            where there are too few.
        notes: sentences about what could not be told.
    """

    conditioned_c: float | None
    lots: tuple[LotRow, ...]
    capability: Capability | None
    charts: ControlCharts | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class LotReport:
    """What a series of lots comes to.

    Attributes:
        readout: what was judged, one of :data:`READOUTS`.
        unit: of it.
        accepted: True where every lot is, False where one is not; None where there is no limit, or
            no lot is refused and some have too few shots for a verdict.
        groups: by conditioning temperature, coldest first.
        notes: sentences about the shots.
    """

    readout: str
    unit: str
    accepted: bool | None
    groups: tuple[LotGroup, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _How:
    readout: str
    lower: float | None
    upper: float | None
    coverage: float
    confidence: float
    least_ppk: float | None
    rules: str
    standard: tuple[float, float] | None

    @property
    def limited(self) -> bool:
        return self.lower is not None or self.upper is not None


def judge_lots(
    shots: Overlay,
    readout: str = "peak_pressure_mpa",
    *,
    lots: Sequence[str] | None = None,
    lower: float | None = None,
    upper: float | None = None,
    temperatures_c: Sequence[float | None] | None = None,
    coverage: float = COVERAGE,
    confidence: float = CONFIDENCE,
    least_ppk: float | None = None,
    rules: str = "nelson",
    standard: tuple[float, float] | None = None,
) -> LotReport:
    """Judge a read-out of shots lot by lot, each conditioning temperature apart.

    Args:
        shots: the shots, in the order of production.
        readout: one of :data:`READOUTS`.
        lots: the lot of each shot; None: all are one lot.
        lower: lower limit; None: none.
        upper: upper limit; None: none.
        temperatures_c: conditioning temperature of each shot [°C]; None where it is not known.
        coverage: share of a lot that is to lie inside the limits, as for :func:`accept`.
        confidence: with which it does.
        least_ppk: Ppk that is asked of each lot besides; None: none.
        rules: of the control charts, as for :func:`lot_charts`.
        standard: mean and standard deviation of a proven process, for the charts.

    Raises:
        LotError: there is no such read-out, the labels or temperatures do not fit the shots, or a
            limit makes no sense.
    """
    if readout not in READOUTS:
        raise LotError(f"There is no read-out '{readout}'; choose {', '.join(READOUTS)}.")
    labels = ["all shots"] * len(shots.runs) if lots is None else [str(one) for one in lots]
    if len(labels) != len(shots.runs):
        raise LotError(
            f"There are {len(shots.runs)} shots but {len(labels)} lots; say for each which it is."
        )
    how = _How(readout, lower, upper, coverage, confidence, least_ppk, rules, standard)
    groups = tuple(
        _group(nominal, [(labels[place], shots.runs[place]) for place in places], how)
        for nominal, places in _temperatures(shots, temperatures_c)
    )
    told = [row.accepted for group in groups for row in group.lots]
    if not how.limited:
        accepted = None
    else:
        accepted = False if False in told else None if None in told else True
    return LotReport(readout, READOUTS[readout], accepted, groups, shots.notes)


def _temperatures(
    shots: Overlay, temperatures_c: Sequence[float | None] | None
) -> list[tuple[float | None, tuple[int, ...]]]:
    if temperatures_c is None:
        return [(None, tuple(range(len(shots.runs))))]
    # Every shot has a highest pressure, and only the places are asked for.
    peaks = [run.features.peak_pressure_mpa for run in shots.runs]
    return [(one.nominal_c, one.indices) for one in by_temperature(peaks, temperatures_c)]


def _group(nominal: float | None, members: Sequence[tuple[str, Run]], how: _How) -> LotGroup:
    notes: list[str] = []
    by_lot: dict[str, list[Run]] = {}
    for label, run in members:
        by_lot.setdefault(label, []).append(run)
    values = {label: _values(runs, how.readout, notes) for label, runs in by_lot.items()}
    rows = tuple(_row(label, by_lot[label], values[label], how) for label in by_lot)
    told = {label: of_lot for label, of_lot in values.items() if of_lot}

    def capable() -> Capability:
        each = [label for label, of_lot in told.items() for _ in of_lot]
        return capability(
            [value for of_lot in told.values() for value in of_lot],
            lower=how.lower,
            upper=how.upper,
            lots=each if len(told) > 1 else None,
            confidence=how.confidence,
        )

    def charted() -> ControlCharts:
        if len(told) > 1 and any(len(of_lot) > 1 for of_lot in told.values()):
            return lot_charts(told, rules=how.rules, standard=how.standard)
        if len(told) > 1:
            points = [(label, of_lot[0]) for label, of_lot in told.items()]
        else:
            read = ((run.name, run.value(how.readout)) for _, run in members if run.fired)
            points = [(name, value) for name, value in read if value is not None]
        return shot_charts(
            [value for _, value in points],
            [name for name, _ in points],
            rules=how.rules,
            standard=how.standard,
        )

    found = _if_possible(capable, notes) if how.limited else None
    return LotGroup(nominal, rows, found, _if_possible(charted, notes), tuple(notes))


def _if_possible(make: Callable[[], T], notes: list[str]) -> T | None:
    """Return what is made, or note why it cannot be: the rest of the report still holds."""
    try:
        return make()
    except LotError as error:
        notes.append(str(error))
        return None


def _values(runs: Sequence[Run], readout: str, notes: list[str]) -> list[float]:
    found = []
    for run in runs:
        value = run.value(readout)
        if run.fired and value is None:
            notes.append(f"{run.name} fired but has no {readout}; it does not count for it.")
        elif run.fired and value is not None:
            found.append(value)
    return found


def _row(label: str, runs: Sequence[Run], values: Sequence[float], how: _How) -> LotRow:
    misfires = sum(not run.fired for run in runs)
    statistics = statistics_of(values, confidence=how.confidence) if values else None
    verdict = None
    if values and how.limited:
        verdict = accept(
            values,
            readout=how.readout,
            lower=how.lower,
            upper=how.upper,
            coverage=how.coverage,
            confidence=how.confidence,
            least_ppk=how.least_ppk,
            misfires=misfires,
            unit=READOUTS[how.readout],
        )
    if verdict is not None:
        accepted = verdict.accepted
    else:
        accepted = False if how.limited and misfires else None
    return LotRow(label, tuple(run.name for run in runs), misfires, statistics, verdict, accepted)
