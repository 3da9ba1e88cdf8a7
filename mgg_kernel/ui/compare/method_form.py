"""The controls that say how two curves are compared: filter, rate and window."""

from collections.abc import Callable
from typing import Any

from mgg_kernel.comparison import DEFAULT_RATE_HZ, Method, window_of
from mgg_kernel.filters import CLASSES
from mgg_kernel.ui import markup, widgets
from mgg_kernel.ui.layout import block, labelled
from mgg_kernel.ui.words import Words

__all__ = ["MethodForm"]


class MethodForm:
    """Filter, rate and window; what is typed wrongly stays, to be mended.

    Args:
        t: the viewer's words.
        on_choose: called with `rate_hz`, `filter` and `window_ms` by name.
        run: calls its argument, and shows what goes wrong.
    """

    def __init__(
        self, t: Words, *, on_choose: Callable[..., object], run: Callable[..., object]
    ) -> None:
        self._t, self._on_choose, self._run = t, on_choose, run
        self._filling = False
        self.filter = labelled(t("compare.filter"), widgets.Dropdown())
        self.rate = labelled(t("compare.rate"), widgets.Dropdown())
        self.window = labelled(
            t("compare.window"),
            widgets.Text(placeholder=t("compare.window_hint"), continuous_update=False),
            "ms",
        )
        for control in (self.filter, self.rate, self.window):
            control.observe(self._changed, "value")
        self.fill(Method())
        hint = widgets.HTML(markup.hint(t("compare.method_hint")))
        self.widget = block("mgg-ui-stack", [self.filter, self.rate, self.window, hint])

    def fill(self, method: Method) -> None:
        """Show a method, which may be a stored one with a filter or rate of its own."""
        t = self._t
        filters = {None: t("compare.no_filter")} | {f"cfc{c}": f"CFC {c}" for c in CLASSES}
        filters.setdefault(method.filter, (method.filter or "").upper())
        rates = {DEFAULT_RATE_HZ: _kilohertz(DEFAULT_RATE_HZ), None: t("compare.own_rate")}
        rates.setdefault(method.rate_hz, _kilohertz(method.rate_hz or 0.0))
        # What is set here was not chosen by anybody.
        self._filling = True
        try:
            for control, known, chosen in (
                (self.filter, filters, method.filter),
                (self.rate, rates, method.rate_hz),
            ):
                control.options = [(words, value) for value, words in known.items()]
                control.value = chosen
            window = method.window_ms
            self.window.value = "" if window is None else "{:g}:{:g}".format(*window)
        finally:
            self._filling = False

    def _changed(self, _: Any) -> None:
        if not self._filling:
            self._run(self._choose)

    def _choose(self) -> None:
        self._on_choose(
            rate_hz=self.rate.value,
            filter=self.filter.value,
            window_ms=window_of(self.window.value),
        )


def _kilohertz(rate_hz: float) -> str:
    return f"{rate_hz / 1_000.0:g} kHz"
