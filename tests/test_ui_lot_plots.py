"""The pictures of many curves: what is drawn is what the numbers say."""

from typing import Any

import numpy as np
import pytest
from bokeh.models import Legend, MultiLine, Rect, Scatter, Text
from bokeh.models.glyphs import Glyph, Quad, VArea
from bokeh.plotting import figure
from factory import measured_like_curve

from mgg_kernel.comparison import compare, matrix
from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import ComparisonError, LotError, ReverseError
from mgg_kernel.lots import (
    Corridor,
    Overlay,
    grubbs,
    judge,
    lot_charts,
    overlay,
    shot_charts,
    unusual_curves,
)
from mgg_kernel.reverse import Constraints, Reverse, Target, reverse
from mgg_kernel.simulation import default_model
from mgg_kernel.ui import plots

BLANK = "\u00a0"
FLAT = PTCurve([0.0, 10.0], [5.0, 5.0])
# A triangle through limits that are easy to reckon with.
PEAKED = PTCurve([0.0, 4.0, 8.0, 16.0], [0.0, 40.0, 40.0, 20.0])
BOX = Corridor("box", lower=((0, -10), (16, 10)), upper=((0, 30), (16, 30)))


def glyphs(plot: figure, kind: type) -> list[Any]:
    return [one for one in plot.renderers if isinstance(one.glyph, kind)]


def texts(plot: figure) -> list[str]:
    return [one.data_source.data["text"][0].replace(BLANK, " ") for one in glyphs(plot, Text)]


def legend(plot: figure) -> list[str]:
    (found,) = plot.select({"type": Legend})
    return [item.label["value"].replace(BLANK, " ") for item in found.items]


def source_with(plot: figure, column: str) -> Any:
    for one in glyphs(plot, Glyph):
        if column in one.data_source.data:
            return one.data_source.data
    raise AssertionError(f"nothing is drawn from {column}")


def parallel(heights: list[float]) -> Overlay:
    """Shots of one shape and these heights; their mean and spread are known."""
    time = np.arange(0.0, 20.0, 0.05)
    shape = np.clip(time - 2.0, 0.0, 1.0)
    curves = [PTCurve(time, height * shape) for height in heights]
    return overlay(curves, align="none")


