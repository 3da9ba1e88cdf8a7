"""The words in a header: what a column is called, and in what unit, as labs write it.

Vocabulary alone: nothing here knows of sheets.  Longer words are looked for inside a name
(``Chamber pressure 1``, ``容器压力``), single letters only where they are all of it.
"""

import re
from dataclasses import dataclass
from typing import Literal

from mgg_kernel.units import canonical_unit

__all__ = ["REMARK_LABELS", "HeaderCell", "Kind", "read_cell"]

Kind = Literal["time", "pressure", "voltage", "angle", "other"]

REMARK_LABELS = frozenset({"注释", "备注", "remark", "remarks", "comment", "product", "产品"})
"""What the lab writes beside the product's name, in small letters."""

_EXACT: dict[str, Kind] = {"t": "time", "p": "pressure", "p_c": "pressure", "pc": "pressure"}
_EXACT |= dict.fromkeys(("v", "u", "ai"), "voltage")
_EXACT |= dict.fromkeys(
    ("no", "nr", "n", "id", "index", "sample", "samples", "point", "points", "序号", "编号"),
    "other",
)
_EXACT |= dict.fromkeys(("点数", "采样点", "i", "row"), "other")

_INSIDE: tuple[tuple[Kind, frozenset[str]], ...] = (
    ("voltage", frozenset({"voltage", "volt", "volts", "电压", "spannung"})),
    ("angle", frozenset({"angle", "crank", "crankangle", "转角", "曲轴", "曲柄", "角度"})),
    ("other", frozenset({"current", "temperature", "temp", "force", "strain", "speed", "rpm"})),
    ("other", frozenset({"acceleration", "displacement", "volume", "mass", "status", "trigger"})),
    (
        "other",
        frozenset({"电流", "温度", "推力", "应变", "转速", "位移", "加速度", "容积", "质量"}),
    ),
    ("time", frozenset({"time", "zeit", "时间", "时刻"})),
    ("pressure", frozenset({"pressure", "press", "druck", "压力", "压强"})),
)
# Beside these a word of time or pressure names a setting or one number of a curve, no record.
_SETTINGS = frozenset({"unit", "units", "range", "zone", "date", "interval", "step", "base", "of"})
_SETTINGS |= {"单位", "量程", "范围", "间隔", "日期", "步长"}
_READOUTS = frozenset({"peak", "max", "maximum", "ignition", "rise", "delay", "rate"})
_READOUTS |= {"峰值", "最大", "最高", "点火", "上升", "变化率", "速率"}

# Units that are known well enough to say what a column is not, or cannot be turned into.
_FOREIGN: dict[str, Kind] = dict.fromkeys(
    ("V", "mV", "kV", "Volt", "Volts", "伏", "毫伏"), "voltage"
)
_FOREIGN |= dict.fromkeys(("deg", "°", "°CA", "degCA", "deg CA", "CAD", "°KW", "CA", "度"), "angle")
_FOREIGN |= dict.fromkeys(("A", "mA", "°C", "℃", "K", "N", "kN", "mm", "Hz", "kHz", "rpm"), "other")
_FOREIGN |= dict.fromkeys(
    ("g", "mg", "m/s²", "m/s2", "%", "pC", "L", "mL", "J", "W", "µε"), "other"
)
_FOREIGN |= dict.fromkeys(("mPa", "mpa", "GPa", "hPa", "atm", "at", "Torr", "mmHg"), "pressure")
_FOREIGN |= dict.fromkeys(("kgf/cm2", "kgf/cm²", "kg/cm2", "psig", "psia", "barg"), "pressure")
_FOREIGN |= dict.fromkeys(("min", "h", "ns", "ps", "分", "小时", "纳秒"), "time")

_PLOT = re.compile(r"^(.*?)\s*[-–—]\s*((?:曲线|plot|curve|channel|通道)\s*\d+)$", re.IGNORECASE)
_GROUP = re.compile(r"\[([^][]*)\]|\(([^()]*)\)|（([^（）]*)）|【([^【】]*)】")
_TRAILING_NUMBER = re.compile(r"[\s_#.№-]*\d+\s*#?$")
_LATIN = re.compile(r"[a-z]+")
_OWN_HEADING = "pressure_mpa"


