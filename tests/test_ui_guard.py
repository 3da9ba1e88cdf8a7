"""Errors become sentences; work goes in steps; a page knows who looks at it."""

import asyncio
from collections.abc import Generator
from pathlib import Path

import pytest

from mgg_kernel.errors import AccessError, DatabaseDownError, LoginError, MggError, RecipeError
from mgg_kernel.ui import markup
from mgg_kernel.ui.guard import Guard, Trouble, log_incidents_to, logger
from mgg_kernel.ui.rows import Column, RowTable
from mgg_kernel.ui.steps import Steps
from mgg_kernel.ui.viewer import viewer
from mgg_kernel.ui.words import Words


def fail(error: BaseException) -> None:
    raise error


@pytest.fixture
def guard() -> Guard:
    return Guard(Words("en"))


class TestGuard:
    @pytest.mark.parametrize(
        ("error", "heading"),
        [
            (DatabaseDownError("It sleeps."), "The database does not answer"),
            (AccessError("You may not."), "Your account may not do this"),
            (LoginError("Who are you?"), "Your account may not do this"),
            (RecipeError("No charge."), "The recipe is not complete or not possible"),
            (MggError("No."), "That did not work"),
        ],
    )
    def test_an_error_raised_on_purpose_is_told(
        self, guard: Guard, error: MggError, heading: str
    ) -> None:
        assert not guard.run(fail, error)
        assert guard.trouble == Trouble(heading, str(error))

    def test_anything_else_is_an_incident_that_the_log_has_too(
        self, guard: Guard, tmp_path: Path
    ) -> None:
        log_incidents_to(tmp_path)
        try:
            assert not guard.run(fail, ZeroDivisionError("secret detail"))
        finally:
            for handler in list(logger.handlers):
                handler.close()
                logger.removeHandler(handler)
        assert guard.trouble is not None
        assert guard.trouble.incident is not None
        assert guard.trouble.incident in guard.trouble.sentence
        assert "secret" not in guard.trouble.sentence
        logged = (tmp_path / "incidents.log").read_text()
        assert guard.trouble.incident in logged
        assert "ZeroDivisionError: secret detail" in logged

    def test_the_next_thing_that_works_forgets_it(self, guard: Guard) -> None:
        guard.run(fail, MggError("No."))
        assert guard.run(lambda: None)
        assert guard.trouble is None

    def test_whoever_stops_the_program_is_not_held_up(self, guard: Guard) -> None:
        with pytest.raises(KeyboardInterrupt):
            guard.run(fail, KeyboardInterrupt())

    def test_the_heading_is_in_the_viewers_language(self) -> None:
        guard = Guard(Words("zh"))
        guard.run(fail, AccessError("You may not."))
        assert guard.trouble is not None
        assert guard.trouble.heading == "您的账户无权执行此操作"


class TestSteps:
    def work(self, done: list[int], *, fail_at: int | None = None) -> Generator[None, None, None]:
        for step in range(3):
            yield
            if step == fail_at:
                raise MggError("No.")
            done.append(step)

    def test_without_a_loop_all_of_it_is_done_at_once(self, guard: Guard) -> None:
        done: list[int] = []
        Steps(guard).start(self.work(done), lambda: done.append(99))
        assert done == [0, 1, 2, 99]

    def test_an_error_ends_it_and_is_told(self, guard: Guard) -> None:
        done: list[int] = []
        steps = Steps(guard)
        steps.start(self.work(done, fail_at=1), lambda: done.append(99))
        assert done == [0, 99]
        assert guard.trouble == Trouble("That did not work", "No.")
        assert not steps.is_busy

    def test_in_a_loop_it_can_be_cancelled_between_two_steps(self, guard: Guard) -> None:
        done: list[int] = []
        closed: list[bool] = []

        def work() -> Generator[None, None, None]:
            try:
                yield from self.work(done)
            finally:
                closed.append(True)

        async def click() -> None:
            steps = Steps(guard)
            steps.start(work(), lambda: done.append(99))
            assert steps.is_busy
            while not done:
                await asyncio.sleep(0)
            steps.cancel()
            while steps.is_busy:
                await asyncio.sleep(0.005)

        asyncio.run(click())
        assert done == [0, 99]
        assert closed == [True]

    def test_a_second_click_starts_nothing(self, guard: Guard) -> None:
        done: list[int] = []

        async def click() -> None:
            steps = Steps(guard)
            steps.start(self.work(done), lambda: None)
            steps.start(self.work(done), lambda: None)
            while steps.is_busy:
                await asyncio.sleep(0.005)

        asyncio.run(click())
        assert done == [0, 1, 2]


