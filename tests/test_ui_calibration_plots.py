"""Pictures of a calibration: what is drawn is what was predicted; and its bar with the button."""

import asyncio
import threading
from typing import Any

import numpy as np
import pytest
from bokeh.models import HoverTool, Segment, Text, VArea
from bokeh.plotting import figure

from mgg_kernel.calibration import (
    Calibration,
    LeftOut,
    Observation,
    Progress,
    Score,
    Validation,
    calibrate,
)
from mgg_kernel.calibration.made_up import MadeUpLab, made_up_lab
from mgg_kernel.calibration.progress import Reporter
from mgg_kernel.errors import CalibrationError, SimulationError
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.ui import plots
from mgg_kernel.ui.calibration_run import CalibrationRun
from mgg_kernel.ui.plots.parameter_plot import KNOWN, learned

PRESSURE = "peak_pressure_mpa"


def row(product: str, measured: float, expected: float, reach: float = 0.1) -> LeftOut:
    low, high = expected * (1 - reach), expected * (1 + reach)
    deviation = float(np.log(measured / expected) / 0.05)
    return LeftOut("S", product, PRESSURE, measured, expected, deviation, low, high, True)


def product(name: str, device: str, *nc: str, gp: str | None = None) -> Observation:
    recipe = Recipe.parse(
        igniter="80", nc=nc, gp=gp, shell="15", current="1.2", vessel="10-R1", device=device
    )
    return Observation("S", name, recipe, 0.7, 10.0, 50.0)


ROWS = [row("A", 50, 51), row("B", 40, 38.5), row("C", 30, 39), row("D", 60, 60.5)]
PRODUCTS = [
    product("A", "T-1", "N1:400"),
    product("B", "T-1", "N1:200", "N2:200"),
    product("C", "T-2", "N2:300"),
    product("D", "T-2", gp="G1:500"),
]


@pytest.fixture(scope="module")
def lab() -> MadeUpLab:
    return made_up_lab(8, curves=1)


@pytest.fixture(scope="module")
def calibration(lab: MadeUpLab) -> Calibration:
    return calibrate(lab.observations, lab.curves)


def columns(plot: figure, *names: str) -> list[dict[str, Any]]:
    """The data that are drawn from these columns, each source once."""
    found = {
        id(renderer.data_source): renderer.data_source.data
        for renderer in plot.renderers
        if set(names) <= set(renderer.data_source.data)
    }
    return list(found.values())


def written(plot: figure) -> list[str]:
    return [
        renderer.data_source.data["text"][0].replace("\u00a0", " ")
        for renderer in plot.renderers
        if isinstance(renderer.glyph, Text)
    ]


class TestParity:
    def test_inside_and_outside_are_told_apart(self) -> None:
        plot = plots.parity_figure(ROWS, PRESSURE)
        inside, outside = columns(plot, "measured", "low")
        assert inside["product"] == ["A", "B", "D"]
        assert outside["product"] == ["C"]
        assert (outside["measured"], outside["expected"]) == ([30], [39])

    def test_both_axes_show_the_same_range_with_every_interval(self) -> None:
        plot = plots.parity_figure(ROWS, PRESSURE)
        assert (plot.x_range.start, plot.x_range.end) == (plot.y_range.start, plot.y_range.end)
        assert plot.x_range.start < min(r.low for r in ROWS)
        assert plot.x_range.end > max(r.high for r in ROWS)

    def test_only_wanted_products_are_named_and_units_stand_at_the_axes(self) -> None:
        plot = plots.parity_figure(ROWS, PRESSURE, name={"C"})
        assert written(plot) == ["C"]
        assert plot.xaxis[0].axis_label == "Peak pressure, measured [MPa]"
        zh = plots.parity_figure(ROWS, PRESSURE, language="zh", theme="dark")
        assert zh.xaxis[0].axis_label == "峰值压力，实测 [MPa]"
        assert zh.background_fill_color == plots.palette("dark").paper

    def test_other_read_outs_are_not_drawn(self) -> None:
        plot = plots.parity_figure(ROWS, "peak_time_ms")
        assert all(data["measured"] == [] for data in columns(plot, "measured"))


