"""``ws.tests.link``: what was fired in a test."""

from collections.abc import Sequence

from sqlalchemy import Connection

from mgg_kernel.curve import PTCurve
from mgg_kernel.errors import AccessError, NotFoundError, RecipeError
from mgg_kernel.hot import test_results
from mgg_kernel.hot.log import write_log
from mgg_kernel.hot.recipe_links import Link, find_link, product_recipe_id
from mgg_kernel.hot.recipes import recipe_of_id, store_recipe
from mgg_kernel.hot.test_results import TestSummary
from mgg_kernel.hot.work_orders import get_work_order, work_order_id
from mgg_kernel.quality import QualityFlag, quality_flags
from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace.test_days import TestDaysDesk

__all__ = ["LinksDesk", "saturation"]

LINK, UNLINK = "link a test", "unlink a test"


def saturation(
    connection: Connection, link: Link | None, curve: PTCurve
) -> tuple[QualityFlag, ...]:
    """Return the flag of a record that reaches the range of its recipe's sensor, if it does."""
    if link is None or link.recipe_id is None:
        return ()
    sensor = recipe_of_id(connection, link.recipe_id).sensor_range_mpa
    if sensor is None:
        return ()
    flags = quality_flags(curve, sensor_range_mpa=float(sensor))
    return tuple(flag for flag in flags if flag.code == "saturated")


class LinksDesk(TestDaysDesk):
    """What the desk of tests says of recipes and work orders."""

    def link(
        self,
        ids: Sequence[int],
        *,
        recipe: Recipe | None = None,
        work_order: str | None = None,
        product: str | None = None,
    ) -> None:
        """Say what was fired in tests: in all of them, or in none.

        Args:
            ids: of the tests.
            recipe: the recipe.
            work_order: number of the work order that they were fired for; its recipe is taken
                where none is given.
            product: a product of an imported recipe database, whose recipe is taken.

        Raises:
            RecipeError: nothing, or both a recipe and a product, was given; a code is not in the
                catalogue; or the product has several recipes.
            NotFoundError: a test, the order or the product is not there, or this account may not
                see it.
            AccessError: a test is somebody else's and the acting account is no administrator.
        """
        if (recipe is None) == (product is None) and not (recipe is None and work_order):
            raise RecipeError(
                "Say what was fired: a recipe or a product, or the work order that has the recipe."
            )
        with (
            self._office.doing("work", "ingest", LINK, ", ".join(map(str, ids))),
            self._office.transaction() as connection,
        ):
            order_id = work_order_id(connection, work_order) if work_order else None
            if recipe is None and product is None and work_order:
                recipe = get_work_order(connection, work_order).recipe
            recipe_id = store_recipe(connection, recipe) if recipe else None
            if product is not None:
                recipe_id = _of_product(connection, product)
            link = Link(recipe_id, order_id, "choice", product or work_order or str(recipe))
            for test_id in ids:
                self._link(connection, test_id, link, LINK)

    def unlink(self, ids: Sequence[int]) -> None:
        """Say that it is not known what was fired in tests, nor what for.

        Raises:
            NotFoundError: a test is not there, or this account may not see it.
            AccessError: a test is somebody else's and the acting account is no administrator.
        """
        with (
            self._office.doing("work", "ingest", UNLINK, ", ".join(map(str, ids))),
            self._office.transaction() as connection,
        ):
            for test_id in ids:
                self._link(connection, test_id, None, UNLINK)

    def unlinked(self, *, limit: int = 200) -> list[TestSummary]:
        """Return the newest tests of which no recipe is known yet, newest first: work to do."""
        with self._office.transaction() as connection:
            return test_results.list_tests(connection, unlinked=True, limit=limit)

    def named_link(self, remark: str | None, file_name: str) -> Link | None:
        """Return what a file says it belongs to, before it is stored.

        Args:
            remark: the remark in its header.
            file_name: its name.
        """
        with self._office.transaction() as connection:
            return find_link(connection, remark, file_name)

    def _link(self, connection: Connection, test_id: int, link: Link | None, action: str) -> None:
        test = test_results.get_test(connection, test_id)
        others = tuple(flag for flag in test.flags if flag.code != "saturated")
        curve = self._office.read_curve(connection, "test", test_id)
        if not test_results.set_link(
            connection,
            test_id,
            recipe_id=link.recipe_id if link else None,
            work_order_id=link.work_order_id if link else None,
            source=link.source if link and link.recipe_id else None,
            flags=others + saturation(connection, link, curve),
        ):
            raise AccessError(
                f"The test {test_id} is {test.created_by}'s; ask them or an administrator."
            )
        was = {"recipe": str(test.recipe) if test.recipe else None, "order": test.work_order}
        write_log(
            connection,
            "ingest",
            action,
            object_type="test_results",
            object_id=test_id,
            details={"from": was, "to": link.name if link else None},
        )


def _of_product(connection: Connection, product: str) -> int:
    recipe_id = product_recipe_id(connection, product)
    if recipe_id is None:
        raise NotFoundError(
            f"There is no product '{product}' with one recipe; 'mgg recipes list' shows those that "
            "there are."
        )
    return recipe_id
