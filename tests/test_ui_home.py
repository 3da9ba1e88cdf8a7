"""The Home page: what it counts, whom it tells what, and where its links lead."""

import dataclasses
import itertools
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from conftest import OpenAs

from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.attention import Attention
from mgg_kernel.hot.database import User
from mgg_kernel.ingest import example_curve, write_lab_workbook
from mgg_kernel.recipe import Recipe
from mgg_kernel.ui.home import home_html
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace
from mgg_kernel.workspace.overview import Overview

seeds = itertools.count(61_000)
EN = Words("en")
NOTHING = Attention(**dict.fromkeys(Attention.__dataclass_fields__, 0))
SOME = dataclasses.replace(NOTHING, tests=3, simulations=1)
ENGINEER = User(1, "wang", "Wang", "engineer", "lab")
MANAGER = User(2, "boss", "Boss", "user", "lab")


def overview(attention: Attention = SOME, **changes: object) -> Overview:
    empty = Overview(attention, datetime.now(UTC), (), (), (), None, 0.5)
    return dataclasses.replace(empty, **changes)  # type: ignore[arg-type]


def shown(found: Overview, user: User = ENGINEER, t: Words = EN) -> str:
    return home_html(found, user, "UTC", t)


def store(ws: Workspace, curve: PTCurve, recipe: Recipe | None = None) -> int:
    (result,) = ws.tests.ingest(write_lab_workbook(curve, "P"), "home.xlsx", recipe=recipe)
    assert result.test_result_id is not None
    return result.test_result_id


class TestCounts:
    def test_each_kind_is_counted_once_it_is_there(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        before = wang.overview().attention
        clean = example_curve(seed=next(seeds))
        # Cut off flat at the top: its peak is in doubt.
        clipped = PTCurve(clean.time_ms, np.minimum(clean.pressure_mpa, 30.0))
        tests = [store(wang, clean), store(wang, clipped)]
        order = wang.work_orders.create(title="urgent", priority="high")
        after = wang.overview().attention
        assert after.unlinked_tests == before.unlinked_tests + 2
        assert after.doubtful_tests == before.doubtful_tests + 1
        assert after.tests == before.tests + 2
        assert after.urgent_orders == before.urgent_orders + 1
        assert after.open_orders == before.open_orders + 1
        for test in tests:
            wang.tests.delete(test)
        wang.work_orders.close(order.number)
        assert wang.overview().attention == before

    def test_a_comparison_that_misses_the_peak(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        recipe = Recipe.parse(
            igniter="135",
            nc=["B:713.5"],
            shell="22",
            current="1.2",
            vessel="10-892",
            device="Y-H",
        )
        simulation = wang.simulations.run(recipe)
        before = wang.overview().attention.poor_comparisons
        for factor, more in ((1.02, 0), (1.2, 1)):
            curve = PTCurve(simulation.curve.time_ms, simulation.curve.pressure_mpa * factor)
            wang.comparisons.save(simulation.id, store(wang, curve, recipe))
            assert wang.overview().attention.poor_comparisons == before + more

    def test_what_is_due_for_the_archive_is_told_to_who_archives(self, open_as: OpenAs) -> None:
        assert open_as("admin").overview().due is not None
        assert open_as("boss").overview().due is None


class TestPage:
    def test_all_is_well(self) -> None:
        assert "All is well" in shown(overview())
        assert "一切正常" in shown(overview(), t=Words("zh"))

    def test_what_there_is_to_do(self) -> None:
        todo = dataclasses.replace(SOME, unlinked_tests=1234, urgent_orders=1, quarantined_files=2)
        html = shown(overview(todo))
        assert ">3<" in html
        assert "1,234" in html
        assert 'href="ingest?unlinked=1"' in html
        assert "orders?status=open&amp;priority=high" in html
        looking = shown(overview(todo), MANAGER)
        assert ">1<" in looking
        assert "unlinked" not in looking

    def test_a_disk_that_fills_up(self) -> None:
        assert "7 %" in shown(overview(disk_free=0.07))
        assert "disk" not in shown(overview(disk_free=0.11))

    def test_an_empty_lab_says_the_next_step(self) -> None:
        html = shown(overview(NOTHING))
        assert re.findall(r'href="(\w+)"', html) == ["ingest", "simulate", "compare"]
        assert "href" not in shown(overview(NOTHING), MANAGER)

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_what_people_wrote_stays_text(self, open_as: OpenAs, language: str) -> None:
        wang = open_as("wang")
        order = wang.work_orders.create(title='<img src=x onerror="alert(1)">')
        html = shown(wang.overview(), t=Words(language))  # type: ignore[arg-type]
        assert "<img" not in html
        assert "&lt;img" in html
        wang.work_orders.close(order.number)

    def test_times_are_the_labs(self, open_as: OpenAs) -> None:
        wang = open_as("wang")
        store(wang, example_curve(seed=next(seeds)))
        newest = wang.overview().tests[0]
        assert datetime.now(UTC) - newest.created_at < timedelta(minutes=5)
        html = home_html(wang.overview(), ENGINEER, "Asia/Shanghai", EN)
        local = (newest.created_at + timedelta(hours=8)).strftime("%Y-%m-%d\u00a0%H:%M")
        assert local in html
