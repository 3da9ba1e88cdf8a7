"""Recipes in the database: equal fields are one row."""

from typing import Any

from sqlalchemy import Connection, RowMapping, func, select, union_all
from sqlalchemy.dialects.postgresql import insert

from mgg_kernel.hot.catalog import require_known
from mgg_kernel.hot.tables import recipe_records, recipes, test_results
from mgg_kernel.recipe import ChargeAmount, Recipe

__all__ = [
    "RECIPE_COLUMNS",
    "recipe_from_row",
    "recipe_id",
    "recipe_of_id",
    "store_recipe",
    "tested_recipes",
]

RECIPE_COLUMNS = [column for column in recipes.c if column.name not in ("id", "team_id")]
"""The columns that :func:`recipe_from_row` reads."""


def store_recipe(connection: Connection, recipe: Recipe) -> int:
    """Return the id of a recipe, adding it where it is new.

    Raises:
        RecipeError: a code of it is not in the catalogue.
    """
    known = recipe_id(connection, recipe)
    if known is not None:
        return known
    require_known(connection, recipe)
    added = connection.execute(
        insert(recipes)
        .values(team_id=func.mgg_team_id(), **_values(recipe))
        .on_conflict_do_nothing(constraint="recipes_same_is_same")
        .returning(recipes.c.id)
    ).scalar_one_or_none()
    # Somebody else may have added the same one just now; then theirs is the row.
    return added if added is not None else store_recipe(connection, recipe)


def recipe_id(connection: Connection, recipe: Recipe) -> int | None:
    """Return the id of a recipe in the user's team, or None if it is not there."""
    query = select(recipes.c.id).where(recipes.c.team_id == func.mgg_team_id())
    for name, value in _values(recipe).items():
        query = query.where(recipes.c[name].is_not_distinct_from(value))
    return connection.execute(query).scalar_one_or_none()


def recipe_of_id(connection: Connection, number: int) -> Recipe:
    """Return the recipe of a row that there is."""
    row = connection.execute(select(*RECIPE_COLUMNS).where(recipes.c.id == number)).one()
    recipe = recipe_from_row(row._mapping)
    assert recipe is not None, "the row has an igniter"
    return recipe


def recipe_from_row(row: RowMapping) -> Recipe | None:
    """Make the recipe from a row that holds :data:`RECIPE_COLUMNS`; None where they are NULL."""
    if row["igniter_type"] is None:
        return None
    charges = [
        ChargeAmount(row[f"nc_type_{place}"], row[f"nc_mass_{place}_mg"])
        for place in (1, 2)
        if row[f"nc_type_{place}"] is not None
    ]
    return Recipe(
        igniter_type=row["igniter_type"],
        nc=tuple(charges),
        gp=ChargeAmount(row["gp_type"], row["gp_mass_mg"]) if row["gp_type"] else None,
        shell_height_mm=row["shell_height_mm"],
        firing_current_a=row["firing_current_a"],
        vessel=row["vessel"],
        test_device=row["test_device"],
        sensor_range_mpa=row["sensor_range_mpa"],
    )


def tested_recipes(connection: Connection) -> list[Recipe]:
    """Return what the own team has fired: the recipe of each imported product, and those of tests.

    A recipe stands there as often as products have it, once where only tests have it; in an order
    that stays.
    """
    of_products = select(recipe_records.c.recipe_id).where(
        recipe_records.c.team_id == func.mgg_team_id(), recipe_records.c.superseded_at.is_(None)
    )
    of_tests = (
        select(test_results.c.recipe_id)
        .where(
            test_results.c.team_id == func.mgg_team_id(),
            test_results.c.deleted_at.is_(None),
            test_results.c.recipe_id.is_not(None),
            test_results.c.recipe_id.not_in(of_products),
        )
        .distinct()
    )
    fired = union_all(of_products, of_tests).subquery()
    query = (
        select(*RECIPE_COLUMNS)
        .join_from(recipes, fired, fired.c.recipe_id == recipes.c.id)
        .order_by(recipes.c.id)
    )
    found = (recipe_from_row(row._mapping) for row in connection.execute(query))
    return [recipe for recipe in found if recipe is not None]


def _values(recipe: Recipe) -> dict[str, Any]:
    first, second = (*recipe.nc, None, None)[:2]
    return {
        "igniter_type": recipe.igniter_type,
        "nc_type_1": first.type_code if first else None,
        "nc_mass_1_mg": first.mass_mg if first else None,
        "nc_type_2": second.type_code if second else None,
        "nc_mass_2_mg": second.mass_mg if second else None,
        "gp_type": recipe.gp.type_code if recipe.gp else None,
        "gp_mass_mg": recipe.gp.mass_mg if recipe.gp else None,
        "shell_height_mm": recipe.shell_height_mm,
        "firing_current_a": recipe.firing_current_a,
        "sensor_range_mpa": recipe.sensor_range_mpa,
        "vessel": recipe.vessel,
        "test_device": recipe.test_device,
    }
