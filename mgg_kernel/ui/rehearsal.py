"""What pages do when they open, done once for nobody, so that it is ready for all.

Kernels of pages are forked from a process that has rehearsed: what is imported, compiled and
read here is in each of them at once.  It touches no database and leaves no thread behind.
"""

import importlib

import ipywidgets
from sqlalchemy import create_engine

from mgg_kernel.comparison import compare
from mgg_kernel.ingest import example_curve
from mgg_kernel.recipe import Recipe
from mgg_kernel.simulation import default_model, simulate
from mgg_kernel.ui import layout
from mgg_kernel.ui.plots import comparison_figure

__all__ = ["PAGES", "begin", "rehearse"]

PAGES = (
    "archive",
    "compare",
    "home",
    "ingest",
    "log",
    "orders",
    "reports",
    "reverse",
    "simulate",
    "users",
)
# What the libraries import only when it is needed, and every page needs.
_LATE = ("psycopg2.extras", "sqlalchemy.dialects.postgresql.psycopg2", "zoneinfo")


def rehearse() -> None:
    """Import every page, and simulate, compare and draw a recipe."""
    for name in PAGES:
        importlib.import_module(f"mgg_kernel.ui.{name}")
    for name in _LATE:
        importlib.import_module(name)
    create_engine("postgresql+psycopg2://").dispose()
    recipe = Recipe.parse(
        igniter="135", nc=["B:775"], shell="22", current="1.2", vessel="10-892", device="Y-H"
    )
    simulated = simulate(recipe, default_model()).curve
    measured = example_curve(seed=1)
    comparison = compare(simulated, measured)
    box = layout.block("mgg-ui-picture")
    layout.picture(box, comparison_figure(simulated, measured, comparison))
    layout.picture(box, None)
    # What is shared among widgets is made anew in each kernel.
    ipywidgets.Widget.close_all()


def begin() -> None:
    """Do in a kernel what importing ipywidgets does where there is a kernel already."""
    ipywidgets.register_comm_target()
