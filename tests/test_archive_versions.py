"""Files of an earlier version of a layout are read beside those of today, unknown ones refused."""

from dataclasses import replace

import pytest
from archive_help import ArchiveLab, day

from mgg_kernel.cold.layouts import LAYOUTS, ColumnLayout, Layout
from mgg_kernel.errors import ArchiveError

embedded = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)

QUESTION = "SELECT action, address, application FROM operation_logs WHERE application = 'tests'"


def without(layout: Layout, name: str) -> Layout:
    return replace(layout, columns=tuple(one for one in layout.columns if one.name != name))


def as_brought_by_version_3(layout: Layout, name: str) -> Layout:
    columns = [replace(one, since=3) if one.name == name else one for one in layout.columns]
    return replace(layout, columns=tuple(columns))


def test_the_layouts_of_today_are_their_own_newest_version() -> None:
    versions = {layout.table: layout.version for layout in LAYOUTS.values()}
    # version 2 of the log's brought the chain's columns
    assert versions == {"operation_logs": 2, "simulation_time_series": 1, "test_time_series": 1}
    for layout in LAYOUTS.values():
        assert layout.at_version(layout.version) == layout
        assert layout.of_fingerprint(layout.fingerprint) is not None


def test_versions_are_told_apart_by_what_a_file_looks_like() -> None:
    first = LAYOUTS["test_time_series"]
    more = ColumnLayout("shift", "text", "string", nullable=True, since=2)
    second = replace(first, columns=(*first.columns, more))
    assert second.version == 2
    assert second.at_version(1) == first
    assert second.at_version(1).fingerprint == first.fingerprint != second.fingerprint
    assert second.of_fingerprint(first.fingerprint) == first
    with pytest.raises(ArchiveError, match="version 3 of its layout, but this program knows 2"):
        second.at_version(3)
    with pytest.raises(ArchiveError, match="does not know"):
        first.of_fingerprint(second.fingerprint)


@embedded
def test_a_file_of_before_is_read_beside_one_of_today(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = LAYOUTS["operation_logs"]
    lab.add_log(day(2023, 5, 1), "before")
    monkeypatch.setitem(LAYOUTS, "operation_logs", without(today, "address"))
    (old,) = lab.open_as().archive.run()
    monkeypatch.setitem(LAYOUTS, "operation_logs", as_brought_by_version_3(today, "address"))
    lab.add_log(day(2023, 6, 1), "after")
    lab.ask(
        "SET session_replication_role = replica;"
        " UPDATE operation_logs SET address = '10.0.0.7' WHERE action = 'after'"
    )
    (new,) = lab.open_as().archive.run()
    assert old.path != new.path
    found = lab.open_as().sql(f"{QUESTION} AND action IN ('before', 'after') ORDER BY action")
    assert found["action"].tolist() == ["after", "before"]
    assert found["address"][0] == "10.0.0.7"
    assert found["address"].isna().tolist() == [False, True]
    assert lab.open_as().archive.verify() == []


@embedded
def test_a_file_of_a_later_version_is_refused_in_a_sentence(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = LAYOUTS["operation_logs"]
    lab.add_log(day(2023, 5, 1), "later")
    with monkeypatch.context() as later:
        later.setitem(LAYOUTS, "operation_logs", as_brought_by_version_3(today, "address"))
        lab.open_as().archive.run()
    with pytest.raises(ArchiveError, match="a layout that this program does not know; install"):
        lab.open_as().sql(QUESTION)
    (finding,) = lab.open_as().archive.verify()
    assert finding.kind == "books"
    assert "does not know" in finding.text


@embedded
def test_a_curve_of_a_file_of_before_is_read(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = lab.add_test(day(2023, 5, 1))
    lab.open_as().archive.run()
    today = LAYOUTS["test_time_series"]
    more = ColumnLayout("temperature_c", "float", "float64", "degC", nullable=True, since=2)
    monkeypatch.setitem(LAYOUTS, "test_time_series", replace(today, columns=(*today.columns, more)))
    assert lab.open_as("wang").tests.curve(number) == lab.curves["test", number]
    assert lab.open_as().archive.verify() == []
