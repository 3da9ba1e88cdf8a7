"""A sentence is found in the catalogue, its values are carried over."""

import re

from mgg_kernel.told.templates import templates

__all__ = ["LONGEST", "in_language"]

LONGEST = 4_000
"""Longer sentences are left as they are: none is written so."""
_DEEPEST = 4
_PLACE = re.compile(r"\{(\d+)\}")


def in_language(sentence: str, language: str) -> str:
    """Return an English sentence in another language, or unchanged where that is not known.

    Args:
        sentence: of an error, a warning or a verdict.
        language: ``zh`` or ``en``.
    """
    if language != "zh" or len(sentence) > LONGEST:
        return sentence
    return _chinese(sentence, 0) or sentence


def _chinese(sentence: str, depth: int) -> str | None:
    for template in templates():
        values = template.values_in(sentence)
        if values is not None:
            told = [
                value if template.is_quoted(at) else _value(value, depth + 1)
                for at, value in enumerate(values)
            ]
            return _filled(template.chinese, told)
    return None


def _filled(chinese: str, values: list[str]) -> str:
    return _PLACE.sub(lambda place: values[int(place[1])], chinese)


def _value(value: str, depth: int) -> str:
    """Return a value in Chinese where it is a phrase or sentence itself."""
    if depth > _DEEPEST or not re.search("[A-Za-z]", value):
        return value
    if found := _chinese(value, depth):
        return found
    # A sentence within a sentence is quoted without its full stop.
    found = _chinese(f"{value}.", depth)
    if found:
        return found.removesuffix("。")
    for between, chinese in (("; ", "；"), (", ", "、")):
        if between in value:
            return chinese.join(_chinese(one, depth + 1) or one for one in value.split(between))
    return value
