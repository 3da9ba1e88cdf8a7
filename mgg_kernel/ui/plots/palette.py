"""Colours of the pictures, in the light and in the dark."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["PALETTES", "Palette", "Theme", "palette"]

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """The test is ink, the simulation the accent; `others` tell further runs apart."""

    paper: str
    ink: str
    muted: str
    grid: str
    accent: str
    others: tuple[str, ...]


# Okabe and Ito's set, told apart in every common form of colour blindness; the blue in it is
# kept out because the accent is a blue.
_OTHERS = ("#E69F00", "#009E73", "#CC79A7", "#D55E00", "#F0E442")

# The same colours as in the dashboards' style sheet.
PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#16191d",
        muted="#5a6270",
        grid="#dfe2e7",
        accent="#2463c4",
        others=_OTHERS,
    ),
    "dark": Palette(
        paper="#15181d",
        ink="#ffffff",
        muted="#a3acba",
        grid="#333a45",
        accent="#7fb0ff",
        others=_OTHERS,
    ),
}


def palette(theme: Theme) -> Palette:
    """Return the colours of a theme."""
    return PALETTES[theme]
