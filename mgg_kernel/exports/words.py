"""Every word of an export for people, in English and in Chinese."""

from typing import Literal, get_args

from mgg_kernel.errors import ExportError

__all__ = ["LANGUAGES", "WORDS", "Language", "Say", "said_in"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

WORDS: dict[str, tuple[str, str]] = {
    "answer": ("answer", "结论"),
    "decay": ("decay", "下降段"),
    "excellent": ("excellent", "优"),
    "fair": ("fair", "中"),
    "good": ("good", "良"),
    "grade": ("grade", "等级"),
    "head.error": ("error", "误差"),
    "head.grade": ("grade", "等级"),
    "head.meaning": ("meaning", "含义"),
    "head.name": ("name", "名称"),
    "head.phase": ("phase", "阶段"),
    "head.score": ("score", "得分"),
    "head.unit": ("unit", "单位"),
    "head.value": ("value", "数值"),
    "head.what": ("what", "项目"),
    "ignition_delay": ("ignition delay", "点火延迟"),
    "ignition_diff": ("ignition time difference", "点火时间差"),
    "iso": ("ISO/TS 18571 method", "ISO/TS 18571 方法"),
    "note": ("note", "备注"),
    "peak": ("peak", "峰值"),
    "peak_diff": ("peak pressure difference", "峰值压力差"),
    "peak_time_diff": ("peak time difference", "峰值时间差"),
    "picture.mean": ("Mean", "平均"),
    "picture.pressure": ("Pressure", "压力"),
    "picture.residual": ("Residual", "残差"),
    "picture.shots": ("Shots", "各发"),
    "picture.simulation": ("Simulation", "仿真"),
    "picture.test": ("Test", "实测"),
    "picture.time": ("Time", "时间"),
    "poor": ("poor", "差"),
    "reference": ("test (reference)", "实测（基准）"),
    "rise": ("rise", "上升段"),
    "rmse": ("RMSE", "均方根误差"),
    "simulation": ("simulation", "仿真"),
    "title.best": ("Best match for each test", "各次实测的最佳匹配"),
    "title.charts": ("Control charts", "控制图"),
    "title.compared": ("Curves as compared", "对比所用曲线"),
    "title.curves": ("Aligned curves", "对齐曲线"),
    "title.limits": ("Limits", "限值"),
    "title.lots": ("Lots", "各批次"),
    "title.matrix": ("Simulations and tests", "仿真与实测"),
    "title.metrics": ("Numbers", "指标"),
    "title.notes": ("Notes", "说明"),
    "title.overlay": ("Shots over each other", "各发叠加"),
    "title.pairs": ("Pairs", "各组对比"),
    "title.phases": ("Phases", "各阶段"),
    "title.provenance": ("Provenance", "来源"),
    "title.runs": ("Shots", "各发"),
    "title.settings": ("Settings", "设置"),
    "title.simulation_curve": ("Simulation as it is", "仿真曲线"),
    "title.sources": ("Sources", "数据出处"),
    "title.statistics": ("Statistics", "统计"),
    "title.summary": ("Summary", "摘要"),
    "title.test_curve": ("Test as recorded", "实测曲线"),
    "title.verdicts": ("Verdicts", "判定"),
    "warning": ("warning", "请注意"),
    # Of the numbers of a comparison.
    "label.peak_pressure_diff_mpa": ("peak pressure, simulation − test", "峰值压力，仿真 − 实测"),
    "label.peak_pressure_diff_percent": ("the same, of the test's peak", "同上，占实测峰值"),
    "label.peak_time_diff_ms": ("peak time, simulation − test", "峰值时间，仿真 − 实测"),
    "label.ignition_time_diff_ms": ("ignition time, simulation − test", "点火时间，仿真 − 实测"),
    "label.impulse_diff_mpa_ms": ("impulse ∫p dt, simulation − test", "冲量，仿真 − 实测"),
    "label.rmse_mpa": ("root of the mean square residual", "均方根误差"),
    "label.rmse_percent": ("the same, of the test's peak", "同上，占实测峰值"),
    "label.mae_mpa": ("mean magnitude of the residual", "平均绝对误差"),
    "label.mae_percent": ("the same, of the test's peak", "同上，占实测峰值"),
    "label.correlation": ("Pearson's r", "相关系数"),
    "label.r_squared": ("R²", "决定系数"),
    "label.iso18571.overall": ("ISO/TS 18571 method, overall", "ISO/TS 18571 方法，总分"),
    "label.iso18571.corridor": ("corridor", "通道"),
    "label.iso18571.phase": ("phase", "相位"),
    "label.iso18571.magnitude": ("magnitude", "幅值"),
    "label.iso18571.slope": ("slope", "斜率"),
    "label.iso18571.grade": ("grade", "等级"),
    "label.sprague_geers.m": ("Sprague–Geers magnitude", "幅值误差 M（Sprague–Geers）"),
    "label.sprague_geers.p": ("Sprague–Geers phase", "相位误差 P（Sprague–Geers）"),
    "label.sprague_geers.c": ("Sprague–Geers, both", "综合误差 C（Sprague–Geers）"),
    # Sentences.
    "sentence.agrees": (
        "The peak pressure agrees; RMSE {rmse:.2f} MPa",
        "峰值压力一致；RMSE {rmse:.2f} MPa",
    ),
    "sentence.high": (
        "Peak pressure {diff:.2f} MPa ({percent:.1f} %) too high; RMSE {rmse:.2f} MPa",
        "峰值压力偏高 {diff:.2f} MPa（{percent:.1f} %）；RMSE {rmse:.2f} MPa",
    ),
    "sentence.low": (
        "Peak pressure {diff:.2f} MPa ({percent:.1f} %) too low; RMSE {rmse:.2f} MPa",
        "峰值压力偏低 {diff:.2f} MPa（{percent:.1f} %）；RMSE {rmse:.2f} MPa",
    ),
    "sentence.rated": (
        "; ISO/TS 18571 method {score:.3f}, {grade}.",
        "；ISO/TS 18571 方法 {score:.3f}，{grade}。",
    ),
    "sentence.unrated": (".", "。"),
    "sentence.matrix": (
        "{found} of {tests} tests have a best match; {errors} pairs could not be compared.",
        "{tests} 次实测中有 {found} 次找到最佳匹配；{errors} 组无法对比。",
    ),
    "sentence.lots": (
        "{accepted} of {lots} lots are accepted, {refused} are not.",
        "{lots} 个批次中 {accepted} 个接收，{refused} 个不接收。",
    ),
    "sentence.corridor": (
        "{passed} of {of} curves pass the corridor '{name}', version {version}.",
        "{of} 条曲线中 {passed} 条通过通道“{name}”（版本 {version}）。",
    ),
    "sentence.overlay": (
        "{shots} shots, {counted} of them in the mean curve.",
        "共 {shots} 发，其中 {counted} 发计入平均曲线。",
    ),
}
"""Texts by key, in the order of `LANGUAGES`; ``{name}`` stands for a value."""


class Say:
    """The words of one language, or of both where none is chosen.

    Args:
        language: the language; None: captions are in both, sentences in English.
    """

    def __init__(self, language: Language | None) -> None:
        self.language = language

    def __call__(self, key: str) -> str:
        """Return a caption."""
        english, chinese = WORDS[key]
        if self.language is None:
            return f"{english} {chinese}"
        return chinese if self.language == "zh" else english

    def plain(self, key: str) -> str:
        """Return a caption in one language, English where none is chosen."""
        return WORDS[key][self.language == "zh"]

    def sentence(self, key: str, **values: object) -> str:
        """Return a sentence with its values put in, English where none is chosen."""
        return self.plain(f"sentence.{key}").format(**values)

    def heads(self, *names: str) -> tuple[str, ...]:
        """Return names of columns for people, English where none is chosen."""
        return tuple(self.plain(f"head.{name}") for name in names)


def said_in(language: str | None) -> Say:
    """Return the words of a language.

    Raises:
        ExportError: it is none of `LANGUAGES`.
    """
    for known in LANGUAGES:
        if language == known:
            return Say(known)
    if language is None:
        return Say(None)
    raise ExportError(f"There is no export in '{language}'; choose {' or '.join(LANGUAGES)}.")
