"""Words of the Compare page and of the recipe form in it."""

__all__ = ["COMPARE"]

COMPARE: dict[str, tuple[str, str]] = {
    "compare.answer_empty": (
        "Choose a test and a simulation on the left to see how far apart they are.",
        "请在左侧选择一次实测和一次仿真，查看二者的差异。",
    ),
    "compare.answer_no_simulation": (
        "Now choose a simulation, or simulate a recipe, to compare the test with.",
        "请再选择一次仿真，或仿真一个配方，与该实测对比。",
    ),
    "compare.answer_no_test": (
        "Now choose a test to compare the simulation with.",
        "请再选择一次实测，与该仿真对比。",
    ),
    "compare.answer_nothing": (
        "Nothing to compare yet: store a test on the Ingest page, and simulate a recipe here.",
        "还没有可对比的数据：请在“数据导入”页保存实测，并在此仿真一个配方。",
    ),
    "compare.correlation": ("Correlation r", "相关系数 r"),
    "compare.difference": ("Simulation − test", "仿真 − 实测"),
    "compare.error": ("Error", "误差"),
    "compare.grade": ("Grade", "等级"),
    "compare.how": (
        "Simulation minus test, % of the test's peak; {points} points at {rate}, filter {filter}.",
        "仿真减实测，百分比以实测峰值为基准；{points} 个点，采样率 {rate}，滤波 {filter}。",
    ),
    "compare.iso_corridor": ("Corridor", "通道"),
    "compare.iso_magnitude": ("Magnitude", "幅值"),
    "compare.iso_method": ("ISO/TS 18571 method", "ISO/TS 18571 方法"),
    "compare.iso_overall": ("Overall", "总分"),
    "compare.iso_phase": ("Phase", "相位"),
    "compare.iso_short": ("ISO score", "ISO 评分"),
    "compare.iso_slope": ("Slope", "斜率"),
    "compare.latest": ("Latest stored comparisons", "最新保存的对比"),
    "compare.link": ("Link to this view", "此视图的链接"),
    "compare.look_only": (
        "You may look at everything here; engineers and administrators simulate and save.",
        "您可以查看所有内容；仿真和保存由工程师和管理员进行。",
    ),
    "compare.made": ("Simulation {number} is stored.", "仿真 {number} 已保存。"),
    "compare.made_again": (
        "This was simulated before: it is simulation {number}.",
        "此配方已仿真过：即仿真 {number}。",
    ),
    "compare.no_comparisons": (
        "No comparison is stored yet: choose a test and a simulation, and save.",
        "还没有保存的对比：请选择实测和仿真，然后保存。",
    ),
    "compare.no_filter": ("none", "无"),
    "compare.no_picture": (
        "The test in ink, the simulation in colour and the residual below appear here.",
        "实测（墨色）、仿真（彩色）及其下方的残差会显示在这里。",
    ),
    "compare.no_recipe": ("not known", "未知"),
    "compare.no_simulations": (
        "There are no simulations yet: fill in the form below.",
        "还没有仿真：请填写下方表单。",
    ),
    "compare.no_tests": (
        "There are no tests yet: store one on the Ingest page.",
        "还没有实测：请在“数据导入”页保存。",
    ),
    "compare.note": ("Note", "备注"),
    "compare.note_hint": (
        "Optional, at most 1,000 characters",
        "可选，最多 1,000 字",
    ),
    "compare.nothing_found": ("Nothing matches the search.", "没有符合搜索条件的结果。"),
    "compare.over_window": ("Whole curve", "整条曲线"),
    "compare.overall": ("Over {window}", "范围 {window}"),
    "compare.own_rate": ("the test's own rate", "实测自身采样率"),
    "compare.peak_difference": ("Peak", "峰值差"),
    "compare.phase_decay": ("Decay", "下降段"),
    "compare.phase_delay": ("Ignition delay", "点火延迟"),
    "compare.phase_peak": ("Peak", "峰值"),
    "compare.phase_rise": ("Rise", "上升段"),
    "compare.phases": ("Phases of the shot", "各阶段"),
    "compare.r_squared": ("R²", "决定系数 R²"),
    "compare.read_outs": ("Read-outs", "特征值"),
    "compare.save": ("Save comparison", "保存对比"),
    "compare.save_hint": (
        "Store these numbers with the note",
        "保存这些数值及备注",
    ),
    "compare.score": ("Score", "评分"),
    "compare.simulate": ("Simulate", "仿真"),
    "compare.simulate_a_recipe": ("Simulate a recipe", "仿真一个配方"),
    "compare.simulate_hint": (
        "Simulate this recipe and compare it with the chosen test",
        "仿真此配方并与所选实测对比",
    ),
    "compare.stored": (
        "Stored as comparison {number} by {by}, {at}.",
        "已保存为对比 {number}，{by}，{at}。",
    ),
    "compare.take_recipe": ("Take the test's recipe", "采用实测的配方"),
    "compare.take_recipe_hint": (
        "Fill the form with the recipe of the chosen test",
        "用所选实测的配方填写表单",
    ),
    "compare.time_difference": ("Peak time", "峰值时间差"),
    "compare.verdict_equal": (
        "The peak pressure agrees; RMSE {rmse}.",
        "峰值压力一致；RMSE {rmse}。",
    ),
    "compare.verdict_high": (
        "Peak pressure {diff} ({percent}) too high; RMSE {rmse}.",
        "峰值压力偏高 {diff}（{percent}）；RMSE {rmse}。",
    ),
    "compare.verdict_low": (
        "Peak pressure {diff} ({percent}) too low; RMSE {rmse}.",
        "峰值压力偏低 {diff}（{percent}）；RMSE {rmse}。",
    ),
    "grade.excellent": ("excellent", "优"),
    "grade.fair": ("fair", "中"),
    "grade.good": ("good", "良"),
    "grade.poor": ("poor", "差"),
    "recipe.gp": ("GP", "GP"),
    "recipe.mass": ("Mass", "质量"),
    "recipe.nc_1": ("NC", "NC"),
    "recipe.nc_2": ("Second NC", "第二种 NC"),
    "recipe.none": ("None", "无"),
    "recipe.range": (
        "Numbers above 0, with at most three decimals.",
        "数值须大于 0，最多三位小数。",
    ),
    "word.igniter": ("Igniter", "点火具"),
}
