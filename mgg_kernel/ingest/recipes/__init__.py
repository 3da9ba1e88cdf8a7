"""Recipe databases: from an untrusted one-hot workbook to checked recipes and averages."""

from mgg_kernel.ingest.recipes.book import RecipeBook, read_recipe_workbook
from mgg_kernel.ingest.recipes.codes import vessel_volume_ml
from mgg_kernel.ingest.recipes.row import RecipeRow, Reported

__all__ = ["RecipeBook", "RecipeRow", "Reported", "read_recipe_workbook", "vessel_volume_ml"]