class TestShots:
    def test_mean_and_band_are_those_of_the_shots(self) -> None:
        plot = plots.shots_figure(parallel([38.0, 40.0, 42.0]), band=3.0)
        mean = source_with(plot, "mean_mpa")
        top = np.asarray(mean["time_ms"]) > 4.0
        assert np.asarray(mean["mean_mpa"])[top] == pytest.approx(40.0)
        assert np.asarray(mean["sd_mpa"])[top] == pytest.approx(2.0)
        (band,) = glyphs(plot, VArea)
        assert np.asarray(band.data_source.data["low_mpa"])[-1] == pytest.approx(34.0)
        assert np.asarray(band.data_source.data["high_mpa"])[-1] == pytest.approx(46.0)
        assert texts(plot) == ["Peaks 40.00 MPa, SD 2.00 MPa"]
        assert "Mean ± 3 SD" in legend(plot)

    def test_few_shots_are_named_with_their_shift(self) -> None:
        curves = [measured_like_curve(seed=1), measured_like_curve(seed=1).shift(0.4)]
        plot = plots.shots_figure(overlay(curves, names=["A", "B"]))
        assert {"A (+0.20 ms)", "B (−0.20 ms)"} <= set(legend(plot))
        assert plot.xaxis[0].axis_label == "Time, aligned at ignition [ms]"

    def test_many_shots_are_one_entry_and_each_can_be_pointed_at(self) -> None:
        shots = parallel([40.0 + k / 10 for k in range(12)])
        plot = plots.shots_figure(shots, band=None)
        assert legend(plot) == ["Mean of 12 shots", "Single shots"]
        (lines,) = glyphs(plot, MultiLine)
        assert lines.data_source.data["name"] == [run.name for run in shots.runs]
        assert lines.tags == ["mgg:ink"]
        assert not glyphs(plot, VArea)

    def test_an_unusual_shot_stands_out_and_a_misfire_is_told(self) -> None:
        heights = [40.0, 40.1, 39.9, 40.05, 39.95, 40.02, 46.0, 0.5]
        shots = parallel(heights)
        plot = plots.shots_figure(shots)
        assert {"Unusual: shot 7", "Not counted: shot 8"} <= set(legend(plot))
        marked = [one for one in glyphs(plot, MultiLine) if one.glyph.line_color == "#D55E00"]
        assert [one.data_source.data["name"] for one in marked] == [["shot 7"]]
        assert plots.data(plot)["shots"].column("Unusual").to_pylist() == [False] * 6 + [
            True,
            False,
        ]
        given = plots.shots_figure(shots, unusual=unusual_curves(shots, alpha=1e-12))
        assert not [one for one in legend(given) if one.startswith("Unusual")]

    def test_hundreds_of_shots_stay_light(self) -> None:
        curve = measured_like_curve(seed=5)
        shots = overlay([curve] * 300)
        plot = plots.shots_figure(shots)
        (lines,) = glyphs(plot, MultiLine)
        drawn = [max(row) for row in lines.data_source.data["pressures_mpa"]]
        assert sum(map(len, lines.data_source.data["times_ms"])) <= 60_000
        assert drawn == pytest.approx([curve.peak.pressure_mpa] * 300, abs=1e-3)

    def test_where_a_shot_ends_the_mean_does_not_jump(self) -> None:
        time = np.arange(0.0, 20.0, 0.05)
        shape = np.clip(time - 2.0, 0.0, 1.0)
        short = PTCurve(time[:300], 40.1 * shape[:300])
        shots = overlay([PTCurve(time, k * shape) for k in (40.0, 40.4)] + [short], align="none")
        plot = plots.shots_figure(shots, band=shots.tolerance_band())
        mean = np.asarray(source_with(plot, "mean_mpa")["mean_mpa"])
        assert np.isnan(mean).sum() == 1
        assert mean[np.flatnonzero(np.isnan(mean))[0] - 1] == pytest.approx(40.1667, abs=1e-4)
        assert mean[np.flatnonzero(np.isnan(mean))[0] + 1] == pytest.approx(40.2)
        # From three shots k is 9.9, from two 37.7: ± 10.7 MPa there would press the others flat.
        assert plot.y_range.end < 47.5
        assert shots.tolerance_band().upper_mpa[-1] > 50.0

    def test_one_shot_is_a_picture_too(self) -> None:
        plot = plots.shots_figure(overlay([measured_like_curve()]))
        assert texts(plot) == []
        assert not glyphs(plot, VArea)

    def test_a_tolerance_band_is_called_one(self) -> None:
        shots = parallel([38.0, 40.0, 42.0])
        plot = plots.shots_figure(shots, band=shots.tolerance_band(0.9, 0.95), language="zh")
        assert "容许区间带 90 % / 95 %" in legend(plot)

    def test_what_does_not_belong_to_the_shots_is_refused(self) -> None:
        shots = parallel([38.0, 40.0, 42.0])
        other = overlay([FLAT, FLAT], align="none").band()
        with pytest.raises(LotError, match="not one of these shots"):
            plots.shots_figure(shots, band=other)
        with pytest.raises(LotError, match="grubbs says nothing about curves"):
            plots.shots_figure(shots, unusual=grubbs([1.0, 2.0, 9.0]))
        with pytest.raises(LotError, match="k ≥ 0"):
            plots.shots_figure(shots, band=-1.0)