class TestResiduals:
    def test_a_product_stands_in_every_group_it_belongs_to(self) -> None:
        plot = plots.residual_figure(ROWS, PRODUCTS, PRESSURE, "type")
        labels = list(plot.xaxis[0].major_label_overrides.values())
        assert labels == ["NC N1 (2)", "NC N2 (2)", "GP G1 (1)"]

    def test_values_are_measured_minus_expected_and_medians_too(self) -> None:
        plot = plots.residual_figure(ROWS, PRODUCTS, PRESSURE, "device")
        drawn = {
            name: value
            for data in columns(plot, "difference")
            for name, value in zip(data["product"], data["difference"], strict=True)
        }
        assert drawn == pytest.approx(
            {r.product: 100 * (r.measured / r.expected - 1) for r in ROWS}
        )
        (medians,) = [r.data_source.data for r in plot.renderers if isinstance(r.glyph, Segment)]
        assert medians["y0"] == pytest.approx(
            [np.mean([drawn["A"], drawn["B"]]), np.mean([drawn["C"], drawn["D"]])]
        )

    def test_one_far_off_is_named_at_the_edge_and_does_not_press_the_others_flat(self) -> None:
        rows = [row(f"P{i}", 50 + 0.1 * i, 50) for i in range(20)] + [row("Odd", 150, 50)]
        products = [product(r.product, "T-1", "N1:400") for r in rows]
        plot = plots.residual_figure(rows, products, PRESSURE, "device")
        assert written(plot) == ["Odd +200.0 %"]
        assert plot.y_range.end < 10


class TestCoverage:
    def test_lines_show_how_many_lie_inside(self) -> None:
        rows = [row(f"P{i}", 50 * np.exp(0.05 * d), 50) for i, d in enumerate((-2, -1, 0.5, 1))]
        scores = {PRESSURE: Score(4, 1.0, 1.0, 0.75)}
        validation = Validation(tuple(rows), scores, {PRESSURE: 1.5}, {})
        plot = plots.coverage_figure(validation)
        (line,) = [
            r.data_source.data
            for r in plot.renderers
            if "y" in r.data_source.data and len(r.data_source.data["y"]) == 99
        ]
        at = dict(zip(np.round(line["x"]).astype(int).tolist(), line["y"], strict=True))
        # A reach of 1.5 at 90 % is one of 1.5·z(0.5)/z(0.9) = 0.615 at 50 %.
        assert (at[90], at[50], at[99]) == (75, 25, 100)

    def test_a_calibration_without_scores_gives_a_picture(self) -> None:
        none = Score(0, float("nan"), float("nan"), float("nan"))
        plot = plots.coverage_figure(Validation((), {PRESSURE: none}, {PRESSURE: 1.645}, {}))
        assert plot.xaxis[0].axis_label == "Level of the interval [%]"


class TestBand:
    def test_the_band_is_that_of_the_simulation(
        self, lab: MadeUpLab, calibration: Calibration
    ) -> None:
        simulation = simulate(lab.observations[0].recipe, calibration.model)
        assert simulation.intervals is not None
        plot = plots.band_figure(simulation, lab.curves[0].curve)
        (data,) = columns(plot, "low_mpa", "high_mpa", "measured_mpa")
        assert any(isinstance(r.glyph, VArea) for r in plot.renderers)
        assert data["high_mpa"].max() == simulation.intervals.high_mpa.max()
        assert (data["low_mpa"] <= data["pressure_mpa"]).all()
        assert (data["pressure_mpa"] <= data["high_mpa"]).all()
        (cross,) = [r.data_source.data for r in plot.renderers if isinstance(r.glyph, Segment)]
        interval = simulation.intervals.peak_pressure_mpa
        assert (cross["y0"][1], cross["y1"][1]) == (interval.low, interval.high)

    def test_a_model_that_is_not_calibrated_has_none(self, lab: MadeUpLab) -> None:
        recipe = lab.observations[0].recipe
        with pytest.raises(SimulationError, match="is not calibrated, so its simulation has no"):
            plots.band_figure(simulate(recipe, default_model()))


