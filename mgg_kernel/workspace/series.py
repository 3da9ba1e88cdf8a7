"""Stored tests that are looked at together, with their curves."""

from dataclasses import dataclass

from mgg_kernel.curve import PTCurve
from mgg_kernel.hot.shots import Shot

__all__ = ["Series"]


@dataclass(frozen=True)
class Series:
    """Stored tests and their curves."""

    shots: tuple[Shot, ...]
    curves: tuple[PTCurve, ...]

    @property
    def names(self) -> list[str]:
        """What each is called: its name and id, since several may have one name."""
        return [f"{shot.name} ({shot.id})" for shot in self.shots]

    @property
    def lots(self) -> list[str]:
        """The lot of each: the work order that it was fired for."""
        return [shot.work_order or "no work order" for shot in self.shots]

    @property
    def temperatures_c(self) -> list[float | None]:
        """What each was conditioned at [°C]; None where it is not known."""
        return [shot.conditioning_temperature_c for shot in self.shots]
