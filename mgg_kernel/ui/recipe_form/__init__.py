"""A form for a recipe, for every page that needs one."""

from mgg_kernel.ui.recipe_form.model import RecipeForm
from mgg_kernel.ui.recipe_form.view import RecipeFormView

__all__ = ["RecipeForm", "RecipeFormView"]