DASHBOARD = {"SERVER_SOFTWARE": "voila/0.5.13"}


class TestViewer:
    def test_a_dashboard_is_told_who_looks(self) -> None:
        who = viewer(
            {
                **DASHBOARD,
                "HTTP_X_MGG_USER": "wang",
                "HTTP_X_MGG_ADDRESS": "10.0.0.7",
                "HTTP_X_MGG_LANG": "zh",
                "HTTP_X_MGG_THEME": "dark",
                "QUERY_STRING": "simulation=3&test=5",
            }
        )
        assert (who.account(), who.address, who.language, who.theme) == (
            "wang",
            "10.0.0.7",
            "zh",
            "dark",
        )
        assert who.query == {"simulation": "3", "test": "5"}

    def test_a_dashboard_that_was_told_nobody_acts_as_nobody(self) -> None:
        with pytest.raises(LoginError, match="log in again"):
            viewer(DASHBOARD).account()

    def test_a_notebook_leaves_it_to_the_settings(self) -> None:
        who = viewer({})
        assert (who.account(), who.language, who.theme) == (None, "en", "light")


def test_what_people_wrote_is_shown_and_not_run() -> None:
    evil = "<img src=x onerror=alert(1)>"
    shown = [
        markup.answer(evil, evil),
        markup.facts([(evil, evil)]),
        markup.notes([evil], evil),
        markup.metrics([evil], [(evil, evil)], evil),
        markup.link(evil, "compare", test=evil),
        markup.progress(1, 2, evil),
        markup.trouble(Trouble(evil, evil)),
    ]
    assert not any("<img" in html for html in shown)


class TestRowTable:
    def table(self, opened: list[tuple[str, int | None]]) -> RowTable[tuple[str, int | None]]:
        table = RowTable[tuple[str, int | None]](
            [
                Column("Name", lambda row: row[0], lambda row: row[0]),
                Column("Size", lambda row: str(row[1]), lambda row: row[1], is_number=True),
            ],
            t=Words("en"),
            on_open=opened.append,
            action="Open",
            empty="Nothing here yet: make something.",
        )
        table.fill([("b", 2), ("c", None), ("a", 10)])
        return table

    def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(self) -> None:
        table = self.table([])
        head = table.widget.children[0].children
        head[1].click()
        assert [row[0] for row in table.rows()] == ["b", "a", "c"]
        assert head[1].description == "Size ↑"
        head[1].click()
        assert [row[0] for row in table.rows()] == ["a", "b", "c"], "what is not known stays last"
        head[0].click()
        assert [row[0] for row in table.rows()] == ["a", "b", "c"]
        assert head[1].description == "Size"

    def test_a_click_on_a_row_opens_it(self) -> None:
        opened: list[tuple[str, int | None]] = []
        table = self.table(opened)
        table.sort(0)
        _, button = table.widget.children[1].children[0].children
        assert button.description == "Open: a, 10"
        button.click()
        assert opened == [("a", 10)]

    def test_a_long_table_is_leafed_through_in_its_order(self) -> None:
        opened: list[tuple[str, int | None]] = []
        table = self.table(opened)
        assert table.pager.widget.layout.display == "none"
        table.fill([(f"row {number:02d}", number) for number in range(60)])
        lines = table.widget.children[1]
        assert len(lines.children) == 25
        table.pager.next.click()
        table.pager.next.click()
        assert len(lines.children) == 10
        assert table.pager.next.disabled
        lines.children[-1].children[1].click()
        table.sort(0)
        table.sort(0)
        assert not table.pager.next.disabled, "another order begins at its first page"
        lines.children[0].children[1].click()
        assert opened == [("row 59", 59), ("row 59", 59)]
        table.fill([("alone", 1)])
        assert len(lines.children) == 1

    def test_an_empty_table_says_the_next_step(self) -> None:
        table = self.table([])
        table.fill([])
        (hint,) = table.widget.children[1].children
        assert "make something" in hint.value

    def test_names_are_shown_and_not_run(self) -> None:
        table = self.table([])
        table.fill([("<b>bold</b>", 1)])
        text, _ = table.widget.children[1].children[0].children
        assert "<b>" not in text.value
