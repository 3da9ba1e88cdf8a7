"""Words of the Reverse page."""

__all__ = ["REVERSE"]

REVERSE: dict[str, tuple[str, str]] = {
    "reverse.answer_empty": (
        "Say what is wanted and what must stay; recipes that give it are searched.",
        "请填写目标和不变的条件，系统将搜索满足目标的配方。",
    ),
    "reverse.answer_look": (
        "Choose a reverse simulation below to see its recipes.",
        "请在下方选择一次逆向仿真查看其配方。",
    ),
    "reverse.answer_missed": (
        "recipes, none of which meets the target: {title}",
        "个配方，均未达到目标：{title}",
    ),
    "reverse.answer_none": ("No recipe was found: {title}", "未找到配方：{title}"),
    "reverse.answer_reached": (
        "recipes for: {title}. The best one: {best}",
        "个配方，目标：{title}。最优：{best}",
    ),
    "reverse.candidates": ("Recipes that were found", "找到的配方"),
    "reverse.charges": ("Most charges", "装药种数上限"),
    "reverse.confidence": ("Confidence", "置信度"),
    "reverse.corridor": ("Corridor", "通道"),
    "reverse.drawn": ("a drawn curve", "手绘曲线"),
    "reverse.early": ("First recipes; they get better.", "初步配方，将继续改进。"),
    "reverse.found": ("Recipes", "配方数"),
    "reverse.igniters": ("Igniters to choose among", "可选点火具"),
    "reverse.kind": ("Wanted", "目标"),
    "reverse.latest": ("Latest reverse simulations", "最近的逆向仿真"),
    "reverse.link": ("Link to this view", "此视图的链接"),
    "reverse.limit": ("The peak must stay below", "峰值压力上限"),
    "reverse.model": ("Model in use: {name}", "当前模型：{name}"),
    "reverse.none_yet": ("None yet.", "暂无。"),
    "reverse.nothing": (
        "The wanted curve and those of the recipes are drawn here.",
        "目标曲线和各配方的曲线将显示在此处。",
    ),
    "reverse.of_corridor": ("a stored corridor", "已保存的通道"),
    "reverse.of_test": ("the curve of a test", "某次实测的曲线"),
    "reverse.order": ("Open a work order", "新建工单"),
    "reverse.ordered": ("Work order {number} is open.", "已新建工单 {number}。"),
    "reverse.points": ("Points of the curve", "曲线上的点"),
    "reverse.points_hint": (
        "A time in ms and a pressure in MPa on each line, such as 8 45",
        "每行一个时间（ms）和一个压力（MPa），例如 8 45",
    ),
    "reverse.pressure_percent": ("Pressure ±", "压力允许偏差"),
    "reverse.rank": ("Rank", "排名"),
    "reverse.read_outs": ("read-outs", "读数"),
    "reverse.reasons": ("Why it is ranked so", "排名依据"),
    "reverse.run": ("Search recipes", "搜索配方"),
    "reverse.run_hint": (
        "Search, and store what was found",
        "搜索并保存结果",
    ),
    "reverse.running": ("{stage}: {done} of at most {total}", "{stage}：{done} / 最多 {total}"),
    "reverse.score": ("Share", "可信份额"),
    "reverse.search": ("Search titles, models, people", "搜索标题、模型、人员"),
    "reverse.simulate": ("Simulate it", "仿真此配方"),
    "reverse.simulated": ("Simulation {number} is stored.", "已保存仿真 {number}。"),
    "reverse.test": ("Number of the test", "实测编号"),
    "reverse.time_percent": ("Times ±", "时间允许偏差"),
    "reverse.title": ("Wanted", "目标"),
}