class TestParameters:
    def test_known_and_assumed_are_told_apart(
        self, lab: MadeUpLab, calibration: Calibration
    ) -> None:
        plot = plots.parameter_figure(calibration.model, truth=lab.truth)
        known, assumed = columns(plot, "name", "value")
        spreads = {name: spread for name, _, spread in learned(calibration.model)}
        assert all(spreads[name] < KNOWN for name in known["name"])
        assert all(spreads[name] >= KNOWN for name in assumed["name"])
        shown = {*known["name"], *assumed["name"]}
        assert shown == {n for n in spreads if not n.startswith(("lot.", "curve."))}
        (tool,) = [tool for tool in plot.tools if isinstance(tool, HoverTool)]
        assert "@name" in tool.tooltips

    def test_rows_stand_in_the_order_wanted(self, calibration: Calibration) -> None:
        plot = plots.parameter_figure(calibration.model, names=["wall.loss", "nc.rate"])
        assert plot.yaxis[0].major_label_overrides == {2.0: "wall.loss", 1.0: "nc.rate"}

    def test_a_model_that_is_not_calibrated_is_refused(self) -> None:
        with pytest.raises(CalibrationError, match="is not calibrated"):
            plots.parameter_figure(default_model())


class TestRun:
    def test_it_tells_how_far_it_is_and_hands_over_the_calibration(
        self, calibration: Calibration
    ) -> None:
        told: list[float] = []

        def work(progress: Any, stop: Any) -> Calibration:
            report = Reporter(progress, stop)
            for stage in ("ignition times", "fit", "leave one product out"):
                for done in range(3):
                    report.step(stage, done, 3)
                    told.append(run.view.children[0].value if started.wait(5) else -1.0)
            return calibration

        started = threading.Event()
        run = CalibrationRun(work)
        started.set()

        async def waited() -> Calibration:
            return await run

        assert asyncio.run(waited()) is calibration
        assert told == sorted(told)
        assert told[-1] > told[0] >= 0
        bar, button, label = run.view.children
        assert (bar.value, bar.bar_style, button.disabled) == (1.0, "success", True)
        assert label.value.startswith("Done in ")

    def test_stop_ends_it_while_a_cell_waits(self) -> None:
        is_running = threading.Event()

        def work(progress: Any, stop: Any) -> Calibration:
            report = Reporter(progress, stop)
            while True:
                report.step("fit", 1, 2)
                is_running.set()

        run = CalibrationRun(work, language="zh")

        async def clicked() -> None:
            while not is_running.is_set():
                await asyncio.sleep(0.01)
            run.view.children[1].click()

        async def both() -> None:
            click = asyncio.create_task(clicked())
            try:
                await run
            finally:
                await click

        with pytest.raises(CalibrationError, match=r"was stopped \(fit\)"):
            asyncio.run(both())
        bar, button, label = run.view.children
        assert (bar.bar_style, button.disabled, button.description) == ("danger", True, "停止")
        assert "was stopped" in label.value

    def test_an_interrupted_cell_stops_it(self) -> None:
        asked = threading.Event()

        def work(progress: Any, stop: Any) -> Calibration:
            while not stop():
                progress(Progress("fit", 0, 1))
            asked.set()
            raise CalibrationError("stopped")

        run = CalibrationRun(work)

        async def interrupted() -> None:
            async def waits() -> None:
                await run

            task = asyncio.create_task(waits())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(interrupted())
        assert asked.wait(5)
