"""What the catalogue of a new lab begins with."""

from collections.abc import Iterable

from mgg_kernel.hot.catalog import CatalogueEntry
from mgg_kernel.simulation import default_model

__all__ = ["starter_catalogue"]


def starter_catalogue() -> list[tuple[str, CatalogueEntry]]:
    """Return the codes that the shipped model knows, so that a new lab can simulate at once."""
    model = default_model().document
    codes: dict[str, Iterable[str]] = {
        "igniter_types": model.igniters.types,
        "nc_types": model.nc.types,
        "gp_types": model.gp.types,
        "test_devices": model.devices,
    }
    entries = [
        (kind, CatalogueEntry(code, "from the shipped model", True))
        for kind, known in codes.items()
        for code in known
    ]
    return entries + [
        ("vessels", CatalogueEntry(code, "from the shipped model", True, vessel.volume_ml))
        for code, vessel in model.vessels.items()
    ]
