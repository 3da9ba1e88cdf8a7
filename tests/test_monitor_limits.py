"""The limits that the settings set: drills, lateness of the archive, sizes; in all four places."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from archive_help import ArchiveLab
from prometheus_client.parser import text_string_to_metric_families

from mgg_kernel.errors import SettingsError
from mgg_kernel.settings import load_settings
from mgg_kernel.ui.archive.model import ArchiveModel
from mgg_kernel.ui.archive.telling import checks_html
from mgg_kernel.ui.words import Words
from mgg_kernel.web.health import exposition
from mgg_kernel.workspace.alerts import send_alerts
from mgg_kernel.workspace.monitor import Check

only_embedded = pytest.mark.parametrize("archive_server", ["embedded"], indirect=True)
NAMES = {"drill", "archive_lag", "largest_table", "archive_size"}


def setting(lab: ArchiveLab, **values: Any) -> None:
    lab.foundation.settings = lab.settings.model_copy(update=values)


def checks(lab: ArchiveLab) -> dict[str, Check]:
    found = lab.open_as().monitor.report().checks
    return {one.name: one for one in found if one.name in NAMES}


def cards(lab: ArchiveLab, who: str = "admin") -> dict[str, str]:
    return {one.name: one.state for one in lab.open_as(who).monitoring.look()}


def record_drill(lab: ArchiveLab, days_ago: float, found: str) -> None:
    moment = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat(timespec="seconds")
    lab.settings.backups.mkdir(exist_ok=True)
    (lab.settings.backups / ".last-drill").write_text(f"{moment} 2026-01-01T000000Z {found}\n")


@only_embedded
@pytest.mark.parametrize(
    ("days", "found", "state", "card"),
    [
        (34, "0", "ok", "calm"),
        (36, "0", "warn", "attention"),
        (71, "0", "bad", "attention"),
        (1, "2", "bad", "alarm"),
        (1, "failed", "bad", "alarm"),
    ],
)
def test_drills(lab: ArchiveLab, days: int, found: str, state: str, card: str) -> None:
    record_drill(lab, days, found)
    check = checks(lab)["drill"]
    assert check.state == state
    assert check.value == pytest.approx(days, abs=0.01)
    assert cards(lab)["drill"] == card
    setting(lab, monitor_drill_days=100.0)
    assert checks(lab)["drill"].state == ("ok" if found == "0" else "bad")


@only_embedded
def test_no_drill_and_a_spoiled_note_of_one(lab: ArchiveLab) -> None:
    assert checks(lab)["drill"].state == "warn"
    assert cards(lab)["drill"] == "attention"
    record_drill(lab, 0, "")
    assert checks(lab)["drill"].value is None


@only_embedded
def test_a_period_that_is_due_may_wait_some_days(lab: ArchiveLab) -> None:
    assert checks(lab)["archive_lag"].state == "ok"
    # A quarter that was over and old enough 10 days ago, whatever day this is.
    now = datetime.now(UTC)
    quarter = datetime(2024, 7, 1, tzinfo=UTC)  # the end of the quarter of June 2024
    days = (now - quarter).days - 10
    lab.ask(
        "UPDATE retention_policies SET hot_days = %s WHERE table_name = 'test_time_series'", days
    )
    lab.add_test(quarter - timedelta(days=20))
    check = checks(lab)["archive_lag"]
    assert check.state == "warn"
    assert check.value == pytest.approx(10.5, abs=0.51)
    assert "1 periods are due" in check.text
    assert cards(lab)["archive_late"] == "attention"
    setting(lab, monitor_archive_days=4.0)
    assert checks(lab)["archive_lag"].state == "bad"
    setting(lab, monitor_archive_days=12.0)
    assert checks(lab)["archive_lag"].state == "ok"
    assert cards(lab)["archive_late"] == "calm"
    # What a hold keeps is not late; what was archived is neither.
    setting(lab)
    hold = lab.open_as().archive.hold("2024-Q2", reason="a test", table="test_time_series")
    assert checks(lab)["archive_lag"].state == "ok"
    lab.open_as().archive.release(hold)
    assert checks(lab)["archive_lag"].state == "warn"
    lab.open_as().archive.run()
    found = checks(lab)
    assert found["archive_lag"].value == 0
    size = sum(lab.place.final(one).stat().st_size for one in lab.files())
    assert found["archive_size"].value == size > 0


@only_embedded
def test_sizes(lab: ArchiveLab) -> None:
    lab.add_test(datetime(2024, 2, 1, tzinfo=UTC))
    lab.open_as().archive.run()
    found = checks(lab)
    assert found["archive_size"].state == found["largest_table"].state == "ok"
    assert "of at most 50." in found["largest_table"].text
    size_gb = (found["largest_table"].value or 0) / 1e9
    cold_gb = (found["archive_size"].value or 0) / 1e9
    assert size_gb > 0
    setting(lab, monitor_max_table_gb=size_gb * 0.9, monitor_max_archive_gb=cold_gb * 0.9)
    found = checks(lab)
    assert found["archive_size"].state == found["largest_table"].state == "warn"
    assert {cards(lab)[one] for one in ("archive_size", "table_sizes")} == {"attention"}
    setting(lab, monitor_max_table_gb=size_gb * 0.4, monitor_max_archive_gb=cold_gb * 1.1)
    found = checks(lab)
    assert found["largest_table"].state == "bad"
    assert found["archive_size"].state == "ok"
    assert cards(lab)["archive_size"] == "calm"


@only_embedded
def test_pages_metrics_and_alerts_tell_the_same(
    lab: ArchiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_drill(lab, 80, "0")
    report = lab.open_as().monitor.report()
    families = text_string_to_metric_families(exposition(report))
    samples = {(s.name, s.labels.get("check")): s.value for one in families for s in one.samples}
    assert samples["mgg_check_state", "drill"] == 2
    assert samples["mgg_check_value", "drill"] == pytest.approx(80, abs=0.01)
    assert {("mgg_check_value", one) in samples for one in NAMES} == {True}

    sent: list[str] = []
    monkeypatch.setattr(
        "mgg_kernel.workspace.alerts.notify", lambda _, subject, __: sent.append(subject) or []
    )
    settings = lab.settings.model_copy(update={"alert_to": "x", "alert_webhook": object()})
    told = send_alerts(settings, report)
    assert "drill" in {one.name for one in told}
    assert "drill bad" in sent[0]
    assert json.loads((lab.settings.data_dir / "monitor-state.json").read_text())["drill"] == "bad"

    model = ArchiveModel(lab.open_as())
    model.load()
    assert "Restore drill" in checks_html(model, Words("en"))
    assert "恢复演练" in checks_html(model, Words("zh"))
    # Who may not back up is told nothing of it.
    assert not {"drill", "archive_size"} & cards(lab, "wang").keys()


@pytest.mark.parametrize("name", ["DRILL_DAYS", "ARCHIVE_DAYS", "MAX_TABLE_GB", "MAX_ARCHIVE_GB"])
def test_a_limit_is_a_positive_number(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MGG_MONITOR_{name}", "2.5")
    assert getattr(load_settings(), f"monitor_{name.lower()}") == 2.5
    for wrong in ("0", "-1", "many"):
        monkeypatch.setenv(f"MGG_MONITOR_{name}", wrong)
        with pytest.raises(SettingsError, match=f"MGG_MONITOR_{name}"):
            load_settings()
