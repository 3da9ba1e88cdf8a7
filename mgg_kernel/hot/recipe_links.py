"""Which recipe a measured file belongs to, as far as its remark or its name says so for certain."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mgg_kernel.hot.tables import recipe_records, work_orders
from mgg_kernel.hot.test_results import RecipeSource

__all__ = ["Link", "find_link", "product_recipe_id"]

_ORDER_NUMBER = re.compile(r"(?<![A-Za-z0-9])WO-[0-9]{8}-[0-9]{6}(?![0-9])")
_OF_AVERAGES = re.compile(r"[ _-]+(?:avg|mean|average|平均|平均值|均值)$", re.IGNORECASE)
"""What labs put behind a product's name for the mean of its shots.  A number there is another
shot or another product, and letters are a variant, so neither is taken off."""


@dataclass(frozen=True)
class Link:
    """What was fired, and how that is known; `name` is the order's number or the product."""

    recipe_id: int | None
    work_order_id: int | None
    source: RecipeSource
    name: str


def find_link(connection: Connection, remark: str | None, file_name: str) -> Link | None:
    """Return what a test belongs to, if exactly one thing is named.

    The number of a work order counts first, in the remark and then in the file's name; then the
    product of an imported recipe database, which must be the whole remark or the whole name.

    Args:
        connection: a transaction of the user; only the own team's orders and products count.
        remark: the remark in the file's header.
        file_name: the file's name, with its ending.
    """
    stem = file_name.rsplit(".", 1)[0].strip()
    sources: list[tuple[RecipeSource, str]] = [("remark", (remark or "").strip())]
    sources.append(("file name", stem))
    for source, text in sources:
        link = _by_order(connection, source, text)
        if link is not None:
            return link
    named = [*sources, ("file name", _OF_AVERAGES.sub("", stem))]
    recipes = _of_products(connection, {text for _, text in named if text})
    for source, text in named:
        if len(recipes.get(text, ())) == 1:
            return Link(recipes[text][0], None, source, text)
    return None


def product_recipe_id(connection: Connection, product: str) -> int | None:
    """Return the recipe of a product of the own team; None if it has none, or several."""
    found = _of_products(connection, {product}).get(product, [])
    return found[0] if len(found) == 1 else None


def _of_products(connection: Connection, products: set[str]) -> dict[str, list[int]]:
    """Return of each product the recipes that it has today, each once."""
    columns = recipe_records.c
    query = (
        select(columns.product, columns.recipe_id)
        .where(
            columns.product.in_(products),
            columns.superseded_at.is_(None),
            columns.team_id == func.mgg_team_id(),
        )
        .distinct()
    )
    found: dict[str, list[int]] = {}
    for product, recipe_id in connection.execute(query):
        found.setdefault(product, []).append(recipe_id)
    return found


def _by_order(connection: Connection, source: RecipeSource, text: str) -> Link | None:
    numbers = set(_ORDER_NUMBER.findall(text))
    if len(numbers) != 1:
        return None
    columns = work_orders.c
    row = connection.execute(
        select(columns.id, columns.recipe_id, columns.work_order_number).where(
            columns.work_order_number == numbers.pop(), columns.team_id == func.mgg_team_id()
        )
    ).one_or_none()
    if row is None:
        return None
    return Link(row.recipe_id, row.id, source, row.work_order_number)
