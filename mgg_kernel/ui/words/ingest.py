"""Words of the Ingest page."""

__all__ = ["INGEST"]

INGEST: dict[str, tuple[str, str]] = {
    "ingest.answer_deleted": ("Deleted: {count}.", "已删除：{count}。"),
    "ingest.answer_empty": (
        "Choose a measured .xlsx file to see its curve. Nothing is stored until you say so.",
        "请选择实测 .xlsx 文件以查看曲线。确认之前不会保存任何数据。",
    ),
    "ingest.answer_look": (
        "Choose a test below to see its curve.",
        "请在下方选择一次测试以查看曲线。",
    ),
    "ingest.answer_previewed": (
        "Peak pressure of {name}. Curves ready to be stored: {count}.",
        "{name} 的峰值压力。可保存的曲线数：{count}。",
    ),
    "ingest.answer_refused": (
        "Nothing can be stored: see below what to do.",
        "没有可保存的数据：处理办法见下方。",
    ),
    "ingest.answer_stored": (
        "Stored: {stored}. Already there: {duplicate}. Refused: {refused}.",
        "已保存：{stored}。已存在：{duplicate}。被拒绝：{refused}。",
    ),
    "ingest.answer_test": (
        "Peak pressure of {name}, test {number}.",
        "测试 {number}（{name}）的峰值压力。",
    ),
    "ingest.cancel_hint": (
        "Stop after the file that is being worked on",
        "处理完当前文件后停止",
    ),
    "ingest.choose": ("Choose files …", "选择文件……"),
    "ingest.clear": ("Clear", "清空"),
    "ingest.clear_hint": (
        "Forget the chosen files; what is stored stays",
        "移除已选文件；已保存的数据不受影响",
    ),
    "ingest.compare": ("Compare test {number}", "对比测试 {number}"),
    "ingest.curve": ("Curve", "曲线"),
    "ingest.deleted": ("Taken back", "已撤回"),
    "ingest.duplicate": ("Already there", "已存在"),
    "ingest.duplicate_of": (
        "The same data are test {number}.",
        "相同数据已是测试 {number}。",
    ),
    "ingest.is_deleted": (
        "Test {number} is deleted and can be restored.",
        "测试 {number} 已删除，可以恢复。",
    ),
    "ingest.latest": ("Latest tests", "最新测试"),
    "ingest.limit": (
        ".xlsx, at most {limit} MiB at a time",
        ".xlsx，每次合计不超过 {limit} MiB",
    ),
    "ingest.look_only": (
        "You may look at tests here; storing them is for engineers and administrators.",
        "您可以在此查看测试；保存测试由工程师和管理员进行。",
    ),
    "ingest.no_curve": (
        "The curve, its peak and its ignition appear here before anything is stored.",
        "保存之前，曲线及其峰值和点火时间会显示在这里。",
    ),
    "ingest.no_tests": (
        "No tests here: choose a measured file above and store it, or search for something else.",
        "没有测试：请在上方选择实测文件并保存，或更改搜索条件。",
    ),
    "ingest.no_work_order": ("None", "无"),
    "ingest.reading": ("Reading", "正在读取"),
    "ingest.refused": ("Refused", "被拒绝"),
    "ingest.restore": ("Restore", "恢复"),
    "ingest.restore_hint": ("Take back the deletion", "撤销删除"),
    "ingest.search": ("Search stored tests", "搜索已保存的测试"),
    "ingest.store": ("Store", "保存"),
    "ingest.store_hint": ("Store all curves that were read", "保存所有已读取的曲线"),
    "ingest.stored": ("Stored", "已保存"),
    "ingest.storing": ("Storing", "正在保存"),
    "ingest.undo": ("Undo", "撤回"),
    "ingest.undo_hint": (
        "Take back what was just stored; it can be restored",
        "撤回刚刚保存的测试；之后可以恢复",
    ),
    "ingest.work_order_hint": (
        "Optional. The tests also take the work order's recipe.",
        "可选。测试会同时采用该工单的配方。",
    ),
}
