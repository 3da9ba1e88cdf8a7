"""Pictures of PT curves: a curve goes in, a Bokeh figure comes out.

::

    from bokeh.io import output_notebook, show
    from mgg_kernel.ui import plots

    output_notebook()
    show(plots.comparison_figure(simulated, measured))
"""

from mgg_kernel.ui.plots.band_plot import band_figure
from mgg_kernel.ui.plots.behind import data, to_csv
from mgg_kernel.ui.plots.candidates_plot import candidates_figure
from mgg_kernel.ui.plots.comparison_plot import ComparisonPicture, comparison_figure
from mgg_kernel.ui.plots.control_plot import control_chart_figure
from mgg_kernel.ui.plots.corridor_plot import corridor_figure
from mgg_kernel.ui.plots.coverage_plot import coverage_figure
from mgg_kernel.ui.plots.curve_plot import curve_figure
from mgg_kernel.ui.plots.curves_plot import curves_figure
from mgg_kernel.ui.plots.export import to_png, to_svg
from mgg_kernel.ui.plots.matrix_plot import matrix_figure
from mgg_kernel.ui.plots.palette import PALETTES, Palette, Theme, palette
from mgg_kernel.ui.plots.parameter_plot import parameter_figure
from mgg_kernel.ui.plots.parity_plot import parity_figure
from mgg_kernel.ui.plots.residual_plot import residual_figure
from mgg_kernel.ui.plots.shots_plot import shots_figure
from mgg_kernel.ui.plots.thinning import thin
from mgg_kernel.ui.plots.tiers_plot import tiers_figure
from mgg_kernel.ui.plots.zooming import follow_zoom

__all__ = [
    "PALETTES",
    "ComparisonPicture",
    "Palette",
    "Theme",
    "band_figure",
    "candidates_figure",
    "comparison_figure",
    "control_chart_figure",
    "corridor_figure",
    "coverage_figure",
    "curve_figure",
    "curves_figure",
    "data",
    "follow_zoom",
    "matrix_figure",
    "palette",
    "parameter_figure",
    "parity_figure",
    "residual_figure",
    "shots_figure",
    "thin",
    "tiers_figure",
    "to_csv",
    "to_png",
    "to_svg",
]
