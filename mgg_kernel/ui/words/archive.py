"""Words of the Archive page."""

__all__ = ["ARCHIVE"]

ARCHIVE: dict[str, tuple[str, str]] = {
    "archive.all_tables": ("All", "全部"),
    "archive.answer_check": (
        "thing of the database needs attention: see below.",
        "项数据库指标需要关注：见下方。",
    ),
    "archive.answer_checks": (
        "things of the database need attention: see below.",
        "项数据库指标需要关注：见下方。",
    ),
    "archive.answer_cold": (
        "of all rows are in the cold store; nothing is due.",
        "的数据行已在冷存储中；没有待归档的时段。",
    ),
    "archive.answer_due": (
        "periods are due for the cold store.",
        "个时段待归档。",
    ),
    "archive.answer_empty": (
        "Nothing is stored yet: there is nothing to archive.",
        "尚无数据，无需归档。",
    ),
    "archive.answer_share": (
        "of the rows that you may see are in the cold store.",
        "的可见数据行已在冷存储中。",
    ),
    "archive.archived": ("archived", "已归档"),
    "archive.at": (
        "Period {number} of {total}: {stage} {table} {period}, {rows} rows",
        "时段 {number}/{total}：{table} {period} {stage}，{rows} 行",
    ),
    "archive.cancel_hint": (
        "Stop; the period that is being moved stays where it is",
        "停止；正在移动的时段保持原状",
    ),
    "archive.check_cache": ("Found in memory", "缓存命中率"),
    "archive.check_cache_said": (
        "of the pages that were asked for; below 99 % PostgreSQL wants more memory.",
        "的页面直接来自内存；低于 99 % 时应给 PostgreSQL 更多内存。",
    ),
    "archive.check_connections": ("Connections", "数据库连接"),
    "archive.check_connections_said": (
        "of the connections allowed are in use; from 80 % on it gets crowded.",
        "的允许连接正在使用；超过 80 % 即拥挤。",
    ),
    "archive.check_drill": ("Restore drill", "恢复演练"),
    "archive.check_drill_said": (
        "since a backup was last restored and compared; 'mgg backup verify --restore' does it.",
        "自上次恢复备份并核对以来；可用“mgg backup verify --restore”执行。",
    ),
    "archive.check_files": ("Files of the cold store", "冷存储文件"),
    "archive.check_files_said": (
        "are taken by the files of the cold store.",
        "为冷存储文件占用的空间。",
    ),
    "archive.check_lag": ("Old rows", "过期数据"),
    "archive.check_lag_said": (
        "tables have rows older than they stay hot; they move when their period is over.",
        "个表有超过热存期限的数据；时段结束后移动。",
    ),
    "archive.check_late": ("Waiting for the archive", "等待归档"),
    "archive.check_late_said": (
        "is how long the oldest period that is due has waited.",
        "为最早的待归档时段已等待的时间。",
    ),
    "archive.check_partitions": ("Partitions ahead", "分区余量"),
    "archive.check_partitions_said": (
        "are prepared; below 60, run 'mgg up'.",
        "已预先准备；不足 60 天时请运行“mgg up”。",
    ),
    "archive.check_sizes": ("Size of the database", "数据库大小"),
    "archive.check_sizes_said": (
        "are taken by tables and their indexes.",
        "为表及索引占用的空间。",
    ),
    "archive.check_slow": ("Slowest query", "最慢查询"),
    "archive.check_slow_said": (
        "on average, of those asked at least five times; above 1 s it is worth a look.",
        "为平均耗时（至少执行五次的查询）；超过 1 秒值得关注。",
    ),
    "archive.check_unused": ("Unused indexes", "未用索引"),
    "archive.check_unused_said": (
        "are taken by indexes that no query has used; above 100 MiB some may go.",
        "为从未被查询使用的索引；超过 100 MiB 时可考虑删除。",
    ),
    "archive.checking": ("checking", "核对中"),
    "archive.cold": ("Cold", "冷存储"),
    "archive.counting": ("counting", "统计中"),
    "archive.days": ("{days} days", "{days} 天"),
    "archive.details": ("Details", "详情"),
    "archive.drawn": ("Rows by period of", "按时段显示"),
    "archive.due": ("due", "待归档"),
    "archive.exporting": ("exporting", "导出中"),
    "archive.failures": ("What failed lately", "最近的失败"),
    "archive.file_size": ("Files", "文件大小"),
    "archive.held": ("The period is on hold.", "该时段已保留。"),
    "archive.hold": ("Hold", "保留"),
    "archive.hold_hint": (
        "Keep this period where it is until the hold is released",
        "在解除之前保持该时段不动",
    ),
    "archive.holds": ("Holds", "保留项"),
    "archive.holds_title": ("Hold or restore a period", "保留或恢复时段"),
    "archive.hot": ("Hot", "热存储"),
    "archive.kept": ("held: {reason}", "已保留：{reason}"),
    "archive.log": ("Operation log", "操作日志"),
    "archive.look_only": (
        "Your account may look; archiving is for administrators.",
        "您的账户仅可查看；归档由管理员执行。",
    ),
    "archive.monitoring": ("The database", "数据库监控"),
    "archive.no_plan": (
        "Nothing is due: periods move when they are old enough.",
        "没有到期时段：足够旧后才会移动。",
    ),
    "archive.not_told": (
        "This account or this server is not told.",
        "当前账户或服务器无法获知。",
    ),
    "archive.period": ("Period", "时段"),
    "archive.plan": ("What is due", "待归档时段"),
    "archive.plot": ("Rows by period, hot and cold", "各时段的冷热数据行数"),
    "archive.policy_set": ("The retention was changed.", "保留期限已更改。"),
    "archive.ran": ("Everything that was due is archived.", "到期时段均已归档。"),
    "archive.reason": ("Reason", "原因"),
    "archive.release": ("Release", "解除保留"),
    "archive.release_hint": (
        "Let the chosen period move again",
        "允许所选时段再次移动",
    ),
    "archive.released": ("The hold was released.", "保留已解除。"),
    "archive.restore": ("Restore", "恢复"),
    "archive.restore_hint": (
        "Write this period back into PostgreSQL; its file stays",
        "将该时段写回 PostgreSQL；文件保留",
    ),
    "archive.restored": (
        "The period is in PostgreSQL again, and on hold.",
        "该时段已恢复到 PostgreSQL，并已保留。",
    ),
    "archive.retention": ("How long rows stay hot", "热存期限"),
    "archive.rows": ("Rows", "行数"),
    "archive.rows_axis": ("Rows", "行数"),
    "archive.rows_of_tables": ("Rows in both tiers", "冷热两层的数据行"),
    "archive.run": ("Archive now", "立即归档"),
    "archive.run_hint": (
        "Move every period that is due to the cold store",
        "将所有到期时段移入冷存储",
    ),
    "archive.save_policy": ("Save", "保存"),
    "archive.save_policy_hint": ("Change for how many days rows stay hot", "更改热存天数"),
    "archive.simulations": ("Simulated curves", "仿真曲线"),
    "archive.starting": ("Starting …", "正在开始……"),
    "archive.state": ("State", "状态"),
    "archive.table": ("Table", "数据表"),
    "archive.tests": ("Measured curves", "实测曲线"),
    "archive.unit_days": ("days", "天"),
    "archive.unknown": ("Not known", "未知"),
    "archive.verified": (
        "Every cold file is what the books say.",
        "所有冷存储文件均与账目一致。",
    ),
    "archive.verify": ("Verify files", "核验文件"),
    "archive.verify_found": ("What is wrong", "发现的问题"),
    "archive.verify_hint": (
        "Read every cold file and hold it against the books",
        "读取每个冷存储文件并与账目核对",
    ),
}
