"""Names of read-outs and of the rules of control charts, in the viewer's language."""

from mgg_kernel.ui.words import Words

__all__ = ["readout_name", "rule_words"]


def readout_name(t: Words, readout: str) -> str:
    """Return the name of one of :data:`mgg_kernel.lots.READOUTS`."""
    names = {
        "peak_pressure_mpa": t("word.peak_pressure"),
        "peak_time_ms": t("word.peak_time"),
        "ignition_time_ms": t("word.ignition_time"),
        "t10_ms": t("readout.t10"),
        "t50_ms": t("readout.t50"),
        "t90_ms": t("readout.t90"),
        "rise_time_ms": t("readout.rise_time"),
        "largest_slope_mpa_per_ms": t("readout.slope"),
        "impulse_mpa_ms": t("readout.impulse"),
        "left_pressure_mpa": t("readout.left_pressure"),
    }
    return names[readout]


def _rule_name(t: Words, flag: str) -> str:
    """Return what a rule of :data:`mgg_kernel.lots.RULES` is called: ``Nelson 1``."""
    book, _, number = flag.rpartition("-")
    key = "rule.nelson" if book == "nelson" else "rule.western_electric"
    return t(key, number=number)


def rule_words(t: Words, flag: str) -> str:
    """Return the name of a rule and what it says."""
    says = {
        "nelson-1": t("rule.beyond_3"),
        "nelson-2": t("rule.nine_one_side"),
        "nelson-3": t("rule.trend"),
        "nelson-4": t("rule.alternating"),
        "nelson-5": t("rule.two_of_three"),
        "nelson-6": t("rule.four_of_five"),
        "nelson-7": t("rule.within_1"),
        "nelson-8": t("rule.beyond_1"),
        "western-electric-1": t("rule.beyond_3"),
        "western-electric-2": t("rule.two_of_three"),
        "western-electric-3": t("rule.four_of_five"),
        "western-electric-4": t("rule.eight_one_side"),
    }
    return f"{_rule_name(t, flag)}: {says[flag]}"