class TestCorridor:
    def test_outside_is_from_crossing_to_crossing(self) -> None:
        plot = plots.corridor_figure(BOX, PEAKED)
        (red,) = [
            one
            for one in plot.renderers
            if getattr(one.glyph, "line_color", "") == "#D55E00"
            and "x" in one.data_source.data
            and len(one.data_source.data["x"]) > 1
        ]
        x = np.asarray(red.data_source.data["x"])
        # 10 MPa/ms up crosses 30 MPa at 3 ms; 2.5 MPa/ms down crosses it at 12 ms.
        assert np.nanmin(x) == pytest.approx(3.0)
        assert np.nanmax(x) == pytest.approx(12.0)
        assert texts(plot) == ["10.00 MPa outside at 4.00 ms"]
        assert "Outside" in legend(plot)

    def test_the_smallest_margin_is_marked_where_it_is(self) -> None:
        wide = Corridor("wide", lower=((0, -10), (16, 10)), upper=((0, 45), (16, 41)))
        verdict = judge(PEAKED, wide)
        plot = plots.corridor_figure(wide, PEAKED, verdict)
        (mark,) = glyphs(plot, Scatter)
        assert mark.data_source.data["x"] == [8.0]
        assert texts(plot) == ["margin 3.00 MPa at 8.00 ms"]
        assert "Outside" not in legend(plot)
        assert mark.tags == ["mgg:ink"]

    def test_a_simulation_is_the_accent(self) -> None:
        plot = plots.corridor_figure(BOX, PEAKED, simulated=True, theme="dark", language="zh")
        (line,) = [one for one in plot.renderers if "margin_mpa" in one.data_source.data]
        assert line.tags == ["mgg:accent"]
        assert line.glyph.line_color == plots.palette("dark").accent
        assert texts(plot) == ["超出 10.00 MPa，位于 4.00 ms"]
        assert plot.name == "通道 box，版本 1"

    def test_without_a_limit_all_is_allowed_to_the_edge(self) -> None:
        half = Corridor("half", lower=((0, 0), (4, 1)), upper=((2, 30), (8, 30)))
        plot = plots.corridor_figure(half)
        (fill,) = glyphs(plot, VArea)
        drawn = fill.data_source.data
        rows = list(zip(drawn["x"], drawn["y1"], drawn["y2"], strict=True))
        low, high = plot.y_range.start, plot.y_range.end
        assert rows == [
            (0, 0.0, high),
            (2, 0.5, high),
            (2, 0.5, 30.0),
            (4, 1.0, 30.0),
            (4, low, 30.0),
            (8, low, 30.0),
        ]

    def test_a_curve_is_moved_as_it_was_judged(self) -> None:
        curve = measured_like_curve()
        at = curve.features().ignition_time_ms
        assert at is not None
        moved = Corridor(
            "moved", upper=((6, 90), (30, 90)), lower=(), align="ignition", align_at_ms=at + 2
        )
        plot = plots.corridor_figure(moved, curve)
        assert source_with(plot, "margin_mpa")["time_ms"][0] == pytest.approx(
            curve.time_ms[0] + 2.0
        )

    def test_the_verdict_of_another_corridor_is_refused(self) -> None:
        other = Corridor("other", lower=BOX.lower, upper=BOX.upper)
        with pytest.raises(LotError, match="one by 'other'"):
            plots.corridor_figure(BOX, PEAKED, judge(PEAKED, other))
        with pytest.raises(LotError, match="do not overlap"):
            plots.corridor_figure(BOX, PEAKED.shift(100.0))


class TestControlCharts:
    def parts(self, charts: Any, **look: Any) -> tuple[figure, figure]:
        (upper, _, _), (lower, _, _) = plots.control_chart_figure(charts, **look).children
        return upper, lower

    def test_points_and_limits_are_those_of_the_chart(self) -> None:
        lots = {"A": [1.0, 2.0, 3.0], "B": [2.0, 3.0, 4.0], "C": [1.5, 2.5, 3.5]}
        charts = lot_charts(lots)
        upper, lower = self.parts(charts)
        drawn = source_with(upper, "label")
        assert drawn["label"] == ["A", "B", "C"]
        assert drawn["value"] == pytest.approx([2.0, 3.0, 2.5])
        assert drawn["upper"] == pytest.approx([p.upper for p in charts.location.points])
        assert source_with(lower, "label")["value"] == pytest.approx([1.0, 1.0, 1.0])
        assert upper.yaxis[0].axis_label == "Lot mean [MPa]"
        assert lower.xaxis[0].axis_label == "Lot"
        assert texts(upper) == []

    def test_a_broken_rule_is_marked_and_named(self) -> None:
        values = [10.0, 10.2, 9.9, 10.1, 9.8, 10.0, 14.0, 10.1]
        upper, lower = self.parts(shot_charts(values, standard=(10.0, 0.2)), language="zh")
        triangles, _ = [one for one in glyphs(upper, Scatter) if one.glyph.marker == "triangle"]
        flagged = triangles.data_source.data
        assert list(flagged["place"]) == [6]
        assert texts(upper) == ["1"]
        assert "尼尔森 1: 1 点超出 3 倍标准差" in legend(upper)
        # A moving range stands at the second of its two shots.
        (dots,) = [one for one in glyphs(lower, Scatter) if one.glyph.marker == "circle"]
        assert min(dots.data_source.data["place"]) == 1
        assert dots.tags == ["mgg:ink"]

    def test_long_names_of_lots_get_room_of_their_own(self) -> None:
        values = [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]] * 6
        short = lot_charts({f"L{k}": of_it for k, of_it in enumerate(values)})
        name = "a work order with a very long name, number"
        long = lot_charts({f"{name} {k}": of_it for k, of_it in enumerate(values)})
        few, many = self.parts(short)[1], self.parts(long)[1]
        assert many.height > few.height + 80
        assert many.xaxis[0].major_label_overrides[0] == "a work order with a very lo…"
        assert source_with(many, "label")["label"][0] == f"{name} 0"

    def test_no_charts_and_no_such_read_out_are_refused(self) -> None:
        with pytest.raises(LotError, match="no control charts"):
            plots.control_chart_figure(None)
        with pytest.raises(LotError, match="no read-out 'peak'"):
            plots.control_chart_figure(shot_charts([1.0, 2.0, 3.0, 2.0]), "peak")


