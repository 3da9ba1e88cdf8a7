"""Words of the Home page."""

__all__ = ["HOME"]

HOME: dict[str, tuple[str, str]] = {
    "home.answer_open": ("kinds of things need attention.", "类事项需要关注。"),
    "home.answer_well": ("All is well: nothing needs attention.", "一切正常：没有需要关注的事项。"),
    "home.archive_due": (
        "periods are due for the archive",
        "个时段应当归档",
    ),
    "home.disk_low": ("of the disk is free; make room", "磁盘剩余空间；请清理"),
    "home.doubtful_tests": (
        "tests of the last 30 days have records in doubt",
        "次近 30 天的实测记录存疑",
    ),
    "home.latest_comparisons": ("Latest comparisons", "最近的对比"),
    "home.latest_tests": ("Latest tests", "最近的实测"),
    "home.no_comparisons": (
        "None yet: choose a test and a simulation on the Compare page.",
        "暂无：请在“PT曲线对比”页选择一次实测和一次仿真。",
    ),
    "home.no_orders": ("No order is open.", "没有进行中的工单。"),
    "home.no_tests": (
        "None yet: upload files on the Ingest page.",
        "暂无：请在“数据导入”页上传文件。",
    ),
    "home.nothing_to_see": (
        "Nothing is stored yet. As soon as an engineer ingests a test, it is shown here.",
        "尚无数据。工程师导入实测后将显示在此处。",
    ),
    "home.nothing_yet": ("Nothing is stored yet. Begin here:", "尚无数据。从这里开始："),
    "home.open_orders": ("Open work orders", "进行中的工单"),
    "home.out_of_calibration": (
        "tests were fired on a device out of calibration",
        "次实测所用设备不在校准有效期内",
    ),
    "home.poor_comparisons": (
        "comparisons of the last 30 days miss the peak by more than 5 %",
        "次近 30 天的对比峰值偏差超过 5 %",
    ),
    "home.priority_high": ("high", "高"),
    "home.priority_low": ("low", "低"),
    "home.priority_normal": ("normal", "普通"),
    "home.quarantined_files": (
        "refused files wait in quarantine",
        "个被拒绝的文件在隔离区等待处理",
    ),
    "home.step_compare": ("Compare both, and keep the result", "对比二者并保存结果"),
    "home.step_ingest": ("Upload measured files", "上传实测文件"),
    "home.step_simulate": ("Simulate a recipe", "仿真一个配方"),
    "home.unlinked_tests": ("tests name no recipe yet", "次实测尚未关联配方"),
    "home.urgent_orders": ("open work orders are of high priority", "个高优先级工单进行中"),
}
