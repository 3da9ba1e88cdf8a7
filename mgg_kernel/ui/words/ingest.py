"""Words of the Ingest page."""

__all__ = ["INGEST"]

INGEST: dict[str, tuple[str, str]] = {
    "ingest.answer_deleted": ("Deleted: {count}.", "已删除：{count}。"),
    "ingest.answer_empty": (
        "Choose a measured file to see its curve. Nothing is stored until you say so.",
        "请选择实测文件以查看曲线。确认之前不会保存任何数据。",
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
    "ingest.device_expired": (
        "The test device was out of calibration on that day.",
        "当日测试设备的校准已过期。",
    ),
    "ingest.device_not_yet": (
        "The test device was not yet calibrated on that day.",
        "当日测试设备尚未校准。",
    ),
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
        ".xlsx, .csv or .txt, at most {limit} MiB at a time",
        ".xlsx、.csv 或 .txt，每次合计不超过 {limit} MiB",
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
    "ingest.answer_unclear": (
        "Files of which you have to say what is what: {count}. You are asked once for each layout.",
        "需要您说明内容的文件：{count}。每种格式只询问一次。",
    ),
    "ingest.by_choice": ("chosen by hand", "人工选择"),
    "ingest.by_file_name": ("by the file's name", "来自文件名"),
    "ingest.by_given": ("given with the file", "随文件给出"),
    "ingest.by_remark": ("by the remark in the file", "来自文件注释"),
    "ingest.by_work_order": ("by the work order", "来自工单"),
    "ingest.keep": ("Keep refused files", "保留被拒绝的文件"),
    "ingest.keep_hint": (
        "Put them in quarantine, so that somebody can look at them later",
        "放入隔离区，以便日后查看",
    ),
    "ingest.kept": ("Refused and kept", "被拒绝，已保留"),
    "ingest.link": ("Link", "关联"),
    "ingest.link_hint": (
        "The test takes the recipe of this work order or product",
        "测试将采用该工单或产品的配方",
    ),
    "ingest.link_to": ("What was fired: work order or product", "所测配方：工单或产品"),
    "ingest.only_unlinked": ("Only tests without a recipe", "仅显示未关联配方的测试"),
    "ingest.original": ("Download the original file", "下载原始文件"),
    "ingest.quality": ("Quality", "质量"),
    "ingest.temperature": ("Conditioned at", "调节温度"),
    "ingest.tested_on": ("Fired on", "测试日期"),
    "ingest.unclear": ("Please say what is what", "请说明内容"),
    "ingest.unclear_hint": (
        "The columns or their units are not certain: see the question beside.",
        "无法确定列或其单位：请回答旁边的问题。",
    ),
    "ingest.unlinked_note": (
        "No recipe is known: neither the remark nor the file's name tells it.",
        "配方未知：文件注释和文件名均未指明。",
    ),
    "question.choose_unit": ("choose …", "请选择……"),
    "question.file": ("File", "文件"),
    "question.heading": ("Which columns are time and pressure?", "哪一列是时间，哪一列是压力？"),
    "question.pressure_column": ("Pressure", "压力列"),
    "question.pressure_unit": ("Unit of pressure", "压力单位"),
    "question.read": ("Read it so", "按此读取"),
    "question.read_hint": (
        "Read this file and others of its layout with these answers; nothing is stored yet",
        "按此说明读取该文件及同格式文件；暂不保存",
    ),
    "question.remember": ("Remember as (optional)", "记住为（可选）"),
    "question.remember_hint": (
        "With a name, nobody of your team is asked again for files of this layout.",
        "填写名称后，团队成员再次上传同格式文件时不再询问。",
    ),
    "question.rows": ("First rows of '{sheet}'", "“{sheet}”的前几行"),
    "question.sheet": ("Sheet", "工作表"),
    "question.time_column": ("Time", "时间列"),
    "question.time_unit": ("Unit of time", "时间单位"),
}
