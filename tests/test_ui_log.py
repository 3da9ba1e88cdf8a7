"""The Log page: filters, pages, one entry, login history, export, the chain's state."""

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from archive_help import ArchiveLab, day
from conftest import OpenAs

from mgg_kernel.errors import AccessError, SettingsError
from mgg_kernel.hot.database import Caller
from mgg_kernel.hot.log import write_log
from mgg_kernel.ui.guard import Guard
from mgg_kernel.ui.log import LogModel, LogView
from mgg_kernel.ui.log.model import PAGE
from mgg_kernel.ui.log.telling import answer_html, chain_html, entry_html, exports_html
from mgg_kernel.ui.viewer import Viewer
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace import Workspace

EN = Words("en")


def write(ws: Workspace, action: str, *, count: int = 1, **more: object) -> None:
    with ws._office.transaction() as connection:
        for number in range(count):
            write_log(connection, "ingest", action, object_id=number, details=more)


def loaded(ws: Workspace, **query: str) -> LogModel:
    model = LogModel(ws)
    model.load(query)
    return model


def test_pages_hold_every_entry_once(open_as: OpenAs) -> None:
    wang = open_as("wang")
    write(wang, "log page walk", count=PAGE * 2 + 3)
    model = loaded(wang, text="log page walk")
    seen = [entry.id for entry in model.entries]
    while model.has_older:
        model.older()
        seen += [entry.id for entry in model.entries]
    assert model.page == 3
    assert len(seen) == len(set(seen)) == PAGE * 2 + 3
    assert seen == sorted(seen, reverse=True)
    model.newer()
    model.newer()
    assert model.page == 1
    assert [entry.id for entry in model.entries] == seen[:PAGE]


def test_filters_narrow_the_list(open_as: OpenAs) -> None:
    wang = open_as("wang")
    write(wang, "log page filter", mark="100%_Ä值")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    for query in (
        {"text": "LOG PAGE FILTER"},
        {"text": "100%_Ä值"},
        {"text": "log page filter", "type": "ingest", "outcome": "done", "since": today},
        {"text": "log page filter", "until": today},
    ):
        assert len(loaded(wang, **query).entries) == 1, query
    for query in (
        {"text": "log page filter", "type": "archive"},
        {"text": "log page filter", "outcome": "failed"},
        {"text": "log page filter", "until": yesterday},
        {"text": "log%page"},
    ):
        assert loaded(wang, **query).entries == (), query


def test_others_see_only_their_own_entries(open_as: OpenAs) -> None:
    write(open_as("wang"), "log page secret")
    assert loaded(open_as("boss"), text="log page secret").entries == ()
    model = loaded(open_as("admin"), text="log page secret", user="wang")
    assert len(model.entries) == 1
    assert "of everybody" in answer_html(model, EN)


def test_a_day_that_is_none_is_told_and_the_list_stays(open_as: OpenAs) -> None:
    wang = open_as("wang")
    write(wang, "log page day")
    model = loaded(wang, text="log page day")
    with pytest.raises(SettingsError, match="is no day"):
        model.ask({"since": "yesterday"})
    assert len(model.entries) == 1
    assert model.asked == {"text": "log page day"}


def test_text_and_pages_reach_into_the_files(lab: ArchiveLab) -> None:
    for number in range(4):
        lab.add_log(day(2024, 1, 10), f"cold {number}", '{"note": "Needle 值"}')
    lab.open_as().archive.run(table="operation_logs")
    log = lab.open_as().log
    found = log.list(words="needle 值")
    assert [one.action for one in found] == ["cold 3", "cold 2", "cold 1", "cold 0"]
    first = log.list(words="needle", limit=2)
    behind = log.list(words="needle", before=(first[-1].recorded_at, first[-1].id))
    assert [one.id for one in first + behind] == [one.id for one in found]
    assert log.list(words="no such needle") == []


