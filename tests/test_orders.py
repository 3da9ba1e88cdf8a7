"""Work orders: searched, paged, changed by people who may, and by two at once."""

import itertools

import pytest
from conftest import OpenAs

from mgg_kernel.errors import AccessError, ConflictError, StoreError
from mgg_kernel.recipe import Recipe

marks = itertools.count(1)


@pytest.fixture
def mark() -> str:
    """A word that no other test uses."""
    return f"zorder{next(marks):04d}"


class TestFinding:
    def test_pages_are_whole_and_in_order(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        made = [wang.work_orders.create(title=f"{mark} {at}").number for at in range(7)]
        pages = [wang.work_orders.find(mark, limit=3, offset=at) for at in (0, 3, 6, 9)]
        assert [total for _, total in pages] == [7, 7, 7, 7]
        listed = [row.order.number for rows, _ in pages for row in rows]
        assert listed == made[::-1]

    def test_what_is_searched_and_filtered(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        recipe = Recipe.parse(
            igniter="135", nc=["B:731.5"], shell="22", current="1.2", vessel="10-892", device="Y-H"
        )
        urgent = wang.work_orders.create(title=f"{mark} 100%_A", priority="high", recipe=recipe)
        calm = wang.work_orders.create(title=f"{mark} other", priority="low")
        wang.work_orders.close(calm.number)

        def found(search: str, **only: str) -> set[str]:
            return {row.order.number for row in wang.work_orders.find(search, **only)[0]}  # type: ignore[arg-type]

        assert found(mark.upper()) == {urgent.number, calm.number}
        assert found("100%_") == {urgent.number}
        assert found(urgent.number) == {urgent.number}
        assert urgent.number in found("10-892")
        assert found(mark, status="closed") == {calm.number}
        assert found(mark, priority="high") == {urgent.number}
        assert found(mark, status="closed", priority="high") == set()

    def test_the_tests_of_each_are_counted(self, open_as: OpenAs, mark: str) -> None:
        from mgg_kernel.ingest import example_curve, write_lab_workbook

        wang = open_as("wang")
        order = wang.work_orders.create(title=mark)
        for seed in (7_100_001, 7_100_002):
            data = write_lab_workbook(example_curve(seed=seed), mark)
            (result,) = wang.tests.ingest(data, f"{mark}.xlsx", work_order=order.number)
        ((row,), _) = wang.work_orders.find(mark)
        assert row.test_count == 2
        assert result.test_result_id is not None
        wang.tests.delete(result.test_result_id)
        ((row,), _) = wang.work_orders.find(mark)
        assert row.test_count == 1


class TestChanging:
    def test_close_and_reopen(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        number = wang.work_orders.create(title=mark).number
        closed = wang.work_orders.close(number)
        assert closed.closed_at is not None
        again = wang.work_orders.reopen(number)
        assert (again.status, again.closed_at) == ("open", None)
        with pytest.raises(ConflictError, match="is open already"):
            wang.work_orders.reopen(number)
        actions = [one.action for one in open_as("admin").log.list(log_type="work_order", limit=3)]
        assert "reopen a work order" in actions

    def test_two_people_at_once_overwrite_nothing(self, open_as: OpenAs, mark: str) -> None:
        wang, sun = open_as("wang"), open_as("sun")
        seen = wang.work_orders.create(title=mark)
        changed = sun.work_orders.edit(seen, priority="high")
        assert (changed.title, changed.priority) == (mark, "high")
        with pytest.raises(ConflictError, match="changed by somebody else meanwhile"):
            wang.work_orders.edit(seen, title="mine")
        assert wang.work_orders.get(seen.number).title == mark
        mine = wang.work_orders.edit(changed, title=f"{mark} mine")
        assert (mine.title, mine.priority) == (f"{mark} mine", "high")

    def test_who_only_looks_changes_nothing(self, open_as: OpenAs, mark: str) -> None:
        seen = open_as("wang").work_orders.create(title=mark)
        boss = open_as("boss")
        for change in (
            lambda: boss.work_orders.edit(seen, title="x"),
            lambda: boss.work_orders.close(seen.number),
            lambda: boss.work_orders.reopen(seen.number),
        ):
            with pytest.raises(AccessError):
                change()
        assert boss.work_orders.get(seen.number) == seen

    def test_a_title_that_is_too_long(self, open_as: OpenAs, mark: str) -> None:
        wang = open_as("wang")
        seen = wang.work_orders.create(title=mark)
        with pytest.raises(StoreError):
            wang.work_orders.edit(seen, title="x" * 201)
        assert wang.work_orders.get(seen.number) == seen
