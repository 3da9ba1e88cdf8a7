"""What the Archive page says, as HTML."""

from html import escape
from typing import Any

from mgg_kernel.ui import markup, numbers
from mgg_kernel.ui.archive.model import ArchiveModel
from mgg_kernel.ui.words import Words
from mgg_kernel.workspace.monitoring import Check

__all__ = ["TABLE_WORDS", "answer_html", "checks_html", "facts_html", "lists_html", "outcome_html"]
__all__ += ["progress_html"]

TABLE_WORDS = {
    "test_time_series": "archive.tests",
    "simulation_time_series": "archive.simulations",
    "operation_logs": "archive.log",
}
STAGES = {
    "counting": "archive.counting",
    "exporting": "archive.exporting",
    "checking": "archive.checking",
    "archived": "archive.archived",
}
CHECKS = {
    "archive_lag": ("archive.check_lag", "archive.check_lag_said"),
    "archive_late": ("archive.check_late", "archive.check_late_said"),
    "archive_size": ("archive.check_files", "archive.check_files_said"),
    "cache_hit_rate": ("archive.check_cache", "archive.check_cache_said"),
    "connections": ("archive.check_connections", "archive.check_connections_said"),
    "drill": ("archive.check_drill", "archive.check_drill_said"),
    "partitions_ahead": ("archive.check_partitions", "archive.check_partitions_said"),
    "slow_queries": ("archive.check_slow", "archive.check_slow_said"),
    "table_sizes": ("archive.check_sizes", "archive.check_sizes_said"),
    "unused_indexes": ("archive.check_unused", "archive.check_unused_said"),
}
SHOWN_ROWS = 8


def answer_html(model: ArchiveModel, t: Words) -> str:
    """Return the answer: what is due, or how much is cold."""
    alarms = sum(one.state in ("attention", "alarm") for one in model.checks)
    if model.may_run and model.due:
        return markup.answer(str(model.due), t("archive.answer_due"), "bad")
    if alarms:
        words = t("archive.answer_check") if alarms == 1 else t("archive.answer_checks")
        return markup.answer(str(alarms), words, "bad")
    share = model.cold_share
    if share is None:
        return markup.answer("", t("archive.answer_empty"))
    # Who may not archive is not told what is due.
    words = t("archive.answer_cold") if model.may_run else t("archive.answer_share")
    return markup.answer(numbers.percent(100 * share), words, "good" if model.may_run else "")


def facts_html(model: ArchiveModel, t: Words) -> str:
    """Return rows and size of each table in both tiers."""
    head = (t("archive.table"), t("archive.hot"), t("archive.cold"), t("archive.file_size"))
    rows = []
    for table, key in TABLE_WORDS.items():
        own = [one for one in model.rows if one.table == table]
        rows.append(
            (
                t(key),
                numbers.count(sum(one.hot for one in own)),
                numbers.count(sum(one.cold for one in own)),
                numbers.mebibytes(sum(one.cold_bytes for one in own)),
            )
        )
    return markup.metrics(head, rows, t("archive.rows_of_tables"))


def progress_html(model: ArchiveModel, t: Words) -> str:
    """Return how far the archiver is, n of N, and its stage."""
    state = model.running
    if state is None:
        return ""
    if state.at is None:
        return markup.progress(state.done, max(state.total, 1), t("archive.starting"))
    words = t(
        "archive.at",
        number=min(state.done + 1, state.total),
        total=state.total,
        stage=t(STAGES.get(state.at.stage, "archive.exporting")),
        table=t(TABLE_WORDS[state.at.table]),
        period=state.at.period,
        rows=numbers.count(state.at.rows),
    )
    return markup.progress(state.done, max(state.total, 1), words)


def outcome_html(model: ArchiveModel, t: Words) -> str:
    """Return what was just done, and what verifying found."""
    told = {
        "archive.ran": t("archive.ran"),
        "archive.held": t("archive.held"),
        "archive.released": t("archive.released"),
        "archive.restored": t("archive.restored"),
        "archive.policy_set": t("archive.policy_set"),
    }
    said = markup.sentence(told[model.told], "good") if model.told else ""
    if model.findings is None:
        return said
    if not model.findings:
        return said + markup.sentence(t("archive.verified"), "good")
    found = [f"{one.path}: {t.told(one.text)}" for one in model.findings]
    return said + markup.notes(found, t("archive.verify_found"))


def lists_html(model: ArchiveModel, t: Words) -> str:
    """Return the plan and the failures; for those who may archive."""
    if not model.may_run:
        return ""
    plan = [
        (
            f"{t(TABLE_WORDS[one.table])} · {one.period.name}",
            numbers.count(one.rows),
            t("archive.due") if one.hold is None else t("archive.kept", reason=one.hold.reason),
        )
        for one in model.plan
    ]
    head = (t("archive.period"), t("archive.rows"), t("archive.state"))
    parts = [
        markup.metrics(head, plan, t("archive.plan"))
        if plan
        else markup.heading(t("archive.plan")) + markup.hint(t("archive.no_plan"))
    ]
    if model.failures:
        failed = [
            f"{numbers.day_and_minute(one.recorded_at, model.timezone)} · "
            f"{t.told(str(one.details.get('reason', one.action)))}"
            for one in model.failures
        ]
        parts.append(markup.notes(failed, t("archive.failures")))
    return f'<div class="mgg-ui-tables">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def checks_html(model: ArchiveModel, t: Words) -> str:
    """Return a card for each thing that is watched, its rows folded away below its words."""
    return f'<div class="mgg-ui-cards">{"".join(_check(one, t) for one in model.checks)}</div>'


def _check(check: Check, t: Words) -> str:
    title, said = CHECKS[check.name]
    state = {
        "calm": t("home.calm"),
        "attention": t("home.look"),
        "alarm": t("home.alarm"),
        "unknown": t("archive.unknown"),
    }[check.state]
    words = t("archive.not_told") if check.state == "unknown" else t(said)
    return (
        f'<div class="mgg-ui-card {check.state}">'
        f'<span class="mgg-ui-card-title">{escape(t(title))}'
        f'<span class="mgg-ui-card-state">{escape(state)}</span></span>'
        f'<span class="mgg-ui-card-number">{escape(_value(check, t))}</span>'
        f'<span class="mgg-ui-card-words">{escape(words)}</span>{_rows(check, t)}</div>'
    )


def _value(check: Check, t: Words) -> str:
    value = check.value
    if value is None:
        return numbers.MISSING
    if check.name in ("cache_hit_rate", "connections"):
        return numbers.percent(100 * value)
    if check.name in ("table_sizes", "unused_indexes", "archive_size"):
        return numbers.mebibytes(round(value))
    if check.name == "slow_queries":
        return numbers.milliseconds(value)
    if check.name in ("partitions_ahead", "archive_late", "drill"):
        return t("archive.days", days=f"{value:.0f}")
    return f"{value:.0f}"


def _rows(check: Check, t: Words) -> str:
    """Return the rows of the query as it gave them; the names are PostgreSQL's."""
    if not check.rows:
        return ""
    names = list(check.rows[0])
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row[name]))}</td>" for name in names) + "</tr>"
        for row in check.rows[:SHOWN_ROWS]
    )
    return (
        f"<details><summary>{escape(t('archive.details'))}</summary>"
        f'<div class="mgg-ui-sheet"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></details>"
    )


def _cell(value: Any) -> str:
    return numbers.MISSING if value is None else str(value)[:120]
