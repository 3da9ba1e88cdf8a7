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
    band: str
    others: tuple[str, ...]


# Okabe and Ito's set, told apart in every common form of colour blindness; the blue in it is
# kept out because the accent is a blue.
_OTHERS = ("#E69F00", "#009E73", "#CC79A7", "#D55E00", "#F0E442")

PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#16191d",
        muted="#59636e",
        grid="#e4e8ec",
        accent="#0b62c4",
        band="#dbe8f8",
        others=_OTHERS,
    ),
    "dark": Palette(
        paper="#1b1f24",
        ink="#f2f4f6",
        muted="#a3adb8",
        grid="#333a42",
        accent="#62adff",
        band="#1f3a5c",
        others=_OTHERS,
    ),
}


def palette(theme: Theme) -> Palette:
    """Return the colours of a theme."""
    return PALETTES[theme]
