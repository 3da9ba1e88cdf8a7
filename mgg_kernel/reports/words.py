"""The words of the reports, in English and in Chinese."""

from collections.abc import Callable

from mgg_kernel.errors import ReportError

__all__ = ["LANGUAGES", "WORDS", "words"]

LANGUAGES = ("en", "zh")

WORDS: dict[str, tuple[str, str]] = {
    # the frame of every report
    "failed": ("This report failed", "本报告生成失败"),
    "provenance": ("Where this comes from", "数据来源与可追溯信息"),
    "queries": ("What was asked of the database", "数据库查询"),
    "rows": ("rows", "行"),
    "more_rows": (
        "{count} more rows are in the manifest.",
        "另有 {count} 行，见清单文件 manifest.json。",
    ),
    "made": ("Report", "报告"),
    "period": ("Period", "期间"),
    "by": ("Made by", "生成者"),
    "asked_at": ("Asked for", "请求时间"),
    "snapshot": ("Database as of", "数据库快照时间"),
    "parameters": ("Parameters", "参数"),
    "notebook": ("Notebook (SHA-256)", "笔记本（SHA-256）"),
    "code": ("Program", "程序版本"),
    "changed_code": ("changed after the commit", "提交后有改动"),
    "lock": ("Lock file (SHA-256)", "依赖锁文件（SHA-256）"),
    "digest": ("Numbers (SHA-256)", "数值摘要（SHA-256）"),
    "verify": ("To check it", "校验方法"),
    "no_pdf": (
        "There is no Chromium on this machine, so this page is the report and there is no PDF.",
        "本机未安装 Chromium，因此本网页即为报告，未生成 PDF。",
    ),
    "pdf_failed": ("There is no PDF: {reason}", "未生成 PDF：{reason}"),
    # words of the field
    "peak_pressure": ("Peak pressure", "峰值压力"),
    "peak_time": ("Peak time", "峰值时间"),
    "ignition_time": ("Ignition time", "点火时间"),
    "product": ("Product", "产品"),
    "type": ("Charge", "装药类型"),
    "test": ("Test", "实测"),
    "tests": ("Tests", "实测数"),
    "simulations": ("Simulations", "仿真数"),
    "comparisons": ("Comparisons", "对比数"),
    "work_order": ("Work order", "工单"),
    "work_orders": ("Open work orders", "未结工单"),
    "no_product": ("no product", "未注明产品"),
    "name": ("Name", "名称"),
    "mean": ("Mean", "均值"),
    "sd": ("SD", "标准差"),
    "day": ("Day", "日期"),
    "month": ("Month", "月份"),
    "measured": ("Measured peak [MPa]", "实测峰值 [MPa]"),
    "simulated": ("Simulated peak [MPa]", "仿真峰值 [MPa]"),
    "peak_axis": ("Peak pressure [MPa]", "峰值压力 [MPa]"),
    "pressure_axis": ("Pressure [MPa]", "压力 [MPa]"),
    "time_axis": ("Time [ms]", "时间 [ms]"),
    "remarks": ("Tests with remarks", "有备注的实测"),
    "remark": ("Remark", "备注"),
    # daily
    "daily.title": ("Daily lab report", "实验室日报"),
    "daily.none": (
        "No test was stored on this day.",
        "当日未录入实测数据。",
    ),
    "daily.answer": (
        "{tests} tests of {products} products were stored; peaks from {low} to {high}.",
        "当日录入 {tests} 次实测，涉及 {products} 个产品；峰值 {low} 至 {high}。",
    ),
    "daily.unusual": (
        "{count} of them are unusual for their product.",
        "其中 {count} 次偏离该产品以往水平。",
    ),
    "daily.usual": (
        "None is unusual for its product.",
        "均符合该产品以往水平。",
    ),
    "daily.unknown": (
        "What is usual for their products is not known yet: that takes five tests before.",
        "其产品此前不足五次实测，尚无以往水平可供对照。",
    ),
    "daily.unknown_some": (
        " Of {count} it is not known yet what is usual.",
        "另有 {count} 次尚无以往水平可供对照。",
    ),
    "daily.unusual_label": ("Unusual tests", "异常实测"),
    "daily.picture": ("Peaks of the day, and what is usual", "当日峰值与以往水平"),
    "daily.strip": (
        "Each test is a dot; the bar is the mean ± 3 SD of the product's 90 days before.",
        "圆点为各次实测；横条为该产品此前 90 天的均值 ± 3 倍标准差。",
    ),
    "daily.by_product": ("By product", "按产品"),
    "daily.usual_column": ("Usual mean", "以往均值"),
    "daily.all": ("All tests of the day", "当日全部实测"),
    "daily.unusual_mark": ("unusual", "异常"),
    "finding": ("Finding", "判定"),
    # weekly
    "weekly.title": ("Weekly comparison report", "每周对比报告"),
    "weekly.none": (
        "No simulation was compared with a test in this week; {tests} tests were stored.",
        "本周没有仿真与实测的对比；录入实测 {tests} 次。",
    ),
    "weekly.answer": (
        (
            "In {count} comparisons the simulated peak was off by {off} in the mean (week before: "
            "{before}); {within} of {count} lay within 10 %."
        ),
        (
            "本周 {count} 次对比中，仿真峰值平均偏差 {off}（上周 {before}）；"
            "其中 {within} 次在 10 % 以内。"
        ),
    ),
    "weekly.mean_off": ("Mean peak error", "峰值平均偏差"),
    "weekly.within": ("Within 10 %", "偏差 10 % 以内"),
    "weekly.days": ("Tests stored on each day", "每日录入实测数"),
    "weekly.worst": ("Comparisons, the largest error first", "对比明细（按偏差从大到小）"),
    "weekly.products": ("Tests by product, and the four weeks before", "各产品实测与此前四周对照"),
    "weekly.before": ("Mean before", "此前均值"),
    "difference": ("Difference", "差值"),
    "peak_error": ("Peak error", "峰值偏差"),
    "rmse": ("RMSE", "均方根误差"),
    "simulation": ("Simulation", "仿真"),
    # accuracy
    "accuracy.title": ("Simulation accuracy report", "仿真精度报告"),
    "accuracy.none": (
        "There is no test with a recipe in this period, so the model was not put to the test.",
        "本期没有带配方的实测，无法检验模型精度。",
    ),
    "accuracy.answer": (
        (
            "The model's peak is off by {mape} in the mean, with a bias of {bias}; {within} % of "
            "the tests lie within 10 % (judged: {tests})."
        ),
        (
            "本期 {tests} 次实测中，模型峰值平均偏差 {mape}，系统偏差 {bias}；"
            "{within} % 的实测在 10 % 以内。"
        ),
    ),
    "accuracy.drift_none": (
        "There is no earlier month to compare with.",
        "没有可供对照的更早月份。",
    ),
    "accuracy.drift_still": (
        "Against the months before, the bias has not moved beyond what chance explains.",
        "与此前各月相比，系统偏差没有超出随机波动的变化。",
    ),
    "accuracy.drift": (
        (
            "Against the months before, the bias has moved by {shift}, more than chance explains: "
            "see whether a batch, a device or the model has changed."
        ),
        "与此前各月相比，系统偏差变化了 {shift}，超出随机波动：请检查批次、设备或模型是否有变化。",
    ),
    "accuracy.mape": ("Mean peak error", "峰值平均偏差"),
    "accuracy.bias": ("Bias of the peak", "峰值系统偏差"),
    "accuracy.rmse": ("Mean RMSE", "平均均方根误差"),
    "accuracy.parity": ("Simulated against measured peaks", "仿真峰值与实测峰值"),
    "accuracy.drift_title": ("Bias of the peak, month by month", "峰值系统偏差逐月变化"),
    "accuracy.drift_axis": ("Bias [%]", "系统偏差 [%]"),
    "accuracy.by_product": ("By product", "按产品"),
    "accuracy.by_type": ("By charge", "按装药类型"),
    "accuracy.tests": ("Every test, the largest error first", "全部实测（按偏差从大到小）"),
    "accuracy.left_out": (
        "{count} tests were left out, since they name no recipe or it cannot be simulated.",
        "{count} 次实测因未注明配方或无法仿真而未计入。",
    ),
    "accuracy.model": ("Model in use: {model}.", "所用模型：{model}。"),
    "within": ("Within 10 %", "10 % 以内"),
    "bias": ("Bias", "系统偏差"),
    # calibrate
    "calibrate.title": ("Model calibration", "模型标定"),
    "calibrate.none": (
        "Nothing was calibrated: {reason}",
        "未进行标定：{reason}",
    ),
    "calibrate.answer": (
        (
            "A model was fitted to {products} products and is proposed as version {version}; an "
            "administrator decides whether it is put to use."
        ),
        "已用 {products} 个产品标定新模型，提议为版本 {version}；是否启用由管理员决定。",
    ),
    "calibrate.same": (
        "The data are those of version {version}, which was proposed before; nothing was fitted.",
        "数据与已提议的版本 {version} 相同，未重新标定。",
    ),
    "calibrate.quality": ("Each product predicted without it", "留一法预测精度"),
    "calibrate.error": ("Mean error", "平均偏差"),
    "calibrate.quantity": ("Quantity", "量"),
    "calibrate.value": ("Value", "值"),
    "calibrate.suspicious": ("Rows that the others do not explain", "可疑数据"),
    "calibrate.expected": ("Expected", "预期"),
    "calibrate.was": ("Given", "给定"),
    "products": ("Products", "产品数"),
    "version": ("Version", "版本"),
    # health
    "health.title": ("Health of the workspace", "系统健康检查"),
    "health.good": ("All {count} checks are in order.", "{count} 项检查全部正常。"),
    "health.bad": (
        "{count} of {all} checks need somebody: {first}",
        "{all} 项检查中有 {count} 项需要处理：{first}",
    ),
    "health.checks": ("Checks", "检查项"),
    "health.what": ("What", "项目"),
    "health.state": ("State", "状态"),
    "health.told": ("Finding", "结果"),
    "ok": ("in order", "正常"),
    "notice": ("notice", "提示"),
    "problem": ("problem", "问题"),
    # audit seal
    "seal.title": ("Audit seal", "审计封存"),
    "seal.none": (
        "This version of the program keeps no audit chain yet, so there was nothing to seal.",
        "本版本尚无审计链，无需封存。",
    ),
    "seal.answer": (
        "{count} entries of the operation log were sealed; the chain reaches entry {number}.",
        "已封存操作日志 {count} 条；审计链已到第 {number} 条。",
    ),
    "seal.sealed": ("Entries sealed now", "本次封存条数"),
    "seal.reaches": ("The chain reaches", "审计链到达"),
}


def words(language: str) -> Callable[..., str]:
    """Return what says a word of the catalogue in a language.

    Raises:
        ReportError: it speaks no such language.
    """
    if language not in LANGUAGES:
        raise ReportError(f"Reports are written in en or zh, not in '{language}'.")
    number = LANGUAGES.index(language)
    return lambda key, **values: WORDS[key][number].format(**values)
