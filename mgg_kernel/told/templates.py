"""The catalogue: ``zh/*.toml``, an English template and its Chinese one on each line.

``{}`` stands for a value in English; ``{0}``, ``{1}``, … are the same values in Chinese.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["Template", "catalogue", "templates"]


@dataclass(frozen=True)
class Template:
    """An English sentence with gaps.

    Args:
        literals: what stands before, between and behind the values.
        chinese: the same sentence; ``{0}`` is the first value.
    """

    literals: tuple[str, ...]
    chinese: str

    def values_in(self, sentence: str) -> list[str] | None:
        """Return the values of a sentence of this template; None if it is not of it.

        Each literal is taken where it comes first, which finds a way wherever there is one and
        never looks back.
        """
        first, last = self.literals[0], self.literals[-1]
        if len(self.literals) == 1:
            return [] if sentence == first else None
        end = len(sentence) - len(last)
        if len(first) > end or not (sentence.startswith(first) and sentence.endswith(last)):
            return None
        values, at = [], len(first)
        for literal in self.literals[1:-1]:
            found = sentence.find(literal, at, end)
            if found < 0:
                return None
            values.append(sentence[at:found])
            at = found + len(literal)
        return [*values, sentence[at:end]]

    def is_quoted(self, index: int) -> bool:
        """Tell whether a value stands in quotation marks: somebody's own word."""
        return self.literals[index].endswith("'") and self.literals[index + 1].startswith("'")


@cache
def catalogue() -> dict[str, str]:
    """Return every English template with its Chinese one."""
    found: dict[str, str] = {}
    for file in (resources.files("mgg_kernel.told") / "zh").iterdir():
        if file.name.endswith(".toml"):
            found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


@cache
def templates() -> tuple[Template, ...]:
    """Return the templates, the most literal one first."""
    made = [Template(tuple(en.split("{}")), chinese) for en, chinese in catalogue().items()]
    return tuple(sorted(made, key=lambda one: -sum(map(len, one.literals))))
