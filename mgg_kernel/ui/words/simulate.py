"""Words of the Simulate page."""

__all__ = ["SIMULATE"]

SIMULATE: dict[str, tuple[str, str]] = {
    "simulate.alike": ("Measured tests like it", "相似的实测"),
    "simulate.amount": ("Amount [mg]", "装药量 [mg]"),
    "simulate.answer": (
        "peak pressure at {time}, ignition at {ignition}: {recipe}",
        "峰值压力，峰值时间 {time}，点火时间 {ignition}：{recipe}",
    ),
    "simulate.answer_empty": (
        "Write a recipe on the left and simulate it.",
        "请在左侧填写配方并仿真。",
    ),
    "simulate.answer_look": (
        "Choose a simulation below to see its curve.",
        "请在下方选择一次仿真查看曲线。",
    ),
    "simulate.compare": ("Compare with a test", "与实测对比"),
    "simulate.compare_with": ("Compare with test {number}", "与实测 {number} 对比"),
    "simulate.find_alike": ("Find measured tests like it", "查找相似的实测"),
    "simulate.forget": ("Take away what is kept", "移除保留的曲线"),
    "simulate.from": ("From", "从"),
    "simulate.interval": (
        "90 % interval: peak {low} … {high}.",
        "90 % 区间：峰值 {low} … {high}。",
    ),
    "simulate.keep": ("Keep in the picture", "保留在图中"),
    "simulate.keep_hint": (
        "Let this curve stay while you change the recipe",
        "修改配方时保留此曲线以便对照",
    ),
    "simulate.latest": ("Latest simulations", "最近的仿真"),
    "simulate.link": ("Link to this view", "此视图的链接"),
    "simulate.model": ("Model in use: {name}", "当前模型：{name}"),
    "simulate.no_product": ("none", "不选用"),
    "simulate.none_alike": (
        "No test is stored that looks like it.",
        "没有相似的已保存实测。",
    ),
    "simulate.none_yet": (
        "None yet: write a recipe on the left and simulate it.",
        "暂无：请在左侧填写配方并仿真。",
    ),
    "simulate.nothing": ("The curve is drawn here.", "曲线将显示在此处。"),
    "simulate.product": ("Recipe of a product", "选用产品配方"),
    "simulate.run": ("Simulate", "仿真"),
    "simulate.run_hint": (
        "Simulate the recipe and store the result",
        "仿真该配方并保存结果",
    ),
    "simulate.series": ("Vary one amount", "改变一种装药量"),
    "simulate.series_done": (
        "{count} simulated, none of them stored.",
        "已仿真 {count} 次，均未保存。",
    ),
    "simulate.series_progress": ("Simulated {done} of {total}", "已仿真 {done} / {total}"),
    "simulate.series_run": ("Simulate the series", "仿真该系列"),
    "simulate.steps": ("Steps", "次数"),
    "simulate.to": ("To", "到"),
    "simulate.which": ("Charge", "装药"),
}
