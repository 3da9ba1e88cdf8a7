"""What records lack, in the language of the page."""

from collections.abc import Iterable

from mgg_kernel.quality import QualityFlag
from mgg_kernel.ui.words import Words

__all__ = ["quality_sentences", "quality_tags"]

_KEYS = {
    "long_record": ("quality.long_record", "quality.tag.long_record"),
    "uneven_time": ("quality.uneven_time", "quality.tag.uneven_time"),
    "gap": ("quality.gap", "quality.tag.gap"),
    "no_ignition": ("quality.no_ignition", "quality.tag.no_ignition"),
    "negative": ("quality.negative", "quality.tag.negative"),
    "offset": ("quality.offset", "quality.tag.offset"),
    "saturated": ("quality.saturated", "quality.tag.saturated"),
    "clipped": ("quality.clipped", "quality.tag.clipped"),
    "peak_at_end": ("quality.peak_at_end", "quality.tag.peak_at_end"),
    "dropout": ("quality.dropout", "quality.tag.dropout"),
    "spike": ("quality.spike", "quality.tag.spike"),
    "low_rate": ("quality.low_rate", "quality.tag.low_rate"),
}


def quality_sentences(flags: Iterable[QualityFlag], t: Words) -> tuple[str, ...]:
    """Return a sentence for each flag, those that put the read-outs in doubt first."""
    ordered = sorted(flags, key=lambda flag: not flag.is_grave)
    return tuple(t(_KEYS[flag.code][0], **flag.values) for flag in ordered)


def quality_tags(flags: Iterable[QualityFlag], t: Words) -> str:
    """Return the names of flags on one line, for a table; empty where there are none."""
    ordered = sorted(flags, key=lambda flag: not flag.is_grave)
    return ", ".join(t(_KEYS[flag.code][1]) for flag in ordered)
