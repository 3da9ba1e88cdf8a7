"""What records lack; the English sentences are those of :mod:`mgg_kernel.quality`."""

from mgg_kernel.quality import SENTENCES

__all__ = ["QUALITY"]

_CHINESE = {
    "long_record": "记录到 {end_ms:,.0f} ms 才结束：请检查时间单位。",
    "uneven_time": "{steps:,.0f} 个时间步长中有 {count:,.0f} 个与 {step_ms:.6g} ms 相差超过 1 %。",
    "gap": (
        "缺少采样点（{count:,.0f} 处），首次在 {time_ms:.6g} ms 之后；"
        "最长间隔为 {longest_ms:.4g} ms，请检查采集设备。"
    ),
    "no_ignition": "未发现点火：压力总共只上升 {rise_mpa:.3g} MPa。",
    "negative": "压力降到 {lowest_mpa:.3g} MPa：请检查传感器的零点和极性。",
    "offset": (
        "点火前压力为 {baseline_mpa:.3g} MPa 而不是零，占升幅的 {share:.1%}：原始值保持不变，"
        "偏移量另行记录。"
    ),
    "saturated": "已达到传感器量程 {range_mpa:g} MPa（{count:,.0f} 个采样点）：真实峰值可能更高。",
    "clipped": (
        "连续 {count:,.0f} 个采样点都等于峰值 {peak_mpa:.4g} MPa：传感器或其量程可能已到上限。"
    ),
    "peak_at_end": "最高压力出现在记录末尾：真实峰值可能在此之后。",
    "dropout": (
        "信号停滞后跳变（{count:,.0f} 处），首次在 {time_ms:.6g} ms，持续 {samples:,.0f} 个采样点："
        "采集仪或电缆可能曾中断。"
    ),
    "spike": (
        "压力瞬间跳开又返回（{count:,.0f} 个采样点），最大偏离 {height_mpa:.3g} MPa，"
        "位于 {time_ms:.6g} ms：请检查干扰。"
    ),
    "low_rate": (
        "从 10 % 到 90 % 的上升段只有 {count:,.0f} 个采样点：采样率应高于 {rate_khz:.3g} kHz。"
    ),
}

_TAGS = {
    "long_record": ("very long", "记录过长"),
    "uneven_time": ("uneven time", "时间不均"),
    "gap": ("gap", "缺点"),
    "no_ignition": ("no ignition", "未点火"),
    "negative": ("below zero", "负压"),
    "offset": ("offset", "零点偏移"),
    "saturated": ("saturated", "饱和"),
    "clipped": ("clipped", "削顶"),
    "peak_at_end": ("peak at end", "峰在末尾"),
    "dropout": ("drop-out", "信号中断"),
    "spike": ("spike", "尖刺"),
    "low_rate": ("low rate", "采样率低"),
}

QUALITY: dict[str, tuple[str, str]] = {
    **{f"quality.{code}": (SENTENCES[code], chinese) for code, chinese in _CHINESE.items()},
    **{f"quality.tag.{code}": tag for code, tag in _TAGS.items()},
}
