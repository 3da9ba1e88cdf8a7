"""What the numbers of an export are called, with their units, in English and Chinese."""

from mgg_kernel.comparison import Comparison

__all__ = ["LABELS", "answer_of"]

LABELS: dict[str, tuple[str, str]] = {
    "peak_pressure_diff_mpa": ("MPa", "peak pressure, simulation − test 峰值压力差"),
    "peak_pressure_diff_percent": ("%", "the same, of the test's peak 峰值压力差（相对）"),
    "peak_time_diff_ms": ("ms", "peak time, simulation − test 峰值时间差"),
    "ignition_time_diff_ms": ("ms", "ignition time, simulation − test 点火时间差"),
    "impulse_diff_mpa_ms": ("MPa·ms", "impulse ∫p dt, simulation − test 冲量差"),
    "rmse_mpa": ("MPa", "root of the mean square residual 均方根误差"),
    "rmse_percent": ("%", "the same, of the test's peak 均方根误差（相对）"),
    "mae_mpa": ("MPa", "mean magnitude of the residual 平均绝对误差"),
    "mae_percent": ("%", "the same, of the test's peak 平均绝对误差（相对）"),
    "correlation": ("", "Pearson's r 相关系数"),
    "r_squared": ("", "R² 决定系数"),
    "iso18571.overall": ("", "ISO/TS 18571 method, overall 总分"),
    "iso18571.corridor": ("", "corridor 通道"),
    "iso18571.phase": ("", "phase 相位"),
    "iso18571.magnitude": ("", "magnitude 幅值"),
    "iso18571.slope": ("", "slope 斜率"),
    "iso18571.grade": ("", "grade 等级"),
    "sprague_geers.m": ("", "Sprague–Geers magnitude 幅值误差"),
    "sprague_geers.p": ("", "Sprague–Geers phase 相位误差"),
    "sprague_geers.c": ("", "Sprague–Geers, both 综合误差"),
    "phase_ignition_delay": ("", "ignition delay 点火延迟"),
    "phase_rise": ("", "rise 上升段"),
    "phase_peak": ("", "peak 峰值"),
    "phase_decay": ("", "decay 下降段"),
}
"""By name: the unit, and what it means."""


def answer_of(comparison: Comparison) -> str:
    """Return what a comparison comes to, in a sentence."""
    off, percent = comparison.peak_pressure_diff_mpa, comparison.peak_pressure_diff_percent
    side = "high" if off > 0 else "low"
    peak = (
        "The peak pressure agrees"
        if abs(off) < 0.005
        else f"Peak pressure {abs(off):.2f} MPa ({abs(percent):.1f} %) too {side}"
    )
    iso = comparison.iso18571
    rated = f"; ISO/TS 18571 method {iso.overall:.3f}, {iso.grade}" if iso else ""
    return f"{peak}; RMSE {comparison.rmse_mpa:.2f} MPa{rated}."