def test_an_export_is_guarded_and_logged(open_as: OpenAs) -> None:
    wang = open_as("wang")
    write(wang, "=1+1 log page export")
    made = io.BytesIO()
    assert wang.log.export(made, format="csv", words="log page export") >= 1
    lines = made.getvalue().decode().splitlines()
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert "'=1+1 log page export" in {row["action"] for row in table}
    made = io.BytesIO()
    wang.log.export(made, format="xlsx", words="=1+1 log page export")
    sheet = openpyxl.load_workbook(io.BytesIO(made.getvalue()))["entries"]
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row}
    assert cells["=1+1 log page export"].data_type == "s"
    (entry,) = wang.log.list(log_type="export", limit=1)
    assert entry.details["format"] == "xlsx"
    with pytest.raises(SettingsError, match="csv or xlsx"):
        wang.log.export(made, format="pdf")  # type: ignore[arg-type]


def opened(ws: Workspace, **query: str) -> LogView:
    view = LogView(LogModel(ws), Viewer(query=query, is_dashboard=True), Guard(EN))
    view.load()
    return view


def test_the_controls_show_what_the_address_asks_for(open_as: OpenAs) -> None:
    wang = open_as("wang")
    write(wang, "log page <address>")
    view = opened(wang, text="log page <address>", type="ingest", since="2026-01-05")
    assert view.text.value == "log page <address>"
    assert view.kind.value == "ingest"
    assert f"{view.since.value}" == "2026-01-05"
    (entry,) = view.model.entries
    view.model.choose(entry)
    assert "log page &lt;address&gt;" in view._entry.value
    assert "text=log+page+%3Caddress%3E" in view._exports.value
    assert "download/log?" in view._exports.value
    assert "format=xlsx" in exports_html(view.model, EN)
    view.clear.click()
    assert view.text.value == ""
    assert view.model.asked == {}


def test_login_history_is_one_click(open_as: OpenAs) -> None:
    view = opened(open_as("admin"))
    view.logins.click()
    assert view.model.asked == {"type": "login"}
    assert {entry.log_type for entry in view.model.entries} <= {"login"}
    assert view.kind.value == "login"


def test_administrators_see_the_chain_and_verify_it(lab: ArchiveLab) -> None:
    with lab.foundation.database.begin(Caller("wang")) as (connection, _):
        write_log(connection, "ingest", "one")
    lab.open_as().audit.publish()
    view = opened(lab.open_as())
    assert "never" in view._chain.value
    view.verify.click()
    assert view._guard.trouble is None
    assert "The log was whole" in view._chain.value
    lab.ask(
        "SET session_replication_role = replica; UPDATE operation_logs SET actor = 'x'"
        " WHERE action = 'one'"
    )
    view.verify.click()
    assert "mgg audit verify" in chain_html(view.model, EN)
    assert "bad" in answer_html(view.model, EN)


def test_who_is_no_administrator_sees_no_chain(open_as: OpenAs) -> None:
    view = opened(open_as("boss"))
    assert view._chain.value == ""
    assert view.verify.layout.display == "none"
    assert view.user.layout.display == "none"
    with pytest.raises(AccessError):
        list(view.model.verify())


def test_nothing_chosen_and_nothing_found_say_the_next_step(open_as: OpenAs) -> None:
    model = loaded(open_as("boss"), text="no such thing was ever done")
    assert "Nothing like that was done." in answer_html(model, EN)
    assert entry_html(model, EN) == ""


def test_in_chinese_a_deed_and_its_object_are_told_with_what_the_log_holds(
    open_as: OpenAs,
) -> None:
    wang = open_as("wang")
    with wang._office.transaction() as connection:
        write_log(
            connection, "ingest", "set a temperature", object_type="test_results", object_id=4711
        )
    viewer = Viewer("wang", language="zh", query={"text": "4711", "type": "ingest"})
    view = LogView(LogModel(wang), viewer, Guard(Words("zh")))
    view.load()
    (row,) = (entry for entry in view.model.entries if entry.action == "set a temperature")
    view.model.choose(row)
    assert "设置调节温度 (set a temperature)" in view._entry.value
    assert "实测 4711 (test_results)" in view._entry.value
