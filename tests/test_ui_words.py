"""The catalogue of words: complete in both languages, and nothing in it that nobody says."""

import ast
from pathlib import Path
from string import Formatter

import pytest

import mgg_kernel.ui
from mgg_kernel.ui.words import CATALOGUE, LANGUAGES, Words

SOURCES = Path(mgg_kernel.ui.__file__).parent
SAME_IN_BOTH = {"recipe.gp", "recipe.nc_1"}


def literals() -> set[str]:
    """All texts that stand in the code of the pages, the catalogue itself left out."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        if path.parent.name == "words":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def keys_asked_for() -> set[str]:
    """Every key that the code looks up by its name: ``t("…")`` and ``self._t("…")``."""
    found: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            first = node.args[0]
            if name in ("t", "_t") and isinstance(first, ast.Constant):
                found.add(first.value)
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_word_that_is_asked_for_is_there() -> None:
    asked = keys_asked_for()
    assert len(asked) > 80, "the search through the code finds something"
    assert asked - CATALOGUE.keys() == set()


def test_no_word_is_left_over() -> None:
    assert CATALOGUE.keys() - literals() == set()


@pytest.mark.parametrize("key", sorted(CATALOGUE))
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = CATALOGUE[key]
    assert english.strip()
    assert chinese.strip()
    assert places(english) == places(chinese), "the same values are put in"
    assert english.isascii() or not any("\u4e00" <= letter <= "\u9fff" for letter in english)
    if key not in SAME_IN_BOTH:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_values_are_put_in() -> None:
    assert LANGUAGES == ("en", "zh")
    assert Words("en")("ingest.compare", number=7) == "Compare test 7"
    assert Words("zh")("ingest.compare", number=7) == "对比测试 7"


def test_a_word_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        Words("en")("no.such.word")
