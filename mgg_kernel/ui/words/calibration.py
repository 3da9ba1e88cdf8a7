"""Words of the pictures of a calibration, and of its progress."""

__all__ = ["CALIBRATION"]

CALIBRATION: dict[str, tuple[str, str]] = {
    "calibration.actual_axis": ("Products inside their interval [%]", "落在区间内的产品 [%]"),
    "calibration.band": ("90 % band", "90 % 区间带"),
    "calibration.band_of": ("Simulation with its 90 % band", "仿真及其 90 % 区间带"),
    "calibration.by_device": ("Test device (products)", "测试设备（产品数）"),
    "calibration.by_type": ("Charge type (products)", "药剂类型（产品数）"),
    "calibration.by_vessel": ("Vessel (products)", "容器（产品数）"),
    "calibration.chance": ("chance alone, 9 of 10", "纯属偶然（十之八九）"),
    "calibration.coverage": ("Intervals: promised against kept", "区间：标称与实际"),
    "calibration.difference": ("Measured minus expected [%]", "实测减预期 [%]"),
    "calibration.done": ("Done in {seconds} s.", "已完成，用时 {seconds} 秒。"),
    "calibration.expected_axis": (
        "Expected without the product [{unit}]",
        "不含该产品的预期值 [{unit}]",
    ),
    "calibration.fitted": ("fitted, 90 % interval", "拟合值（90 % 区间）"),
    "calibration.inside": ("inside its 90 % interval", "在 90 % 区间内"),
    "calibration.interval": ("90 % interval", "90 % 区间"),
    "calibration.measured_axis": ("{quantity}, measured [{unit}]", "{quantity}，实测 [{unit}]"),
    "calibration.nominal_axis": ("Level of the interval [%]", "区间标称水平 [%]"),
    "calibration.outside": ("outside", "在区间外"),
    "calibration.parameters": ("Parameters before and after", "标定前后的参数"),
    "calibration.prior": ("before: 90 % of the prior", "标定前：先验的 90 %"),
    "calibration.prior_only": ("hardly more than the prior", "基本只有先验信息"),
    "calibration.product": ("Product", "产品"),
    "calibration.shift_axis": (
        "Deviation from the start model [prior standard deviations]",
        "相对初始模型的偏移 [先验标准差]",
    ),
    "calibration.stage_fit": ("Fitting all products together", "联合拟合全部产品"),
    "calibration.stage_ignition": ("Fitting ignition times", "拟合点火时间"),
    "calibration.stage_left_out": (
        "Predicting each product without it: {done} of {total}",
        "逐一留出并预测各产品：{done} / {total}",
    ),
    "calibration.stop": ("Stop", "停止"),
    "calibration.stopping": ("Stopping …", "正在停止……"),
    "calibration.truth": ("truth (made-up lab)", "真值（虚构实验室）"),
}
