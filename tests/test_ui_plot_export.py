"""Pictures as files: the numbers behind them, and what a browser draws of them."""

import csv
import io
import shutil
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest
from bokeh.plotting import figure
from factory import measured_like_curve

from mgg_kernel.errors import ExportError
from mgg_kernel.lots import overlay, shot_charts
from mgg_kernel.ui import plots
from mgg_kernel.ui.plots import export

CURVE = measured_like_curve(seed=3)
HAS_BROWSER = any(map(shutil.which, export.BROWSERS))
needs_browser = pytest.mark.skipif(not HAS_BROWSER, reason="no Chromium here")


class TestNumbers:
    def test_they_are_those_of_the_curve_and_not_of_the_screen(self) -> None:
        table = plots.data(plots.curve_figure(CURVE))["curve"]
        assert table.column_names == ["Time [ms]", "Pressure [MPa]"]
        assert np.array_equal(table.column(1).to_numpy(), CURVE.pressure_mpa)
        assert table.num_rows == 4000

    def test_csv_is_read_back_to_the_last_bit(self) -> None:
        text = plots.to_csv(plots.curve_figure(CURVE, language="zh"))
        name, *rows = text.splitlines()
        read = list(csv.reader(rows))
        assert name == "# curve"
        assert read[0] == ["时间 [ms]", "压力 [MPa]"]
        assert np.array_equal(np.array(read[1:], float)[:, 1], CURVE.pressure_mpa)

    def test_a_comparison_holds_both_curves_and_the_residual(self) -> None:
        other = measured_like_curve(peak_mpa=60.0)
        tables = plots.data(plots.comparison_figure(other, CURVE))
        assert list(tables) == ["compared", "test", "simulation"]
        time, test, simulation, residual = (c.to_numpy() for c in tables["compared"].columns)
        assert np.allclose(residual, simulation - test, atol=1e-12)
        assert np.array_equal(tables["test"].column(0).to_numpy(), CURVE.time_ms)
        assert time.size > 3000

    def test_shots_hold_each_shot_and_what_is_missing_is_empty(self) -> None:
        early = CURVE.shift(-3.0)
        shots = overlay([CURVE, early], names=["=A1", "B"], align="none")
        text = plots.to_csv(plots.shots_figure(shots))
        first, second = text.split("\n\n")
        rows = list(csv.reader(io.StringIO(first)))
        assert rows[0] == ["# curves"]
        assert rows[1][-2:] == ["Shot 1: =A1 [MPa]", "Shot 2: B [MPa]"]
        assert rows[2][-2] == ""  # the first shot has not begun yet
        assert second.startswith("# shots\n")
        assert "\n'=A1," in second  # no spreadsheet takes a name for a formula

    def test_control_charts_hold_their_limits(self) -> None:
        charts = shot_charts([10.0, 11.0, 9.0, 10.5])
        tables = plots.data(plots.control_chart_figure(charts, "peak_time_ms"))
        assert list(tables) == ["place", "spread"]
        limits = tables["place"].column("Control limits, ≤ [ms]").to_pylist()
        assert limits == [point.upper for point in charts.location.points]
        assert isinstance(tables["spread"], pa.Table)

    def test_a_picture_of_somebody_else_is_refused(self) -> None:
        with pytest.raises(ExportError, match="No numbers are kept"):
            plots.data(figure())


class TestFiles:
    @needs_browser
    def test_svg_is_the_picture_with_its_words(self) -> None:
        text = plots.to_svg(plots.comparison_figure(CURVE, CURVE, theme="dark"), width_px=800)
        root = ET.fromstring(text)
        assert root.tag.endswith("svg")
        assert root.get("width") == "800"
        ground = root[0]
        assert (ground.tag.split("}")[1], ground.get("fill")) == (
            "rect",
            plots.palette("dark").paper,
        )
        words = {one.text for one in root.iter() if one.tag.endswith("text")}
        assert {"Pressure [MPa]", "Residual [MPa]", "Time [ms]"} <= words
        assert 'href="http' not in text

    @needs_browser
    def test_png_has_the_dots_that_were_asked_for(self) -> None:
        picture = plots.curve_figure(CURVE, language="zh", height_px=300)
        file = plots.to_png(picture, width_px=640, density=2.0)
        assert file.startswith(b"\x89PNG")
        assert struct.unpack(">II", file[16:24]) == (1280, 600)

    def test_without_a_browser_it_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(ExportError, match="There is no Chromium here"):
            plots.to_svg(plots.curve_figure(CURVE))

    @pytest.mark.parametrize(
        ("script", "told"),
        [
            ("exit 3", "drew no picture"),
            ("sleep 5", "within 0.5 s"),
        ],
    )
    def test_a_browser_that_does_not_draw_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
    ) -> None:
        browser = tmp_path / "chromium"
        browser.write_text(f"#!/bin/sh\n{script}\n")
        browser.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        monkeypatch.setattr(export, "PATIENCE_S", 0.5)
        with pytest.raises(ExportError, match=told):
            plots.to_png(plots.curve_figure(CURVE))

    def test_sizes_that_make_no_sense_are_refused(self) -> None:
        with pytest.raises(ExportError, match="300 to 4,000 px wide"):
            plots.to_svg(plots.curve_figure(CURVE), width_px=20)
        with pytest.raises(ExportError, match="1 to 4 dots per px"):
            plots.to_png(plots.curve_figure(CURVE), density=9.0)
