"""Sweeps: many recipes simulated at once, in threads or over a cluster (docs/sweeps.md)."""

from mgg_kernel.sweeps.files import write_table
from mgg_kernel.sweeps.ranges import ChargeRange, Range
from mgg_kernel.sweeps.run import SweepProgress, run_sweep, sweep_to_file
from mgg_kernel.sweeps.sampling import latin_hypercube, sobol
from mgg_kernel.sweeps.space import RecipeSpace, full_grid

__all__ = [
    "ChargeRange",
    "Range",
    "RecipeSpace",
    "SweepProgress",
    "full_grid",
    "latin_hypercube",
    "run_sweep",
    "sobol",
    "sweep_to_file",
    "write_table",
]
