"""The kernel of the MGG Workspace: PT curves, simulation, comparison, and the lab's database.

Names are loaded when they are first used, so that ``import mgg_kernel`` stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from mgg_kernel._version import __version__

if TYPE_CHECKING:
    from mgg_kernel.comparison import Comparison, compare
    from mgg_kernel.curve import PTCurve
    from mgg_kernel.errors import MggError
    from mgg_kernel.ingest import example_curve, read_workbook, write_lab_workbook
    from mgg_kernel.recipe import ChargeAmount, Recipe
    from mgg_kernel.settings import Settings, load_settings
    from mgg_kernel.simulation import Simulation, default_model, load_model, simulate
    from mgg_kernel.workspace import Workspace, open  # noqa: A004

__all__ = [
    "ChargeAmount",
    "Comparison",
    "MggError",
    "PTCurve",
    "Recipe",
    "Settings",
    "Simulation",
    "Workspace",
    "__version__",
    "compare",
    "default_model",
    "example_curve",
    "load_model",
    "load_settings",
    "open",
    "read_workbook",
    "simulate",
    "write_lab_workbook",
]

_HOMES = {
    "mgg_kernel.comparison": ("Comparison", "compare"),
    "mgg_kernel.curve": ("PTCurve",),
    "mgg_kernel.errors": ("MggError",),
    "mgg_kernel.ingest": ("example_curve", "read_workbook", "write_lab_workbook"),
    "mgg_kernel.recipe": ("ChargeAmount", "Recipe"),
    "mgg_kernel.settings": ("Settings", "load_settings"),
    "mgg_kernel.simulation": ("Simulation", "default_model", "load_model", "simulate"),
    "mgg_kernel.workspace": ("Workspace", "open"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'mgg_kernel' has no attribute '{name}'")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
