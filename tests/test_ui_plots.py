"""The pictures: what is drawn is what was measured."""

import numpy as np
import pytest
from bokeh.models import BoxZoomTool, HoverTool, ResetTool, Scatter, Text
from bokeh.plotting import figure
from factory import measured_like_curve

from mgg_kernel.comparison import compare
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError
from mgg_kernel.ui import plots


def texts(plot: figure) -> list[str]:
    """What is written beside the curves."""
    written = [
        renderer.data_source.data["text"][0]
        for renderer in plot.renderers
        if isinstance(renderer.glyph, Text)
    ]
    return [text.replace("\u00a0", " ") for text in written]


def named(plot: figure, column: str) -> np.ndarray:
    """A column of the one data source that has it."""
    for renderer in plot.renderers:
        if column in renderer.data_source.data:
            return np.asarray(renderer.data_source.data[column])
    raise AssertionError(f"nothing is drawn from {column}")


class TestThinning:
    def test_few_samples_are_all_drawn(self) -> None:
        assert plots.thin(np.arange(2000.0)).tolist() == list(range(2000))

    @pytest.mark.parametrize("size", [2001, 4000, 4001, 100_003])
    def test_one_sample_high_or_low_is_never_lost(self, size: int) -> None:
        random = np.random.default_rng(size)
        for at in random.integers(0, size, 20):
            signal = random.normal(0.0, 1.0, size)
            signal[at], signal[at - size // 2] = 99.0, -99.0
            kept = plots.thin(signal)
            assert {at, (at - size // 2) % size} <= set(kept.tolist())
            assert kept.size <= 2000
            assert kept[[0, -1]].tolist() == [0, size - 1]
            assert (np.diff(kept) > 0).all()

    def test_of_several_signals_each_keeps_its_peak(self) -> None:
        one, two = np.zeros(50_000), np.zeros(50_000)
        one[12_345], two[33_333] = 1.0, -1.0
        assert {12_345, 33_333} <= set(plots.thin(one, two).tolist())


class TestCurve:
    def test_peak_and_ignition_are_marked_where_they_are(self) -> None:
        curve = measured_like_curve()
        read = curve.features()
        plot = plots.curve_figure(curve)
        marks = [
            (r.data_source.data["x"][0], r.data_source.data["y"][0])
            for r in plot.renderers
            if isinstance(r.glyph, Scatter)
        ]
        assert (read.peak_time_ms, read.peak_pressure_mpa) in marks
        assert read.ignition_time_ms in [x for x, _ in marks]
        assert texts(plot) == [
            f"Peak {read.peak_pressure_mpa:.2f} MPa at {read.peak_time_ms:.2f} ms",
            f"Ignition {read.ignition_time_ms:.2f} ms",
        ]

    def test_a_curve_that_never_ignites_has_no_mark_of_it(self) -> None:
        flat = PTCurve(np.arange(100.0), np.full(100, 3.0))
        assert texts(plots.curve_figure(flat)) == ["Peak 3.00 MPa at 0.00 ms"]

    def test_the_peak_survives_on_the_screen(self) -> None:
        pressure = np.zeros(50_000)
        pressure[31_234] = 77.0
        plot = plots.curve_figure(PTCurve(np.arange(50_000) * 0.001, pressure))
        drawn = named(plot, "pressure_mpa")
        assert drawn.max() == 77.0
        assert drawn.size <= 2000

    def test_zoom_and_reset_are_there_and_no_logo(self) -> None:
        plot = plots.curve_figure(measured_like_curve())
        assert {BoxZoomTool, ResetTool, HoverTool} <= {type(tool) for tool in plot.tools}
        assert plot.toolbar.logo is None

    def test_the_language_reaches_axes_and_marks(self) -> None:
        plot = plots.curve_figure(measured_like_curve(), language="zh")
        assert plot.xaxis[0].axis_label == "时间 [ms]"
        assert texts(plot)[0].startswith("峰值 ")

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_a_test_is_ink_and_a_simulation_the_accent(self, theme: plots.Theme) -> None:
        colours = plots.palette(theme)
        for simulated, colour, tag in (
            (False, colours.ink, "mgg:ink"),
            (True, colours.accent, "mgg:accent"),
        ):
            plot = plots.curve_figure(measured_like_curve(), simulated=simulated, theme=theme)
            (line,) = [r for r in plot.renderers if "pressure_mpa" in r.data_source.data]
            assert (line.glyph.line_color, line.tags) == (colour, [tag])
            assert plot.background_fill_color == colours.paper


class TestComparison:
    measured = measured_like_curve(seed=1)
    simulated = measured_like_curve(peak_mpa=60.0, peak_time_ms=11.0, seed=2)

    def parts(self) -> tuple[figure, figure]:
        both = plots.comparison_figure(self.simulated, self.measured)
        (upper, _, _), (lower, _, _) = both.children
        return upper, lower

    def test_the_residual_is_the_difference(self) -> None:
        _, lower = self.parts()
        time, residual = named(lower, "time_ms"), named(lower, "residual_mpa")
        expected = (
            self.simulated.resample(time).pressure_mpa - self.measured.resample(time).pressure_mpa
        )
        assert residual == pytest.approx(expected, abs=1e-12)
        whole = self.simulated.pressure_mpa - self.measured.pressure_mpa
        assert residual.max() == whole.max(), "its own peak is not thinned away"
        assert residual.min() == whole.min()

    def test_both_parts_have_one_time_axis(self) -> None:
        upper, lower = self.parts()
        assert upper.x_range is lower.x_range

    def test_hovering_reads_both_curves_at_one_time(self) -> None:
        for plot in self.parts():
            (tool,) = [tool for tool in plot.tools if isinstance(tool, HoverTool)]
            assert tool.mode == "vline"
            (renderer,) = tool.renderers
            data = renderer.data_source.data
            for column in ("time_ms", "measured_mpa", "simulated_mpa", "residual_mpa"):
                assert f"@{column}" in tool.tooltips
                assert len(data[column]) == len(data["time_ms"])
            assert data["simulated_mpa"] - data["measured_mpa"] == pytest.approx(
                data["residual_mpa"], abs=1e-12
            )

    def test_zoom_and_reset_are_there(self) -> None:
        both = plots.comparison_figure(self.simulated, self.measured)
        offered = {
            type(tool) for entry in both.toolbar.tools for tool in getattr(entry, "tools", [entry])
        }
        assert {BoxZoomTool, ResetTool, HoverTool} <= offered
        assert both.toolbar.logo is None

    def test_the_peaks_of_both_are_named(self) -> None:
        upper, _ = self.parts()
        for curve in (self.simulated, self.measured):
            peak = curve.peak
            words = f"Peak {peak.pressure_mpa:.2f} MPa at {peak.time_ms:.2f} ms"
            assert words in texts(upper)

    def test_the_residual_is_drawn_over_the_comparisons_window(self) -> None:
        result = compare(self.simulated, self.measured, window_ms=(5.0, 15.0))
        _, (lower, _, _) = plots.comparison_figure(self.simulated, self.measured, result).children
        time = named(lower, "time_ms")
        assert (time.min(), time.max()) == (5.0, 15.0)

    def test_curves_of_different_lengths_are_drawn_whole(self) -> None:
        short = PTCurve(self.simulated.time_ms[:1000], self.simulated.pressure_mpa[:1000])
        both = plots.comparison_figure(short, self.measured)
        for plot, _, _ in both.children:
            assert plot.x_range.end > self.measured.time_ms[-1]

    def test_curves_that_do_not_meet_are_refused(self) -> None:
        with pytest.raises(ComparisonError, match="do not overlap"):
            plots.comparison_figure(self.simulated.shift(100.0), self.measured)
