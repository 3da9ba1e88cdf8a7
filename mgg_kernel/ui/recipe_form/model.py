"""What a form for a recipe holds: texts as they were typed, and the codes there are to choose."""

from decimal import Decimal

from traitlets import HasTraits, Tuple, Unicode

from mgg_kernel.recipe import Recipe
from mgg_kernel.workspace import Workspace

__all__ = ["RecipeForm"]


class RecipeForm(HasTraits):
    """A recipe that is being written; nothing is checked before :meth:`recipe`.

    An empty text is a charge or a code that is not chosen.
    """

    igniter = Unicode()
    nc_1 = Unicode()
    nc_1_mass_mg = Unicode()
    nc_2 = Unicode()
    nc_2_mass_mg = Unicode()
    gp = Unicode()
    gp_mass_mg = Unicode()
    shell_height_mm = Unicode()
    firing_current_a = Unicode()
    vessel = Unicode()
    device = Unicode()

    igniter_codes = Tuple()
    nc_codes = Tuple()
    gp_codes = Tuple()
    vessel_codes = Tuple()
    """Pairs of a vessel's code and its volume [mL]."""
    device_codes = Tuple()

    def load(self, ws: Workspace) -> None:
        """Read the codes in use, and choose the first of each that a recipe must have."""
        kinds = {"igniter": "igniter_types", "nc": "nc_types", "gp": "gp_types"}
        kinds["device"] = "test_devices"
        for name, kind in kinds.items():
            codes = tuple(entry.code for entry in ws.catalog.list(kind) if entry.is_active)
            setattr(self, f"{name}_codes", codes)
        self.vessel_codes = tuple(
            (entry.code, entry.volume_ml) for entry in ws.catalog.vessels() if entry.is_active
        )
        self.igniter = self.igniter or _first(self.igniter_codes)
        self.nc_1 = self.nc_1 or _first(self.nc_codes)
        self.vessel = self.vessel or _first(tuple(code for code, _ in self.vessel_codes))
        self.device = self.device or _first(self.device_codes)

    def fill(self, recipe: Recipe) -> None:
        """Put a recipe into the form, as far as its codes can still be chosen."""
        charges = [(charge.type_code, _plain(charge.mass_mg)) for charge in recipe.nc]
        charges += [("", "")] * (2 - len(charges))
        (nc_1, mass_1), (nc_2, mass_2) = charges
        gp = recipe.gp
        with self.hold_trait_notifications():
            self.igniter = _known(recipe.igniter_type, self.igniter_codes)
            self.nc_1, self.nc_1_mass_mg = _known(nc_1, self.nc_codes), mass_1
            self.nc_2, self.nc_2_mass_mg = _known(nc_2, self.nc_codes), mass_2
            self.gp = _known(gp.type_code, self.gp_codes) if gp else ""
            self.gp_mass_mg = _plain(gp.mass_mg) if gp else ""
            self.shell_height_mm = _plain(recipe.shell_height_mm)
            self.firing_current_a = _plain(recipe.firing_current_a)
            self.vessel = _known(recipe.vessel, tuple(code for code, _ in self.vessel_codes))
            self.device = _known(recipe.test_device, self.device_codes)

    def surround(
        self, igniter: str, vessel: str, shell_height_mm: str, firing_current_a: str, device: str
    ) -> None:
        """Put the surroundings of charges into the form, as far as the codes can be chosen."""
        with self.hold_trait_notifications():
            self.igniter = _known(igniter, self.igniter_codes)
            self.vessel = _known(vessel, tuple(code for code, _ in self.vessel_codes))
            self.shell_height_mm, self.firing_current_a = shell_height_mm, firing_current_a
            self.device = _known(device, self.device_codes)

    def recipe(self) -> Recipe:
        """Return the recipe as it stands in the form.

        Raises:
            RecipeError: something is missing, or is not possible.
        """
        chosen = ((self.nc_1, self.nc_1_mass_mg), (self.nc_2, self.nc_2_mass_mg))
        return Recipe.parse(
            igniter=self.igniter,
            nc=[f"{code}:{mass_mg}" for code, mass_mg in chosen if code],
            gp=f"{self.gp}:{self.gp_mass_mg}" if self.gp else None,
            shell=self.shell_height_mm,
            current=self.firing_current_a,
            vessel=self.vessel,
            device=self.device,
        )


def _first(codes: tuple[str, ...]) -> str:
    return codes[0] if codes else ""


def _known(code: str, codes: tuple[str, ...]) -> str:
    return code if code in codes else ""


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
