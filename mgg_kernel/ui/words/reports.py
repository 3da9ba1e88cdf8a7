"""Words of the Reports page."""

__all__ = ["REPORTS"]

REPORTS: dict[str, tuple[str, str]] = {
    "reports.again": ("Make again", "重新生成"),
    "reports.again_hint": (
        "Makes the report once more from today's data; this one stays as it is",
        "用当前数据重新生成；原报告保持不变",
    ),
    "reports.all": ("Everything, upkeep too", "全部（含维护任务）"),
    "reports.all_states": ("In any state", "全部状态"),
    "reports.answer_choose": (
        "Choose a report in the list below.",
        "请在下方列表中选择一份报告。",
    ),
    "reports.answer_none": (
        "No report was made yet. Choose one at the left and make it.",
        "尚未生成报告。请在左侧选择并生成。",
    ),
    "reports.answer_none_look": (
        "No report was made yet. An engineer makes one here, or the scheduler does in the morning.",
        "尚未生成报告。工程师可在此生成，定时任务也会每日生成。",
    ),
    "reports.answer_nothing_found": (
        "No report is like this; change what is asked for at the left.",
        "没有符合条件的报告，请调整左侧的筛选条件。",
    ),
    "reports.broken": ("is not what was signed", "与签名内容不符"),
    "reports.check": ("Check it", "校验"),
    "reports.check_hint": (
        "Recomputes signature, files and queries, and says what differs",
        "重新计算签名、文件与查询结果，列出差异",
    ),
    "reports.check_good": (
        "This report is what was signed; nothing has changed since.",
        "报告与签名一致，数据与程序均无变化。",
    ),
    "reports.check_changed": (
        "This report is what was signed. Since then, this has changed:",
        "报告与签名一致。此后有以下变化：",
    ),
    "reports.check_bad": (
        "This report is NOT what was signed:",
        "报告与签名不一致：",
    ),
    "reports.compare": ("Compare its numbers with", "与其他报告比较数值"),
    "reports.compare_none": ("nothing", "不比较"),
    "reports.difference": ("Numbers that differ", "不同的数值"),
    "reports.download": ("Save as", "下载"),
    "reports.equal": (
        "Both reports have the same numbers.",
        "两份报告的数值完全相同。",
    ),
    "reports.failed": ("failed", "失败"),
    "reports.done": ("done", "完成"),
    "reports.file_html": ("Page", "网页"),
    "reports.file_log": ("Log", "日志"),
    "reports.file_manifest": ("Manifest", "清单"),
    "reports.file_notebook": ("Notebook", "笔记本"),
    "reports.file_pdf": ("PDF", "PDF 文件"),
    "reports.finding": ("What it comes to", "结论"),
    "reports.from": ("In report {number}", "报告 {number}"),
    "reports.kind": ("Report", "报告"),
    "reports.latest": ("Reports, newest first", "报告列表（最新在前）"),
    "reports.made": ("Made", "生成时间"),
    "reports.make": ("Make a report", "生成报告"),
    "reports.make_hint": (
        "Made in the background; you may leave this page",
        "在后台生成，可离开本页",
    ),
    "reports.making": (
        "{name} is being made; this takes about ten seconds.",
        "正在生成{name}，约需十秒。",
    ),
    "reports.more_differ": ("{count} more numbers differ.", "另有 {count} 个数值不同。"),
    "reports.number_name": ("Number", "数值名称"),
    "reports.period": ("Period", "期间"),
    "reports.period_hint": (
        "2026-01-31, 2026-W05 or 2026-01",
        "2026-01-31、2026-W05 或 2026-01",
    ),
    "reports.period_only": ("Only periods that begin with", "只看以此开头的期间"),
    "reports.read": ("Daily, weekly and monthly", "日报、周报、月报"),
    "reports.refresh": ("Look again", "刷新"),
    "reports.running": ("being made", "生成中"),
    "reports.said_failed": (
        "Report {number} could not be made: {reason}",
        "报告 {number} 生成失败：{reason}",
    ),
    "reports.said_running": (
        "Report {number} is being made.",
        "报告 {number} 正在生成。",
    ),
    "reports.show_list": ("Find a report", "查找报告"),
    "reports.state": ("State", "状态"),
    "reports.summary": ("This report", "当前报告"),
}
