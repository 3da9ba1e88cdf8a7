"""The Archive page: plan, run, cancel, verify, hold, restore, retention, and monitoring."""

import threading
import time

import pytest
from archive_help import ArchiveLab, day

from mgg_kernel.cold.progress import ArchiveProgress
from mgg_kernel.errors import AccessError
from mgg_kernel.ui.archive import ArchiveModel, ArchiveView
from mgg_kernel.ui.archive.model import RunState
from mgg_kernel.ui.archive.telling import answer_html, checks_html, lists_html, progress_html
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words

pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
EN = Words("en")


def loaded(lab: ArchiveLab, name: str = "admin") -> ArchiveModel:
    model = ArchiveModel(lab.open_as(name))
    model.load()
    return model


def opened(lab: ArchiveLab, name: str = "admin") -> ArchiveView:
    view = ArchiveView(ArchiveModel(lab.open_as(name)), Viewer(), Guard(EN))
    view.load()
    return view


def test_what_is_due_is_told_and_moved(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 5))
    lab.add_test(day(2024, 5, 5))
    model = loaded(lab)
    assert model.due == 2
    assert ">2<" in answer_html(model, EN)
    assert "Measured curves · 2024-Q1" in lists_html(model, EN)
    assert {(one.hot, one.cold) for one in model.rows if one.table == "test_time_series"} == {
        (200, 0)
    }
    seen = [model.running for _ in model.run()]
    assert seen
    assert model.running is None
    assert model.due == 0
    assert {(one.hot, one.cold) for one in model.rows if one.table == "test_time_series"} == {
        (0, 200)
    }
    assert lab.hot_rows() == 0
    assert model.told == "archive.ran"
    lab.assert_each_curve_once()


def test_a_run_that_is_stopped_leaves_the_period_where_it_was(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.add_test(day(2024, 1, 5))
    model = loaded(lab)
    archive = model._ws.archive
    real = archive.run
    begun = []

    def slow(**asked: object) -> object:
        tell = asked["progress"]
        assert callable(tell)

        def listen(now: ArchiveProgress) -> None:
            begun.append(now)
            while not stopped:  # the archiver is held until the page has cancelled
                time.sleep(0.01)
            tell(now)

        return real(table=str(asked["table"]), progress=listen)

    stopped: list[bool] = []
    monkeypatch.setattr(archive, "run", slow)
    steps = model.run()
    while not begun:
        next(steps)
    threading.Timer(0.2, stopped.append, [True]).start()
    steps.close()
    assert model.running is None
    assert model.told == ""
    assert lab.hot_rows() == 200, "what was under way was taken back"
    assert model.due == 1
    assert "was stopped" in model.failures[0].details["reason"]
    lab.assert_each_curve_once()


def test_holds_are_set_and_released(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 5))
    view = opened(lab)
    view.periods.period.value, view.periods.reason.value = "2024-Q1", "claim 7"
    view.periods.hold.click()
    assert [one.reason for one in view.model.holds] == ["claim 7"]
    assert view.model.due == 0
    assert "held: claim 7" in lists_html(view.model, EN)
    assert view.run.disabled
    view.periods.release.click()
    assert view._guard.trouble is None
    assert view.model.holds == ()
    assert view.model.due == 1


def test_a_refused_hold_keeps_what_was_typed(lab: ArchiveLab) -> None:
    view = opened(lab)
    view.periods.period.value = "2024-Q7"
    view.periods.hold.click()
    assert view._guard.trouble is not None
    assert view.periods.period.value == "2024-Q7"


def test_a_period_is_restored_and_verified(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 5))
    lab.open_as().archive.run()
    view = opened(lab)
    view.verify.click()
    assert view.model.findings == ()
    assert "Every cold file is what the books say." in view._outcome.value
    view.periods.period.value, view.periods.reason.value = "2024-Q1", "look again"
    view.periods.restore.click()
    assert view._guard.trouble is None
    assert lab.hot_rows() == 200
    assert view.model.told == "archive.restored"


def test_damage_is_told_by_verifying(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 5))
    lab.open_as().archive.run()
    (name,) = lab.files()
    path = lab.place.file(name).path
    path.chmod(0o600)
    path.write_bytes(b"x" + path.read_bytes()[1:])
    view = opened(lab)
    view.verify.click()
    assert "SHA-256" in view._outcome.value


def test_retention_is_changed_by_administrators(lab: ArchiveLab) -> None:
    view = opened(lab)
    view.retention.days["test_time_series"].value = 400
    view.retention.save.click()
    assert {one.table: one.hot_days for one in view.model.policies}["test_time_series"] == 400
    entry = lab.open_as().log.list(action="change a retention policy", limit=1)[0]
    assert entry.details["hot_days"] == 400


def test_who_may_look_sees_the_tiers_and_no_buttons(lab: ArchiveLab) -> None:
    lab.add_test(day(2024, 1, 5))
    view = opened(lab, "boss")
    assert view._guard.trouble is None
    assert view.model.rows
    assert "of the rows that you may see" in view._answer.value
    assert view._buttons.layout.display == "none"
    assert view.periods.widget.layout.display == "none"
    assert view.retention.widget.layout.display == "none"
    for deed in (lambda: view.model.hold("2024-Q1", "", "x"), lambda: view.model.release(1)):
        with pytest.raises(AccessError):
            deed()
    with pytest.raises(AccessError):
        list(view.model.run() if view.model.plan else view.model.verify())


def test_monitoring_is_told_in_plain_words(lab: ArchiveLab) -> None:
    model = loaded(lab)
    states = {one.name: one.state for one in model.checks}
    assert len(states) == 9
    assert states["partitions_ahead"] == "calm"
    assert states["table_sizes"] == "calm"
    html = checks_html(model, EN)
    assert "Size of the database" in html
    zh = checks_html(model, Words("zh"))
    assert "数据库大小" in zh


def test_progress_tells_stage_and_number(lab: ArchiveLab) -> None:
    model = loaded(lab)
    at = ArchiveProgress("test_time_series", "2024-Q1", "exporting", 1_000, 4_000, 1.0)
    model.running = RunState(1, 3, at)
    assert "Period 2 of 3: exporting Measured curves 2024-Q1, 1,000 rows" in progress_html(
        model, EN
    )