@dataclass(frozen=True)
class HeaderCell:
    """What one cell of a header says.

    Attributes:
        text: the cell as written.
        name: what is left of it without its unit and its plot.
        unit: canonical unit, if it names a known one.
        foreign: a unit that is not one of ours, as written.
        kind: what the name, or a foreign unit, speaks of; None where it says nothing.
        plot: the curve that a plotting program numbered, such as ``曲线 0``.
    """

    text: str
    name: str = ""
    unit: str | None = None
    foreign: str | None = None
    kind: Kind | None = None
    plot: str | None = None

    @property
    def is_unit(self) -> bool:
        """Whether the cell is a unit and nothing else."""
        return not self.name and (self.unit is not None or self.foreign is not None)

    @property
    def is_label(self) -> bool:
        """Whether the cell announces what stands beside it, as ``Operator:`` does."""
        return self.text.endswith((":", "："))


def read_cell(text: str) -> HeaderCell:
    """Read one header cell, such as ``Pressure``, ``[ms]``, ``时间/ms`` or ``时间 - 曲线 0``."""
    unit, foreign = _unit(text)
    if unit or foreign:
        return HeaderCell(text, "", unit, foreign, _FOREIGN.get(_bare(text)) if foreign else None)
    match = _PLOT.match(text)
    rest, plot = (match[1], match[2]) if match else (text, None)
    name, unit, foreign = _split(rest)
    kind = _kind(name)
    if foreign is not None:
        kind = _FOREIGN.get(foreign, "other" if kind is None else kind)
        kind = "other" if "/" in foreign and foreign not in _FOREIGN else kind
    return HeaderCell(text, name, unit, foreign, kind, plot)


def _bare(text: str) -> str:
    return text.strip().strip("[]()（）【】").strip()


def _unit(text: str) -> tuple[str | None, str | None]:
    """Return the known unit, or the foreign one, that a text is as a whole."""
    bare = _bare(text)
    known = canonical_unit(bare)
    if known is not None or bare in _FOREIGN:
        return known, None if known is not None else bare
    over, slash, under = bare.partition("/")
    if slash and _is_unit(over) and _is_unit(under):
        return None, bare  # a derivative: MPa/ms measures neither
    return None, None


def _is_unit(text: str) -> bool:
    return canonical_unit(text) is not None or text.strip() in _FOREIGN


def _split(text: str) -> tuple[str, str | None, str | None]:
    """Return the name, the known unit and the foreign unit of a cell that is not only a unit."""
    for group in reversed(list(_GROUP.finditer(text))):
        unit, foreign = _unit(group[0])
        square = group[1] is not None and group.end() == len(text.rstrip())
        if unit or foreign or (square and _bare(group[0])):
            name = (text[: group.start()] + text[group.end() :]).strip(" /,，_:：")
            return name, unit, foreign or (None if unit else _bare(group[0]))
    if text.lower() == _OWN_HEADING:
        return "pressure", "MPa", None
    for separator in ("/", ",", "，", ":", "：", " ", "_"):
        name, found, rest = text.rpartition(separator)
        name = name.strip()
        unit, foreign = _unit(rest)
        if (
            not found
            or not name
            or not (unit or foreign)
            or (name[-1].isdigit() and separator == " ")
        ):
            continue
        last = re.split(r"[\s\[(（,]", name)[-1]
        if separator == "/" and _is_unit(last) and last != name:
            return name, None, f"{last}/{rest.strip()}"
        if foreign is not None and separator in " _" and len(foreign) == 1:
            continue  # "Sensor A" and "ch_V" are names
        return name, unit, foreign
    # A unit without any gap behind Chinese signs: 压力MPa
    glued = re.match(r"^([一-鿿]+)([A-Za-zµμ]+)$", text)
    if glued and canonical_unit(glued[2]) is not None:
        return glued[1], canonical_unit(glued[2]), None
    return text, None, None


def _kind(name: str) -> Kind | None:
    key = _TRAILING_NUMBER.sub("", name.lower()).strip(" .:：")
    if key in _EXACT:
        return _EXACT[key]
    if re.match(r"^d\s*p\s*/\s*d\s*t", key):
        return "other"
    latin = set(_LATIN.findall(key))

    def holds(words: frozenset[str]) -> bool:
        return bool(latin & words) or any(not w.isascii() and w in key for w in words)

    if holds(_SETTINGS):
        return None
    found = [kind for kind, words in _INSIDE if holds(words)]
    if "time" in found and "pressure" in found:
        return None  # a title such as "Pressure over time"
    if not found:
        return None
    return "other" if holds(_READOUTS) else found[0]
