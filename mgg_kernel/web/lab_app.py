"""JupyterLab as a server extension of ours: nothing beside it, and BokehJS in its page."""

from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader
from jupyterlab.labapp import LabApp

from mgg_kernel.web.frame import HERE, bokeh_scripts
from mgg_kernel.web.kernels import ActorKernelManager

__all__ = ["Lab", "LabKernelManager"]


class Lab(LabApp):
    """JupyterLab and no other extension of the server, such as terminals or a second Voilà."""

    name = "lab"
    load_other_extensions = False

    @classmethod
    def get_extension_package(cls) -> str:
        """Return the module in which Jupyter finds this class."""
        return __name__

    def _prepare_templates(self) -> None:
        # Our page is Lab's, with BokehJS in it: otherwise a figure in a notebook would ask
        # some outside host for it, or stay empty.
        super()._prepare_templates()
        theirs = FileSystemLoader(self.template_paths)
        ours = FileSystemLoader(HERE / "templates" / "lab")
        self.jinja2_env.loader = ChoiceLoader([ours, PrefixLoader({"jupyterlab": theirs}), theirs])
        self.jinja2_env.globals["bokeh_scripts"] = bokeh_scripts()


class LabKernelManager(ActorKernelManager):
    """Kernels of notebooks, in which Bokeh brings its scripts with it."""

    def more_environment(self) -> dict[str, str]:
        """Return variables that every kernel gets."""
        return {"BOKEH_RESOURCES": "inline"}


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": __name__, "app": Lab}]
