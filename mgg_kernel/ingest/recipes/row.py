"""One row of a recipe database: a product, what was fired, and the averages of its shots."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from mgg_kernel.errors import RecipeError
from mgg_kernel.ingest.grid import SheetGrid
from mgg_kernel.ingest.names import display_text
from mgg_kernel.ingest.recipes.codes import Column
from mgg_kernel.ingest.recipes.matrix import Matrix, cell_text
from mgg_kernel.ingest.recipes.words import AVERAGES, TITLES, UNITS, Average, Choice, Mass
from mgg_kernel.recipe import ChargeAmount, Recipe

__all__ = ["RecipeRow", "Reported", "read_row"]

LONGEST_NAME = 80
_MOST: dict[Mass, int] = {"nc": 2, "gp": 1}
_MOST_WORDS: dict[Mass, str] = {"nc": "at most two NC charges", "gp": "at most one GP charge"}


@dataclass(frozen=True)
class Reported:
    """What is wrong in a row, for a person to put right in the file.

    Attributes:
        sheet: name of the sheet.
        cell: address of the cell, or of the first and the last cell of a group: ``C7:G7``.
        product: the row's product; empty where it names none.
        problem: one sentence: where, what, and what to do.
    """

    sheet: str
    cell: str
    product: str
    problem: str


@dataclass(frozen=True)
class RecipeRow:
    """One product as it stands in a recipe database.

    Attributes:
        sheet: name of the sheet.
        row: number of the row in the sheet, from 1.
        cell: address of the product's name.
        product: name of the product; empty where the row names none.
        recipe: what was fired; None where that is not certain.
        ignition_time_ms: average ignition time; None where the cell holds no usable number.
        peak_time_ms: average time of the peak, likewise.
        peak_pressure_mpa: average peak pressure, likewise.
        reported: what is wrong in the row; numbers that contradict each other stay as read.
    """

    sheet: str
    row: int
    cell: str
    product: str
    recipe: Recipe | None
    ignition_time_ms: float | None
    peak_time_ms: float | None
    peak_pressure_mpa: float | None
    reported: tuple[Reported, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong in the row, a sentence each; empty for a sound row."""
        return tuple(one.problem for one in self.reported)


def read_row(
    grid: SheetGrid, matrix: Matrix, row: int, *, most_pressure_mpa: float
) -> RecipeRow | None:
    """Read one row; None where it holds nothing that belongs to a recipe database.

    Args:
        grid: the sheet.
        matrix: where things stand in it.
        row: row of the grid, below the header.
        most_pressure_mpa: a peak above this is a wrong unit and not a pressure.
    """
    return _Reader(grid, matrix, row, most_pressure_mpa).read()


