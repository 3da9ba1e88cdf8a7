"""The Reports page: what its model does for whom, what it says, and the files it hands out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_help import ArchiveLab
from ipywidgets import HTML, Widget
from report_help import REPORT, executed_at_once, forget_runs, write_report

from mgg_kernel.errors import AccessError, NotFoundError, ReportError
from mgg_kernel.reports import run_report
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.reports import ReportsModel, ReportsView
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.web.downloads import DownloadReport
from mgg_kernel.workspace import Workspace

pytestmark = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)


@pytest.fixture
def folder(lab: ArchiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two daily reports with other numbers, and one that failed, as the newest."""
    made = tmp_path / "notebooks"
    made.mkdir()
    forget_runs(lab)
    monkeypatch.setenv("MGG_SCHEDULED_DIR", str(made))
    monkeypatch.setattr("mgg_kernel.reports.provenance.find_browser", lambda: None)
    monkeypatch.setattr("mgg_kernel.reports.runner.execute", executed_at_once)
    ws = lab.open_as("wang")
    told = 'times = 2\nlanguage = "en"\nperiod = None'
    write_report(made, "daily_lab_report", REPORT, told)
    run_report(ws, "daily_lab_report", period="2026-01-01")
    run_report(ws, "daily_lab_report", {"times": 3}, period="2026-01-02")
    write_report(made, "health", "raise ValueError('<b>no disk</b>')", 'language = "en"')
    run_report(ws, "health")
    yield made
    forget_runs(lab)


def page(ws: Workspace, language: str = "en", **query: str) -> ReportsView:
    viewer = Viewer("somebody", language=language, query=query, is_dashboard=True)  # type: ignore[arg-type]
    view = ReportsView(ReportsModel(ws), viewer, Guard(Words(viewer.language)))
    view.load()
    return view


def texts(widget: Widget) -> str:
    own = widget.value if isinstance(widget, HTML) else ""
    return own + "".join(texts(child) for child in getattr(widget, "children", ()))


def test_the_newest_report_stands_open_and_the_list_has_what_people_read(
    lab: ArchiveLab, folder: Path
) -> None:
    view = page(lab.open_as("boss"))
    model, said = view.model, texts(view.widget)
    assert model.run is not None
    assert model.run.period == "2026-01-02"
    assert "It ran 3 times." in said
    assert 'sandbox=""' in said
    assert "download/report?run=2&amp;kind=manifest" in said
    assert "kind=pdf" not in said, "there is none"
    assert [run.period for run in model.runs] == ["2026-01-02", "2026-01-01"]
    assert view._fold.layout.display == "none", "who only looks makes nothing"
    assert view.again.layout.display == "none"
    view.name.value = "everything"
    assert next(run.name for run in model.runs) == "health"
    view.state.value = "failed"
    assert [run.name for run in model.runs] == ["health"]
    view.period.value = "1999"
    assert list(model.runs) == []
    assert "No report is like this" in texts(view.list.widget)


def test_a_failed_report_says_why_and_nothing_of_it_runs(lab: ArchiveLab, folder: Path) -> None:
    view = page(lab.open_as("wang"), "zh", run="3")
    said = texts(view.widget)
    assert "报告 3 生成失败" in said
    assert "&lt;b&gt;no disk&lt;/b&gt;" in said
    assert "<b>no disk" not in said


def test_checking_and_comparing(lab: ArchiveLab, folder: Path) -> None:
    view = page(lab.open_as("wang"))
    view.check.click()
    assert "This report is what was signed" in texts(view.widget)
    view.other.value = 1
    assert view.model.differing == {"times": (3, 2)}
    assert "times" in view._differing.value
    view.other.value = 0
    assert view.model.differing is None
    place = lab.open_as().reports.store.root
    (file,) = place.glob("*/*/2/report.html")
    file.chmod(0o644)
    file.write_text("forged")
    view.check.click()
    assert "NOT what was signed" in view._verdict.value
    assert "report.html: is not what was written" in view._verdict.value
    with pytest.raises(ReportError, match="two of one kind"):
        view.model.compare(3)


def test_what_is_made_here_is_shown_when_it_is_there(lab: ArchiveLab, folder: Path) -> None:
    view = page(lab.open_as("wang"))
    view.again.click()
    assert view.model.is_making
    assert "is being made" in view._making.value
    process = view.model._process
    assert process is not None
    assert process.wait(60) == 0
    assert view.model.look()
    run = view.model.run
    assert run is not None
    assert (run.id, run.repetition, run.period) == (4, 1, "2026-01-02")
    assert run.created_by == "wang"
    assert not view.make.disabled
    view.of.value = "someday"
    view.make.click()
    assert view._guard.trouble is not None
    assert "is no period" in view._guard.trouble.sentence
    with pytest.raises(AccessError):
        page(lab.open_as("boss")).model.make("daily_lab_report", "", "en")


def test_a_report_that_is_not_there_is_a_sentence(lab: ArchiveLab, folder: Path) -> None:
    for who, number in (("wang", "99"), ("wang", "x"), ("stranger", "1")):
        view = page(lab.open_as(who), run=number)
        assert view._guard.trouble is not None
        assert "There is no report" in view._guard.trouble.sentence
    said = texts(page(lab.open_as("stranger")).widget)
    assert "No report was made yet" in said, "another team's reports are not seen"


def test_files_are_sent_under_the_viewers_rights(lab: ArchiveLab, folder: Path) -> None:
    class Gate:
        def workspace(self, username: str, address: str) -> Workspace:
            return lab.open_as(username)

    def ask(who: str, **asked: str) -> tuple[str, str, bytes]:
        return DownloadReport.write_file(Gate(), who, "127.0.0.1", {**asked, "lang": "en"})

    name, kind, data = ask("boss", run="1", kind="html")
    assert (name, kind) == ("daily_lab_report-2026-01-01-1.html", "text/html; charset=UTF-8")
    assert b"It ran 2 times." in data
    assert ask("boss", run="1", kind="manifest")[0].endswith(".manifest.json")
    for who, run, file in (
        ("stranger", "1", "html"),
        ("boss", "1", "pdf"),
        ("boss", "1", "../secrets"),
        ("boss", "1 OR 1", "html"),
    ):
        with pytest.raises(NotFoundError):
            ask(who, run=run, kind=file)
