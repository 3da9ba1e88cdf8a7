"""The form for a recipe: a code and a mass on one line, each with label, unit and range."""

from typing import Any

from traitlets import link

from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.layout import block, labelled
from mgg_kernel.ui.recipe_form.model import RecipeForm
from mgg_kernel.ui.words import Words

__all__ = ["RecipeFormView"]


class RecipeFormView:
    """The widgets of a recipe form.

    Args:
        form: what they hold.
        t: the viewer's words.
    """

    def __init__(self, form: RecipeForm, t: Words) -> None:
        self._t = t
        self.igniter = self._choice(form, "igniter", t("word.igniter"))
        self.nc_1 = self._choice(form, "nc_1", t("recipe.nc_1"), codes="nc_codes", optional=True)
        self.nc_1_mass = self._text(form, "nc_1_mass_mg", t("recipe.mass"), "mg")
        self.nc_2 = self._choice(form, "nc_2", t("recipe.nc_2"), codes="nc_codes", optional=True)
        self.nc_2_mass = self._text(form, "nc_2_mass_mg", t("recipe.mass"), "mg")
        self.gp = self._choice(form, "gp", t("recipe.gp"), optional=True)
        self.gp_mass = self._text(form, "gp_mass_mg", t("recipe.mass"), "mg")
        self.shell = self._text(form, "shell_height_mm", t("word.shell_height"), "mm")
        self.current = self._text(form, "firing_current_a", t("word.firing_current"), "A")
        self.vessel = self._choice(form, "vessel", t("word.vessel"))
        self.device = self._choice(form, "device", t("word.test_device"))
        charges = ((self.nc_1, self.nc_1_mass), (self.nc_2, self.nc_2_mass))
        for choice, mass in (*charges, (self.gp, self.gp_mass)):
            _follow(choice, mass)
        grid = block(
            "mgg-ui-form",
            [
                *(self.igniter, self.vessel, self.nc_1, self.nc_1_mass, self.nc_2, self.nc_2_mass),
                *(self.gp, self.gp_mass, self.shell, self.current, self.device),
            ],
        )
        self.widget = block("mgg-ui-stack", [grid, widgets.HTML(markup.hint(t("recipe.range")))])

    def _choice(
        self, form: RecipeForm, name: str, label: str, *, codes: str = "", optional: bool = False
    ) -> Any:
        """Return a list to choose a code from, which follows the form's codes and choice."""
        choice = labelled(label, widgets.Dropdown())
        source = codes or f"{name}_codes"
        none = [(self._t("recipe.none"), "")] if optional else []

        def offer(_: object) -> None:
            chosen = getattr(form, name)
            choice.options = none + [_option(code) for code in getattr(form, source)]
            choose(chosen)

        def choose(code: str) -> None:
            choice.value = code if code in [known for _, known in choice.options] else None

        offer(None)
        form.observe(offer, source)
        form.observe(lambda change: choose(change.new), name)
        choice.observe(lambda change: form.set_trait(name, change.new or ""), "value")
        return choice

    def _text(self, form: RecipeForm, name: str, label: str, unit: str) -> Any:
        text = labelled(label, widgets.Text(), unit)
        link((form, name), (text, "value"))
        return text


def _option(code: Any) -> tuple[str, str]:
    if isinstance(code, tuple):
        return f"{code[0]} ({code[1]:g} mL)" if code[1] is not None else code[0], code[0]
    return code, code


def _follow(choice: Any, mass: Any) -> None:
    """Let a mass be typed only where there is a charge."""

    def tell(_: object) -> None:
        mass.disabled = not choice.value

    choice.observe(tell, "value")
    tell(None)