class TestMatrix:
    simulations = tuple(measured_like_curve(peak_mpa=peak) for peak in (50.0, 55.0, 60.0))
    tests = (
        measured_like_curve(peak_mpa=59.5, seed=1),
        measured_like_curve(peak_mpa=50.5, seed=2),
        PTCurve([100.0, 101.0, 102.0], [1.0, 2.0, 3.0]),
    )

    def found(self) -> Any:
        return matrix(self.simulations, self.tests, test_names=("T1", "T2", "T3"))

    def test_every_cell_is_the_number_of_its_pair(self) -> None:
        plot = plots.matrix_figure(self.found(), "rmse_mpa")
        cells = source_with(plot, "good")
        assert list(zip(cells["test"], cells["simulation"], strict=True))[1] == (
            "T1",
            "simulation 2",
        )
        expected = compare(self.simulations[1], self.tests[0]).rmse_mpa
        assert cells["value"][1] == expected
        assert cells["good"][1] == -expected
        assert cells["told"][1] == f"{expected:.2f}"
        assert plot.title.text == "RMSE [MPa]"

    def test_the_best_simulation_of_each_test_is_framed(self) -> None:
        plot = plots.matrix_figure(self.found())
        (frames,) = [one for one in glyphs(plot, Rect) if one.name == "best"]
        drawn = frames.data_source.data
        assert list(zip(drawn["y"], drawn["x"], strict=True)) == [(0, 2), (1, 0)]

    def test_a_pair_that_cannot_be_compared_says_why(self) -> None:
        plot = plots.matrix_figure(self.found(), language="zh", theme="dark")
        cells = source_with(plot, "good")
        assert "do not overlap" in cells["told"][6]
        (written,) = glyphs(plot, Text)
        assert written.data_source.data["text"][6:] == ["—", "—", "—"]
        assert plot.yaxis[0].axis_label == "实测"
        assert plots.data(plot)["pairs"].num_rows == 9
        assert "RMSE [MPa]" in plots.data(plot)["pairs"].column_names

    def test_the_sign_of_a_difference_is_told_and_its_size_is_the_colour(self) -> None:
        plot = plots.matrix_figure(self.found(), "peak_pressure_diff_mpa")
        cells = source_with(plot, "good")
        assert cells["told"][0].startswith("−")
        assert cells["good"][0] == -abs(cells["value"][0])

    def test_a_large_one_is_not_written_into(self) -> None:
        plot = plots.matrix_figure(matrix(self.simulations * 5, self.tests[:2]))
        assert glyphs(plot, Text) == []

    def test_equal_numbers_are_a_picture_too(self) -> None:
        one = measured_like_curve()
        plot = plots.matrix_figure(matrix([one], [one]))
        assert glyphs(plot, Text)[0].data_source.data["text"] == ["1.000"]

    def test_a_number_without_a_better_is_refused(self) -> None:
        with pytest.raises(ComparisonError, match="tells no best match"):
            plots.matrix_figure(self.found(), "from_ms")

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_every_number_has_a_name(self, language: Any) -> None:
        found = self.found()
        for number in found.numbers:
            if number not in ("from_ms", "to_ms"):
                assert plots.matrix_figure(found, number, language=language).title.text


AROUND = Constraints(
    igniters=("135",),
    vessel="10-892",
    shell_mm="22",
    current_a="1.2",
    device="Y-H",
    nc_types=("A", "B"),
    gp_types=(),
    mass_step_mg=5,
)


@pytest.fixture(scope="module")
def wanted_peak() -> Reverse:
    return reverse(Target(peak_pressure_mpa=60.0), AROUND, default_model())