class _Reader:
    """Reads one row and gathers what is wrong with it, at most one thing for each group."""

    def __init__(self, grid: SheetGrid, matrix: Matrix, row: int, most_pressure_mpa: float) -> None:
        self._grid, self._matrix, self._row = grid, matrix, row
        self._most_pressure_mpa = most_pressure_mpa
        self._sheet = display_text(grid.name)
        name = display_text(cell_text(grid, row, matrix.product), longest=LONGEST_NAME + 1)
        self._product = name[:LONGEST_NAME]
        self._is_long = len(name) > LONGEST_NAME
        self._found: list[Reported] = []

    def read(self) -> RecipeRow | None:
        groups = (*self._matrix.choices.values(), *self._matrix.masses.values())
        columns = [column.column for group in groups for column in group]
        columns += [average.column for average in self._matrix.averages.values()]
        is_used = any(cell_text(self._grid, self._row, column) for column in columns)
        if not is_used and not self._product:
            return None
        name_cell = self._address(self._matrix.product)
        if not is_used:
            self._report(name_cell, "the row holds only a name", "fill it in or remove it")
            return self._made(None, dict.fromkeys(AVERAGES))
        if not self._product:
            self._report(name_cell, "the product has no name", "write it there")
        elif self._is_long:
            self._report(
                name_cell, f"the product's name has over {LONGEST_NAME} characters", "shorten it"
            )
        recipe = self._recipe()
        averages = {average: self._average(average) for average in AVERAGES}
        self._hold_against_each_other(averages, recipe)
        return self._made(recipe, averages)

    def _made(self, recipe: Recipe | None, averages: dict[Average, float | None]) -> RecipeRow:
        return RecipeRow(
            sheet=self._sheet,
            row=self._grid.first_row + self._row + 1,
            cell=self._address(self._matrix.product),
            product=self._product,
            recipe=recipe,
            ignition_time_ms=averages["ignition_time"],
            peak_time_ms=averages["peak_time"],
            peak_pressure_mpa=averages["peak_pressure"],
            reported=tuple(self._found),
        )

    def _recipe(self) -> Recipe | None:
        before = len(self._found)
        marked = {
            group: self._marked(group, columns) for group, columns in self._matrix.choices.items()
        }
        charges = {
            group: self._charges(group, columns) for group, columns in self._matrix.masses.items()
        }
        nc, gp = charges.get("nc", ()), charges.get("gp", ())
        if len(self._found) > before:
            return None
        if not nc and not gp:
            columns = [column for group in self._matrix.masses.values() for column in group]
            self._report(
                self._span(tuple(sorted(columns, key=lambda column: column.column))),
                "no charge has a mass",
                "write the mass in mg below its type",
            )
            return None
        try:
            return Recipe(
                igniter_type=marked["igniter"],
                nc=nc,
                gp=gp[0] if gp else None,
                shell_height_mm=Decimal(marked["shell"]),
                firing_current_a=Decimal(marked["current"]),
                sensor_range_mpa=Decimal(marked["sensor"]) if "sensor" in marked else None,
                vessel=marked["vessel"],
                test_device=marked["device"],
            )
        except RecipeError as error:
            reason = str(error).rstrip(".")
            self._report(self._address(self._matrix.product), reason, "correct the row")
            return None

    def _marked(self, group: Choice, columns: tuple[Column, ...]) -> str:
        """Return the code of the one column that is marked; what is wrong is reported."""
        used = self._used(columns)
        for column in used:
            shown = cell_text(self._grid, self._row, column.column)
            if self._number(column) != 1:
                self._report(
                    self._address(column.column),
                    f"it holds '{display_text(shown, longest=40)}', but under {TITLES[group]} a 1 "
                    "marks the choice",
                    "write 1 or leave it empty",
                )
                return ""
            if column.fault:
                self._report_fault(column)
                return ""
        if len(used) == 1:
            return used[0].code
        if used:
            codes = ", ".join(column.code for column in used[:4])
            what = f"{len(used)} choices of {TITLES[group]} are marked ({codes})"
            self._report(self._span(tuple(used)), what, "keep the right one")
        else:
            what = f"no choice of {TITLES[group]} is marked"
            self._report(self._span(columns), what, "mark the right one with 1")
        return ""

    def _charges(self, group: Mass, columns: tuple[Column, ...]) -> tuple[ChargeAmount, ...]:
        """Return the charges of a group; what is wrong is reported."""
        used = self._used(columns)
        charges = []
        for column in used:
            fault = self._mass_fault(column)
            if fault:
                what = f"it holds {fault}, but under {TITLES[group]} stands a mass in mg"
                self._report(self._address(column.column), what, "write the mass in mg")
                return ()
            if column.fault:
                self._report_fault(column)
                return ()
            try:
                mass_mg = Decimal(cell_text(self._grid, self._row, column.column))
                charges.append(ChargeAmount(column.code, mass_mg))
            except RecipeError as error:
                reason = str(error).rstrip(".")
                self._report(self._address(column.column), reason, "correct the mass")
                return ()
        if len(charges) > _MOST[group]:
            what = f"{len(charges)} masses stand under {TITLES[group]}"
            self._report(self._span(tuple(used)), what, f"keep {_MOST_WORDS[group]}")
        return tuple(charges)

    def _mass_fault(self, column: Column) -> str | None:
        number = self._number(column)
        if number is None:
            text = cell_text(self._grid, self._row, column.column)
            return f"the text '{display_text(text, longest=40)}'"
        # 1 mg is no charge: somebody marked the type and forgot its mass.
        return None if number > 1 else f"{number:.15g}"

    def _average(self, average: Average) -> float | None:
        place = self._matrix.averages.get(average)
        title = f"the average {TITLES[average]}"
        if place is None:
            what = f"the sheet has no column of {title}"
            self._report(self._address(self._matrix.product), what, "add the column")
            return None
        cell, remedy = self._address(place.column), f"write a number in {UNITS[average]}"
        value = float(self._grid.numbers[self._row, place.column]) * place.factor
        text = self._grid.text(self._row, place.column)
        if text:
            shown = display_text(text, longest=40)
            self._report(cell, f"{title} is the text '{shown}' and not a number", remedy)
        elif np.isnan(value):
            self._report(cell, f"{title} is missing, or is a formula without a value", remedy)
        elif value <= 0:
            self._report(cell, f"{title} is {value:.6g}, but must be above 0", remedy)
        elif average == "peak_pressure" and value > self._most_pressure_mpa:
            what = f"{title} is {value:.6g} MPa, more than {self._most_pressure_mpa:g} MPa"
            self._report(cell, what, "correct the number or its unit")
        else:
            return value
        return None

    def _hold_against_each_other(
        self, averages: dict[Average, float | None], recipe: Recipe | None
    ) -> None:
        places = self._matrix.averages
        ignition_ms, peak_ms = averages["ignition_time"], averages["peak_time"]
        if ignition_ms is not None and peak_ms is not None and peak_ms <= ignition_ms:
            self._report(
                self._address(places["peak_time"].column),
                f"the peak at {peak_ms:.6g} ms is not after the ignition at {ignition_ms:.6g} ms",
                "correct one of the two times",
            )
        pressure_mpa = averages["peak_pressure"]
        range_mpa = recipe.sensor_range_mpa if recipe else None
        if pressure_mpa is not None and range_mpa is not None and pressure_mpa > range_mpa:
            self._report(
                self._address(places["peak_pressure"].column),
                f"{pressure_mpa:.6g} MPa is above the range of the marked sensor, {range_mpa} MPa",
                "correct the pressure or the mark",
            )

    def _used(self, columns: tuple[Column, ...]) -> list[Column]:
        return [one for one in columns if cell_text(self._grid, self._row, one.column)]

    def _number(self, column: Column) -> float | None:
        number = float(self._grid.numbers[self._row, column.column])
        return None if np.isnan(number) else number

    def _address(self, column: int) -> str:
        return self._grid.address(self._row, column)

    def _span(self, columns: tuple[Column, ...]) -> str:
        first, last = self._address(columns[0].column), self._address(columns[-1].column)
        return first if first == last else f"{first}:{last}"

    def _report_fault(self, column: Column) -> None:
        what = f"it is filled in, but its column {column.fault}"
        self._report(self._address(column.column), what, "correct the code above the column")

    def _report(self, cell: str, what: str, remedy: str) -> None:
        where = f"Sheet '{self._sheet}', cell{'s' if ':' in cell else ''} {cell}"
        sentence = f"{where}: {what}; {remedy}."
        self._found.append(Reported(self._sheet, cell, self._product, sentence))
