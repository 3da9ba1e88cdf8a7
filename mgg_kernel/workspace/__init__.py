"""The workspace: the one object that people hold."""

from mgg_kernel.workspace.foundation import Foundation
from mgg_kernel.workspace.opening import Workspace, open  # noqa: A004
from mgg_kernel.workspace.recipes import RecipeImport
from mgg_kernel.workspace.similarity import Similar, SimilarCurves
from mgg_kernel.workspace.simulations import KeptSimulation, StoredSimulation
from mgg_kernel.workspace.stored_reverse import StoredReverse
from mgg_kernel.workspace.tests import IngestResult

__all__ = [
    "Foundation",
    "IngestResult",
    "KeptSimulation",
    "RecipeImport",
    "Similar",
    "SimilarCurves",
    "StoredReverse",
    "StoredSimulation",
    "Workspace",
    "open",
]
