"""The words above the columns of a recipe database, and the units in them."""

import re
import unicodedata
from typing import Literal, TypeGuard

from mgg_kernel.ingest.names import display_text
from mgg_kernel.units import canonical_unit

__all__ = [
    "AVERAGES",
    "CHOICES",
    "MASSES",
    "TITLES",
    "UNITS",
    "Average",
    "Choice",
    "Heading",
    "Mass",
    "heading_of",
    "is_average",
    "plain_text",
    "units_in",
]

Choice = Literal["igniter", "shell", "current", "sensor", "vessel", "device"]
Mass = Literal["nc", "gp"]
Average = Literal["ignition_time", "peak_time", "peak_pressure"]
Heading = Choice | Mass | Average | Literal["product", "serial", "staff", "charges", "averages"]

CHOICES: tuple[Choice, ...] = ("igniter", "shell", "current", "sensor", "vessel", "device")
"""Groups of columns of which a 1 marks one."""

MASSES: tuple[Mass, ...] = ("nc", "gp")
"""Groups of columns that hold masses."""

AVERAGES: tuple[Average, ...] = ("ignition_time", "peak_time", "peak_pressure")
"""Columns that hold the averages of a product's shots."""

TITLES: dict[Heading, str] = {
    "product": "产品型号",
    "igniter": "点火具",
    "nc": "NC类型",
    "gp": "GP类型",
    "shell": "管壳高度",
    "current": "通电条件",
    "sensor": "传感器量程",
    "vessel": "容积",
    "device": "测试设备",
    "ignition_time": "点火时间",
    "peak_time": "峰值时间",
    "peak_pressure": "峰值压力",
}
"""What the lab writes above them, for messages."""

UNITS: dict[Heading, str] = {
    "charges": "mg",
    "nc": "mg",
    "gp": "mg",
    "shell": "mm",
    "current": "A",
    "sensor": "MPa",
    "vessel": "mL",
    "ignition_time": "ms",
    "peak_time": "ms",
    "peak_pressure": "MPa",
}
"""The units that the lab writes these in."""

# The first that is found in a heading tells what it is.
_WORDS: tuple[tuple[str, Heading], ...] = (
    ("点火时间", "ignition_time"),
    ("峰值时间", "peak_time"),
    ("峰值压力", "peak_pressure"),
    ("平均值", "averages"),
    ("序号", "serial"),
    ("产品", "product"),
    ("点火具", "igniter"),
    ("药剂类型", "charges"),
    ("管壳高度", "shell"),
    ("通电条件", "current"),
    ("量程", "sensor"),
    ("容积", "vessel"),
    ("测试设备", "device"),
    ("测试人员", "staff"),
)
_CHARGE = re.compile(r"(nc|gp)(类型|药)?")
_BRACKETS = str.maketrans("【】［］〔〕", "[][][]")
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]|/([^()\[\]/]+)")
_OTHER_UNITS = {
    unit.casefold(): unit for unit in ("mg", "g", "kg", "mm", "cm", "m", "A", "mA", "mL", "L", "cc")
}


def plain_text(text: str) -> str:
    """Return a cell's text on one line, with full-width letters and brackets made plain."""
    return unicodedata.normalize("NFKC", display_text(text, longest=200)).translate(_BRACKETS)


def heading_of(text: str) -> Heading | None:
    """Return what a heading speaks of, None where it is none that a recipe database has.

    Args:
        text: the cell's text, such as ``容积（mL）`` or ``NC类型（七选一or七选二）``.
    """
    bare = _IN_BRACKETS.sub("", plain_text(text)).replace(" ", "").casefold()
    charge = _CHARGE.fullmatch(bare)
    if charge:
        return "nc" if charge[1] == "nc" else "gp"
    return next((heading for word, heading in _WORDS if word in bare), None)


def units_in(text: str) -> tuple[str, ...]:
    """Return the known units that stand in brackets or behind a slash, each once."""
    found = (
        canonical_unit(word) or _OTHER_UNITS.get(word.casefold())
        for match in _IN_BRACKETS.findall(plain_text(text))
        for word in re.split(r"[\s/,、或]+", " ".join(match))
    )
    return tuple(dict.fromkeys(unit for unit in found if unit))


def is_average(heading: Heading | None) -> TypeGuard[Average]:
    """Tell whether a heading is one of :data:`AVERAGES`."""
    return heading in AVERAGES
