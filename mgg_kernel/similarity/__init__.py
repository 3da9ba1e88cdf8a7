"""Which stored curves look like this one: signatures, distances, and the search over them."""

from mgg_kernel.similarity.aligned import Aligned, aligned_rmse, correlation
from mgg_kernel.similarity.cells import CELLS, SIGNATURE_VERSION, WINDOW_MS, signature
from mgg_kernel.similarity.search import Candidates, Match, Nearest, nearest

__all__ = [
    "CELLS",
    "SIGNATURE_VERSION",
    "WINDOW_MS",
    "Aligned",
    "Candidates",
    "Match",
    "Nearest",
    "aligned_rmse",
    "correlation",
    "nearest",
    "signature",
]
