"""Who looks at the page, in which language and colours, and what the address asks for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from mgg_kernel.errors import LoginError
from mgg_kernel.ui.plots.palette import Theme
from mgg_kernel.ui.words import Language

__all__ = ["Viewer", "viewer"]


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at a page.

    Attributes:
        username: the account; None where none was named.
        address: where the browser is; None on this machine.
        language: language of the page.
        theme: colours of the page.
        query: the address's parameters, the last one of each name.
        is_dashboard: the page is one of the dashboards' server, and not in a notebook.
    """

    username: str | None = None
    address: str | None = None
    language: Language = "en"
    theme: Theme = "light"
    query: Mapping[str, str] = field(default_factory=dict)
    is_dashboard: bool = False

    def account(self) -> str | None:
        """Return the account to act as; None, in a notebook, lets :func:`mgg_kernel.open` decide.

        Raises:
            LoginError: this is a dashboard, and nobody was named.
        """
        # A dashboard must never fall back to the account that notebooks act as.
        if self.is_dashboard and not self.username:
            raise LoginError("The page was not told who looks at it; log in again.")
        return self.username


def viewer(environment: Mapping[str, str] | None = None) -> Viewer:
    """Return who looks, as the dashboards' server told this kernel.

    Args:
        environment: where it was told; None: this process's environment.
    """
    told = os.environ if environment is None else environment
    return Viewer(
        username=told.get("HTTP_X_MGG_USER") or None,
        address=told.get("HTTP_X_MGG_ADDRESS") or None,
        language="zh" if told.get("HTTP_X_MGG_LANG") == "zh" else "en",
        theme="dark" if told.get("HTTP_X_MGG_THEME") == "dark" else "light",
        query=dict(parse_qsl(told.get("QUERY_STRING", ""))),
        is_dashboard=told.get("SERVER_SOFTWARE", "").startswith("voila"),
    )