class TestCandidates:
    def test_the_first_is_the_accent_and_each_is_its_simulation(self, wanted_peak: Reverse) -> None:
        plot = plots.candidates_figure(wanted_peak, most=2)
        drawn = [one for one in plot.renderers if "recipe" in one.data_source.data]
        assert len(drawn) == 2
        assert [one.tags for one in drawn] == [["mgg:accent"], []]
        for one, line in zip(wanted_peak.candidates, drawn, strict=False):
            curve = one.simulation(default_model()).curve
            peak = np.max(line.data_source.data["pressure_mpa"])
            assert peak == pytest.approx(curve.peak.pressure_mpa)
            assert line.data_source.data["recipe"][0] == f"{one.rank}. {one.recipe}"
        (first,) = [one for one in legend(plot) if one.startswith("1. 135, NC ")]
        assert first.endswith(" mg")

    def test_a_wanted_peak_is_a_level_with_its_tolerance(self, wanted_peak: Reverse) -> None:
        plot = plots.candidates_figure(wanted_peak)
        (box,) = glyphs(plot, Quad)
        assert box.data_source.data["bottom"] == [pytest.approx(57.0)]
        assert box.data_source.data["top"] == [pytest.approx(63.0)]
        assert texts(plot) == ["Wanted peak 60.00 MPa"]

    def test_a_wanted_curve_is_met_where_time_zero_was_free(self) -> None:
        true = (
            reverse(Target(peak_pressure_mpa=55.0), AROUND, default_model())
            .candidates[0]
            .simulation(default_model())
            .curve
        )
        later = true.shift(0.4)
        found = reverse(Target(curve=later, shift_ms=1.0), AROUND, default_model())
        plot = plots.candidates_figure(found, most=1, language="zh")
        line = source_with(plot, "recipe")
        there = later.resample(np.asarray(line["time_ms"])[50:1500]).pressure_mpa
        assert np.asarray(line["pressure_mpa"])[50:1500] == pytest.approx(there, abs=0.5)
        assert "目标" in legend(plot)
        assert true.peak.pressure_mpa == pytest.approx(55.0, rel=0.05)

    def test_a_wanted_corridor_is_a_fill(self) -> None:
        limits = Corridor("c", lower=((2, 1), (30, 20)), upper=((2, 30), (8, 70), (30, 70)))
        plot = plots.candidates_figure(reverse(Target(corridor=limits), AROUND, default_model()))
        (fill,) = glyphs(plot, VArea)
        assert max(fill.data_source.data["y2"]) == 70.0
        table = plots.data(plot)["curves"]
        assert "Wanted, ≤ [MPa]" in table.column_names

    def test_another_model_and_no_candidate_are_refused(self, wanted_peak: Reverse) -> None:
        other = Reverse(**{**vars(wanted_peak), "model_fingerprint": "0" * 64})
        with pytest.raises(ReverseError, match="give the one that was asked"):
            plots.candidates_figure(other)
        with pytest.raises(ReverseError, match="no candidate to draw"):
            plots.candidates_figure(wanted_peak, most=0)


def family(**look: Any) -> dict[str, Any]:
    """One picture of each kind."""
    shots = parallel([38.0, 40.0, 42.0, 40.5, 39.0, 41.0, 40.2, 0.3])
    return {
        "shots": plots.shots_figure(shots, **look),
        "corridor": plots.corridor_figure(BOX, PEAKED, simulated=True, **look),
        "control": plots.control_chart_figure(
            shot_charts([1.0, 2.0, 1.5, 9.0], standard=(1.5, 0.3)), **look
        ),
        "matrix": plots.matrix_figure(matrix([PEAKED], [PEAKED.shift(0.1)]), "rmse_mpa", **look),
        "candidates": plots.candidates_figure(
            reverse(Target(peak_pressure_mpa=60.0, peak_time_ms=9.0), AROUND, default_model()),
            **look,
        ),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_picture_follows_theme_and_language(theme: Any, language: Any) -> None:
    colours = plots.palette(theme)
    tags = {colours.ink: "mgg:ink", colours.accent: "mgg:accent"}
    for kind, picture in family(theme=theme, language=language).items():
        figures = list(picture.select({"type": figure}))
        assert figures, kind
        painted = 0
        for one in figures:
            assert one.background_fill_color == one.border_fill_color == colours.paper
            assert one.name, "the picture in words"
            titles = f"{one.yaxis[0].axis_label}{one.name}"
            assert (titles.isascii() or "–" in titles) == (language == "en"), titles
            for drawn in one.renderers:
                glyph = drawn.glyph.properties_with_values(include_defaults=False)
                given = [glyph.get(f"{part}_color") for part in ("line", "fill", "text")]
                used = [getattr(colour, "value", colour) for colour in given]
                for colour in {c for c in used if isinstance(c, str)} & tags.keys():
                    painted += 1
                    assert drawn.tags == [tags[colour]], f"{kind}: {drawn.glyph} is not repainted"
        assert painted or kind == "matrix"
        assert plots.data(picture)
